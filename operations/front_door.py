"""The functions of the stack, invoked through Lambda's API."""

import json
from collections.abc import Callable, Collection, Sequence
from typing import Any

from ingestion.adapters.aws_errors import translated

from operations.clients import Clients
from operations.envelopes import Record, record_id
from operations.ports import FunctionFailedError


class LambdaFrontDoor:
    """Invokes synchronously and reads the answer as an event source mapping does."""

    def __init__(self, clients: Clients, function: Callable[[str], str]) -> None:
        """Prepare.

        Args:
            clients: To call Lambda with.
            function: Gives the name of the function that runs a use case.
        """
        self._clients = clients
        self._function = function

    def deliver(self, use_case: str, records: Sequence[Record]) -> Collection[str]:
        """Invoke the function with one event of all records; see the port."""
        with translated(f"invoke {use_case}"):
            answer = self._clients("lambda").invoke(
                FunctionName=self._function(use_case),
                Payload=json.dumps({"Records": list(records)}).encode(),
            )
            payload = json.loads(answer["Payload"].read() or b"null")
        if answer.get("FunctionError"):
            raise FunctionFailedError(_kind_of(payload))
        return _failed(payload, records)


def _kind_of(payload: Any) -> str:  # noqa: ANN401  -- whatever a function says
    """The kind of the error; its text may hold anything."""
    kind = payload.get("errorType") if isinstance(payload, dict) else None
    return kind if isinstance(kind, str) else "Unknown"


def _failed(payload: Any, records: Sequence[Record]) -> Collection[str]:  # noqa: ANN401  -- see above
    """The ids to deliver again; all, when one is named that was not delivered (Lambda's rule)."""
    items = payload.get("batchItemFailures") or () if isinstance(payload, dict) else ()
    failed = {item["itemIdentifier"] for item in items}
    delivered = {record_id(record) for record in records}
    if not failed <= delivered:
        return delivered
    return failed
