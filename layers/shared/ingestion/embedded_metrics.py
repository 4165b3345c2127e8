"""Counts of an invocation, written to the log once, in CloudWatch's embedded metric format.

Powertools' metrics do the same and more, for ten times the CPU: they check and copy every metric
again (ADR 0024). Only counts are needed here, so this is all there is. Namespace and service come
from the variables that Powertools names.
"""

import json
import os
import sys
import time
from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any, Final

_SERVICE: Final = "service"
_UNIT: Final = "Count"


class EmbeddedMetrics:
    """What one invocation counted; nothing is kept from one to the next.

    CloudWatch reads each line of the log that has the member `_aws` (user guide, "Embedded metric
    format specification"). One line holds all counts without a dimension of their own, and each
    value of a dimension has a line.
    """

    def __init__(self) -> None:
        self._counts: dict[tuple[tuple[str, str], ...], dict[str, int]] = {}

    def count(self, name: str, value: int, **dimensions: str) -> None:
        """Add to a count, beside the service told apart by these dimensions."""
        counts = self._counts.setdefault(tuple(dimensions.items()), {})
        counts[name] = counts.get(name, 0) + value

    def log_metrics[**P, R](self, handler: Callable[P, R]) -> Callable[P, R]:
        """A handler whose counts are written when it ends, even if it raises."""

        @wraps(handler)
        def measured(*args: P.args, **kwargs: P.kwargs) -> R:
            try:
                return handler(*args, **kwargs)
            finally:
                self._write()

        return measured

    def _write(self) -> None:
        counted, self._counts = self._counts, {}
        lines = [_line(dict(dimensions), counts) for dimensions, counts in counted.items()]
        sys.stdout.write("".join(lines))


def _line(dimensions: Mapping[str, str], counts: Mapping[str, int]) -> str:
    told: dict[str, Any] = {**dimensions, _SERVICE: os.environ["POWERTOOLS_SERVICE_NAME"], **counts}
    directive = {
        "Namespace": os.environ["POWERTOOLS_METRICS_NAMESPACE"],
        "Dimensions": [[*dimensions, _SERVICE]],
        "Metrics": [{"Name": name, "Unit": _UNIT} for name in counts],
    }
    timestamp_ms = time.time_ns() // 1_000_000
    told["_aws"] = {"Timestamp": timestamp_ms, "CloudWatchMetrics": [directive]}
    return json.dumps(told, separators=(",", ":")) + "\n"
