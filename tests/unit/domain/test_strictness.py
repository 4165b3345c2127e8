"""A number is a number wherever it stands in an activity, never text that looks like one."""

from collections.abc import Iterator
from copy import deepcopy
from typing import Any

import pytest
from ingestion.domain.activity import ACTIVITY
from ingestion.domain.point import POINT
from pydantic import ValidationError
from pydantic_core import to_json

from tests.support.builders import a_comment, a_playback, a_point, a_rating, a_sentiment, totals

SEEN = {"duration_s": 6000.0}
ACTIVITIES: dict[str, Any] = {
    "playback": a_playback(totals=totals(60.0) | SEEN | {"played": [[1.5, 2.5]]}, rate=1.5),
    "rating": a_rating(4.5),
    "sentiment": a_sentiment("POSITIVE", 0.5, 0.25),
    "comment": a_comment(),
    "point": a_point(
        seq=1,
        position_s=1.5,
        seek_from_s=1.5,
        duration_s=6000.0,
        rate=1.5,
        played=[[1.5, 2.5]],
    ),
}


def validate(body: Any) -> object:
    adapter = POINT if "dialect" in body else ACTIVITY
    return adapter.validate_json(to_json(body))


def with_a_number_as_text(value: Any) -> Iterator[Any]:
    """The same, once for each number in it that is text instead."""
    if isinstance(value, dict | list):
        for place, inner in value.items() if isinstance(value, dict) else enumerate(value):
            for changed in with_a_number_as_text(inner):
                copy = deepcopy(value)
                copy[place] = changed
                yield copy
    elif isinstance(value, int | float):
        yield str(value)


@pytest.mark.parametrize("kind", ACTIVITIES)
def test_no_number_may_come_as_text(kind: str) -> None:
    """Not in a type that models share either, whenever it is built."""
    body = ACTIVITIES[kind]
    validate(body)
    changed = list(with_a_number_as_text(body))
    assert changed
    for each in changed:
        with pytest.raises(ValidationError):
            validate(each)
