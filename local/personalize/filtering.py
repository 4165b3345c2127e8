"""Applies a filter to items: which may be recommended to somebody."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from local.personalize.errors import Refusal, refused
from local.personalize.filter_text import Clause, Condition, ParsedFilter, Placeholder, Statement
from local.personalize.interactions import Interaction
from local.personalize.service_model import Body, Json

ANY: Final = "*"

# What a clause compares against, by the dataset it names.
type Facts = Mapping[str, Body]


@dataclass(frozen=True, slots=True)
class Viewer:
    """What filters know of the one who is asking.

    Attributes:
        columns: Their row of the users dataset.
        by_item: Their interactions by item, as rows of columns.
    """

    columns: Body
    by_item: Mapping[str, Sequence[Body]]

    @classmethod
    def of(cls, columns: Body, interactions: Iterable[Interaction], limit: int) -> "Viewer":
        """Builds a viewer from their latest interactions, `limit` of each event type.

        Filters look no further back than that (developer guide, 100 unless it is raised).
        """
        newest_first = sorted(interactions, key=lambda each: each.timestamp, reverse=True)
        seen: defaultdict[str | None, int] = defaultdict(int)
        by_item: defaultdict[str, list[Body]] = defaultdict(list)
        for each in newest_first:
            seen[each.event_type] += 1
            if seen[each.event_type] <= limit:
                by_item[each.item_id].append(columns_of(each))
        return cls(columns, by_item)


def columns_of(interaction: Interaction) -> Body:
    """Gives an interaction as the row of its dataset."""
    return {
        **dict(interaction.other),
        "EVENT_TYPE": interaction.event_type,
        "EVENT_VALUE": interaction.event_value,
        "TIMESTAMP": interaction.timestamp,
    }


class ItemFilter:
    """A filter with the values of one request, for one viewer."""

    def __init__(
        self,
        parsed: ParsedFilter,
        values: Mapping[str, str],
        viewer: Viewer,
        items: Mapping[str, Body],
    ) -> None:
        missing = parsed.placeholders - values.keys()
        if missing:
            names = ", ".join(sorted(missing))
            raise refused(Refusal.BAD_FILTER, f"filterValues has no value for {names}.")
        self._values = values
        self._viewer = viewer
        self._items = items
        user = {"CURRENTUSER": viewer.columns, "USERS": viewer.columns}
        self._statements = [
            statement
            for statement in parsed.statements
            if statement.only_if is None or self._holds(statement.only_if, user)
        ]

    def allows(self, item_id: str) -> bool:
        """Tells whether an item may be recommended."""
        facts = list(self._facts(item_id))
        return all(self._agrees(statement, facts) for statement in self._statements)

    def _agrees(self, statement: Statement, facts: Sequence[Facts]) -> bool:
        return statement.includes == any(self._holds(statement.where, each) for each in facts)

    def _facts(self, item_id: str) -> Iterator[Facts]:
        known: Facts = {
            "ITEMS": self._items.get(item_id, {}),
            "USERS": self._viewer.columns,
            "CURRENTUSER": self._viewer.columns,
        }
        yield known
        for row in self._viewer.by_item.get(item_id, ()):
            yield {**known, "INTERACTIONS": row}

    def _holds(self, condition: Condition, facts: Facts) -> bool:
        return any(
            all(self._compares(clause, facts) for clause in alternative)
            for alternative in condition
        )

    def _compares(self, clause: Clause, facts: Facts) -> bool:
        value = facts.get(clause.dataset, {}).get(clause.column)
        if value is None:
            return False
        operands = [self._operand(each) for each in clause.operands]
        operands = [part for each in operands for part in each]
        return COMPARISONS[clause.operator](folded(clause, value), folded_all(clause, operands))

    def _operand(self, operand: str | float | Placeholder) -> list[Json]:
        if not isinstance(operand, Placeholder):
            return [operand]
        # A placeholder's values are quoted and separated by commas: "\"Comedy\",\"Drama\"".
        return [part.strip().strip('"') for part in self._values[operand.name].split(",")]


def folded(clause: Clause, value: Json) -> set[Json]:
    """Splits a value of several categories, and forgets the case of event types.

    The developer guide says of event types alone that filters ignore their case.
    """
    if not isinstance(value, str):
        return {value}
    parts = set(value.split("|"))
    return {part.casefold() for part in parts} if clause.column == "EVENT_TYPE" else parts


def folded_all(clause: Clause, operands: Iterable[Json]) -> list[Json]:
    """Treats the right side as the left."""
    return [part for operand in operands for part in folded(clause, operand)]


def is_in(values: set[Json], operands: Sequence[Json]) -> bool:
    """Tells whether any value is among the operands; a star stands for every value."""
    return ANY in operands or not values.isdisjoint(same_type(values, operands))


def same_type(values: set[Json], operands: Sequence[Json]) -> list[Json]:
    """Reads operands as numbers where the values are numbers."""
    if any(isinstance(value, str) for value in values):
        return [str(operand) for operand in operands]
    return [number(operand) for operand in operands]


def number(operand: Json) -> float:
    """Reads an operand as a number, which nothing else equals if it is none."""
    try:
        return float(operand)
    except (TypeError, ValueError):
        return float("nan")


def ordered(compare: Callable[[float, float], bool]) -> Callable[[set[Json], Sequence[Json]], bool]:
    """Builds a comparison of numbers."""
    return lambda values, operands: all(
        compare(number(value), number(operand)) for value in values for operand in operands
    )


COMPARISONS: Final[Mapping[str, Callable[[set[Json], Sequence[Json]], bool]]] = {
    "IN": is_in,
    "NOT IN": lambda values, operands: not is_in(values, operands),
    "=": is_in,
    "!=": lambda values, operands: not is_in(values, operands),
    "<": ordered(lambda left, right: left < right),
    "<=": ordered(lambda left, right: left <= right),
    ">": ordered(lambda left, right: left > right),
    ">=": ordered(lambda left, right: left >= right),
}
