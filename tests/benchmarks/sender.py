"""One PutEvents call of ten events by each sender, over TLS and kept connections, in one run.

`python -m tests.benchmarks.sender`. The server stands in a process of its own and answers at once,
or after a latency; both senders make the same calls in turn, and the ratios are medians over the
rounds of the ratio within a round. CPU is that of this process, all its threads.
"""

import asyncio
import os
import ssl
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Generator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import repeat
from pathlib import Path
from typing import Final

from ingestion.adapters.clock import MonotonicClock
from ingestion.application.pacing import TokenBucket
from ingestion.domain.interaction import Interaction
from ingestion.domain.playback import EventType
from ingestion.domain.put_events import PutEventsCall
from ingestion.ports import EventTracker

from tests.benchmarks.stub import use_core
from tests.support.certificates import authority_and_server

EVENTS: Final = 10
ROUNDS: Final = 9
ENVIRONMENT: Final = {
    "AWS_ACCESS_KEY_ID": "AKIDEXAMPLE",
    "AWS_SECRET_ACCESS_KEY": "secret",
    "AWS_SESSION_TOKEN": "t" * 900,  # as long as Lambda's
    "AWS_REGION": "eu-west-1",
    "AWS_DEFAULT_REGION": "eu-west-1",
}
_ANSWER: Final = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 0\r\n\r\n"


@dataclass(frozen=True)
class Setting:
    """Under which both senders are measured."""

    latency_s: float
    at_once: int
    calls: int

    def __str__(self) -> str:
        return f"{self.latency_s * 1000:.0f} ms, {self.at_once} at once"


SETTINGS: Final = (Setting(0, 1, 150), Setting(0, 16, 300), Setting(0.025, 32, 400))


@dataclass(frozen=True)
class Cost:
    """Of one call, in seconds."""

    cpu_s: float
    wall_s: float


def ten_events() -> PutEventsCall:
    """A full call, with all that an interaction usually has."""
    interactions = tuple(
        Interaction(
            event_id=f"{n:064x}",
            message_id=f"m-{n}",
            event_type=EventType.WATCH,
            user_id="user-1",
            visit_id="visit-1",
            item_id=f"item-{n}",
            sent_at_s=1_795_499_000 + n,
            event_value=0.5,
            version=0,
            recommendation_id="RID-1f-4bc4-9e1c-1f0c3a5e7b",
            context=(("DEVICE_TYPE", "tv"),),
        )
        for n in range(EVENTS)
    )
    return PutEventsCall("user-1", "visit-1", interactions)


def unhurried() -> TokenBucket:
    """A pace that nobody waits for."""
    return TokenBucket(1_000_000, MonotonicClock())


def senders(at_once: int) -> dict[str, EventTracker]:
    """Each sender as a function makes it, by name."""
    from ingestion.adapters.event_tracker import (  # noqa: PLC0415 - reads the environment
        PersonalizeEventTracker,
        personalize_events_client,
    )
    from ingestion.adapters.signed_event_tracker import (  # noqa: PLC0415
        SignedEventTracker,
        personalize_events_service,
    )

    return {
        "boto3": PersonalizeEventTracker(
            personalize_events_client(at_once), "tracking-id", unhurried()
        ),
        "signed": SignedEventTracker(personalize_events_service(unhurried()), "tracking-id"),
    }


def measured(record: Callable[[PutEventsCall], None], setting: Setting) -> Cost:
    """What a call costs when so many are made, in threads that are there already."""
    call = ten_events()
    with ThreadPoolExecutor(setting.at_once) as pool:
        list(pool.map(record, repeat(call, setting.at_once)))
        cpu, wall = time.process_time(), time.perf_counter()
        list(pool.map(record, repeat(call, setting.calls)))
        cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
    return Cost(cpu / setting.calls, wall / setting.calls)


def compare(setting: Setting) -> str:
    """A line of the table: the medians, and the median of the ratios."""
    trackers = senders(setting.at_once)
    rounds = [
        {name: measured(tracker.record, setting) for name, tracker in trackers.items()}
        for _ in range(ROUNDS)
    ]
    cpu_us = {
        name: statistics.median(costs[name].cpu_s * 1e6 for costs in rounds) for name in trackers
    }
    rate = {
        name: statistics.median(1 / costs[name].wall_s for costs in rounds) for name in trackers
    }
    ratio = statistics.median(costs["signed"].cpu_s / costs["boto3"].cpu_s for costs in rounds)
    return (
        f"| {setting} | {cpu_us['boto3']:,.0f} | {cpu_us['signed']:,.0f} | **{ratio:.3f}** "
        f"| {rate['boto3']:,.0f} | {rate['signed']:,.0f} |"
    )


@contextmanager
def tls_server(latency_s: float) -> Generator[None]:
    """A server in a process of its own; the environment leads both senders there."""
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "tests.benchmarks.sender", str(latency_s), folder]
        with subprocess.Popen(  # noqa: S603 - our own module
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        ) as process:
            if process.stdin is None or process.stdout is None:
                raise AssertionError(command)
            try:
                url = f"https://127.0.0.1:{int(process.stdout.readline())}"
                bundle = str(Path(folder) / "authority.pem")
                os.environ.update(ENVIRONMENT, AWS_ENDPOINT_URL=url, AWS_CA_BUNDLE=bundle)
                yield
            finally:
                process.stdin.close()  # the server ends with it


async def _serve(latency_s: float, context: ssl.SSLContext) -> None:
    async def converse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                length = head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0]
                await reader.readexactly(int(length))
                if latency_s:
                    await asyncio.sleep(latency_s)
                writer.write(_ANSWER)
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()

    server = await asyncio.start_server(converse, "127.0.0.1", 0, ssl=context, limit=2**20)
    _say(str(server.sockets[0].getsockname()[1]))
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def main() -> None:
    """Print the table."""
    from ingestion.adapters.tls import tls_context  # noqa: PLC0415

    use_core(0)
    _say(f"PutEvents, {EVENTS} events a call, TLS, kept connections; {ROUNDS} rounds in turn.\n")
    _say("| latency, calls | boto3, us CPU | signed, us CPU | ratio | boto3, calls/s | signed |")
    _say("|---|---:|---:|---:|---:|---:|")
    for setting in SETTINGS:
        tls_context.cache_clear()  # each server has an authority of its own
        with tls_server(setting.latency_s):
            _say(compare(setting))


if __name__ == "__main__":
    if sys.argv[1:]:
        use_core(1)
        asyncio.run(_serve(float(sys.argv[1]), authority_and_server(Path(sys.argv[2]))[1]))
    else:
        main()
