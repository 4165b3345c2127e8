"""What Personalize will never take, told apart from every other error of its event service."""

from collections.abc import Generator
from contextlib import contextmanager
from typing import Final

from botocore.exceptions import ClientError, ParamValidationError

from ingestion.adapters.aws_errors import code_of, translated
from ingestion.domain.errors import RefusedError

# The service model names `InvalidInputException` for what a call says.
_REFUSALS: Final = frozenset({"InvalidInputException", "ValidationException"})


@contextmanager
def refusals_told(operation: str) -> Generator[None]:
    """Turn errors of a call into ours: RefusedError for what is in it, the rest by the table."""
    message = f"{operation} refused what is in the call"
    with translated(operation):
        try:
            yield
        except ParamValidationError as error:
            raise RefusedError(message) from error
        except ClientError as error:
            if code_of(error) in _REFUSALS:
                raise RefusedError(message) from error
            raise
