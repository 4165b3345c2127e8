"""Lambda's own error documents."""

import json
import signal

import pytest

from local.lambda_runtime import faults


@pytest.mark.parametrize(
    ("return_code", "cause"),
    [
        (3, "Runtime exited with error: exit status 3"),
        (0, "Runtime exited without providing a reason"),
        (-signal.SIGKILL, "Runtime exited with error: signal: killed"),
    ],
)
def test_exit_is_reported_with_its_cause(return_code: int, cause: str) -> None:
    """Status, silence and signal are told apart as Lambda words them."""
    document = json.loads(faults.exited("r-1", return_code))

    assert document == {
        "errorType": "Runtime.ExitError",
        "errorMessage": f"RequestId: r-1 Error: {cause}",
    }


def test_timeout_names_the_functions_timeout() -> None:
    """The seconds are those of the configuration, with two decimals."""
    document = faults.timed_out("r-1", 3)

    assert faults.message(document) == "RequestId: r-1 Error: Task timed out after 3.00 seconds"
    assert json.loads(document)["errorType"] == "Sandbox.Timedout"
