"""Activity, version 1: what a player or an app tells us; the contract with those who send.

Units stand in the names: `_s` seconds, `_ms` milliseconds. Content seconds (position, watched,
unique, furthest, duration) run at the playback's rate; `watch_time_s` and `elapsed_ms` are time on
the wall. The published JSON Schema is made from these models (docs/schemas/).

A playback activity carries its own state: the totals so far and, in `before`, those of the
activity that went before it. So a threshold is crossed in exactly one activity of a playback,
whatever is delivered twice or out of order, and nobody needs to remember anything (ADR 0005).
"""

from enum import StrEnum
from typing import Annotated, Final, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, JsonValue, TypeAdapter
from pydantic_core import PydanticCustomError

from ingestion.domain.context import Context
from ingestion.domain.identifiers import Identifier, ShortIdentifier, ViewerIdentifier

SCHEMA_MAJOR: Final = "1"

# Content clocks of live streams may count from the epoch; nothing plausible is larger.
type Seconds = Annotated[float, Field(ge=0, le=1e10, allow_inf_nan=False)]
type Duration = Annotated[float, Field(gt=0, le=1e10, allow_inf_nan=False)]
type Share = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]
type Number = Annotated[float, Field(ge=-1e9, le=1e9, allow_inf_nan=False)]

# Personalize: at most 25 items, at most 1,000 characters with `|` between them (guide, quotas).
MAX_IMPRESSIONS: Final = 25
MAX_IMPRESSION_CHARACTERS: Final = 1000


class _Contract(BaseModel):
    """Strict, closed, unchangeable: what is not in the contract is not accepted."""

    # Built once, as parts of the adapters that read them, and not each by itself as well.
    model_config = ConfigDict(strict=True, extra="forbid", frozen=True, defer_build=True)


def _fits_in_one_column(items: tuple[str, ...]) -> tuple[str, ...]:
    if len("|".join(items)) > MAX_IMPRESSION_CHARACTERS:
        error = "impressions_too_long"
        raise PydanticCustomError(error, "impressions are longer than 1,000 characters, joined")
    return items


class ConsentState(StrEnum):
    """What the viewer allowed."""

    GRANTED = "granted"
    DENIED = "denied"
    UNKNOWN = "unknown"


class Consent(_Contract):
    """The viewer's choice and the browser's Global Privacy Control signal."""

    state: ConsentState
    gpc: bool = False

    @property
    def forbids(self) -> bool:
        """Whether the activity must not become an interaction."""
        return self.gpc or self.state is ConsentState.DENIED


class Source(_Contract):
    """Which software told us."""

    tracker: Annotated[str, Field(min_length=1, max_length=64, pattern=r"^[\x20-\x7e]+$")]
    version: Annotated[str, Field(min_length=1, max_length=32, pattern=r"^[\x20-\x7e]+$")]


class ActivityBase(_Contract):
    """What every activity carries."""

    schema_version: Annotated[str, Field(pattern=r"^1\.\d{1,3}$")]
    activity_id: ShortIdentifier
    user_id: ViewerIdentifier | None = None
    guest_id: ViewerIdentifier | None = None
    visit_id: ViewerIdentifier
    item_id: Identifier
    occurred_at_ms: int
    sent_at_ms: int | None = None
    recommendation_id: (
        Annotated[str, Field(min_length=1, max_length=40, pattern=r"^[A-Za-z0-9-]+$")] | None
    ) = None
    impressions: Annotated[
        tuple[Identifier, ...],
        Field(max_length=MAX_IMPRESSIONS),
        AfterValidator(_fits_in_one_column),
    ] = ()
    event_source: (
        Annotated[str, Field(min_length=1, max_length=100, pattern=r"^[\x21-\x7e]+$")] | None
    ) = None
    context: Context | None = None
    consent: Consent | None = None
    source: Source | None = None
    ext: dict[str, JsonValue] | None = None

    @property
    def is_private(self) -> bool:
        """Whether the viewer forbade that we make anything of it."""
        return self.consent is not None and self.consent.forbids


class Start(StrEnum):
    """How the content of a playback began to play."""

    USER = "user"
    AUTOPLAY = "autoplay"
    HIDDEN_AUTOPLAY = "hidden_autoplay"  # nobody saw it and nobody asked for it


class Progress(_Contract):
    """How far a playback has come: all that the thresholds look at.

    Attributes:
        start: None until the content (not an advertisement) has first played.
        unique_s: Content seconds played at least once: the measure of the union.
        watch_time_s: Seconds on the wall spent playing content.
        duration_s: Length of the content; None when unknown or live.
    """

    start: Start | None
    unique_s: Seconds
    watch_time_s: Seconds
    duration_s: Duration | None

    @property
    def completion(self) -> float | None:
        """`unique_s` / `duration_s` in 0..1, four decimals; None when the duration is unknown."""
        if self.duration_s is None:
            return None
        return round(min(self.unique_s / self.duration_s, 1.0), 4)


