"""Replay: archived activities once more, through the rules of today.

Hour by hour of arrival, in order. Before the first hour, and over hours that a run before has
finished, the messages are rehearsed: they fill the memory of the players and do nothing else.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from ingestion.domain.dialects.reading import as_document
from ingestion.domain.hour import Hour
from ingestion.domain.message import Message
from ingestion.ports import ArchiveReader, ArchiveSection

from operations.envelopes import is_of_the_stream
from operations.players import Player
from operations.ports import Journal, Progress, Redriven
from operations.rows import json_of, message_of
from operations.tally import End, Tally

KIND = "replay"
_REJECTION = "rejection"


class Told(StrEnum):
    """What a message tells of, which says who plays it."""

    PLAYBACK = "playback"
    FEEDBACK = "feedback"
    METADATA = "metadata"


def told_by(message: Message) -> Told:
    """What came from a shard is for `record_playback`; queues change names with the stack."""
    if is_of_the_stream(message):
        return Told.PLAYBACK
    kind = as_document(json_of(message.body)).get("kind")
    return Told.METADATA if kind in {"profile", "catalogue"} else Told.FEEDBACK


@dataclass(frozen=True, slots=True)
class Period:
    """What to replay, by arrival, epoch milliseconds; the end is not included.

    Attributes:
        lead_in_ms: How long before it playbacks may have begun that go on in it.
    """

    from_ms: int
    to_ms: int
    lead_in_ms: int

    def has(self, message: Message) -> bool:
        """Whether it is to be played."""
        return self.from_ms <= message.arrived_at_ms < self.to_ms

    def part(self, hour: Hour) -> str:
        """What of the hour is meant."""
        starts_ms, ends_ms = hour.starts_at_s * 1000, hour.plus(1).starts_at_s * 1000
        return f"{max(starts_ms, self.from_ms)}-{min(ends_ms, self.to_ms)}"


def archived(
    reader: ArchiveReader, journal: Journal, period: Period
) -> Iterator[tuple[Hour, Sequence[Message]]]:
    """The messages of each hour of arrival, in order, each once.

    A row lies in the hour of the first message of its batch, so an hour is complete when all
    partitions up to its own are read.
    """
    start, end = Hour.of(period.from_ms - period.lead_in_ms), Hour.of(period.to_ms - 1)
    waiting: defaultdict[Hour, list[Message]] = defaultdict(list)
    for partition in reader.hours(ArchiveSection.ACTIVITIES):
        if start <= partition <= end:
            yield from _complete(waiting, journal, before=partition)
            for message in map(message_of, reader.rows(ArchiveSection.ACTIVITIES, partition)):
                waiting[Hour.of(message.arrived_at_ms)].append(message)
    yield from _complete(waiting, journal, before=end.plus(1))


def _complete(
    waiting: dict[Hour, list[Message]], journal: Journal, *, before: Hour
) -> Iterator[tuple[Hour, Sequence[Message]]]:
    for hour in sorted(hour for hour in waiting if hour < before):
        mended = list(_mended(journal, hour))
        places = {(message.origin, message.id) for message in mended}
        as_they_came = (m for m in waiting.pop(hour) if (m.origin, m.id) not in places)
        yield hour, _in_order([*as_they_came, *mended])


def _mended(journal: Journal, hour: Hour) -> Iterator[Message]:
    """What was mended of the stream: the archive has it only as it came."""
    for each in journal.done(hour):
        if each.kind == _REJECTION and each.row.keys() & {"body", "body_base64"}:
            yield message_of(each.row)


def _in_order(messages: Sequence[Message]) -> Sequence[Message]:
    once = {(message.origin, message.id, message.digest): message for message in messages}
    return sorted(once.values(), key=_order)


def _order(message: Message) -> tuple[int, str, int, str]:
    return message.arrived_at_ms, message.origin, len(message.id), message.id


@dataclass
class Replay:
    """One run.

    Attributes:
        players: Who plays what.
        mode: Names where the result goes and the rules, so that another replay is another one.
        again: Whether to play even what a run before has finished.
        is_dry: Whether nothing is noted; the players then leave nothing behind either.
    """

    reader: ArchiveReader
    journal: Journal
    players: Mapping[Told, Player]
    mode: str
    again: bool = False
    is_dry: bool = False
    tally: Tally = field(default_factory=Tally)

    def run(self, period: Period, progress: Progress) -> Tally:
        """Play the period; ends early after an hour in which something failed.

        Raises:
            TransientError, MisconfiguredError, DamagedError: Archive, Personalize or a function.
        """
        progress.begin(self._steps(period))
        last: tuple[Hour, str] | None = None
        for hour, messages in archived(self.reader, self.journal, period):
            if last is not None:
                self._note(*last)
            last = self._play(hour, messages, period)
            progress.step(hour.partition)
            if self.tally.ends[End.FAILED]:
                return self.tally
        for player in self.players.values():
            player.finish(self.tally)
        if last is not None:
            self._note(*last)
        return self.tally

    def _steps(self, period: Period) -> int:
        start, end = Hour.of(period.from_ms - period.lead_in_ms), Hour.of(period.to_ms - 1)
        return sum(start <= hour <= end for hour in self.reader.hours(ArchiveSection.ACTIVITIES))

    def _play(
        self, hour: Hour, messages: Sequence[Message], period: Period
    ) -> tuple[Hour, str] | None:
        """Play what is in the period; what to note once nothing of the hour is held any more."""
        part = f"{self.mode}/{period.part(hour)}"
        inside = [message for message in messages if period.has(message)]
        before = [message for message in messages if message.arrived_at_ms < period.from_ms]
        self._each(before, _rehearse)
        if not inside:
            return None
        if not self.again and self._is_done(hour, part):
            self._each(inside, self._skip)
            return None
        self._each(inside, self._played)
        return hour, part

    def _is_done(self, hour: Hour, part: str) -> bool:
        notes = self.journal.done(hour)
        return any(each.kind == KIND and each.key == part for each in notes)

    def _note(self, hour: Hour, part: str) -> None:
        if not self.is_dry:
            self.journal.note(hour, [Redriven(KIND, part)])

    def _each(
        self, messages: Sequence[Message], do: Callable[[Player, Sequence[Message]], None]
    ) -> None:
        parts: defaultdict[Told, list[Message]] = defaultdict(list)
        for message in messages:
            parts[told_by(message)].append(message)
        for told in Told:
            if parts[told]:
                do(self.players[told], parts[told])

    def _skip(self, player: Player, messages: Sequence[Message]) -> None:
        self.tally.count(End.SKIPPED, player.rehearse(messages))

    def _played(self, player: Player, messages: Sequence[Message]) -> None:
        player.play(messages, self.tally)


def _rehearse(player: Player, messages: Sequence[Message]) -> None:
    player.rehearse(messages)
