"""AWS error codes → our faults: data, not guesses, and never by the text of a message."""

from collections.abc import Generator
from contextlib import contextmanager
from typing import Final

from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    HTTPClientError,
    NoCredentialsError,
)
from botocore.exceptions import (
    ConnectionError as BotoConnectionError,
)

from ingestion.domain.errors import IngestionError, MisconfiguredError, TransientError

# Codes of AWS's common errors and of the services we call (their API references).
_FAULTS: Final[dict[str, type[IngestionError]]] = {
    **dict.fromkeys(
        (
            "ConditionalRequestConflict",
            "InternalError",
            "InternalFailure",
            "InternalServerError",
            "LimitExceededException",
            "OperationAborted",
            "ProvisionedThroughputExceededException",
            "RequestLimitExceeded",
            "RequestTimeout",
            "RequestTimeoutException",
            # Of a dataset that is being changed (API model, PutUsers and PutItems).
            "ResourceInUseException",
            "ServiceUnavailable",
            "ServiceUnavailableException",
            "SlowDown",
            "Throttling",
            "ThrottlingException",
            "TooManyRequestsException",
        ),
        TransientError,
    ),
    **dict.fromkeys(
        (
            "AccessDenied",
            "AccessDeniedException",
            "ExpiredToken",
            "ExpiredTokenException",
            "IncompleteSignature",
            "InvalidAccessKeyId",
            "InvalidClientTokenId",
            "InvalidSignatureException",
            "KMS.AccessDeniedException",
            "KMS.DisabledException",
            "NoSuchBucket",
            "ResourceNotFoundException",
            "SignatureDoesNotMatch",
            "UnrecognizedClientException",
        ),
        MisconfiguredError,
    ),
}
_FIRST_SERVER_ERROR: Final = 500


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
    known = _FAULTS.get(code_of(error))
    status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
    if known is None and status >= _FIRST_SERVER_ERROR:
        return TransientError
    return known


def _summary(doing: str, error: BotoCoreError) -> str:
    # Only the kind: botocore's text may hold the URL of the request, and so an object's name.
    return f"{doing}: {type(error).__name__}"
