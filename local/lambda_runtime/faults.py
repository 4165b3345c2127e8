"""The error documents that Lambda writes itself, because the function no longer can.

The wording is that of the error types listed in
https://docs.aws.amazon.com/lambda/latest/dg/python-exceptions.html and
https://docs.aws.amazon.com/lambda/latest/dg/troubleshooting-invocation.html.
"""

from __future__ import annotations

import json
import signal
from typing import Final

# https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html: 6 MB, and the headroom
# that the message "exceeded maximum allowed payload size (6291556 bytes)" shows.
MAX_RESPONSE_BYTES: Final = 6_291_556


def timed_out(request_id: str, timeout_s: float) -> bytes:
    """Say that an invocation was killed after `timeout_s` seconds."""
    text = f"RequestId: {request_id} Error: Task timed out after {timeout_s:.2f} seconds"
    return _document("Sandbox.Timedout", text)


def exited(request_id: str, return_code: int) -> bytes:
    """Say that the process ended; a negative `return_code` is the signal that killed it."""
    return _document("Runtime.ExitError", f"RequestId: {request_id} Error: {_cause(return_code)}")


def response_too_large() -> bytes:
    """Say that the function returned more than Lambda hands on."""
    return _document(
        "Function.ResponseSizeTooLarge",
        f"Response payload size exceeded maximum allowed payload size ({MAX_RESPONSE_BYTES} bytes)",
    )


def message(document: bytes) -> str:
    """Return the message of an error document, as Lambda also writes it to the log."""
    return str(json.loads(document)["errorMessage"])


def _document(error_type: str, text: str) -> bytes:
    return json.dumps({"errorType": error_type, "errorMessage": text}).encode()


def _cause(return_code: int) -> str:
    if return_code == 0:
        return "Runtime exited without providing a reason"
    if return_code > 0:
        return f"Runtime exited with error: exit status {return_code}"
    name = signal.strsignal(-return_code) or str(-return_code)
    return f"Runtime exited with error: signal: {name.lower()}"
