"""Settings that both recorders have in common."""

from math import ceil
from typing import Annotated, Final, Self

from pydantic import AfterValidator, Field, model_validator
from pydantic_core import PydanticCustomError

from ingestion.domain.context import can_be_context_column, collide
from ingestion.domain.interaction import Column, Columns
from ingestion.domain.parsing import ClockWindow
from ingestion.domain.playback import OPTIONAL_EVENT_TYPES, EventType
from ingestion.domain.put_events import MAX_EVENT_TYPES_AND_COLUMNS
from ingestion.settings.environment import SPLIT, Share
from ingestion.settings.following import FollowingSettings
from ingestion.settings.sending import SenderSettings

# One call, with all its attempts, must fit well into an invocation.
_SLOWEST_CALLS_PER_S: Final = 0.2

# Personalize: columns of a schema's own, beside those that it knows (guide, quotas).
_MAX_OWN_COLUMNS: Final = 5


def _declarable(names: frozenset[str]) -> frozenset[str]:
    if not all(map(can_be_context_column, names)) or collide(names):
        error = "context_columns"
        raise PydanticCustomError(error, "must be distinct upper-case words, none reserved")
    return names


type _Columns = Annotated[frozenset[Column], SPLIT]
type _ContextColumns = Annotated[
    frozenset[str],
    SPLIT,
    Field(max_length=_MAX_OWN_COLUMNS),
    AfterValidator(_declarable),
]


class RecorderSettings(SenderSettings, FollowingSettings):
    """What both recorders read."""

    tracking_id: Annotated[str, Field(min_length=1, max_length=256)]
    max_concurrent_calls: Annotated[int, Field(ge=1, le=64)]
    put_events_calls_per_s: Annotated[float, Field(gt=0, le=100_000)]
    share_of_calls: Share
    max_concurrency: Annotated[int, Field(ge=1, le=1000)]
    interaction_columns: _Columns
    context_columns: _ContextColumns
    train_guests: bool
    max_lateness_s: Annotated[int, Field(ge=60)]
    max_skew_s: Annotated[int, Field(ge=0, le=3600)]

    @property
    def environments(self) -> int:
        """How many environments of the function may send at the same time."""
        return self.max_concurrency

    @property
    def calls_per_s(self) -> float:
        """PutEvents calls a second of one environment: its part of the function's share."""
        return self.put_events_calls_per_s * self.share_of_calls / self.environments

    @property
    def concurrent_calls(self) -> int:
        """Calls in flight: more than begin in a second would only wait for each other."""
        return min(self.max_concurrent_calls, ceil(self.calls_per_s))

    @property
    def window(self) -> ClockWindow:
        """How far from its arrival an activity may have happened."""
        return ClockWindow(self.max_lateness_s, self.max_skew_s)

    @property
    def columns(self) -> Columns:
        """How the columns of the interactions schema are filled."""
        return Columns(self.interaction_columns, self.context_columns, self.train_guests)

    @property
    def event_types(self) -> int:
        """How many distinct event types go to the dataset."""
        return len(EventType) - len(OPTIONAL_EVENT_TYPES)

    @model_validator(mode="after")
    def _within_budget(self) -> Self:
        if self.calls_per_s < _SLOWEST_CALLS_PER_S:
            error = "share_too_small"
            text = (
                "PUT_EVENTS_CALLS_PER_S, SHARE_OF_CALLS and MAX_CONCURRENCY leave no call in time"
            )
            raise PydanticCustomError(error, text)
        if self.event_types + self.columns.counted > MAX_EVENT_TYPES_AND_COLUMNS:
            error = "column_budget"
            text = "event types, INTERACTION_COLUMNS and CONTEXT_COLUMNS together exceed ten"
            raise PydanticCustomError(error, text)
        return self
