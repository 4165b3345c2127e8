"""Lambda as a door to our own runtime: moto keeps the configuration, others run the code.

What moto 5.2 does: `Invoke` starts a Docker container (or echoes its input), and an event source
mapping is a push inside the caller's PutRecord or SendMessage, one record at a time, without
batches, retries or partial answers. The functions of the stack run in `local.lambda_runtime`, and
`local.event_source_mappings` polls, so moto must do neither.
"""

import base64
from collections.abc import Callable, Mapping
from concurrent.futures import Executor
from functools import cache
from typing import Any

from moto.awslambda.exceptions import LambdaClientError
from moto.awslambda.models import EventSourceMapping, LambdaBackend, LambdaFunction
from moto.kinesis.models import kinesis_backends
from moto.sqs.models import sqs_backends

from local.lambda_runtime import FunctionNotFound, InvocationResult, TooManyRequests
from local.moto_extensions.patching import replace_attribute


class ThrottledError(LambdaClientError):
    """Every execution environment of the function is busy."""

    code = 429

    def __init__(self) -> None:
        super().__init__("TooManyRequestsException", "Rate Exceeded.")


class NotDeployedError(LambdaClientError):
    """moto knows the function, but it did not come through our deployer, so nobody runs it."""

    code = 404

    def __init__(self, name: str) -> None:
        super().__init__("ResourceNotFoundException", f"Function not found: {name}")


def install(invoke: Callable[[str, bytes], InvocationResult], background: Executor) -> None:
    """Run what is invoked through the API by `invoke`, and stop moto's own pushing.

    Args:
        invoke: Runs a function, given its name and its event, to its end.
        background: Where invocations of type `Event` run after they were accepted.
    """

    def invoke_function(
        self: LambdaFunction,
        body: str | bytes | None,
        request_headers: Mapping[str, str],
        response_headers: dict[str, str],
    ) -> bytes:
        payload = body.encode() if isinstance(body, str) else body or b"{}"
        kind = request_headers.get("x-amz-invocation-type", "RequestResponse")
        if kind == "Event":
            background.submit(invoke, self.function_name, payload)
        if kind != "RequestResponse":
            return b""
        try:
            return _answer(invoke(self.function_name, payload), response_headers)
        except TooManyRequests as error:
            raise ThrottledError from error
        except FunctionNotFound as error:
            raise NotDeployedError(self.function_name) from error

    replace_attribute(LambdaFunction, "invoke", invoke_function)
    _stop_pushing()


def _answer(invocation: InvocationResult, response_headers: dict[str, str]) -> bytes:
    """Put what came out of an invocation into the answer's headers and body."""
    if invocation.function_error:
        response_headers["x-amz-function-error"] = invocation.function_error
    log_tail = base64.b64encode(invocation.log_tail.encode())
    response_headers["x-amz-log-result"] = log_tail.decode()
    return invocation.payload


@cache
def _stop_pushing() -> None:
    """Keep new mappings out of their queues and streams; a second call finds it done."""
    create = LambdaBackend.create_event_source_mapping

    def create_event_source_mapping(
        self: LambdaBackend, spec: dict[str, Any]
    ) -> EventSourceMapping:
        mapping = create(self, spec)
        sources = (
            *sqs_backends[self.account_id][self.region_name].queues.values(),
            *kinesis_backends[self.account_id][self.region_name].streams.values(),
        )
        for source in sources:
            source.lambda_event_source_mappings.clear()
        return mapping

    replace_attribute(LambdaBackend, "create_event_source_mapping", create_event_source_mapping)
