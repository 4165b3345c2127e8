"""What Lambda refuses before any code of the function runs.

LambdaServiceError
├── TooManyRequests    every environment is busy and no more are allowed: try again
└── FunctionNotFound   nobody registered a function of that name
"""


class LambdaServiceError(Exception):
    """Base of what an invocation can be refused with."""


class TooManyRequests(LambdaServiceError):  # noqa: N818 - Lambda's own name for a throttle
    """Every execution environment is busy and the function may have no more of them."""


class FunctionNotFound(LambdaServiceError):  # noqa: N818 - reads as the sibling above does
    """No function of that name or ARN is registered."""
