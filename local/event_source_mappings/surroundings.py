"""What every consumer of the pump is given."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    from local.event_source_mappings.invoker import Activity
    from local.event_source_mappings.pace import Pace
    from local.lambda_runtime.configuration import InvocationResult


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What every consumer is given.

    Attributes:
        clock: Seconds since the epoch, for the age of records.
    """

    client: Callable[[str], Any]
    invoke: Callable[[str, bytes], InvocationResult]
    activity: Activity
    pace: Pace
    clock: Callable[[], float] = time.time


def once_per_service(client: Callable[[str], Any]) -> Callable[[str], Any]:
    """Return `client` with a memory.

    boto3's clients may be shared between threads, but making them in several threads may not:
    https://boto3.amazonaws.com/v1/documentation/api/latest/guide/clients.html#multithreading-or-multiprocessing-with-clients
    """
    lock = threading.Lock()
    made: dict[str, Any] = {}

    def shared(service: str) -> Any:  # noqa: ANN401 - boto3's clients have no common type
        with lock:
            if service not in made:
                made[service] = client(service)
            return made[service]

    return shared
