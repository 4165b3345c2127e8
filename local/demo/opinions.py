"""What viewers say of what they watched: stars, likes, dislikes, second thoughts, comments.

What is felt in a comment nobody says here: its words are sent, and Amazon Comprehend reads them.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from local.demo import chance
from local.demo.ratings import Rating

_COMMENTS: Final = Path(__file__).with_name("comments.json")
_SECOND_THOUGHT_MS: Final = 90_000
_LOWEST_STARS, _MOST_STARS = 0.5, 5.0
_GOOD, _BAD = 4.0, 2.0
# Of all viewings so many are rated; of the good ones so many liked, of the bad ones disliked.
_RATED, _LIKED, _TAKEN_BACK, _DISLIKED = 0.09, 0.15, 0.18, 0.18


@dataclass(frozen=True, slots=True)
class Comment:
    """A comment on a film.

    Attributes:
        stars: The ratings, from and to, that somebody would give who writes this.
        text: What was written.
    """

    comment_id: str
    language: str
    stars: tuple[float, float]
    text: str

    def fits(self, rating: Rating) -> bool:
        """Whether somebody who gave this rating could have written it."""
        return self.stars[0] <= rating.stars <= self.stars[1]


def comments() -> tuple[Comment, ...]:
    """Read the comments that come with the demo."""
    return tuple(
        Comment(
            comment_id=each["comment_id"],
            language=each["language"],
            stars=(each["of_a_rating_from"], each["of_a_rating_to"]),
            text=each["text"],
        )
        for each in json.loads(_COMMENTS.read_text(encoding="utf-8"))
    )


def opinions(
    identity: Mapping[str, Any], person_id: int, rating: Rating, at_ms: int
) -> Iterator[dict[str, Any]]:
    """Yield what somebody says after watching: mostly nothing.

    Args:
        identity: Who it is and what they watched: fields of the contract.
        person_id: Who it is, in the data set.
        rating: What they think of it.
        at_ms: When they say it, epoch milliseconds.
    """
    drawn = chance.share(person_id, rating.film.film_id, "opinion")
    if drawn < _RATED:
        scale = {"value": rating.stars, "min": _LOWEST_STARS, "max": _MOST_STARS}
        yield _feedback("rating", identity, at_ms) | {"rating": scale}
    elif rating.stars >= _GOOD and drawn < _TAKEN_BACK:
        yield _feedback("like", identity, at_ms)
        if drawn >= _LIKED:
            yield _feedback("unlike", identity, at_ms + _SECOND_THOUGHT_MS)
    elif rating.stars <= _BAD and drawn < _DISLIKED:
        yield _feedback("dislike", identity, at_ms)


def commented(comment: Comment, identity: Mapping[str, Any], at_ms: int) -> dict[str, Any]:
    """Give a comment as an activity.

    Args:
        comment: The comment.
        identity: Who wrote it on what: fields of the contract.
        at_ms: When, epoch milliseconds.
    """
    return _said("comment", identity, at_ms) | {
        "kind": "comment",
        "text": comment.text,
        "language": comment.language,
        "ext": {"comment_id": comment.comment_id},
    }


def _feedback(feedback_type: str, identity: Mapping[str, Any], at_ms: int) -> dict[str, Any]:
    return _said(feedback_type, identity, at_ms) | {"kind": "feedback", "type": feedback_type}


def _said(what: str, identity: Mapping[str, Any], at_ms: int) -> dict[str, Any]:
    return {
        "schema_version": "1.0",
        "activity_id": "f-" + chance.token(identity["visit_id"], identity["item_id"], what),
        **identity,
        "occurred_at_ms": at_ms,
    }
