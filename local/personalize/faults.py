"""Faults a test can inject into the event service: throttles, outages, denials."""

from collections.abc import Collection
from dataclasses import dataclass
from threading import Lock
from typing import Final

from local.personalize.errors import EmulatedError
from local.personalize.service_model import Body

THROTTLING: Final = "ThrottlingException"

# What AWS says with the error codes that no model lists; "try again" is for the reader only.
MESSAGES: Final = {
    THROTTLING: "Rate exceeded",
    "AccessDeniedException": "User is not authorized to perform this action",
    "InternalFailure": "The request processing has failed because of an unknown error.",
    "ServiceUnavailable": "The request has failed due to a temporary failure of the server.",
}


@dataclass(slots=True)
class _Fault:
    code: str
    calls_left: float
    user_ids: Collection[str] | None

    def hits(self, parameters: Body) -> bool:
        """Tells whether a call is one of those that shall fail."""
        if self.calls_left < 1:
            return False
        if self.user_ids is None:
            return True
        # Nothing has checked the call yet: what stands for the user may be of any type.
        user_id = parameters.get("userId")
        return isinstance(user_id, str) and user_id in self.user_ids


class Faults:
    """The faults waiting for a call. Safe for threads.

    The codes are those of `MESSAGES`; where user ids are given, only PutEvents calls for them fail.
    """

    def __init__(self) -> None:
        self._lock = Lock()
        self._waiting: list[_Fault] = []
        self._operations: dict[str, list[str]] = {}

    def fail_operation(self, operation: str, *codes: str) -> None:
        """Makes the next calls of one operation of any service fail, each with one of the codes."""
        with self._lock:
            self._operations.setdefault(operation, []).extend(codes)

    def strike_operation(self, operation: str) -> EmulatedError | None:
        """Uses up a fault on a call of an operation, if one is waiting for it."""
        with self._lock:
            codes = self._operations.get(operation)
            code = codes.pop(0) if codes else None
        return EmulatedError(code, MESSAGES.get(code, "told to fail")) if code else None

    def fail_next(self, calls: int, code: str, *, user_ids: Collection[str] | None = None) -> None:
        """Makes the next calls fail with an error code."""
        self._add(code, calls, user_ids)

    def fail_always(self, code: str, *, user_ids: Collection[str] | None = None) -> None:
        """Makes calls fail until `clear`."""
        self._add(code, float("inf"), user_ids)

    def throttle(self, *, user_ids: Collection[str] | None = None) -> None:
        """Makes calls fail with ThrottlingException until `clear`."""
        self.fail_always(THROTTLING, user_ids=user_ids)

    def clear(self) -> None:
        """Takes back every fault."""
        with self._lock:
            self._waiting.clear()
            self._operations.clear()

    def strike(self, parameters: Body) -> EmulatedError | None:
        """Uses up a fault on a call, if one is waiting for it."""
        with self._lock:
            for fault in self._waiting:
                if fault.hits(parameters):
                    fault.calls_left -= 1
                    return EmulatedError(fault.code, MESSAGES[fault.code], reason=fault.code)
        return None

    def _add(self, code: str, calls: float, user_ids: Collection[str] | None) -> None:
        if code not in MESSAGES:
            message = f"{code} is not one of {', '.join(MESSAGES)}"
            raise ValueError(message)
        with self._lock:
            self._waiting.append(_Fault(code, calls, user_ids))
