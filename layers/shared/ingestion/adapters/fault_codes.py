"""AWS error codes → our faults: data, not guesses, and never by the text of a message."""

from typing import Final

from ingestion.domain.errors import IngestionError, MisconfiguredError, TransientError

# The service model of Personalize's events names `InvalidInputException` for what a call says.
PERSONALIZE_REFUSALS: Final = frozenset({"InvalidInputException", "ValidationException"})

EXPIRED_CREDENTIALS: Final = frozenset({"ExpiredToken", "ExpiredTokenException"})

# What passes when one waits, and only then; also told by status 429 (botocore, standard retries).
THROTTLES: Final = frozenset(
    {
        "LimitExceededException",
        "ProvisionedThroughputExceededException",
        "RequestLimitExceeded",
        "SlowDown",
        "Throttling",
        "ThrottlingException",
        "TooManyRequestsException",
    }
)

# Codes of AWS's common errors and of the services we call (their API references).
_FAULTS: Final[dict[str, type[IngestionError]]] = {
    **dict.fromkeys(THROTTLES, TransientError),
    **dict.fromkeys(
        (
            "ConditionalRequestConflict",
            "InternalError",
            "InternalFailure",
            "InternalServerError",
            "OperationAborted",
            "RequestTimeout",
            "RequestTimeoutException",
            # Of a dataset that is being changed (API model, PutUsers and PutItems).
            "ResourceInUseException",
            "ServiceUnavailable",
            "ServiceUnavailableException",
        ),
        TransientError,
    ),
    **dict.fromkeys(
        (
            *EXPIRED_CREDENTIALS,
            "AWS.SimpleQueueService.NonExistentQueue",
            "AccessDenied",
            "AccessDeniedException",
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
_TOO_MANY_REQUESTS: Final = 429
_FIRST_SERVER_ERROR: Final = 500


def fault_of(code: str, status: int) -> type[IngestionError] | None:
    """The fault that an error reply means; None for a code that nobody foresaw."""
    known = _FAULTS.get(code)
    if known is None and (status == _TOO_MANY_REQUESTS or status >= _FIRST_SERVER_ERROR):
        return TransientError
    return known


def may_pass(code: str, status: int) -> bool:
    """Whether the same request may succeed when it is tried again soon."""
    return status >= _FIRST_SERVER_ERROR or fault_of(code, status) is TransientError
