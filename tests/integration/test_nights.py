"""`make nightly`, as somebody runs it who tries the project."""

import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.system

REPOSITORY = Path(__file__).parents[2]


def test_a_night_deploys_and_the_next_has_nothing_to_do() -> None:
    """The real functions under the real state machine, after a day of the demo."""
    done = subprocess.run(
        [sys.executable, "-m", "local.nightly", "--size", "40"],
        cwd=REPOSITORY,
        capture_output=True,
        check=False,
        text=True,
        timeout=600,
    )
    assert done.returncode == 0, done.stderr[-2_000:]
    told = [line for line in done.stdout.splitlines() if line.startswith("The night of")]
    assert [line.rsplit(": ", 1)[1] for line in told] == ["accepted", "nothing_new"]
    assert "report.html" in done.stdout.replace("\n", "")
