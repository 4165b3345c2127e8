"""Filter expressions, read and applied."""

from collections.abc import Mapping
from typing import Any

import pytest

from local.personalize import EmulatedError
from local.personalize.filter_text import parse_filter
from local.personalize.filtering import ItemFilter, Viewer
from local.personalize.interactions import Interaction
from tests.unit.local.personalize.world import START

ITEMS: Mapping[str, dict[str, Any]] = {
    "comedy": {"GENRES": "Comedy", "DURATION": 90},
    "mixed": {"GENRES": "Comedy|Crime", "DURATION": 120},
    "crime": {"GENRES": "Crime", "DURATION": 150},
    "bare": {},
}
WATCHED = (("comedy", "Watch", 0.9), ("crime", "Click", 0.1), ("crime", "Watch", 0.2))
AGE = 17


def viewer(limit: int = 100) -> Viewer:
    """Builds a viewer of seventeen who has watched two items."""
    history = [
        Interaction(
            user_id="u", item_id=item, timestamp=START + n, event_type=kind, event_value=value
        )
        for n, (item, kind, value) in enumerate(WATCHED)
    ]
    return Viewer.of({"AGE": AGE}, history, limit)


def allowed(expression: str, values: Mapping[str, str] | None = None, limit: int = 100) -> set[str]:
    """Lists the items an expression lets through."""
    item_filter = ItemFilter(parse_filter(expression), values or {}, viewer(limit), ITEMS)
    return {item for item in ITEMS if item_filter.allows(item)}


@pytest.mark.parametrize(
    ("condition", "items"),
    [
        ('Items.GENRES IN ("Comedy")', {"comedy", "mixed"}),
        ('Items.GENRES IN ("Comedy", "Crime")', {"comedy", "mixed", "crime"}),
        ('items.genres in ("Comedy")', {"comedy", "mixed"}),
        ('Items.GENRES IN ("comedy")', set()),
        ('Items.GENRES NOT IN ("Comedy")', {"crime"}),
        ("Items.DURATION > 90", {"mixed", "crime"}),
        ("Items.DURATION >= 90", {"comedy", "mixed", "crime"}),
        ("Items.DURATION < 120", {"comedy"}),
        ("Items.DURATION <= 120", {"comedy", "mixed"}),
        ("Items.DURATION = 120", {"mixed"}),
        ("Items.DURATION != 120", {"comedy", "crime"}),
        ('Items.GENRES IN ("Crime") AND Items.DURATION < 150', {"mixed"}),
        (
            'Items.GENRES IN ("Crime") AND Items.DURATION < 150 OR Items.DURATION = 90',
            {"comedy", "mixed"},
        ),
        ('Interactions.EVENT_TYPE IN ("WATCH")', {"comedy", "crime"}),
        ('Interactions.EVENT_TYPE IN ("*")', {"comedy", "crime"}),
        ('Interactions.EVENT_TYPE IN ("Click") AND Interactions.EVENT_VALUE > 0.15', set()),
        ('Interactions.EVENT_TYPE IN ("Watch") AND Interactions.EVENT_VALUE > 0.5', {"comedy"}),
        ("Items.DURATION > $LEAST", {"crime"}),
    ],
)
def test_include_and_exclude_are_opposites(condition: str, items: set[str]) -> None:
    """What one lets through the other keeps out."""
    values = {"LEAST": "120"}

    assert allowed(f"INCLUDE ItemID WHERE {condition}", values) == items
    assert allowed(f"EXCLUDE ItemID WHERE {condition}", values) == set(ITEMS) - items


def test_statements_are_joined_by_bars() -> None:
    """All of them apply."""
    expression = (
        'INCLUDE ItemID WHERE Items.GENRES IN ("Comedy") | '
        'EXCLUDE ItemID WHERE Interactions.EVENT_TYPE IN ("Watch")'
    )

    assert allowed(expression) == {"mixed"}


@pytest.mark.parametrize(("age", "items"), [("18", {"comedy", "bare"}), ("17", set(ITEMS))])
def test_a_statement_may_depend_on_the_user(age: str, items: set[str]) -> None:
    """Crime is kept from whoever is younger than the age asked for."""
    expression = 'EXCLUDE ItemID WHERE Items.GENRES IN ("Crime") IF CurrentUser.AGE < $AGE'

    assert allowed(expression, {"AGE": age}) == items


def test_filters_look_back_only_so_far() -> None:
    """Of each event type the newest interactions count, here one."""
    expression = 'EXCLUDE ItemID WHERE Interactions.EVENT_TYPE IN ("Watch")'

    assert "comedy" in allowed(expression, limit=1)


@pytest.mark.parametrize(
    "expression",
    [
        "EXCLUDE",
        "FORGET ItemID WHERE Items.A = 1",
        "EXCLUDE UserID WHERE Items.A = 1",
        "EXCLUDE ItemID WHERE Films.A = 1",
        "EXCLUDE ItemID WHERE Items.A LIKE 1",
        "EXCLUDE ItemID WHERE Items.A = ",
        "EXCLUDE ItemID WHERE Items.A IN 1",
        "EXCLUDE ItemID WHERE Items.A IN (1",
        "EXCLUDE ItemID WHERE Items.A NOT 1",
        "EXCLUDE ItemID WHERE Items.A = 1 1",
        "EXCLUDE ItemID WHERE Items.A = 1 |",
        "EXCLUDE ItemID WHERE Items.A = Items.B",
        'EXCLUDE ItemID WHERE Items.A = "open',
        "EXCLUDE ItemID WHERE Items.A = 1 ; DROP",
    ],
)
def test_what_is_no_filter_is_refused(expression: str) -> None:
    """And it never shows the expression, which the model calls sensitive."""
    with pytest.raises(EmulatedError, match="InvalidInputException: Invalid filter") as caught:
        parse_filter(expression)
    assert expression not in caught.value.message
