"""Comprehend as AWS behaves, where moto does otherwise.

What moto 5.2 does: DetectSentiment answers every text with the same canned NEUTRAL, and
BatchDetectSentiment, DetectDominantLanguage and BatchDetectDominantLanguage are not there. These
four are answered by an emulator that reads the words; everything else stays moto's.
"""

import json
from collections.abc import Callable
from functools import cache
from http import HTTPStatus
from typing import Final

from botocore import xform_name
from moto.comprehend.models import ComprehendBackend, comprehend_backends
from moto.comprehend.responses import ComprehendResponse
from moto.core.common_types import TYPE_RESPONSE

from local.comprehend import ComprehendEmulator
from local.comprehend.emulator import OPERATIONS
from local.moto_extensions.patching import add_attribute, replace_attribute
from local.personalize import EmulatedError

# The one of the four that moto has.
CANNED: Final = "DetectSentiment"
CONTENT_TYPE: Final = "application/x-amz-json-1.1"
# One of AWS's own codes for a body that cannot be read; no service models it.
UNREADABLE: Final = "SerializationException"


@cache
def install() -> None:
    """Let moto ask the emulators, for the whole process; a second call finds it done."""
    for operation in OPERATIONS:
        put = replace_attribute if operation == CANNED else add_attribute
        put(ComprehendResponse, xform_name(operation), answering(operation))
    _install_reset()


def emulator(account_id: str, region: str) -> ComprehendEmulator:
    """Give the emulator of an account and region, to inject faults and to count.

    It outlives moto's backends, which a reset throws away: whoever holds it holds the one that
    serves, also after a reset.
    """
    # moto resets only the backends it has made since the last reset, and only by them the emulator.
    _ = comprehend_backends[account_id][region]
    return made(account_id, region)


@cache
def made(_account_id: str, _region: str) -> ComprehendEmulator:
    """Make the one emulator of an account and region."""
    return ComprehendEmulator()


def answering(operation: str) -> Callable[[ComprehendResponse], TYPE_RESPONSE]:
    """Make the method by which moto answers an operation."""

    def answer(self: ComprehendResponse) -> TYPE_RESPONSE:
        """Answer the request that moto has prepared."""
        serving = emulator(self.current_account, self.region)
        try:
            found = serving.handle(operation, parameters_of(self.body))
        except EmulatedError as error:
            return failed(error)
        return HTTPStatus.OK, {"content-type": CONTENT_TYPE}, json.dumps(found)

    return answer


def parameters_of(body: str | bytes) -> object:
    """Read a request's body.

    Raises:
        EmulatedError: SerializationException, where it is not JSON.
    """
    try:
        return json.loads(body or b"{}")
    except (ValueError, RecursionError) as error:
        raise EmulatedError(UNREADABLE, "The body is not JSON.") from error


def failed(error: EmulatedError) -> TYPE_RESPONSE:
    """Answer with an error as AWS's JSON protocol has it."""
    body = json.dumps({"__type": error.code, "message": error.message})
    # moto reads the status of what an operation answers from the headers alone.
    status = {"status": str(int(error.http_status))}
    headers = {**status, "content-type": CONTENT_TYPE, "x-amzn-errortype": error.code}
    return error.http_status, headers, body


def _install_reset() -> None:
    """Let a reset of moto's backend reset the emulator as well."""
    reset_backend = ComprehendBackend.reset

    def reset(self: ComprehendBackend) -> None:
        """Forget everything."""
        made(self.account_id, self.region_name).reset()
        reset_backend(self)

    replace_attribute(ComprehendBackend, "reset", reset)
