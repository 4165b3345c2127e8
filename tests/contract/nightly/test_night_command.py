"""`python -m nightly night`: the same use case, over a folder."""

import json
from pathlib import Path

import pytest
from nightly.command_line import main

from tests.support.nightly import lines_of
from tests.support.prepared_nights import LIVE, NIGHT, UNSENT, watch

LIMITS = "least_interactions=1,volume_failure=1000000,psi_failure=1000"


def a_night(archive: Path, *options: str) -> int:
    """Run the command; its status."""
    live = ("--dataset-group-arn", LIVE.dataset_group_arn, "--tracking-id", LIVE.tracking_id)
    where = ("--archive", str(archive), "--context-columns", "DEVICE_TYPE")
    return main(["night", "--date", NIGHT, *where, *live, "--gate-limits", LIMITS, *options])


def test_a_night_is_decided_and_written_out(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The plan is printed, and its file lies where Personalize would find it."""
    watch(tmp_path, 1100, tracker=UNSENT)
    assert a_night(tmp_path) == 0
    decision = json.loads(capsys.readouterr().out)
    assert (decision["outcome"], decision["plan"]["kind"]) == ("go", "undelivered")
    assert len(lines_of(tmp_path / "nightly" / "builds" / f"night-{NIGHT}")) == 1100


def test_who_asks_for_a_gate_that_is_none_is_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """In a line, and not in a traceback."""
    assert a_night(tmp_path, "--gate-limits", "most_lost=plenty") == 1
    assert "most_lost" in capsys.readouterr().err
