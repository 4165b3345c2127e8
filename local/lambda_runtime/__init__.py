"""Lambda on this machine: the real runtime client behind a Runtime API of our own, no container.

AWS's own `awslambdaric` runs the handlers, each execution environment in a child process, so that
import errors, timeouts, crashes and odd return values behave as they do in Lambda.
"""

from local.lambda_runtime.configuration import FunctionConfiguration, InvocationResult
from local.lambda_runtime.errors import FunctionNotFound, TooManyRequests
from local.lambda_runtime.service import LambdaService

__all__ = [
    "FunctionConfiguration",
    "FunctionNotFound",
    "InvocationResult",
    "LambdaService",
    "TooManyRequests",
]
