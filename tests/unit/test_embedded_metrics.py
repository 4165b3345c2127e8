"""What an invocation counted is written once, as CloudWatch reads it."""

import json
from typing import Any

import pytest
from ingestion.embedded_metrics import EmbeddedMetrics


@pytest.fixture(autouse=True)
def _named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("POWERTOOLS_SERVICE_NAME", "stack")
    monkeypatch.setenv("POWERTOOLS_METRICS_NAMESPACE", "namespace")


def written(capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def test_counts_of_an_invocation_are_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    """Each with its unit, under the namespace, told apart by the service."""
    metrics = EmbeddedMetrics()

    @metrics.log_metrics
    def handler() -> str:
        metrics.count("Received", 3)
        metrics.count("Failed", 0)
        metrics.count("Received", 2)
        return "answer"

    assert handler() == "answer"
    (line,) = written(capsys)
    assert line["_aws"].pop("Timestamp") > 1_700_000_000_000
    assert line == {
        "service": "stack",
        "Received": 5,
        "Failed": 0,
        "_aws": {
            "CloudWatchMetrics": [
                {
                    "Namespace": "namespace",
                    "Dimensions": [["service"]],
                    "Metrics": [
                        {"Name": "Received", "Unit": "Count"},
                        {"Name": "Failed", "Unit": "Count"},
                    ],
                }
            ]
        },
    }


def test_each_value_of_a_dimension_has_a_line(capsys: pytest.CaptureFixture[str]) -> None:
    """One line can hold one value of a dimension only."""
    metrics = EmbeddedMetrics()

    @metrics.log_metrics
    def handler() -> None:
        metrics.count("RejectedByReason", 2, reason="schema")
        metrics.count("RejectedByReason", 1, reason="clock")

    handler()
    lines = written(capsys)
    assert [(line["reason"], line["RejectedByReason"]) for line in lines] == [
        ("schema", 2),
        ("clock", 1),
    ]
    (directive,) = lines[0]["_aws"]["CloudWatchMetrics"]
    assert directive["Dimensions"] == [["reason", "service"]]


def test_an_invocation_that_raises_tells_what_it_counted(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Else an alarm on misconfigured invocations would never ring."""
    metrics = EmbeddedMetrics()

    @metrics.log_metrics
    def handler() -> None:
        metrics.count("Misconfigured", 1)
        raise ValueError

    with pytest.raises(ValueError):
        handler()
    (line,) = written(capsys)
    assert line["Misconfigured"] == 1


def test_nothing_is_kept_from_one_invocation_to_the_next(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """And one that counts nothing writes nothing."""
    metrics = EmbeddedMetrics()
    counts = iter([1, 0, 4])

    @metrics.log_metrics
    def handler() -> None:
        if count := next(counts):
            metrics.count("Received", count)

    for _ in range(3):
        handler()

    assert [line["Received"] for line in written(capsys)] == [1, 4]
