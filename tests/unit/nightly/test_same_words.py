"""What the nightly build knows twice is the same in both places."""

import json
import re
import string
from pathlib import Path
from typing import Any

import pytest
from ingestion.domain import context, identifiers
from ingestion.domain.interaction import Column
from ingestion.domain.playback import OPTIONAL_EVENT_TYPES, EventType
from nightly.domain.columns import OPTIONAL_COLUMNS, TrainingColumns
from nightly.domain.days import EVER
from nightly.domain.rules import EVENT_TYPES, BuildRules, CleanRules
from pydantic import TypeAdapter

from local.deployment.template import read_template

TEMPLATE: Any = read_template(Path(__file__).parents[3] / "template.yaml")
WORDS = CleanRules(context=("DEVICE_TYPE",)).words(EVER)


def test_an_id_has_the_same_characters() -> None:
    """The allow list of the door is that of the file."""
    assert WORDS["id_pattern"] == identifiers.ID_PATTERN


def test_a_context_has_the_same_characters() -> None:
    """What the contract takes for a context is what the file takes."""
    value = TypeAdapter(context.ContextValue)
    rule = re.search(r"regexp_replace\(context_device_type, '([^']*)'", WORDS["context_rules"])
    assert rule is not None
    for character in string.printable:
        try:
            value.validate_python(f"a{character}")
        except ValueError:
            assert re.fullmatch(rule[1], f"a{character}") is None
        else:
            assert re.fullmatch(rule[1], f"a{character}") is not None


@pytest.mark.parametrize("name", ["0", "Anonymous", "NULL", "undefined", "nil", "true", "guest"])
def test_nobody_has_the_same_names(name: str) -> None:
    """A placeholder is nobody's id here either."""
    with pytest.raises(ValueError, match="placeholder"):
        TypeAdapter(identifiers.ViewerIdentifier).validate_python(name)
    assert f"'{name.lower()}'" in WORDS["placeholders"]


def test_event_types_are_those_that_are_sent() -> None:
    """Those not sent by default are not trained on by default."""
    assert set(EVENT_TYPES) == set(EventType)
    wanted = BuildRules(TrainingColumns()).event_types
    assert set(EVENT_TYPES) - set(wanted) == OPTIONAL_EVENT_TYPES


def test_the_columns_are_those_of_the_schema_in_its_order() -> None:
    """Personalize takes columns in the order of the schema."""
    text = TEMPLATE["Resources"]["InteractionsSchema"]["Properties"]["Schema"]["Fn::Sub"][0]
    schema = json.loads(text.replace("${ContextFields}", ""))
    assert TrainingColumns().names == tuple(field["name"] for field in schema["fields"])
    assert set(OPTIONAL_COLUMNS) == set(Column)


@pytest.mark.parametrize(
    ("parameter", "default"),
    [
        ("WatchRatio", BuildRules(TrainingColumns()).watch_ratio),
        ("WatchCapSeconds", BuildRules(TrainingColumns()).watch_cap_s),
        ("WatchUnknownDurationSeconds", BuildRules(TrainingColumns()).watch_unknown_duration_s),
        ("CompleteRatio", BuildRules(TrainingColumns()).complete_ratio),
        ("MaxLatenessSeconds", CleanRules().max_lateness_s),
        ("MaxSkewSeconds", CleanRules().max_skew_s),
    ],
)
def test_settings_begin_as_those_of_the_recorders(parameter: str, default: float) -> None:
    """Without options the night follows the rules by which was recorded."""
    assert float(TEMPLATE["Parameters"][parameter]["Default"]) == default
