"""Rejections: choose them, mend them, and give them back to the function that rejected them."""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from copy import replace
from dataclasses import dataclass, field

from ingestion.domain.archive import body_fields
from ingestion.domain.hour import Hour
from ingestion.domain.message import Message
from ingestion.ports import ArchiveReader, ArchiveSection

from operations.envelopes import Record, batches, is_of_the_stream, record_id, record_of
from operations.fixes import Fix, mended
from operations.foresight import Foresight
from operations.ports import Journal, Progress, Redriven
from operations.redelivery import Redelivery
from operations.rows import StoredRejection, is_redacted, whole_body
from operations.tally import End, Tally

KIND = "rejection"


@dataclass(frozen=True, slots=True)
class Selection:
    """Which rejections are meant; what is not said is not asked.

    Attributes:
        from_ms: First arrival, epoch milliseconds.
        to_ms: End of the arrivals, not included.
        details: What the detail begins with.
    """

    from_ms: int = 0
    to_ms: int = 2**53
    reasons: Collection[str] = ()
    details: Collection[str] = ()
    recorded_by: str | None = None

    def covers(self, hour: Hour) -> bool:
        """Whether there can be any in the hour."""
        starts_ms = hour.starts_at_s * 1000
        return starts_ms < self.to_ms and hour.plus(1).starts_at_s * 1000 > self.from_ms

    def takes(self, rejection: StoredRejection) -> bool:
        """Whether it is one of them."""
        return (
            self.from_ms <= rejection.message.arrived_at_ms < self.to_ms
            and (not self.reasons or rejection.reason in self.reasons)
            and (not self.details or rejection.detail.startswith(tuple(self.details)))
            and self.recorded_by in {None, rejection.recorded_by}
        )


@dataclass(frozen=True, slots=True)
class HourOfRejections:
    """The rejections of one hour of arrival, each once.

    Attributes:
        sent: Digests of the bodies that were given back before, by rejection id.
    """

    hour: Hour
    rejections: Sequence[StoredRejection]
    sent: dict[str, set[str]]


def hours_of_rejections(
    reader: ArchiveReader, journal: Journal, selection: Selection
) -> Iterator[HourOfRejections]:
    """What is selected, hour by hour."""
    for hour in filter(selection.covers, reader.hours(ArchiveSection.REJECTIONS)):
        sent: defaultdict[str, set[str]] = defaultdict(set)
        for done in journal.done(hour):
            if done.kind == KIND:
                sent[done.key].add(done.digest)
        rows = map(StoredRejection.of, reader.rows(ArchiveSection.REJECTIONS, hour))
        found = _each_once(filter(selection.takes, rows), sent)
        if found:
            yield HourOfRejections(hour, found, sent)


def _each_once(
    rejections: Iterable[StoredRejection], sent: defaultdict[str, set[str]]
) -> Sequence[StoredRejection]:
    """One of each id, as it first came rather than as we mended it in vain, in order of arrival."""
    first: dict[str, StoredRejection] = {}
    for each in rejections:
        known = first.setdefault(each.id, each)
        if known.message.digest in sent[each.id]:
            first[each.id] = each
    return sorted(first.values(), key=lambda each: _order(each.message))


def _order(message: Message) -> tuple[int, str, int, str]:
    """By arrival, and within a millisecond as the shard has it: longer numbers are later."""
    return message.arrived_at_ms, message.origin, len(message.id), message.id


@dataclass
class Redrive:
    """One run over rejections.

    Attributes:
        foresee: Gives who foretells, by the function that recorded a rejection.
        delivery: None for a dry run: nothing is touched.
        again: Whether to give back even what was given back before just so.
    """

    journal: Journal
    foresee: Callable[[str], Foresight]
    delivery: Redelivery | None
    fixes: Sequence[Fix] = ()
    again: bool = False
    tally: Tally = field(default_factory=Tally)

    def run(self, hours: Sequence[HourOfRejections], progress: Progress) -> Tally:
        """Give back what can be.

        Raises:
            TransientError, MisconfiguredError: The journal, a function or its settings.
        """
        progress.begin(len(hours))
        for each in hours:
            pending = [*filter(None, (self._prepared(r, each.sent) for r in each.rejections))]
            for group in _by_origin(pending):
                self._give_back(each.hour, group)
            progress.step(each.hour.partition)
        return self.tally

    def _prepared(
        self, rejection: StoredRejection, sent: dict[str, set[str]]
    ) -> StoredRejection | None:
        """The rejection with the body to give back; None when it ends here."""
        message = rejection.message
        if is_redacted(message.body):
            return self._ends(End.UNFIXABLE, "the words were left behind")
        whole = whole_body(message)
        message = replace(message, body=mended(rejection, whole, self.fixes), common=b"")
        if message.digest in sent.get(rejection.id, ()) and not self.again:
            return self._ends(End.SKIPPED, None)
        fault = self._fault(rejection.recorded_by, message)
        if fault is not None and sent.get(rejection.id):
            return self._ends(End.SKIPPED, None)  # mended before, by other rules
        if fault is not None:
            return self._ends(End.UNFIXABLE, fault)
        return replace(rejection, message=message, is_mended=message.body != whole)

    def _fault(self, use_case: str, message: Message) -> str | None:
        """Why the function could not take it."""
        expected = self.foresee(use_case)(message)
        if expected is not None:
            return f"{expected.reason}: {expected.detail}"
        try:
            record_of(message)
        except UnicodeDecodeError:
            return "encoding: no text"
        return None

    def _ends(self, end: End, detail: str | None) -> None:
        self.tally.count(end, detail=detail)

    def _give_back(self, hour: Hour, group: Sequence[StoredRejection]) -> None:
        if self.delivery is None:
            self.tally.count(End.REDRIVEN, len(group))
            return
        use_case = group[0].recorded_by
        by_id = {each.message.id: each for each in group}
        for records in batches(record_of(each.message) for each in group):
            failed = self.delivery.deliver(use_case, records)
            taken = _taken(records, failed, by_id)
            if taken:
                self.journal.note(hour, [_noted(each) for each in taken])
            self.tally.count(End.REDRIVEN, len(taken))
            self.tally.count(End.FAILED, len(records) - len(taken))


def _taken(
    records: Sequence[Record], failed: Collection[str], by_id: dict[str, StoredRejection]
) -> list[StoredRejection]:
    ids = (record_id(record) for record in records)
    return [by_id[each] for each in ids if each not in failed]


def _by_origin(pending: Iterable[StoredRejection]) -> Iterable[Sequence[StoredRejection]]:
    """As an event source would have it: one function, one shard or queue, in order."""
    groups: defaultdict[tuple[str, str], list[StoredRejection]] = defaultdict(list)
    for each in pending:
        groups[each.recorded_by, each.message.origin].append(each)
    return groups.values()


def _noted(rejection: StoredRejection) -> Redriven:
    """The note of a rejection given back, with the body of a mended message of the stream.

    A queue's recorder archives the body that it is given; of the stream nobody does, and a later
    replay could not know how it was mended.
    """
    message = rejection.message
    place = {
        "origin": message.origin,
        "id": message.id,
        "arrived_at_ms": message.arrived_at_ms,
        "recorded_by": rejection.recorded_by,
    }
    is_kept = rejection.is_mended and is_of_the_stream(message)
    body = body_fields(message.body) if is_kept else {}
    return Redriven(KIND, rejection.id, message.digest, {**place, **body})
