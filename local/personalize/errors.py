"""What the emulator refuses, under which error code, and with which HTTP status."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final


class EmulatedError(Exception):
    """The answer AWS would give in place of a result.

    Attributes:
        code: The error code as boto3 and the AWS CLI show it, "InvalidInputException".
        message: The sentence that goes with it.
        http_status: The status of the HTTP answer.
        reason: Why we refused it, for the counters; None where nobody counts.
    """

    def __init__(self, code: str, message: str, *, reason: str | None = None) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message
        self.http_status = HTTP_STATUS[code]
        self.reason = reason


# The statuses of modelled errors stand in botocore's service models; those of the common errors in
# the developer guide's list of common errors (2023 edition). AWS answers most of them with 400.
HTTP_STATUS: Final[Mapping[str, int]] = {
    "InvalidInputException": 400,
    "InvalidNextTokenException": 400,
    "LimitExceededException": 400,
    "ResourceAlreadyExistsException": 400,
    "ResourceInUseException": 400,
    "ResourceNotFoundException": 400,
    "TooManyTagKeysException": 400,
    "TooManyTagsException": 400,
    "AccessDeniedException": 400,
    "ThrottlingException": 400,
    "UnknownOperationException": 404,
    "ValidationException": 400,
    "SerializationException": 400,
    "BatchSizeLimitExceededException": 400,
    "TextSizeLimitExceededException": 400,
    "UnsupportedLanguageException": 400,
    "InternalServerException": 500,
    "InternalFailure": 500,
    "ServiceUnavailable": 503,
}


class Refusal(StrEnum):
    """Every reason for which the emulator refuses input, as the counters name it."""

    MODEL_CONSTRAINT = "model_constraint"
    WRONG_TYPE = "wrong_type"
    UNKNOWN_MEMBER = "unknown_member"
    NOT_FINITE = "not_finite"
    UNPAIRED_SURROGATE = "unpaired_surrogate"
    UNKNOWN_TRACKING_ID = "unknown_tracking_id"
    TRACKER_NOT_ACTIVE = "tracker_not_active"
    NO_INTERACTIONS_DATASET = "no_interactions_dataset"
    EVENT_TOO_LARGE = "event_too_large"
    MISSING_ITEM_ID = "missing_item_id"
    PROPERTIES_NOT_JSON = "properties_not_json"
    FORBIDDEN_PROPERTY = "forbidden_property"
    UNKNOWN_PROPERTY = "unknown_property"
    WRONG_PROPERTY_TYPE = "wrong_property_type"
    UNDECLARED_COLUMN = "undeclared_column"
    MISSING_COLUMN = "missing_column"
    BAD_SCHEMA = "bad_schema"
    BAD_FILTER = "bad_filter"
    BAD_REQUEST = "bad_request"


# The one table to correct by whoever can ask the real service. PutEvents models no other error than
# InvalidInputException, so every refusal is one; that a type mismatch or a bad tracking id is not
# answered differently (SerializationException, ResourceNotFoundException) is not documented.
REFUSAL_CODE: Final[Mapping[Refusal, str]] = dict.fromkeys(Refusal, "InvalidInputException")


def refused(reason: Refusal, message: str) -> EmulatedError:
    """Builds the error of a refused input."""
    return EmulatedError(REFUSAL_CODE[reason], message, reason=reason)


def not_found(arn: str) -> EmulatedError:
    """Builds the error for a resource that does not exist."""
    return EmulatedError("ResourceNotFoundException", f"Resource Arn {arn} does not exist.")


def already_exists(arn: str) -> EmulatedError:
    """Builds the error for a name, type or place that is taken."""
    message = f"Another resource with Arn {arn} already exists."
    return EmulatedError("ResourceAlreadyExistsException", message)


def in_use(arn: str, status: str) -> EmulatedError:
    """Builds the error for a resource that is not ready, or that others still need."""
    return EmulatedError("ResourceInUseException", f"{arn} is {status}.")


def limit_exceeded(what: str, limit: int) -> EmulatedError:
    """Builds the error for one more than a quota allows."""
    return EmulatedError("LimitExceededException", f"You have reached the limit of {limit} {what}.")


def invalid_token() -> EmulatedError:
    """Builds the error for a page token that is not ours."""
    return EmulatedError("InvalidNextTokenException", "The nextToken is not valid.")


def too_many_tags(limit: int) -> EmulatedError:
    """Builds the error for one tag more than a resource may have."""
    return EmulatedError("TooManyTagsException", f"A resource may have {limit} tags.")
