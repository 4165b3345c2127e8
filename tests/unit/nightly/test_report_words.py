"""The words of the report."""

import re
from importlib.resources import files

import pytest
from nightly.report.words import MEANINGS, change, dollars, duration, percent, points


@pytest.mark.parametrize(
    ("ratio", "said"),
    [(0, "0 %"), (1, "100 %"), (0.5, "50.0 %"), (0.0034, "0.34 %"), (0.00001, "< 0.01 %")],
)
def test_little_is_not_nothing(ratio: float, said: str) -> None:
    """A share that is not 0 never reads as 0 %."""
    assert percent(ratio).replace("\N{NO-BREAK SPACE}", " ") == said


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(40, "40 s"), (300, "5 min"), (3600, "1 h"), (5040, "1 h 24 min"), (864000, "10 days")],
)
def test_times_have_their_largest_units(seconds: float, said: str) -> None:
    """Nobody wants to divide by 3,600."""
    assert duration(seconds).replace("\N{NO-BREAK SPACE}", " ") == said


def test_changes_have_a_sign() -> None:
    """More, less, the same, and nothing to compare with."""
    assert change(110, 100) == "+10.0\N{NO-BREAK SPACE}%"
    assert change(90, 100) == "\N{MINUS SIGN}10.0\N{NO-BREAK SPACE}%"
    assert change(100, 100) == "±0\N{NO-BREAK SPACE}%"
    assert change(100, None) is None
    assert points(0.5, 0.45) == "+5.0 points"


def test_small_amounts_are_not_free() -> None:
    """A tenth of a cent is not 0."""
    assert dollars(0.001) == "< $0.01"
    assert dollars(1234.5) == "$1,234.50"


def test_every_outcome_of_the_definition_has_plain_words() -> None:
    """Whatever the SQL can say of a row or an interaction, the report explains."""
    folder = files("nightly.sql")
    named = {
        name
        for statement in ("checked", "settled", "considered")
        for name in re.findall(
            r"(?:THEN|ELSE) '([a-z_]+)'", (folder / f"{statement}.sql").read_text()
        )
    }
    rules = (files("nightly.domain") / "rules.py").read_text()
    named |= set(re.findall(r"THEN '([a-z_]+)'", rules))
    assert len(named) > 20
    assert named <= MEANINGS.keys()
