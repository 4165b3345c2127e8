"""Metric attributions: which recommendations, or which other source, led to what.

Rules of the developer guide's pages "Measuring impact of recommendations": one attribution for a
dataset group, ten metrics in it, two functions, only numeric columns can be summed, only data that
arrives after its creation is reported, and 100 sources at most. What AWS does with the 101st is not
documented; here it is left out of the report, and the event itself is taken as any other. AWS also
leaves out records older than 14 days, which is not emulated.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from local.personalize.errors import Refusal, refused
from local.personalize.group_data import GroupData
from local.personalize.interactions import Interaction
from local.personalize.resource import DATASET_GROUP, METRIC_ATTRIBUTION, Resource
from local.personalize.schema_text import INTERACTIONS, ITEMS
from local.personalize.service_model import Body, Json
from local.personalize.state import State

# What the reports call an event without a source (developer guide, "Event metrics").
NO_SOURCE: Final = "SOURCE_NAME_UNDEFINED"
MAX_METRICS: Final = 10
EXPRESSION: Final = re.compile(
    r"SAMPLECOUNT\(\)|SUM\((Items|Interactions)\.([A-Za-z_][A-Za-z0-9_]*)\)"
)
NUMERIC: Final = frozenset({"int", "long", "float", "double"})

# (metric name, source) -> value: what CloudWatch would show.
type Report = Mapping[tuple[str, str], float]


@dataclass(frozen=True, slots=True)
class ReportsFrom:
    """From which streamed event on an attribution reports."""

    position: int


def create_metric_attribution(state: State, parameters: Body) -> Resource:
    """Creates the one metric attribution a group may have."""
    group = state.get_active(DATASET_GROUP, parameters["datasetGroupArn"])
    count = len(state.of_kind(METRIC_ATTRIBUTION, group.arn))
    state.check_limit(count, state.quotas.metric_attributions, "metric attributions of a group")
    data = GroupData(state, group.arn)
    check_metrics(data, parameters["metrics"])
    name = parameters["name"]
    copied = ("datasetGroupArn", "metrics", "metricsOutputConfig")
    return state.add(
        METRIC_ATTRIBUTION,
        path=f"metric-attribution/{name}",
        name=name,
        attributes={key: parameters[key] for key in copied},
        content=ReportsFrom(data.interactions.length),
    )


def update_metric_attribution(state: State, parameters: Body) -> Resource:
    """Adds and removes metrics, or sends the reports elsewhere."""
    attribution = state.get_active(METRIC_ATTRIBUTION, parameters.get("metricAttributionArn") or "")
    attributes = attribution.attributes
    removed = set(parameters.get("removeMetrics") or ())
    if not removed <= {each["metricName"] for each in attributes["metrics"]}:
        raise refused(Refusal.BAD_REQUEST, "removeMetrics names a metric that is not there.")
    metrics = [each for each in attributes["metrics"] if each["metricName"] not in removed]
    metrics += parameters.get("addMetrics") or ()
    check_metrics(GroupData(state, attributes["datasetGroupArn"]), metrics)
    output = parameters.get("metricsOutputConfig") or attributes["metricsOutputConfig"]
    changes = {"metrics": metrics, "metricsOutputConfig": output}
    state.update(attribution, "latestMetricAttributionUpdate", changes)
    return attribution


def metrics_of(state: State, parameters: Body) -> list[Body]:
    """Lists the metrics of one attribution."""
    arn = parameters.get("metricAttributionArn") or ""
    return state.get(METRIC_ATTRIBUTION, arn).attributes["metrics"]


def check_metrics(data: GroupData, metrics: list[Body]) -> None:
    """Refuses metrics that no report could be made of.

    Raises:
        EmulatedError: InvalidInputException saying what is wrong.
    """
    names = [each["metricName"] for each in metrics]
    if len(names) > MAX_METRICS or len(set(names)) < len(names):
        text = f"A metric attribution has at most {MAX_METRICS} metrics, of different names."
        raise refused(Refusal.BAD_REQUEST, text)
    for metric in metrics:
        check_expression(data, metric["expression"])


def check_expression(data: GroupData, expression: str) -> None:
    """Refuses anything but SAMPLECOUNT() and the SUM of a numeric column that is there."""
    found = EXPRESSION.fullmatch(expression)
    if found is None:
        raise refused(Refusal.BAD_REQUEST, "The expression must be SAMPLECOUNT() or a SUM().")
    if found[1] is None:
        return
    dataset = data.dataset({"Items": ITEMS, "Interactions": INTERACTIONS}[found[1]])
    column = dataset.schema.by_name.get(found[2]) if dataset else None
    if column is None or not column.types <= NUMERIC:
        text = f"{found[1]}.{found[2]} is no numeric column of a dataset of the group."
        raise refused(Refusal.BAD_REQUEST, text)


def report(state: State, attribution: Resource) -> Report:
    """Adds up what CloudWatch would show of an attribution."""
    data = GroupData(state, attribution.attributes["datasetGroupArn"])
    by_type: defaultdict[str, list[Body]] = defaultdict(list)
    for metric in attribution.attributes["metrics"]:
        by_type[metric["eventType"]].append(metric)
    streamed = data.interactions.streamed_from(attribution.content.position)
    totals: defaultdict[tuple[str, str], float] = defaultdict(float)
    for interaction, source in attributed(state, streamed):
        for metric in by_type.get(interaction.event_type or "", ()):
            totals[metric["metricName"], source] += value_of(
                data, metric["expression"], interaction
            )
    return totals


def attributed(
    state: State, interactions: Iterable[Interaction]
) -> Iterable[tuple[Interaction, str]]:
    """Yields each interaction with its source, as long as there are not too many sources."""
    known: set[str] = set()
    for interaction in interactions:
        source = source_of(state, interaction)
        if source in known or len(known) < state.quotas.event_attribution_sources:
            known.add(source)
            yield interaction, source


def source_of(state: State, interaction: Interaction) -> str:
    """Names who is credited: the event's own source, or else the campaign that recommended."""
    columns = dict(interaction.other)
    recommendation = columns.get("RECOMMENDATION_ID")
    campaign = state.recommenders_by_id.get(recommendation) if recommendation else None
    return columns.get("EVENT_ATTRIBUTION_SOURCE") or campaign or NO_SOURCE


def value_of(data: GroupData, expression: str, interaction: Interaction) -> float:
    """Gives what one interaction adds to a metric."""
    found = EXPRESSION.fullmatch(expression)
    if found is None or found[1] is None:
        return 1
    columns: Mapping[str, Json]
    if found[1] == "Items":
        columns = data.items.get(interaction.item_id, {})
    else:
        columns = {**dict(interaction.other), "EVENT_VALUE": interaction.event_value}
    return columns.get(found[2]) or 0
