"""Somebody is told, and told what to do."""

from collections.abc import Callable
from typing import Any

import pytest
from ingestion.observability import MetricName

type Json = dict[str, Any]

TOPIC = "arn:aws:sns:eu-west-1:111122223333:alarms"


@pytest.fixture
def alarms(of_type: Callable[[str], Json]) -> Json:
    """Return the alarms by logical id."""
    return of_type("AWS::CloudWatch::Alarm")


def metrics_of(alarm: Json) -> list[Json]:
    """Return the metrics an alarm looks at: its one, or those of its expression."""
    queries = alarm.get("Metrics", [{"MetricStat": {"Metric": alarm}}])
    return [query["MetricStat"]["Metric"] for query in queries if "MetricStat" in query]


def watched(alarms: Json, name: str) -> set[str]:
    """Return the dimensions' values for which a metric has an alarm."""
    return {
        dimension["Value"]
        for alarm in alarms.values()
        for metric in metrics_of(alarm)
        if metric["MetricName"] == name
        for dimension in metric["Dimensions"]
    }


@pytest.mark.parametrize("metric", ["Errors", "Throttles"])
def test_every_function_is_watched(metric: str, alarms: Json, functions: Json) -> None:
    """A function that fails or is held back shows."""
    assert watched(alarms, metric) == set(functions)


def test_every_reader_of_the_stream_is_watched(alarms: Json) -> None:
    """Being late, dropping a batch, and failing to put one aside show, for both readers."""
    readers = {"ArchiveActivityFunction", "RecordPlaybackFunction"}

    assert watched(alarms, "IteratorAge") == readers
    assert watched(alarms, "DestinationDeliveryFailures") == readers
    assert watched(alarms, "DroppedEventCount") == {f"{name}ActivityStream" for name in readers}


def test_the_last_call_comes_at_half_the_record_age(
    alarms: Json, event_source_mappings: Json
) -> None:
    """Three days are left to repair what holds up the stream."""
    for name in ("ArchiveActivity", "RecordPlayback"):
        mapping = event_source_mappings[f"{name}Function"]
        age_ms = mapping["MaximumRecordAgeInSeconds"] * 1000
        assert alarms[f"{name}CriticalAlarm"]["Threshold"] == age_ms / 2


def test_queues_are_watched(alarms: Json) -> None:
    """One dead letter is one too many; waiting messages are noticed."""
    visible = watched(alarms, "ApproximateNumberOfMessagesVisible")

    assert visible == {f"{name}DeadLetterQueue.QueueName" for name in ("Feedback", "Metadata")}
    assert alarms["FeedbackDeadLetterAlarm"]["Threshold"] == 0
    assert alarms["MetadataDeadLetterAlarm"]["Threshold"] == 0
    assert watched(alarms, "ApproximateAgeOfOldestMessage") == {
        "FeedbackQueue.QueueName",
        "MetadataQueue.QueueName",
        "SettlingQueue.QueueName",
    }


def test_a_settle_delay_is_not_taken_for_lateness(alarms: Json, source: Json) -> None:
    """Whatever the parameter says, waiting for it alarms nobody."""
    longest_s = source["Parameters"]["SettleDelaySeconds"]["MaxValue"]

    assert alarms["SettlingLateAlarm"]["Threshold"] >= longest_s + 900


def test_alarms_on_our_own_metrics_look_where_the_functions_write(
    alarms: Json, functions: Json
) -> None:
    """Name, namespace and service of the metrics are those the functions publish."""
    watched_metrics = [metric for alarm in alarms.values() for metric in metrics_of(alarm)]
    own = [metric for metric in watched_metrics if not metric["Namespace"].startswith("AWS/")]
    [[namespace, service]] = {
        (variables["POWERTOOLS_METRICS_NAMESPACE"], variables["POWERTOOLS_SERVICE_NAME"])
        for variables in (function["Environment"]["Variables"] for function in functions.values())
    }

    assert {metric["MetricName"] for metric in own} <= {name.value for name in MetricName}
    for metric in own:
        assert metric["Namespace"] == namespace
        assert metric["Dimensions"] == [{"Name": "service", "Value": service}]


def test_what_an_operator_must_mend_is_watched(alarms: Json) -> None:
    """Wrong configuration, our own faults and a disputed archive are told at once."""
    for name in ("Misconfigured", "InternalErrorRejections", "ArchiveConflicts", "Unexplained"):
        assert watched(alarms, name) == {"stack"}
        assert alarms[f"{name}Alarm"]["Threshold"] == 0


def test_an_account_that_is_not_drawn_up_is_missed(alarms: Json) -> None:
    """Of the reconciliation alone silence is a fault, of a few hours' length."""
    silent = [name for name, alarm in alarms.items() if alarm["TreatMissingData"] == "breaching"]
    assert silent == ["NotReconciledAlarm"]
    assert alarms["NotReconciledAlarm"]["MetricName"] == "HoursReconciled"


@pytest.mark.parametrize(
    ("alarm", "machine"),
    [("NightFailedAlarm", "NightlyStateMachine"), ("RebuildFailedAlarm", "RebuildStateMachine")],
)
def test_a_night_or_a_rebuild_that_does_not_come_to_its_end_is_told(
    alarm: str, machine: str, alarms: Json
) -> None:
    """Failed, out of time or stopped by hand: one of them is enough, within the hour."""
    told = alarms[alarm]
    ended = {"ExecutionsFailed", "ExecutionsTimedOut", "ExecutionsAborted"}
    assert {metric["MetricName"] for metric in metrics_of(told)} == ended
    for metric in metrics_of(told):
        assert metric["Dimensions"] == [{"Name": "StateMachineArn", "Value": machine}]
    [expression] = [query for query in told["Metrics"] if "Expression" in query]
    assert expression["Expression"].count("FILL(") == len(ended)
    assert (told["Threshold"], told["DatapointsToAlarm"]) == (0, 1)


def test_every_alarm_says_what_to_do(alarms: Json) -> None:
    """A description in words, and silence where there is no data."""
    for alarm in alarms.values():
        assert len(alarm["AlarmDescription"]) > 40
        is_silence_a_fault = alarm["ComparisonOperator"] == "LessThanThreshold"
        assert alarm["TreatMissingData"] == ("breaching" if is_silence_a_fault else "notBreaching")
        assert alarm["DatapointsToAlarm"] <= alarm["EvaluationPeriods"]


def test_alarms_go_to_the_topic_if_there_is_one(alarms: Json, deploy: Callable[..., Json]) -> None:
    """Without a topic they have no action; with one, every single alarm has it."""
    actions = [
        body["Properties"]["AlarmActions"]
        for body in deploy(AlarmTopicArn=TOPIC).values()
        if body["Type"] == "AWS::CloudWatch::Alarm"
    ]

    assert actions == [[TOPIC]] * len(alarms)
    assert not [alarm for alarm in alarms.values() if "AlarmActions" in alarm]
