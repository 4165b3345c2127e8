"""The settings of the nightly build, and the words by which the SQL asks for them."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from ingestion.domain.identifiers import PLACEHOLDERS

from nightly.domain.columns import TrainingColumns, context_column, require_words
from nightly.domain.days import Days
from nightly.domain.errors import UnusableError
from nightly.domain.figure_words import figure_words

_DAY_MS: Final = 86_400_000

# The allow list of `ingestion.domain.identifiers`; a test holds the two together. A pattern has no
# backslash and no bracket within brackets: engines differ on those. What follows a line feed at the
# end stays, so it is no match either.
_ID_PATTERN: Final = "^[A-Za-z0-9][A-Za-z0-9._:-]*$"
_IMPRESSIONS_PATTERN: Final = "^[A-Za-z0-9._:|-]*$"
# Printable ASCII without what a CSV file would have to quote or escape, and without what DuckDB
# quotes of its own accord at the beginning of a field (#). The three signs []^ are dots by then.
_SOURCE_PATTERN: Final = "^[A-Za-z0-9._:/?=&%+@~;!*$()<>|`-]*$"
_CONTEXT_PATTERN: Final = "^[A-Za-z0-9][A-Za-z0-9._: +/()-]*$"

# Of a tracking id: the first digits of its SHA-256. `none` marks what was never sent.
_MARK_PATTERN: Final = "^[0-9a-f]{16}$"
_MARK: Final = re.compile(r"(?:[0-9a-f]{16})?")

EVENT_TYPES: Final = ("Click", "Watch", "Complete", "Like", "Dislike")

# What tells two rows apart, with a value for nothing so that no order depends on where an engine
# puts NULL. All numbers are known to be positive here.
_CONTENT: Final = (
    "version",
    "occurred_at_ms",
    "item_id",
    "event_type",
    "COALESCE(user_id, '')",
    "COALESCE(guest_id, '')",
    "COALESCE(visit_id, '')",
    "COALESCE(event_value, -1)",
    "COALESCE(unique_s, -1)",
    "COALESCE(watch_time_s, -1)",
    "COALESCE(duration_s, -1)",
    "COALESCE(completion, -1)",
    "COALESCE(recommendation_id, '')",
    "COALESCE(impressions, '')",
    "COALESCE(event_source, '')",
    "COALESCE(tracker, '')",
)


@dataclass(frozen=True, slots=True)
class CleanRules:
    """How a day is checked and deduplicated.

    Attributes:
        lookback_days: How many days before are searched for an earlier copy of an interaction.
        max_lateness_s: As the recorders' setting: what happened longer before its arrival is
            counted as `late`.
        max_skew_s: As the recorders' setting: how far ahead of its arrival it may have happened.
        context: Names of the schema's own columns, `DEVICE_TYPE`, in the schema's order.
    """

    lookback_days: int = 3
    max_lateness_s: int = 172_800
    max_skew_s: int = 300
    context: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        require_words(self.context)
        if self.late_ms <= 0:
            error = "the lookback is too short for the skew"
            raise UnusableError(error)

    @property
    def late_ms(self) -> int:
        """What is later than that is late: no copy that passes can then escape the lookback."""
        beyond_lookback = self.lookback_days * _DAY_MS - self.max_skew_s * 1000 - 1
        return min(self.max_lateness_s * 1000, beyond_lookback)

    def words(self, days: Days) -> Mapping[str, str]:
        """What stands for the words in braces when these days are made clean."""
        names = [context_column(name) for name in self.context]
        content = [*_CONTENT, *(f"COALESCE({name}, '')" for name in names)]
        return {
            "context": "".join(f", {name}" for name in names),
            "context_rules": "".join(map(_context_rule, names)),
            "content_order": ", ".join(content),
            "id_pattern": _ID_PATTERN,
            "impressions_pattern": _IMPRESSIONS_PATTERN,
            "source_pattern": _SOURCE_PATTERN,
            "mark_pattern": _MARK_PATTERN,
            "placeholders": _listed(tuple(sorted(PLACEHOLDERS))),
            "known_event_types": _listed(EVENT_TYPES),
            "late_ms": str(self.late_ms),
            "skew_ms": str(self.max_skew_s * 1000),
            "first_day": str(days.first.number),
            "last_day": str(days.last.number),
        }


@dataclass(frozen=True, slots=True)
class BuildRules:
    """What of the clean layer is trained on: today's settings.

    Attributes:
        columns: Of the interactions schema.
        event_types: Those that are wanted; `Dislike` is left out of training.
        least_values: By event type the least EVENT_VALUE that counts.
        guests_as_users: Whether a guest is a user of its own, or becomes the user of its visit.
        link_days: How many days apart a guest's interaction and the sign-in may arrive.
        watch_ratio: See `ingestion.domain.playback.Thresholds`, as the other three.
        undelivered_to: The mark of a tracker, if only what it has not delivered is wanted.
        lookback_days: As that of the clean layer: for so many days a copy may be sent to it yet.
        unmarked_are_delivered: Whether rows from before there were marks count as delivered: to
            the group that was there then they were, to a new one they are not.
    """

    columns: TrainingColumns
    event_types: tuple[str, ...] = EVENT_TYPES[:-1]
    least_values: Mapping[str, float] = field(default_factory=dict[str, float])
    guests_as_users: bool = False
    link_days: int = 1
    watch_ratio: float = 0.5
    watch_cap_s: float = 300.0
    watch_unknown_duration_s: float = 60.0
    complete_ratio: float = 0.9
    undelivered_to: str = ""
    lookback_days: int = 3
    unmarked_are_delivered: bool = True

    def __post_init__(self) -> None:
        require_mark(self.undelivered_to)
        unknown = {*self.event_types, *self.least_values} - set(EVENT_TYPES)
        if unknown or not self.event_types:
            error = f"event types are some of {', '.join(EVENT_TYPES)}"
            raise UnusableError(error)

    def words(self, days: Days) -> Mapping[str, str]:
        """What stands for the words in braces when these days are built."""
        least = {
            f"least_{name.lower()}": _double(self.least_values.get(name, 0.0))
            for name in EVENT_TYPES
        }
        return least | {
            "context": "".join(f", {context_column(name)}" for name in self.columns.context),
            "columns": self.columns.selected,
            **figure_words(self.columns.may_be_null),
            "event_types": _listed(self.event_types),
            "guests_as_users": str(int(self.guests_as_users)),
            "link_days": str(self.link_days),
            "mark": self.undelivered_to,
            "unmarked_are_delivered": str(int(self.unmarked_are_delivered)),
            "watch_ratio": _double(self.watch_ratio),
            "watch_cap_s": _double(self.watch_cap_s),
            "watch_unknown_duration_s": _double(self.watch_unknown_duration_s),
            "complete_ratio": _double(self.complete_ratio),
            "first_day": str(days.first.number),
            "last_day": str(days.last.number),
        }


def require_mark(mark: str) -> None:
    """Raise UnusableError unless this can be the mark of a tracker: it stands in SQL."""
    if _MARK.fullmatch(mark) is None:
        error = "a tracker's mark is 16 hexadecimal digits"
        raise UnusableError(error)


def _context_rule(name: str) -> str:
    return (
        f"         WHEN {name} = '' OR regexp_replace({name}, '{_CONTEXT_PATTERN}', '') <> ''"
        f" OR length({name}) > 100 THEN 'bad_context'\n"
    )


def _listed(texts: tuple[str, ...]) -> str:
    return ", ".join(f"'{text}'" for text in texts)


def _double(number: float) -> str:
    """A literal that every engine reads as the same double; a bare 0.5 is a decimal to some."""
    return f"CAST('{number!r}' AS DOUBLE)"
