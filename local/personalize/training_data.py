"""What a solution version is trained on: which interactions, with what weight, in whose history."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final, NamedTuple, Self

from local.personalize.interactions import Interaction
from local.personalize.service_model import Body

# A history weighs its newest item fully and every older one a little less: the recency bias of
# User-Personalization-v2, and what makes one new event change a long history's recommendations.
RECENCY: Final = 0.9
LONGEST_HISTORY: Final = 100


class Touch(NamedTuple):
    """One interaction as the engine sees it: when, which item, with what weight."""

    timestamp: int
    item: int
    weight: float


@dataclass(frozen=True, slots=True)
class EventRule:
    """What a solution says of one event type."""

    weight: float = 1.0
    threshold: float | None = None


@dataclass(frozen=True, slots=True)
class Selection:
    """Which interactions a solution trains on, and how much each counts.

    Attributes:
        rules: By event type; None where every type counts alike.
        default: The rule where there are no rules by type.
    """

    rules: Mapping[str, EventRule] | None
    default: EventRule

    @classmethod
    def of_solution(cls, attributes: Body) -> Self:
        """Reads the selection from a solution: its eventType, threshold and eventsConfig."""
        config = attributes.get("solutionConfig") or {}
        listed = (config.get("eventsConfig") or {}).get("eventParametersList") or []
        if listed:
            return cls(
                {each.get("eventType", ""): event_rule(each) for each in listed}, EventRule()
            )
        text = config.get("eventValueThreshold")
        rule = EventRule(threshold=float(text) if text else None)
        event_type = attributes.get("eventType")
        return cls({event_type: rule} if event_type else None, rule)

    def weight(self, interaction: Interaction) -> float:
        """Weighs an interaction; zero is not trained on."""
        rule = self.default
        if self.rules is not None:
            rule = self.rules.get(interaction.event_type or "", EventRule(weight=0.0))
        if rule.threshold is None:
            return rule.weight
        value = interaction.event_value
        return rule.weight if value is not None and value >= rule.threshold else 0.0


def event_rule(parameters: Body) -> EventRule:
    """Reads one entry of eventParametersList, whose weight is one unless it says otherwise."""
    return EventRule(parameters.get("weight", 1.0), parameters.get("eventValueThreshold"))


@dataclass(frozen=True)
class TrainingData:
    """The selected interactions with users and items as numbers."""

    touches: Mapping[str, Sequence[Touch]]
    items: Sequence[str]

    @classmethod
    def select(cls, interactions: Iterable[Interaction], selection: Selection) -> Self:
        """Keeps what the solution trains on, every user's touches oldest first."""
        numbers: dict[str, int] = {}
        touches: defaultdict[str, list[Touch]] = defaultdict(list)
        for each in interactions:
            weight = selection.weight(each)
            if weight > 0 and each.user_id is not None:
                item = numbers.setdefault(each.item_id, len(numbers))
                touches[each.user_id].append(Touch(each.timestamp, item, weight))
        for history in touches.values():
            history.sort()
        return cls(touches, list(numbers))

    @cached_property
    def size(self) -> int:
        """Counts the interactions."""
        return sum(map(len, self.touches.values()))


def weighed(touches: Sequence[Touch]) -> Mapping[int, float]:
    """Adds up a history's weights by item, older touches weighing less."""
    history: defaultdict[int, float] = defaultdict(float)
    for age, touch in enumerate(reversed(touches[-LONGEST_HISTORY:])):
        history[touch.item] += touch.weight * RECENCY**age
    return history


def last_item(touches: Sequence[Touch]) -> Mapping[int, float]:
    """Takes the newest item alone, which is what a recipe of related items is asked about."""
    return {touches[-1].item: 1.0} if touches else {}
