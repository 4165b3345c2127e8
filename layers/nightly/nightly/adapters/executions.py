"""Executions of state machines in Step Functions."""

import json
from collections.abc import Mapping, Sequence
from typing import Any, Final, cast

import boto3

from nightly.domain.execution import RUNNING, Execution

# What takes time or does something; Pass and Choice do neither.
_TOLD: Final = frozenset({"TaskStateEntered", "MapStateEntered", "WaitStateEntered"})


class StepFunctionsExecutions:
    """Executions in Step Functions; see the port `Executions`."""

    def __init__(self, client: Any) -> None:  # noqa: ANN401 - boto3's clients are made at run time
        self._client = client

    @classmethod
    def of_environment(cls) -> "StepFunctionsExecutions":
        """With the credentials and the endpoint of the environment."""
        return cls(cast("Any", boto3).client("stepfunctions"))

    def find(self, arn: str) -> Execution | None:
        """See the port."""
        try:
            found = self._client.describe_execution(executionArn=arn)
        except self._client.exceptions.ExecutionDoesNotExist:
            return None
        return Execution(
            arn,
            found["name"],
            found["status"],
            json.loads(found.get("output") or "{}"),
            found.get("error") or "",
            found.get("cause") or "",
        )

    def running(self, machine_arn: str) -> Sequence[Execution]:
        """See the port."""
        found = self._client.list_executions(stateMachineArn=machine_arn, statusFilter=RUNNING)
        return [
            Execution(each["executionArn"], each["name"], each["status"])
            for each in found["executions"]
        ]

    def start(self, machine_arn: str, name: str, order: Mapping[str, Any]) -> str:
        """See the port."""
        answer = self._client.start_execution(
            stateMachineArn=machine_arn, name=name, input=json.dumps(order, sort_keys=True)
        )
        return answer["executionArn"]

    def entered(self, arn: str, after: int) -> tuple[Sequence[str], int]:
        """See the port."""
        pages = self._client.get_paginator("get_execution_history").paginate(
            executionArn=arn, reverseOrder=True, includeExecutionData=False
        )
        fresh: dict[int, Mapping[str, Any]] = {}
        for page in pages:
            new = {event["id"]: event for event in page["events"] if event["id"] > after}
            fresh |= new
            if len(new) < len(page["events"]):
                break
        told = (fresh[number] for number in sorted(fresh))
        names = [e["stateEnteredEventDetails"]["name"] for e in told if e["type"] in _TOLD]
        return names, max(fresh, default=after)
