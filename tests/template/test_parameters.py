"""Parameters refuse what cannot work before anything is deployed."""

import importlib
import re
from collections.abc import Callable
from typing import Any

import pytest
from ingestion.domain.context import can_be_context_column
from ingestion.domain.dialects.reading import DialectRules

type Json = dict[str, Any]

SHARES = (
    "WatchRatio",
    "CompleteRatio",
    "LikeRating",
    "DislikeRating",
    "SentimentConfidence",
    "SentimentMargin",
)


@pytest.fixture
def parameters(source: Json) -> Json:
    """Return the parameters by name."""
    return source["Parameters"]


def test_every_parameter_has_a_default_a_limit_and_a_description(parameters: Json) -> None:
    """A deployment needs no answer, and no answer is taken unchecked."""
    for parameter in parameters.values():
        assert "Default" in parameter
        assert parameter["Description"].endswith(".")
        assert {"AllowedPattern", "AllowedValues", "MinValue"} & set(parameter)


@pytest.mark.parametrize("name", SHARES)
def test_shares_lie_between_zero_and_one(name: str, parameters: Json) -> None:
    """A share of a duration, a scaled rating, a confidence."""
    parameter = parameters[name]

    default = float(parameter["Default"])

    assert 0 <= parameter["MinValue"] <= default <= parameter["MaxValue"] <= 1


@pytest.mark.parametrize("limit", ["MinValue", "MaxValue"])
def test_what_a_parameter_takes_the_settings_take(
    limit: str, parameters: Json, deploy: Callable[..., Json]
) -> None:
    """No deployment succeeds whose functions then refuse to start."""
    numbers = {name: body[limit] for name, body in parameters.items() if limit in body}
    deployed = deploy(**numbers)

    for use_case in ("archive_activity", "record_playback", "record_feedback", "record_metadata"):
        name = "".join(word.capitalize() for word in use_case.split("_"))
        variables = deployed[f"{name}Function"]["Properties"]["Environment"]["Variables"]
        model = getattr(
            importlib.import_module(f"ingestion.settings.{use_case}"), f"{name}Settings"
        )
        model.model_validate({variable: str(value) for variable, value in variables.items()})


@pytest.mark.parametrize(
    ("value", "fits"),
    [
        ("", True),
        ("EVENT_VALUE", True),
        ("EVENT_VALUE,IMPRESSION", True),
        ("EVENT_VALUE,", False),
        (",EVENT_VALUE", False),
        ("EVENT_VALUE, IMPRESSION", False),
        ("DEVICE", False),
    ],
)
def test_columns_are_a_list_of_known_names(value: str, *, fits: bool, parameters: Json) -> None:
    """A misspelt column would be refused by Personalize with every call."""
    pattern = parameters["InteractionColumns"]["AllowedPattern"]

    assert bool(re.fullmatch(pattern, value)) is fits


@pytest.mark.parametrize(
    ("value", "fits"),
    [
        ("", True),
        ("DEVICE_TYPE", True),
        ("DEVICE_TYPE,OS,DAYPART", True),
        ("DEVICE_TYPE,", False),
        ("DEVICE_TYPE, OS", False),
        ("device_type", False),
        ("DEVICE__TYPE", False),
        ("OS_2", False),
        ("A,B,C,D", False),
        ("D" * 33, False),
        ("D" * 32, True),
        ("OS,USER_ID", False),
        ("EVENTVALUE,OS", False),
        ("IMPRESSION", False),
        ("IMPRESSIONS", True),
        ("RECOMMENDATION_ID", False),
        ('A"B', False),
    ],
)
def test_context_columns_are_what_the_settings_take(
    value: str, *, fits: bool, parameters: Json
) -> None:
    """The pattern and the code that runs agree, name by name; three are always within the ten."""
    pattern = parameters["ContextColumns"]["AllowedPattern"]
    names = value.split(",") if value else []
    assert bool(re.fullmatch(pattern, value)) is fits
    assert (all(map(can_be_context_column, names)) and len(names) <= 3) is fits


@pytest.mark.parametrize(
    ("value", "fits"),
    [
        ("", True),
        ("arn:aws:sns:eu-west-1:111122223333:alarms", True),
        ("arn:aws-cn:sns:cn-north-1:111122223333:alarms", True),
        ("arn:aws:sqs:eu-west-1:111122223333:alarms", False),
        ("alarms", False),
    ],
)
def test_the_topic_is_an_arn_of_sns(value: str, *, fits: bool, parameters: Json) -> None:
    """An alarm whose action is something else fails when it is needed."""
    assert bool(re.fullmatch(parameters["AlarmTopicArn"]["AllowedPattern"], value)) is fits


def test_every_parameter_is_shown_in_a_group(source: Json) -> None:
    """The console shows all of them, in order."""
    groups = source["Metadata"]["AWS::CloudFormation::Interface"]["ParameterGroups"]
    shown = [name for group in groups for name in group["Parameters"]]

    assert sorted(shown) == sorted(source["Parameters"])


def test_defaults_with_a_decimal_point_are_text(parameters: Json) -> None:
    """`sam local` hands nothing of use to a function whose variable refers to another default."""
    assert not [name for name, body in parameters.items() if isinstance(body["Default"], float)]


def test_the_defaults_of_the_dialects_are_those_of_the_rules(parameters: Json) -> None:
    """What the documents and the tests say of them holds for a deployment without answers."""
    rules = DialectRules()

    assert parameters["SegmentVisitField"]["Default"] == rules.segment_visit_field
    assert parameters["SnowplowItemPath"]["Default"] == rules.snowplow_item_path
    assert parameters["XapiItemPattern"]["Default"] == rules.xapi_item_pattern.pattern
    assert re.fullmatch(
        parameters["XapiItemPattern"]["AllowedPattern"], rules.xapi_item_pattern.pattern
    )
