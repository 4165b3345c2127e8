"""Faults a test can inject: whole calls that fail, and single documents of a batch."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from threading import Lock
from typing import Final

from local.personalize.errors import EmulatedError

THROTTLING: Final = "ThrottlingException"
INTERNAL_ITEM_ERROR: Final = "INTERNAL_SERVER_ERROR"
TOO_LARGE_ITEM_ERROR: Final = "TEXT_SIZE_LIMIT_EXCEEDED"

# What AWS says with the codes of calls that fail for no fault of their input.
MESSAGES: Final = {
    THROTTLING: "Rate exceeded",
    "AccessDeniedException": "User is not authorized to perform this operation of comprehend",
    "InternalServerException": "An internal server error occurred. Retry your request.",
    "ServiceUnavailable": "The request has failed due to a temporary failure of the server.",
}

# The API reference calls the code of a document's error numeric and lists none; these are the two
# that callers report.
ITEM_MESSAGES: Final = {
    INTERNAL_ITEM_ERROR: "An internal server error occurred. Retry your request.",
    TOO_LARGE_ITEM_ERROR: "The size of the input text exceeds the limit. Use a smaller document.",
}


@dataclass(slots=True)
class _Fault:
    """One order: which error, how often, and for what; None stands for everything."""

    code: str
    left: float
    targets: Collection[str] | None

    def spend(self) -> None:
        self.left -= 1


class Faults:
    """The faults waiting for a call or a document. Safe for threads.

    Codes of calls are those of `MESSAGES`, codes of documents those of `ITEM_MESSAGES`.
    """

    def __init__(self) -> None:
        self._lock = Lock()
        self._calls: list[_Fault] = []
        self._items: list[_Fault] = []

    def fail_next(
        self, calls: int, code: str, *, operations: Collection[str] | None = None
    ) -> None:
        """Makes the next calls fail with an error code, of some operations or of any."""
        self._add(self._calls, MESSAGES, _Fault(code, calls, operations))

    def fail_always(self, code: str, *, operations: Collection[str] | None = None) -> None:
        """Makes calls fail until `clear`."""
        self._add(self._calls, MESSAGES, _Fault(code, float("inf"), operations))

    def throttle(self) -> None:
        """Makes every call fail with ThrottlingException until `clear`."""
        self.fail_always(THROTTLING)

    def fail_items(
        self,
        containing: Collection[str] | None = None,
        *,
        items: float = float("inf"),
        code: str = INTERNAL_ITEM_ERROR,
    ) -> None:
        """Makes documents of batches fail one by one, while the rest of their batch succeeds.

        Args:
            containing: Only documents that contain one of these texts; None means any.
            items: How many documents fail before it is over; without, it lasts until `clear`.
            code: What stands in the ErrorList.
        """
        self._add(self._items, ITEM_MESSAGES, _Fault(code, items, containing))

    def clear(self) -> None:
        """Takes back every fault."""
        with self._lock:
            self._calls.clear()
            self._items.clear()

    def strike(self, operation: str) -> EmulatedError | None:
        """Uses up a fault on a call, if one is waiting for it."""
        with self._lock:
            for fault in waiting(self._calls):
                if fault.targets is None or operation in fault.targets:
                    fault.spend()
                    return EmulatedError(fault.code, MESSAGES[fault.code])
        return None

    def strike_item(self, text: str) -> str | None:
        """Uses up a fault on a document and gives its error code, if one is waiting for it."""
        with self._lock:
            for fault in waiting(self._items):
                if fault.targets is None or any(part in text for part in fault.targets):
                    fault.spend()
                    return fault.code
        return None

    def _add(self, faults: list[_Fault], known: Collection[str], fault: _Fault) -> None:
        if fault.code not in known:
            message = f"{fault.code} is not one of {', '.join(known)}"
            raise ValueError(message)
        with self._lock:
            faults.append(fault)


def waiting(faults: Iterable[_Fault]) -> Iterable[_Fault]:
    """Leaves out the faults that are used up."""
    return (fault for fault in faults if fault.left >= 1)
