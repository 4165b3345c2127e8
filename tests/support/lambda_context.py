"""The context that Lambda gives to an invocation."""

from dataclasses import dataclass


@dataclass
class FakeLambdaContext:
    """A context with time to spare."""

    function_name: str = "function"
    memory_limit_in_mb: int = 512
    invoked_function_arn: str = "arn:aws:lambda:eu-west-1:123456789012:function:function"
    aws_request_id: str = "11111111-1111-4111-8111-111111111111"
    remaining_ms: int = 60_000

    def get_remaining_time_in_millis(self) -> int:
        """How long Lambda waits for the answer."""
        return self.remaining_ms
