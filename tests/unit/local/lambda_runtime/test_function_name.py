"""The forms in which Invoke takes a function's name."""

import pytest

from local.lambda_runtime import FunctionNotFound, LambdaService
from local.lambda_runtime.service import function_name


@pytest.mark.parametrize(
    "given",
    [
        "record",
        "record:live",
        "123456789012:function:record",
        "arn:aws:lambda:eu-west-1:123456789012:function:record",
        "arn:aws:lambda:eu-west-1:123456789012:function:record:$LATEST",
    ],
)
def test_every_form_means_the_same_function(given: str) -> None:
    """Name, partial ARN and ARN, with a qualifier or without."""
    assert function_name(given) == "record"


def test_an_unknown_function_is_refused() -> None:
    """As ResourceNotFoundException does."""
    service = LambdaService(environment={})

    with pytest.raises(FunctionNotFound, match="nobody"):
        service.invoke("nobody", b"{}")
