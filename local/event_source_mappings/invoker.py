"""Invoking the function, and counting that it happened."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

from local.event_source_mappings import envelopes
from local.event_source_mappings.responses import Verdict, read_response
from local.lambda_runtime.errors import LambdaServiceError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from local.event_source_mappings.envelopes import Element
    from local.event_source_mappings.mapping import EventSourceMapping
    from local.lambda_runtime.configuration import InvocationResult


class Activity:
    """Counts what the pump has done, so that two looks at it can tell "nothing happened between".

    `itertools.count` is advanced atomically; the last value seen is enough, no total is kept.
    """

    def __init__(self) -> None:
        self._counter = itertools.count(1)
        self.latest = 0

    def note(self) -> None:
        """Say that something was read, invoked or finished."""
        self.latest = next(self._counter)


class Invoker:
    """Calls the function of one mapping with batches and reads its answers."""

    def __init__(
        self,
        mapping: EventSourceMapping,
        invoke: Callable[[str, bytes], InvocationResult],
        activity: Activity,
    ) -> None:
        self._mapping = mapping
        self._invoke = invoke
        self._activity = activity

    def invoke(self, elements: Sequence[Element]) -> Verdict | None:
        """Invoke once with a batch and say which of it failed.

        Returns:
            None if the function did not run at all, because it was throttled or is not there
            (yet): that counts as no attempt.
        """
        try:
            result = self._invoke(self._mapping.function_arn, envelopes.event(elements))
        except LambdaServiceError:
            return None
        finally:
            self._activity.note()
        identifiers = frozenset(element.identifier for element in elements)
        if result.function_error is not None:
            return Verdict.total(identifiers)
        if not self._mapping.reports_item_failures:
            return Verdict()
        return read_response(result.payload, identifiers)
