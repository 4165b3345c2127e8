"""What a service will never take, told apart from every other error of it."""

from collections.abc import Collection, Generator
from contextlib import contextmanager

from botocore.exceptions import ClientError, ParamValidationError

from ingestion.adapters.aws_errors import code_of, translated
from ingestion.adapters.fault_codes import PERSONALIZE_REFUSALS
from ingestion.domain.errors import RefusedError


@contextmanager
def refusals_told(
    operation: str, refusals: Collection[str] = PERSONALIZE_REFUSALS
) -> Generator[None]:
    """Turn errors of a call into ours: RefusedError for what is in it, the rest by the table.

    A refusal comes without its cause, whose text may repeat what the call says of a viewer.
    """
    with translated(operation):
        try:
            yield
        except ParamValidationError:
            raise _refused(operation) from None
        except ClientError as error:
            if code_of(error) not in refusals:
                raise
            raise _refused(operation) from None


def _refused(operation: str) -> RefusedError:
    return RefusedError(f"{operation} refused what is in the call")