class Totals(Progress):
    """All totals of a playback so far.

    Attributes:
        watched_s: Content seconds played, replays counted again.
        furthest_s: Highest end of a played range: where to resume, never completion.
        played: Played ranges [start_s, end_s], merged, ascending.
    """

    watched_s: Seconds
    furthest_s: Seconds
    played: Annotated[tuple[tuple[Seconds, Seconds], ...], Field(max_length=200)]


class PlaybackType(StrEnum):
    """What happened in the player."""

    PLAY = "play"
    PAUSE = "pause"
    HEARTBEAT = "heartbeat"
    MILESTONE = "milestone"
    SEEK = "seek"
    RATE_CHANGE = "rate_change"
    BUFFER_START = "buffer_start"
    BUFFER_END = "buffer_end"
    VISIBILITY = "visibility"
    AD_START = "ad_start"
    AD_END = "ad_end"
    ENDED = "ended"
    EXIT = "exit"
    ERROR = "error"


class PlaybackActivity(ActivityBase):
    """Something happened in one viewing of one item in one player.

    Attributes:
        elapsed_ms: Monotonic time since the playback began: what bounds the totals.
        seq: Counts the activities of the playback from 0.
    """

    kind: Literal["playback"]
    type: PlaybackType
    playback_id: ShortIdentifier
    seq: Annotated[int, Field(ge=0, le=2**53)]
    elapsed_ms: Annotated[int, Field(ge=0, le=2**53)]
    position_s: Seconds
    rate: Annotated[float, Field(gt=0, le=16, allow_inf_nan=False)] = 1.0
    totals: Totals
    before: Progress


class _FeedbackActivity(ActivityBase):
    kind: Literal["feedback"]


class Reaction(_FeedbackActivity):
    """One of the plain buttons."""

    type: Literal["like", "unlike", "dislike", "undislike", "not_interested"]


class Rating(_Contract):
    """A rating on its own scale."""

    value: Number
    min: Number
    max: Number

    @property
    def share(self) -> float:
        """Where the value stands on its scale, 0..1."""
        return (self.value - self.min) / (self.max - self.min)


def _on_its_scale(rating: Rating) -> Rating:
    if not (rating.min < rating.max and rating.min <= rating.value <= rating.max):
        error = "rating_off_scale"
        raise PydanticCustomError(error, "a rating must lie on its scale")
    return rating


class RatingFeedback(_FeedbackActivity):
    """Stars, points, thumbs on a scale."""

    type: Literal["rating"]
    rating: Annotated[Rating, AfterValidator(_on_its_scale)]


class SentimentLabel(StrEnum):
    """The labels of Amazon Comprehend's DetectSentiment."""

    POSITIVE = "POSITIVE"
    NEGATIVE = "NEGATIVE"
    NEUTRAL = "NEUTRAL"
    MIXED = "MIXED"


class SentimentScores(_Contract):
    """How likely each label is; Comprehend's scores, keys in lower case. They sum up to 1."""

    positive: Share
    negative: Share
    neutral: Share
    mixed: Share


class Sentiment(_Contract):
    """What somebody felt about the item, as a model judged their words."""

    label: SentimentLabel
    scores: SentimentScores


_SUM_TOLERANCE: Final = 0.02


def _sums_up_to_one(sentiment: Sentiment) -> Sentiment:
    scores = sentiment.scores
    total = scores.positive + scores.negative + scores.neutral + scores.mixed
    if abs(total - 1) > _SUM_TOLERANCE:
        error = "scores_sum"
        raise PydanticCustomError(error, "sentiment scores must sum up to 1")
    return sentiment


class SentimentFeedback(_FeedbackActivity):
    """The sentiment of a comment or a review."""

    type: Literal["sentiment"]
    sentiment: Annotated[Sentiment, AfterValidator(_sums_up_to_one)]


# The size of a document that Amazon Comprehend reads at once (developer guide, quotas: 5 KB).
MAX_COMMENT_BYTES: Final = 5000


def _is_a_comment(text: str) -> str:
    if len(text.encode()) > MAX_COMMENT_BYTES:
        error = "comment_too_long"
        raise PydanticCustomError(error, "a comment has at most 5,000 bytes")
    return text


class Comment(ActivityBase):
    """What somebody wrote of an item, in their own words.

    Attributes:
        text: 1 to 5,000 bytes in UTF-8, not blank.
        language: Its language, ISO 639-1; None lets it be found out.
    """

    kind: Literal["comment"]
    text: Annotated[
        str,
        Field(min_length=1, max_length=MAX_COMMENT_BYTES, pattern=r"\S"),
        AfterValidator(_is_a_comment),
    ]
    language: Annotated[str, Field(pattern=r"^[a-z]{2}$")] | None = None


type FeedbackActivity = Annotated[
    Reaction | RatingFeedback | SentimentFeedback, Field(discriminator="type")
]
type Activity = Annotated[
    PlaybackActivity | FeedbackActivity | Comment, Field(discriminator="kind")
]

# Strict once more: pydantic builds the types that models share outside of them.
ACTIVITY: Final[
    TypeAdapter[PlaybackActivity | Reaction | RatingFeedback | SentimentFeedback | Comment]
] = TypeAdapter(Activity, config=ConfigDict(strict=True))
