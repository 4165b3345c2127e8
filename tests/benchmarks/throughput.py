"""`record_playback` beside a naive handler, against a PutEvents that takes 25 ms.

Both handlers see the same Lambda events, in turn, in one process; the ratios are medians over the
rounds of the ratio within a round. CPU is that of this process. Every record crosses one threshold,
so both have an interaction to send for each; ours parses, plans and archives as well. Then the
same on the share of a core that Lambda gives a function of 512 MB.
"""

import contextlib
import io
import os
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from tests.benchmarks.cpu_share import NoCpuShareError, share_of_core
from tests.benchmarks.loads import LOADS, Load
from tests.benchmarks.measuring import ENVIRONMENT, Line, at_least, environment, say, show
from tests.benchmarks.naive import handler_for
from tests.benchmarks.stub import Counts, Stub, stub, use_core
from tests.support.lambda_context import FakeLambdaContext
from tests.support.variables import PLAYBACK, RECORDER

LATENCY_S: Final = 0.025
MEMORY_MB: Final = 512
SETTINGS: Final = {
    **RECORDER,
    **PLAYBACK,
    "MAX_CONCURRENT_CALLS": "32",
    "SENDER": os.environ.get("SENDER", "signed"),
    "INTERACTION_COLUMNS": "EVENT_VALUE",
    # Not what is measured here: see `rate`.
    "PUT_EVENTS_CALLS_PER_S": "100000",
    "SHARE_OF_CALLS": "1",
}
AT_ONCE: Final = int(SETTINGS["MAX_CONCURRENT_CALLS"])

type Handler = Callable[..., Any]


# By how much more events a second than the naive handler.
GOALS: Final = dict(zip(LOADS, (40, 110, 20), strict=True))
# At the share only the first: the naive handler takes half a minute for 1,000 records.
GOALS_AT_SHARE: Final = {LOADS[0]: 40}


@dataclass(frozen=True)
class Cost:
    """What one invocation cost."""

    wall_s: float
    cpu_s: float
    counts: Counts


def measured(handler: Handler, event: dict[str, Any], aws: Stub) -> Cost:
    """Invoke a handler once; its logs and metrics go nowhere."""
    context = FakeLambdaContext(remaining_ms=900_000)
    aws.counts()
    with contextlib.redirect_stdout(io.StringIO()):
        wall, cpu = time.perf_counter(), time.process_time()
        handler(event, context)
        wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    return Cost(wall, cpu, aws.counts())


@dataclass(frozen=True)
class Duel:
    """Both handlers, and what they talk to."""

    naive: Handler
    ours: Handler
    aws: Stub

    def rounds(self, load: Load) -> list[tuple[Cost, Cost]]:
        """Measure both in turn.

        Raises:
            RuntimeError: Somebody did not send everything, or we made more calls than needed.
        """
        events = [load.event(number) for number in range(load.rounds)]
        found = [
            (measured(self.naive, event, self.aws), measured(self.ours, event, self.aws))
            for event in events
        ]
        for theirs, mine in found:
            sent = {theirs.counts.events, mine.counts.events}
            if sent != {load.records} or mine.counts.calls != load.fewest_calls:
                message = f"{load.name}: sent {sent} in {mine.counts.calls} calls"
                raise RuntimeError(message)
        return found


def compare(duel: Duel, load: Load, goal: float) -> list[Line]:
    """The lines of one load."""
    rounds = duel.rounds(load)
    speed = statistics.median(theirs.wall_s / mine.wall_s for theirs, mine in rounds)
    cpu = statistics.median(mine.cpu_s / theirs.cpu_s for theirs, mine in rounds)
    names = ("naive", "record_playback")
    lines = [
        Line(f"{load.name}: {name}", _of(load, costs))
        for name, costs in zip(names, zip(*rounds, strict=True), strict=True)
    ]
    cpu_line = Line(f"{load.name}: CPU, ratio", f"{cpu:.3f} x")
    return [*lines, at_least(f"{load.name}: events/s, ratio", speed, goal), cpu_line]


def _of(load: Load, costs: Sequence[Cost]) -> str:
    rate = statistics.median(load.records / cost.wall_s for cost in costs)
    cpu_us = statistics.median(cost.cpu_s / load.records * 1e6 for cost in costs)
    return f"{rate:,.0f}/s, {cpu_us:,.0f} us CPU an event, {costs[0].counts.calls:,} calls"


def connections(duel: Duel) -> list[Line]:
    """How many connections the first invocation of many calls needs, and a later one opens."""
    load = Load("", 200, 200, 1)
    before = duel.aws.counts().most_open  # that of the naive handler
    first = measured(duel.ours, load.event(901), duel.aws).counts
    later = measured(duel.ours, load.event(902), duel.aws).counts.opened
    # One more than calls at once: the archive is another service. Who is live is asked before
    # either, of a third one, over a connection that is not kept.
    most, at_once = AT_ONCE + 1, first.most_open - before
    return [
        Line(
            "connections of the first invocation, at once",
            f"{at_once}",
            f"<= {most}",
            at_once <= most,
        ),
        Line("connections of the first invocation, opened", f"{first.opened}"),
        Line("connections opened in a warm one", f"{later}", "0", later == 0),
    ]


def _handlers(aws: Stub) -> Duel:
    # boto3 and the settings read the environment when they are imported and first used.
    import boto3  # noqa: PLC0415

    from functions.record_playback.handler import lambda_handler  # noqa: PLC0415

    duel = Duel(handler_for(boto3.client("personalize-events"), "benchmark"), lambda_handler, aws)
    measured(duel.naive, Load("warm-up", 10, 10, 1).event(900), aws)
    return duel


def main() -> None:
    """Print the comparison for each load, at a whole core and at a share of one."""
    use_core(0)
    with (
        stub(LATENCY_S) as aws,
        environment({**ENVIRONMENT, **SETTINGS, "AWS_ENDPOINT_URL": aws.endpoint_url}),
    ):
        duel = _handlers(aws)
        opened = connections(duel)
        lines = [line for goal in GOALS.items() for line in compare(duel, *goal)]
        show(f"Throughput, PutEvents and S3 answer after {LATENCY_S * 1000:.0f} ms", lines + opened)
        try:
            with share_of_core(MEMORY_MB):
                lines = [line for goal in GOALS_AT_SHARE.items() for line in compare(duel, *goal)]
        except NoCpuShareError as error:
            say(f"\nNot measured at a share of a core: {error}.")
        else:
            show(f"The same at the share of a core of {MEMORY_MB} MB", lines)


if __name__ == "__main__":
    main()
