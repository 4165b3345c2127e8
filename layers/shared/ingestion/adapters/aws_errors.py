"""What botocore raises → our faults, by the table of codes."""

from collections.abc import Generator
from contextlib import contextmanager

from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    HTTPClientError,
    NoCredentialsError,
)
from botocore.exceptions import (
    ConnectionError as BotoConnectionError,
)

from ingestion.adapters.fault_codes import fault_of
from ingestion.domain.errors import IngestionError, MisconfiguredError, TransientError


def code_of(error: ClientError) -> str:
    """The error code that AWS answered."""
    return error.response.get("Error", {}).get("Code", "")


@contextmanager
def translated(doing: str) -> Generator[None]:
    """Turn AWS's errors into ours while `doing`; a code that we do not know passes untouched."""
    try:
        yield
    except ClientError as error:
        fault = _fault_of(error)
        if fault is None:
            raise
        message = f"{doing}: {code_of(error)}"
        raise fault(message) from error
    except (BotoConnectionError, HTTPClientError) as error:
        raise TransientError(_summary(doing, error)) from error
    except NoCredentialsError as error:
        raise MisconfiguredError(_summary(doing, error)) from error


def _fault_of(error: ClientError) -> type[IngestionError] | None:
    status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
    return fault_of(code_of(error), status)


def _summary(doing: str, error: BotoCoreError) -> str:
    # Only the kind: botocore's text may hold the URL of the request, and so an object's name.
    return f"{doing}: {type(error).__name__}"
