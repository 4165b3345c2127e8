"""The account of an hour: how long it takes and how much memory, for ever more messages.

`python -m tests.benchmarks.reconciling [MESSAGES ...]`. Films of two hours, told every ten seconds
by our player or by a foreign one; half of them began in the hour before. The archive lies on disk
as it lies in S3, so what is not measured is the network: a GET for each batch. Each account is
drawn up in a process of its own, whose peak memory is that of the whole process.
"""

import argparse
import gzip
import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator, Mapping
from itertools import batched
from pathlib import Path
from typing import Any, Final

from ingestion.application.deriving import Derived
from ingestion.application.reconcile_archive import reconcile_archive
from ingestion.application.record_playback import derive_playback
from ingestion.application.refolding import LEAD_IN_HOURS
from ingestion.application.remembered_states import RememberedStates
from ingestion.application.traces import Evidence
from ingestion.domain.archive import activity_row
from ingestion.domain.hour import Hour
from ingestion.domain.message import Message
from ingestion.ports import ArchiveSection

from local.demo.tellers import Teller, native, segment
from tests.benchmarks.measuring import say
from tests.support.archive_story import (
    HOUR,
    RULES,
    FakeDeadLetterQueues,
    FakeFailedBatches,
    FakeStandingMetadata,
)
from tests.support.builders import PLAYBACK_RULES
from tests.support.metadata import FakeMetadataStore
from tests.support.performances import PLAY, Performance

_FILM: Final = Performance("X", 7200, (PLAY, ("watch", 7200), ("end",)))
_HOUR_MS: Final = 3_600_000
_ROWS_AN_OBJECT: Final = 500
_TELLERS: Final[Mapping[str, Teller]] = {"native": native, "foreign": segment}
type Json = dict[str, Any]


class FilesOfRows:
    """The archive on disk: compressed lines, one object at a time in memory."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def hours(self, section: ArchiveSection) -> Iterable[Hour]:
        """Nobody asks here."""
        raise NotImplementedError(section)

    def rows(self, section: ArchiveSection, hour: Hour) -> Iterator[Json]:
        """The rows of an hour, in order."""
        for path in sorted(self.place(section, hour).glob("*.gz")):
            yield from map(json.loads, gzip.decompress(path.read_bytes()).splitlines())

    def place(self, section: ArchiveSection, hour: Hour) -> Path:
        """Where the objects of an hour lie."""
        return self._folder / section / hour.partition

    def store(self, section: ArchiveSection, hour: Hour, rows: Iterable[Json]) -> None:
        """Keep rows as objects of a batch each."""
        self.place(section, hour).mkdir(parents=True, exist_ok=True)
        for number, some in enumerate(batched(rows, _ROWS_AN_OBJECT, strict=False)):
            text = "\n".join(map(json.dumps, some)).encode()
            (self.place(section, hour) / f"{number:06}.gz").write_bytes(gzip.compress(text, 1))


def messages(teller: Teller, hour: Hour, count: int) -> Iterator[Message]:
    """What arrives in an hour, in order: films that began in it, and in the hour before."""
    told = [json.dumps(body) for body in _FILM.told(teller)]
    half = len(told) // 2
    films = max(1, count // len(told))
    for at in range(half):
        for began, body in ((hour.plus(-1), told[half + at]), (hour, told[at])):
            at_ms = hour.starts_at_s * 1000 + at * _HOUR_MS // half
            for film in range(films):
                yield _message(body, f"{began.starts_at_s}-{film}", at_ms, at)


def _message(body: str, film: str, at_ms: int, number: int) -> Message:
    fields: Json = json.loads(body.replace("-X", f"-{film}"))
    if "timestamp" in fields:
        fields["timestamp"] = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(at_ms // 1000))
    else:
        fields["occurred_at_ms"] = at_ms
    shard = f"shardId-{hash(film) % 8:012}"
    name = f"{film.replace('-', '')}{number:06}"
    return Message(name, shard, json.dumps(fields).encode(), at_ms)


def prepare(archive: FilesOfRows, kind: str, count: int) -> None:
    """Write the hour and those of its lead-in, with what the recorder would have left."""
    for before in range(LEAD_IN_HOURS if kind == "foreign" else 0, -1, -1):
        hour = HOUR.plus(-before)
        every = lambda hour=hour: messages(_TELLERS[kind], hour, count)  # noqa: E731
        archive.store(ArchiveSection.ACTIVITIES, hour, map(activity_row, every()))
        rows = _native_rows(every()) if kind == "native" else _foreign_rows(every(), hour)
        archive.store(ArchiveSection.INTERACTIONS, hour, rows)


def _native_rows(every: Iterable[Message]) -> Iterator[Json]:
    for message in every:
        derived = derive_playback(message, PLAYBACK_RULES)
        if isinstance(derived, Derived):
            yield from (row.as_dict("00112233445566ff") for row in derived.rows)


def _foreign_rows(every: Iterable[Message], hour: Hour) -> Iterator[Json]:
    """All that a film earns, in the hour in which it does: by whichever of its points."""
    told: set[str] = set()
    for message in every:
        body: Json = json.loads(message.body)
        film = body["anonymousId"].removeprefix("visit-")
        if film in told:
            continue
        told.add(film)
        is_new = film.startswith(str(hour.starts_at_s))
        for event_type in ("Click", "Watch") if is_new else ("Complete",):
            yield {
                "event_id": f"{film}-{event_type}",
                "version": 1,
                "to_send": True,
                "activity_id": body["messageId"],
                "arrived_at_ms": message.arrived_at_ms,
                "visit_id": body["anonymousId"],
                "item_id": "item-1",
                "playback_id": f"{body['properties']['session_id']}:item-1",
                "event_type": event_type,
            }


def account(folder: Path) -> None:
    """Draw up the account, and print what it was and what it cost."""
    evidence = Evidence(
        archive=FilesOfRows(folder),
        failed_batches=FakeFailedBatches(),
        states=RememberedStates(),
        metadata=FakeStandingMetadata(FakeMetadataStore()),
        dead_letters=FakeDeadLetterQueues(),
    )
    began = time.process_time()
    found = reconcile_archive(
        HOUR, rules=RULES, evidence=evidence, now_ms=HOUR.plus(4).starts_at_s * 1000
    )
    took_s = time.process_time() - began
    peak_kb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    say(json.dumps([found.received, dict(found.ends), took_s, peak_kb / 1024]))


def measure(kind: str, count: int) -> str:
    """A line of the table, from a process of its own."""
    with tempfile.TemporaryDirectory() as folder:
        prepare(FilesOfRows(Path(folder)), kind, count)
        command = [sys.executable, "-m", "tests.benchmarks.reconciling", "--account", folder]
        printed = subprocess.run(command, check=True, capture_output=True, text=True).stdout  # noqa: S603
    received, ends, took_s, peak_mb = json.loads(printed)
    assert ends.keys() <= {"recorded", "no_interaction"}, ends
    each_us = took_s / received * 1e6
    return f"| {kind} | {received:,} | {took_s:.1f} s | {each_us:.0f} µs | {peak_mb:.0f} MiB |"


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("messages", nargs="*", type=int, default=[10_000, 30_000])
    parser.add_argument("--account", type=Path, help="only draw up this archive's account")
    parser.add_argument("--kinds", nargs="+", default=list(_TELLERS))
    asked = parser.parse_args()
    if asked.account is not None:
        account(asked.account)
        return
    say("| players | messages | CPU time | a message | peak memory |\n|---|---|---|---|---|")
    for kind in asked.kinds:
        for count in asked.messages:
            say(measure(kind, count))


if __name__ == "__main__":
    main()
