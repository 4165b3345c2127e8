"""The process of the producers: locust's users, each a service that sends for many viewers.

`python -m local.load.crowd FOLDER` reads its assignment in the folder, sends, and leaves ledger and
summary there. locust replaces parts of the standard library by gevent's, so it cannot share a
process with the local stack. That happens when it is imported, before whatever makes connections.
"""

import os
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from functools import partial
from itertools import count
from pathlib import Path
from typing import Any, Final

import gevent
from locust import User, constant_pacing, task
from locust.env import Environment
from locust.stats import StatsEntry

from local.connection import Clients
from local.load.assignment import LEDGER, Assignment, CallStatistics, Summary
from local.load.audience import Audience
from local.load.delivery import LIMITS, Delivery, UndeliveredError, putters
from local.load.ledger import LedgerWriter
from local.load.parcel import Channel, Parcel

_TURN_S: Final = 0.5
_LAST_TURN_S: Final = 120
_OPERATIONS: Final = {
    Channel.STREAM: "kinesis PutRecords",
    Channel.FEEDBACK: "sqs SendMessageBatch, feedback",
    Channel.METADATA: "sqs SendMessageBatch, metadata",
}


def main(folder: Path) -> int:
    """Send what the assignment says.

    Returns:
        The exit status: 1 when a producer gave up.
    """
    assignment = Assignment.read(folder)
    environment = Environment(stop_timeout=_LAST_TURN_S)
    began_at_s = time.time()
    with LedgerWriter(folder / LEDGER) as ledger:
        producers = _Producers(assignment, ledger, environment)
        environment.user_classes = [producers.user_class()]
        runner = environment.create_local_runner()
        runner.start(assignment.producers, spawn_rate=assignment.producers)
        producers.send_until_the_end()
        runner.quit()
    calls = tuple(_statistics(each) for each in environment.stats.entries.values())
    summary = Summary(began_at_s, time.time(), producers.gave_up, calls)
    summary.write(folder)
    return 1 if summary.gave_up else 0


class _Producers:
    """What the users share: assignment, ledger, connections, and who gave up."""

    def __init__(
        self, assignment: Assignment, ledger: LedgerWriter, environment: Environment
    ) -> None:
        self.gave_up = 0
        self._assignment = assignment
        self._events = environment.events
        clients = Clients(assignment.endpoint_url, attempts=1)
        self._deliveries = {
            channel: Delivery(
                partial(self._timed, _OPERATIONS[channel], put),
                limit=LIMITS[channel],
                note=ledger.write,
                wait=gevent.sleep,
            )
            for channel, put in putters(clients, assignment.doors).items()
        }

    def audience(self, number: int) -> Audience:
        """Gather what one producer sends."""
        assignment = self._assignment
        return Audience(
            f"load-{assignment.seed}-{number}",
            viewers=max(1, assignment.viewers // assignment.producers),
            mix=assignment.mix,
            clock=lambda: round(time.time() * 1000),
        )

    def deliver(self, parcels: Sequence[Parcel]) -> None:
        """Deliver messages, each by its channel and in order there.

        Raises:
            UndeliveredError: Messages kept being refused.
        """
        sorted_out: defaultdict[Channel, list[Parcel]] = defaultdict(list)
        for parcel in parcels:
            sorted_out[parcel.channel].append(parcel)
        for channel, theirs in sorted_out.items():
            self._deliveries[channel].deliver(theirs)

    def user_class(self) -> type[User]:
        """Make the class of locust's users."""
        producers, numbers = self, count()
        in_a_turn = self._assignment.rate * _TURN_S / self._assignment.producers

        class Producer(User):
            wait_time = constant_pacing(_TURN_S)

            def on_start(self) -> None:
                self.audience = producers.audience(next(numbers))
                self.owed = 0.0

            @task
            def send(self) -> None:
                self.owed += in_a_turn
                due, self.owed = int(self.owed), self.owed % 1
                producers.send_or_give_up(self, [self.audience.draw() for _ in range(due)])

            def on_stop(self) -> None:
                producers.send_or_give_up(self, list(self.audience.rest()))

        return Producer

    def send_until_the_end(self) -> None:
        """Wait while the users send; not longer than whoever began this, and not for nothing."""
        parent, ends_at_s = os.getppid(), time.monotonic() + self._assignment.seconds
        while (left_s := ends_at_s - time.monotonic()) > 0:
            if os.getppid() != parent or self.gave_up == self._assignment.producers:
                return
            gevent.sleep(min(1.0, left_s))

    def send_or_give_up(self, user: User, parcels: Sequence[Parcel]) -> None:
        """Deliver; a producer to whom that cannot be done sends nothing more."""
        if getattr(user, "has_given_up", False):
            return
        try:
            self.deliver(parcels)
        except UndeliveredError:
            user.has_given_up = True  # pyright: ignore[reportAttributeAccessIssue]
            self.gave_up += 1

    def _timed(
        self,
        operation: str,
        put: Callable[[Sequence[Parcel]], Sequence[Parcel]],
        batch: Sequence[Parcel],
    ) -> Sequence[Parcel]:
        """Send a batch and tell locust how long that took."""
        began_s = time.perf_counter()
        told: dict[str, Any] = {"request_type": "", "name": operation, "exception": None}
        try:
            return put(batch)
        except BaseException as error:
            told["exception"] = error
            raise
        finally:
            took_ms = (time.perf_counter() - began_s) * 1000
            self._events.request.fire(
                **told, response_time=took_ms, response_length=len(batch), context={}
            )


def _statistics(entry: StatsEntry) -> CallStatistics:
    return CallStatistics(
        name=entry.name,
        calls=entry.num_requests,
        failures=entry.num_failures,
        median_ms=entry.median_response_time,
        p95_ms=entry.get_response_time_percentile(0.95),
        p99_ms=entry.get_response_time_percentile(0.99),
        longest_ms=entry.max_response_time,
    )


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
