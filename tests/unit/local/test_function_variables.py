from typing import Any

import pytest

from local.function_variables import (
    UnresolvedVariableError,
    resolved_variables,
    sam_local_variables,
)


class _CloudFormation:
    """A stack of one function and a queue."""

    def get_paginator(self, operation: str) -> "_CloudFormation":
        assert operation == "list_stack_resources"
        return self

    def paginate(self, **_request: str) -> list[dict[str, Any]]:
        resources = [
            ("RecordFunction", "stack-RecordFunction-1", "AWS::Lambda::Function"),
            ("Queue", "https://queue", "AWS::SQS::Queue"),
        ]
        keys = ("LogicalResourceId", "PhysicalResourceId", "ResourceType")
        return [{"StackResourceSummaries": [dict(zip(keys, r, strict=True)) for r in resources]}]


class _Lambda:
    """Knows that function's configuration."""

    def get_function_configuration(self, **request: str) -> dict[str, Any]:
        assert request == {"FunctionName": "stack-RecordFunction-1"}
        return {"Environment": {"Variables": {"AWS_ENDPOINT_URL": "", "MAX_SKEW_S": 300}}}


def test_variables_are_text() -> None:
    """Numbers and booleans of a template reach a function as CloudFormation spells them."""
    deployed = {"Environment": {"Variables": {"A": 300, "B": 0.5, "C": True, "D": "text"}}}

    assert resolved_variables("record", deployed) == {
        "A": "300",
        "B": "0.5",
        "C": "true",
        "D": "text",
    }


def test_an_empty_endpoint_is_left_out() -> None:
    """It means "not set", and the stack's own must not be hidden by it."""
    deployed = {"Environment": {"Variables": {"AWS_ENDPOINT_URL": "", "EMPTY": ""}}}

    assert resolved_variables("record", deployed) == {"EMPTY": ""}


def test_an_expression_left_over_is_an_error() -> None:
    """A function must not see `{'Ref': ...}` where AWS would have put a name."""
    deployed = {"Environment": {"Variables": {"BUCKET": {"Ref": "Nowhere"}}}}

    with pytest.raises(UnresolvedVariableError, match="BUCKET of record"):
        resolved_variables("record", deployed)


def test_sam_local_gets_variables_by_logical_id() -> None:
    """Each function has its own variables and those that lead to the stack."""
    clients: dict[str, Any] = {"cloudformation": _CloudFormation(), "lambda": _Lambda()}
    connection = {"AWS_ENDPOINT_URL": "http://127.0.0.1:4566"}

    assert sam_local_variables(clients.__getitem__, "stack", connection) == {
        "RecordFunction": {"MAX_SKEW_S": "300", "AWS_ENDPOINT_URL": "http://127.0.0.1:4566"}
    }
