"""What a new environment costs before its first batch, beside a bare boto3 client.

A fresh interpreter for each measurement, in turn, with the compiled files in place: the handler is
imported and its composition root made. CPU is that of the whole process less that of an
interpreter that does nothing.
"""

import json
import os
import statistics
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from tests.benchmarks.measuring import ENVIRONMENT, Line, at_most, ratio, show
from tests.support.variables import FEEDBACK, METADATA, PLAYBACK, RECORDER

ROUNDS: Final = 7
ROOT: Final = Path(__file__).parents[2]
BARE: Final = "import boto3; boto3.client('personalize-events')"
ROOTS: Final = {
    "archive_activity": "archiver",
    "record_playback": "recorder",
    "record_feedback": "recorder",
    "record_metadata": "recorder",
}
STREAM_FUNCTIONS: Final = ("archive_activity", "record_playback")
_ARN: Final = "arn:aws:personalize:eu-west-1:123456789012:dataset/group/{kind}"
SETTINGS: Final = {
    **RECORDER,
    **PLAYBACK,
    **FEEDBACK,
    **METADATA,
    "SENDER": os.environ.get("SENDER", "signed"),
    "USERS_DATASET_ARN": _ARN.format(kind="USERS"),
    "ITEMS_DATASET_ARN": _ARN.format(kind="ITEMS"),
}


def init_of(function: str) -> str:
    """What Lambda runs before the first batch, and what that batch makes once."""
    root = ROOTS[function]
    return f"from functions.{function}.handler import {root} as root; root()"


def cpu_s(code: str, variables: Mapping[str, str]) -> float:
    """User and system CPU seconds of a fresh interpreter that runs this, and nothing of its own."""
    measure = (
        "import resource as r, json\nu = r.getrusage(r.RUSAGE_SELF)\n"
        "print(json.dumps(u.ru_utime + u.ru_stime))"
    )
    environment = {**os.environ, **variables, "PYTHONPATH": f"{ROOT}:{ROOT / 'layers/shared'}"}
    command = [sys.executable, "-c", f"{code}\n{measure}"]
    result = subprocess.run(  # noqa: S603 - our own code
        command, env=environment, cwd=ROOT, check=True, capture_output=True, text=True
    )
    return json.loads(result.stdout)


def main() -> None:
    """Print the table."""
    variables = {**ENVIRONMENT, **SETTINGS}
    candidates = {"nothing": "", "bare boto3 client": BARE} | {
        function: init_of(function) for function in ROOTS
    }
    rounds = [
        {name: cpu_s(code, variables) for name, code in candidates.items()}
        for _ in range(ROUNDS + 1)
    ][1:]  # the first writes what is not yet compiled
    net = {
        name: [each[name] - each["nothing"] for each in rounds]
        for name in candidates
        if name != "nothing"
    }
    bare = net["bare boto3 client"]
    lines = [
        Line(name, f"{statistics.median(costs) * 1000:,.0f} ms CPU") for name, costs in net.items()
    ]
    for function in ROOTS:
        found = ratio(net[function], bare)
        name = f"{function}, ratio"
        is_held = function in STREAM_FUNCTIONS
        lines.append(at_most(name, found, 1.1) if is_held else Line(name, f"{found:.2f} x"))
    show(f"Cold start: init CPU, {ROUNDS} fresh interpreters each", lines)


if __name__ == "__main__":
    main()
