"""The plan of the PutEvents calls: grouped, ordered, cut at ten, within every limit."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import batched
from math import isfinite
from typing import Final

from ingestion.domain.context import properties_of
from ingestion.domain.interaction import Interaction

# Limits of the service model (botocore, personalize-events 2018-03-22). boto3 checks minima only,
# so whoever plans a call has to check the maxima; a contract test reads them from the model.
MAX_EVENTS_PER_CALL: Final = 10
MAX_ID_CHARACTERS: Final = 256
MAX_RECOMMENDATION_ID_CHARACTERS: Final = 40
MAX_IMPRESSIONS: Final = 25
MAX_EVENT_SOURCE_CHARACTERS: Final = 1024
MAX_PROPERTIES_CHARACTERS: Final = 1024

# Distinct event types + optional metadata columns (guide, quotas); see `Columns.counted`.
MAX_EVENT_TYPES_AND_COLUMNS: Final = 10


@dataclass(frozen=True, slots=True)
class PutEventsCall:
    """One call: one user and visit, 1 to 10 interactions in order of time."""

    user_id: str | None
    visit_id: str
    interactions: tuple[Interaction, ...]


type Lane = tuple[PutEventsCall, ...]


@dataclass(frozen=True, slots=True)
class Plan:
    """What to send.

    Attributes:
        lanes: Calls that must follow each other: those of one viewer. Lanes are independent.
        beyond_limits: Interactions that Personalize would refuse, each with the limit it breaks.
    """

    lanes: tuple[Lane, ...]
    beyond_limits: tuple[tuple[Interaction, str], ...]

    @property
    def interactions(self) -> tuple[Interaction, ...]:
        """Everything that will be sent, lane by lane."""
        return tuple(
            interaction for lane in self.lanes for call in lane for interaction in call.interactions
        )


def plan_put_events(interactions: Iterable[Interaction]) -> Plan:
    """Group by viewer and visit, order by time, cut at ten: the fewest calls there can be."""
    within: list[Interaction] = []
    beyond: list[tuple[Interaction, str]] = []
    for interaction in interactions:
        limit = broken_limit(interaction)
        if limit is None:
            within.append(interaction)
        else:
            beyond.append((interaction, limit))
    return Plan(_lanes(within), tuple(beyond))


def _lanes(interactions: Sequence[Interaction]) -> tuple[Lane, ...]:
    visits: defaultdict[tuple[str | None, str], list[Interaction]] = defaultdict(list)
    for interaction in interactions:
        visits[interaction.user_id, interaction.visit_id].append(interaction)
    lanes: defaultdict[tuple[str | None, str | None], list[PutEventsCall]] = defaultdict(list)
    for (user_id, visit_id), group in visits.items():
        # Two devices of one user are two visits of one lane; a guest is known by the visit alone.
        lane = (user_id, visit_id if user_id is None else None)
        lanes[lane] += _calls(user_id, visit_id, group)
    return tuple(tuple(sorted(lane, key=_first_time)) for lane in lanes.values())


def _calls(user_id: str | None, visit_id: str, group: list[Interaction]) -> list[PutEventsCall]:
    ordered = sorted(group, key=lambda interaction: interaction.sent_at_s)
    return [
        PutEventsCall(user_id, visit_id, chunk)
        for chunk in batched(ordered, MAX_EVENTS_PER_CALL, strict=False)
    ]


def _first_time(call: PutEventsCall) -> int:
    return call.interactions[0].sent_at_s


type _Rule = tuple[str, Callable[[Interaction], bool]]

_RULES: Final[tuple[_Rule, ...]] = (
    ("event_id", lambda i: 1 <= len(i.event_id) <= MAX_ID_CHARACTERS),
    ("user_id", lambda i: i.user_id is None or 1 <= len(i.user_id) <= MAX_ID_CHARACTERS),
    ("visit_id", lambda i: 1 <= len(i.visit_id) <= MAX_ID_CHARACTERS),
    ("item_id", lambda i: 1 <= len(i.item_id) <= MAX_ID_CHARACTERS),
    ("event_value", lambda i: i.event_value is None or isfinite(i.event_value)),
    ("sent_at", lambda i: i.sent_at_s > 0),
    (
        "recommendation_id",
        lambda i: (
            i.recommendation_id is None
            or 1 <= len(i.recommendation_id) <= MAX_RECOMMENDATION_ID_CHARACTERS
        ),
    ),
    (
        "impressions",
        lambda i: (
            len(i.impressions) <= MAX_IMPRESSIONS
            and all(1 <= len(item) <= MAX_ID_CHARACTERS for item in i.impressions)
        ),
    ),
    ("event_source", lambda i: i.event_source is None or _is_attribution_source(i.event_source)),
    ("context", lambda i: len(properties_of(i.context) or "") <= MAX_PROPERTIES_CHARACTERS),
    ("text", lambda i: _is_text(_texts_of(i))),
)


def broken_limit(interaction: Interaction) -> str | None:
    """The first limit of the service that the interaction breaks; None when it keeps them all."""
    for name, keeps in _RULES:
        if not keeps(interaction):
            return name
    return None


def _is_attribution_source(value: str) -> bool:
    return (
        1 <= len(value) <= MAX_EVENT_SOURCE_CHARACTERS
        and value.isascii()
        and value.isprintable()
        and not value.isspace()
    )


def _texts_of(interaction: Interaction) -> str:
    user_id = interaction.user_id or ""
    return "".join((user_id, interaction.visit_id, interaction.item_id, *interaction.impressions))


def _is_text(value: str) -> bool:
    """Whether it can be written as UTF-8: an unpaired surrogate leaves boto3 and comes to harm."""
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True
