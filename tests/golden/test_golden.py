"""Yesterday's events still mean the same: each sample with all that it leads to.

`GOLDEN=write make test` writes what is expected; read the difference before you commit it.
"""

import json
import os
import re
from functools import partial
from pathlib import Path
from typing import Any, Final

import pytest
from ingestion.domain.target import tracking_mark

from scripts.sample_events import SAMPLES, TARGET, text
from tests.support.functions import FunctionWorld, function_world

EXPECTED = Path(__file__).parent
CASES = sorted((function, case) for function, cases in SAMPLES.items() for case in cases)


# Made of the tracking id too, which is another one in each run.
_ANY_ID: Final = re.compile(r"(?<=^interactions/dt=.{10}/hh=../)[0-9a-f]{32}(?=[.])")


def metrics_in(output: str) -> dict[str, int]:
    """The metrics of an invocation that are not zero; EMF, as CloudWatch reads it."""
    counted: dict[str, int] = {}
    for line in output.splitlines():
        record = json.loads(line)
        for directive in record.get("_aws", {}).get("CloudWatchMetrics", []):
            for metric in directive["Metrics"]:
                name = metric["Name"]
                label = f"{name}.{record['reason']}" if "reason" in record else name
                value = record[name]
                counted[label] = int(sum(value) if isinstance(value, list) else value)
    return {name: count for name, count in sorted(counted.items()) if count}


def named(answer: Any, world: FunctionWorld) -> Any:
    """An answer with a word for the mark of the tracker, which is another one in every run."""
    mark = tracking_mark(world.tracking_id)
    return json.loads(json.dumps(answer).replace(mark, "the mark of the tracker"))


def story(world: FunctionWorld, answer: Any, output: str) -> dict[str, Any]:
    """Everything that can be seen of an invocation."""
    rejections = [
        {name: row[name] for name in ("id", "reason", "detail")}
        for row in world.rows("rejections/")
    ]
    marks = {tracking_mark(world.tracking_id): "of the live tracker"}
    held = {"held_to_settle": world.held()} if world.held() else {}
    return held | {
        "answer": answer,
        "metrics": metrics_in(output),
        "interactions": world.interactions(),
        **world.metadata(),
        "opinions": world.opinions(),
        "rejections": rejections,
        "archive": list(map(partial(_ANY_ID.sub, ""), world.keys())),
        "archived_interactions": [
            row | {"tracker": marks[row["tracker"]]} for row in world.rows("interactions/")
        ],
    }


@pytest.mark.parametrize(("function", "case"), CASES)
def test_sample(
    function: str,
    case: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """A sample event leads to what is written beside it."""
    event = json.loads((TARGET / function / f"{case}.json").read_text())
    with function_world(monkeypatch) as world:
        answer = world.invoke(function, event)
        found = story(world, named(answer, world), capsys.readouterr().out)
    expected = EXPECTED / function / f"{case}.json"
    if os.environ.get("GOLDEN") == "write":
        expected.parent.mkdir(exist_ok=True)
        expected.write_text(json.dumps(found, indent=2) + "\n")
    assert json.loads(expected.read_text()) == found


def test_every_sample_is_written_and_expected() -> None:
    """No sample without an expectation, no expectation without a sample, none by hand."""
    for folder in (TARGET, EXPECTED):
        found = {(p.parent.name, p.stem) for p in folder.glob("*/*.json")}
        assert found == set(CASES), folder
    for function, case in CASES:
        written = (TARGET / function / f"{case}.json").read_text()
        assert written == text(SAMPLES[function][case])
