"""Metric attributions: what they may be made of, and what their reports say."""

from typing import Any

import pytest

from local.personalize import EmulatedError, Quotas
from tests.unit.local.personalize.world import (
    INTERACTION_FIELDS,
    ITEM_FIELDS,
    START,
    World,
    an_event,
    refusal,
)

SOURCES = [
    *INTERACTION_FIELDS,
    {"name": "RECOMMENDATION_ID", "type": ["string", "null"]},
    {"name": "EVENT_ATTRIBUTION_SOURCE", "type": ["string", "null"]},
]
NO_SOURCE = "SOURCE_NAME_UNDEFINED"


def from_source(source: str, item_id: str = "i1", **members: Any) -> dict[str, Any]:
    """Builds an event that names its source."""
    return an_event(item_id, metricAttribution={"eventAttributionSource": source}, **members)


def metric(name: str, expression: str = "SAMPLECOUNT()") -> dict[str, str]:
    """Builds a metric of Watch."""
    return {"eventType": "Watch", "metricName": name, "expression": expression}


def names(world: World, arn: str) -> list[str]:
    """Lists the names of an attribution's metrics."""
    listed = world.control("ListMetricAttributionMetrics", metricAttributionArn=arn)["metrics"]
    return [each["metricName"] for each in listed]


def test_a_report_counts_by_source(world: World) -> None:
    """Each source has its own count; an event without one is counted as nobody's."""
    group, tracker = world.live_group(SOURCES)
    arn = world.metric_attribution(group)
    world.put(tracker, from_source("home"), from_source("home", "i2"), an_event("i3"))
    world.put(tracker, from_source("home", "i4", eventType="Click"))

    assert world.emulator.metric_report(arn) == {("m0", "home"): 2, ("m0", NO_SOURCE): 1}


def test_a_report_sums_columns_of_both_datasets(world: World) -> None:
    """Numeric ones; what is not known adds nothing."""
    group, tracker = world.live_group(SOURCES)
    fields = [*ITEM_FIELDS, {"name": "PRICE", "type": ["float", "null"]}]
    items = world.dataset(group, fields, "Items")
    world.events(
        "PutItems",
        datasetArn=items,
        items=[{"itemId": "i1", "properties": '{"price": 2.5, "creationTimestamp": 1}'}],
    )
    arn = world.metric_attribution(group, "SUM(Items.PRICE)", "SUM(Interactions.EVENT_VALUE)")
    world.put(tracker, from_source("home", eventValue=0.5), from_source("home", "unknown"))

    assert world.emulator.metric_report(arn) == {("m0", "home"): 2.5, ("m1", "home"): 0.5}


def test_a_recommendation_id_credits_the_campaign_unless_a_source_is_named(world: World) -> None:
    """With both, only the source counts."""
    group, tracker = world.live_group(SOURCES)
    world.fill(tracker)
    campaign = world.campaign(world.version(world.solution(group)))
    arn = world.metric_attribution(group)
    answer = world.runtime("GetRecommendations", campaignArn=campaign, userId="u1")
    shown = answer["recommendationId"]
    world.put(
        tracker,
        an_event("a1", recommendationId=shown),
        from_source("mail", "a2", recommendationId=shown),
        an_event("a3", recommendationId="RID-of-somebody-else"),
    )

    assert world.emulator.metric_report(arn) == {
        ("m0", campaign): 1,
        ("m0", "mail"): 1,
        ("m0", NO_SOURCE): 1,
    }


def test_what_came_before_the_attribution_is_not_reported(world: World) -> None:
    """Nor is what arrives twice."""
    group, tracker = world.live_group(SOURCES)
    world.put(tracker, from_source("home", eventId="e1"))
    arn = world.metric_attribution(group)
    world.put(tracker, from_source("home", eventId="e1", at=START + 1))
    world.put(tracker, from_source("home", eventId="e2", at=START + 2))

    assert world.emulator.metric_report(arn) == {("m0", "home"): 1}


def test_sources_beyond_the_quota_are_taken_and_not_reported() -> None:
    """A source for every page would soon be too many."""
    world = World(quotas=Quotas(event_attribution_sources=2))
    group, tracker = world.live_group(SOURCES)
    arn = world.metric_attribution(group)
    for source in ("a", "b", "c", "a"):
        world.put(tracker, from_source(source, f"of-{source}", at=START + ord(source)))
    world.put(tracker, from_source("a", "again"))

    assert world.emulator.metric_report(arn) == {("m0", "a"): 2, ("m0", "b"): 1}
    assert world.emulator.counters(tracker).recorded == 4


def test_a_group_has_one_attribution(world: World) -> None:
    """The second is one too many; after a deletion there is room again."""
    group = world.group()
    arn = world.metric_attribution(group)
    assert refusal(world.metric_attribution, group).code == "LimitExceededException"
    world.control("DeleteMetricAttribution", metricAttributionArn=arn)
    world.metric_attribution(group)


def test_metrics_are_added_and_removed(world: World) -> None:
    """The reports follow."""
    group, tracker = world.live_group(SOURCES)
    arn = world.metric_attribution(group)
    world.control(
        "UpdateMetricAttribution",
        metricAttributionArn=arn,
        addMetrics=[metric("more")],
        removeMetrics=["m0"],
    )
    world.put(tracker, from_source("home"))

    assert names(world, arn) == ["more"]
    assert world.emulator.metric_report(arn) == {("more", "home"): 1}


@pytest.mark.parametrize(
    "update",
    [
        {"removeMetrics": ["unknown"]},
        {"addMetrics": [metric("m0")]},
        {"addMetrics": [metric(f"more-{number}") for number in range(10)]},
    ],
)
def test_an_update_that_leaves_no_sense_is_refused(world: World, update: dict[str, Any]) -> None:
    """Nothing to remove, one name twice, more than ten."""
    arn = world.metric_attribution(world.group())
    with pytest.raises(EmulatedError, match="InvalidInputException"):
        world.control("UpdateMetricAttribution", metricAttributionArn=arn, **update)
    assert names(world, arn) == ["m0"]


@pytest.mark.parametrize(
    "expression",
    ["COUNT()", "SUM(PRICE)", "SUM(Users.AGE)", "SUM(Interactions.EVENT_TYPE)", "SUM(Items.PRICE)"],
)
def test_an_expression_that_nothing_can_be_made_of_is_refused(
    world: World, expression: str
) -> None:
    """Other functions, other datasets, columns that are no numbers or not there."""
    group, _ = world.live_group(SOURCES)
    assert refusal(world.metric_attribution, group, expression).code == "InvalidInputException"


@pytest.mark.parametrize("operation", ["ListMetricAttributionMetrics", "UpdateMetricAttribution"])
def test_an_attribution_has_to_be_named(world: World, operation: str) -> None:
    """The model leaves the ARN optional; there is none to guess."""
    with pytest.raises(EmulatedError, match="ResourceNotFoundException"):
        world.control(operation)
