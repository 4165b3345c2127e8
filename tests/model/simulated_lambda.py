"""Lambda in simulated time: a function is called with a JSON document, answers or dies."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from ingestion.domain.errors import IngestionError

from local.lambda_runtime import InvocationResult
from tests.model.faults import Faults, Killed

type Handler = Callable[[dict[str, Any]], object]


@dataclass(frozen=True, slots=True)
class SimulatedFunction:
    """A function as it is deployed: what it does, and after how many seconds it is killed."""

    handler: Handler
    timeout_s: float


@dataclass
class SimulatedLambda:
    """Invokes functions by name.

    Only what can happen on AWS is turned into a function error: faults of the infrastructure, and
    the death of the environment. Any other exception is a fault of ours and fails the test.

    Attributes:
        story: What happened, a line for each invocation.
    """

    faults: Faults
    functions: Mapping[str, SimulatedFunction]
    story: list[str] = field(default_factory=list)

    def __call__(self, function_arn: str, payload: bytes) -> InvocationResult:
        """Invoke once."""
        name = function_arn.rpartition(":")[2]
        event = json.loads(payload)
        function = self.functions[name]
        self.faults.begin_invocation(function.timeout_s)
        try:
            answer = json.dumps(function.handler(event))
        except (Killed, IngestionError) as error:
            return self._failed(name, event, type(error).__name__)
        if self.faults.loses_an_answer:
            self.faults.loses_an_answer = False
            return self._failed(name, event, "lost answer")
        self._tell(name, event, answer)
        return InvocationResult(answer.encode(), None, "")

    def _failed(self, name: str, event: dict[str, Any], why: str) -> InvocationResult:
        self._tell(name, event, why)
        return InvocationResult(json.dumps({"errorType": why}).encode(), "Unhandled", "")

    def _tell(self, name: str, event: dict[str, Any], what: str) -> None:
        now_s = self.faults.clock.now_s
        ids = [_identifier(record) for record in event["Records"]]
        self.story.append(f"{now_s:.2f} {name} {ids[0]}..{ids[-1]} ({len(ids)}): {what}")


def _identifier(record: dict[str, Any]) -> str:
    return str(record.get("eventID") or record["messageId"])
