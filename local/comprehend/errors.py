"""What the emulator refuses, worded as AWS words it."""

from collections.abc import Sequence

from local.personalize.errors import EmulatedError
from local.personalize.validation import Violation


def broken_constraints(violations: Sequence[Violation]) -> EmulatedError:
    """Builds the error for an input that breaks the service model.

    Comprehend answers it with the common error ValidationException and names members with a small
    first letter, "Value 'tlh' at 'languageCode' failed to satisfy constraint: ...", as moto's
    recorded answers show. Texts are sensitive in the model and never shown.
    """
    noun = "error" if len(violations) == 1 else "errors"
    listing = "; ".join(map(worded, violations))
    message = f"{len(violations)} validation {noun} detected: {listing}"
    return EmulatedError("ValidationException", message, reason=violations[0].reason)


def worded(violation: Violation) -> str:
    """Words a violation with the member's name as Comprehend spells it."""
    first, *inner = violation.path or ("",)
    path = (first[:1].lower() + first[1:], *inner)
    return str(Violation(path, violation.constraint, violation.shown, violation.reason))


def too_many_documents(limit: int) -> EmulatedError:
    """Builds the error for a batch with more documents than the service takes."""
    message = (
        f"Please use a smaller number of items in a single batch. Maximum batch size is {limit}."
    )
    return EmulatedError("BatchSizeLimitExceededException", message)


def text_too_large(size: int, limit: int) -> EmulatedError:
    """Builds the error for a text of more bytes than the operation takes."""
    message = (
        f"Input text size exceeds limit. Max length of request text allowed is {limit} bytes "
        f"while in this request the text size is {size} bytes"
    )
    return EmulatedError("TextSizeLimitExceededException", message)


def unsupported_language(code: str, known: Sequence[str]) -> EmulatedError:
    """Builds the error for a language that AWS judges and we have no words for."""
    message = f"The local stack has no words for '{code}', only for {', '.join(known)}."
    return EmulatedError("UnsupportedLanguageException", message)


def unknown_operation(operation: str) -> EmulatedError:
    """Builds the error for an operation that is not served here."""
    return EmulatedError("UnknownOperationException", f"comprehend:{operation} is not emulated.")
