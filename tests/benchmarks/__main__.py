"""`record_playback` beside a naive handler, against a PutEvents that takes 25 ms.

Both handlers see the same Lambda events, in turn, in one process; the ratios are medians over the
rounds of the ratio within a round. CPU is that of this process. Every record crosses one threshold,
so both have an interaction to send for each. Absolute numbers mean little on a shared machine.
"""

import contextlib
import io
import os
import statistics
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from scripts.lambda_events import kinesis
from scripts.sample_events import playback
from tests.benchmarks.naive import handler_for
from tests.benchmarks.stub import Stub, stub, use_core
from tests.support.lambda_context import FakeLambdaContext
from tests.support.variables import PLAYBACK, RECORDER

LATENCY_S: Final = 0.025
ENVIRONMENT: Final = {
    "AWS_ACCESS_KEY_ID": "test",
    "AWS_SECRET_ACCESS_KEY": "test",
    "AWS_DEFAULT_REGION": "eu-west-1",
    "POWERTOOLS_METRICS_NAMESPACE": "benchmark",
    "POWERTOOLS_SERVICE_NAME": "benchmark",
    **RECORDER,
    **PLAYBACK,
    "MAX_CONCURRENT_CALLS": "32",
    "SENDER": "signed",
    "INTERACTION_COLUMNS": "EVENT_VALUE",
}


@dataclass(frozen=True)
class Load:
    """A batch of records and how often it is measured."""

    name: str
    records: int
    visits: int
    rounds: int

    def event(self, salt: int) -> dict[str, Any]:
        """A Kinesis event in which every record crosses `Watch` once."""
        return kinesis(
            playback(
                number,
                60.0,
                10.0,
                activity_id=f"a-{salt}-{number}",
                playback_id=f"p-{salt}-{number}",
                user_id=f"u-{number % self.visits}",
                visit_id=f"v-{number % self.visits}",
            )
            for number in range(self.records)
        )


LOADS: Final = (
    Load("burst, 100 records of 64 visits", 100, 64, 5),
    Load("burst, 1,000 records of 64 visits", 1000, 64, 3),
    Load("ungroupable, 100 records of 100 visits", 100, 100, 5),
)


@dataclass(frozen=True)
class Cost:
    """What one invocation cost."""

    wall_s: float
    cpu_s: float
    calls: int
    events: int


def measured(handler: Callable[..., Any], event: dict[str, Any], aws: Stub) -> Cost:
    """Invoke a handler once; its logs and metrics go nowhere."""
    context = FakeLambdaContext(remaining_ms=900_000)
    with contextlib.redirect_stdout(io.StringIO()):
        wall, cpu = time.perf_counter(), time.process_time()
        handler(event, context)
        wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    calls, events = aws.counts()
    return Cost(wall, cpu, calls, events)


def compare(load: Load, naive: Callable[..., Any], ours: Callable[..., Any], aws: Stub) -> None:
    """Measure both handlers in turn and print the medians."""
    rounds = [
        (measured(naive, load.event(n), aws), measured(ours, load.event(n), aws))
        for n in range(load.rounds)
    ]
    for costs in rounds:
        if {cost.events for cost in costs} != {load.records}:
            message = f"{load.name}: not every interaction was sent"
            raise RuntimeError(message)
    speed = statistics.median(theirs.wall_s / mine.wall_s for theirs, mine in rounds)
    cpu = statistics.median(mine.cpu_s / theirs.cpu_s for theirs, mine in rounds)
    _say(f"\n{load.name} ({load.rounds} rounds)")
    for name, costs in zip(("naive", "record_playback"), zip(*rounds, strict=True), strict=True):
        _say(_line(name, load.records, costs))
    _say(f"  record_playback / naive: {speed:.1f} x the events/s, {cpu:.3f} x the CPU")


def _line(name: str, records: int, costs: tuple[Cost, ...]) -> str:
    rate = statistics.median(records / cost.wall_s for cost in costs)
    cpu_us = statistics.median(cost.cpu_s / records * 1e6 for cost in costs)
    calls = statistics.median(cost.calls for cost in costs)
    return f"  {name:<16} {rate:9,.0f} events/s {cpu_us:9,.0f} us CPU/event {calls:6,.0f} calls"


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def main() -> None:
    """Print the comparison for each load."""
    use_core(0)
    with stub(LATENCY_S) as aws:
        os.environ.update(ENVIRONMENT, AWS_ENDPOINT_URL=aws.endpoint_url)
        # Powertools and boto3 read the environment when they are imported and first used.
        import boto3  # noqa: PLC0415

        from functions.record_playback.handler import lambda_handler  # noqa: PLC0415

        naive = handler_for(boto3.client("personalize-events"), "benchmark")
        _say(f"PutEvents and S3 answer after {LATENCY_S * 1000:.0f} ms, in a process of their own.")
        warm_up = Load("warm-up", 40, 40, 1).event(0)
        for handler in (naive, lambda_handler):
            measured(handler, warm_up, aws)
        for load in LOADS:
            compare(load, naive, lambda_handler, aws)


if __name__ == "__main__":
    main()
