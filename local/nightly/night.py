"""One night of the deployed state machine, watched from state to state."""

import json
import time
from collections.abc import Callable, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from local.moto_extensions.stepfunctions import watching

_POLL_S: Final = 0.2
_PATIENCE_S: Final = 1_800.0


class UnfinishedError(Exception):
    """A night did not come to its end."""


@dataclass(frozen=True, slots=True)
class NightsEnd:
    """What became of a night.

    Attributes:
        outcome: `accepted`, `kept`, `nothing_new`, `stopped` or `failed`.
        reasons: Why, in words.
        report: Where the report lies; empty if there is none.
    """

    night: date
    outcome: str
    reasons: tuple[str, ...]
    report: str

    @property
    def is_well(self) -> bool:
        """Whether the night did what nights are for."""
        return self.outcome in {"accepted", "kept", "nothing_new"}


def run_night(
    step_functions: Any,  # noqa: ANN401 - boto3's clients are made at run time
    machine_arn: str,
    night: date,
    entered: Callable[[str], None],
) -> NightsEnd:
    """Run a night to its end.

    Args:
        step_functions: The client of the local stack.
        machine_arn: The deployed state machine.
        night: The date on which it runs; it sees everything up to the day before.
        entered: Told every state that the night enters.

    Raises:
        UnfinishedError: It has not ended after half an hour.
    """
    with _watched(entered):
        arn = step_functions.start_execution(
            stateMachineArn=machine_arn,
            name=f"night-{night}",
            input=json.dumps({"night": str(night)}),
        )["executionArn"]
        described = _ended(step_functions, arn)
    return _read(night, described)


@contextmanager
def _watched(entered: Callable[[str], None]) -> Any:  # noqa: ANN401 - a generator of nothing
    with watching(lambda _arn, state: entered(state)):
        yield


def _ended(step_functions: Any, arn: str) -> Mapping[str, Any]:  # noqa: ANN401 - as above
    deadline_s = time.monotonic() + _PATIENCE_S
    while (described := step_functions.describe_execution(executionArn=arn))["status"] == "RUNNING":
        if time.monotonic() > deadline_s:
            message = f"{arn} is still running after {_PATIENCE_S:.0f} s"
            raise UnfinishedError(message)
        time.sleep(_POLL_S)
    return described


def _read(night: date, described: Mapping[str, Any]) -> NightsEnd:
    if described["status"] != "SUCCEEDED":
        reason = f"{described.get('error', described['status'])}: {described.get('cause', '')}"
        return NightsEnd(night, "failed", (reason,), "")
    told = json.loads(described["output"])
    report = told["news"].get("report", "")
    return NightsEnd(night, told["outcome"], tuple(told["reasons"]), report)
