"""A producer of the load: what it takes for sent."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError, ReadTimeoutError

from local.load.delivery import ATTEMPTS, Delivery, Doors, UndeliveredError, putters
from local.load.ledger import Entry, LedgerWriter, read_ledger
from local.load.parcel import Channel, Kind, Parcel

DOORS = Doors("stream", "feedback", "metadata")


def a_parcel(name: str, channel: Channel = Channel.STREAM) -> Parcel:
    """Build a message."""
    return Parcel(
        kind=Kind.NATIVE,
        channel=channel,
        key="viewer",
        body=name.encode(),
        name=name,
        earns=("Click",),
    )


class Door:
    """Takes messages, after it has answered otherwise as told."""

    def __init__(self, *answers: Exception | set[str]) -> None:
        self.taken: list[str] = []
        self._answers = list(answers)

    def put(self, batch: Sequence[Parcel]) -> Sequence[Parcel]:
        """Take a batch, but for the names that the next answer refuses."""
        answer = self._answers.pop(0) if self._answers else set[str]()
        if isinstance(answer, Exception):
            raise answer
        self.taken += [each.name for each in batch if each.name not in answer]
        return [each for each in batch if each.name in answer]


class Ledger(list[Entry]):
    """Remembers what was written."""

    def note(self, entries: Sequence[Entry]) -> None:
        """Append entries."""
        self.extend(entries)

    def acknowledged(self) -> list[tuple[str, int]]:
        """Give names and attempts of what was acknowledged."""
        return [(each.name, each.attempts) for each in self if each.is_acknowledged]


def deliver(door: Door, ledger: Ledger, *names: str, limit: int = 10) -> None:
    """Deliver messages without waiting."""
    delivery = Delivery(door.put, limit=limit, note=ledger.note, wait=lambda _: None)
    delivery.deliver([a_parcel(name) for name in names])


def refusal(status: int) -> ClientError:
    """Build an error of AWS."""
    metadata: Any = {"HTTPStatusCode": status}
    return ClientError({"Error": {}, "ResponseMetadata": metadata}, "PutRecords")


def test_each_message_is_written_down_once_it_is_taken() -> None:
    """In batches no larger than the limit."""
    door, ledger = Door(), Ledger()

    deliver(door, ledger, "a", "b", "c", limit=2)

    assert door.taken == ["a", "b", "c"]
    assert ledger.acknowledged() == [("a", 1), ("b", 1), ("c", 1)]


def test_what_is_refused_of_a_batch_is_sent_again() -> None:
    """Alone, and only then written down."""
    door, ledger = Door({"b"}, {"b"}), Ledger()

    deliver(door, ledger, "a", "b", "c")

    assert door.taken == ["a", "c", "b"]
    assert ledger.acknowledged() == [("a", 1), ("c", 1), ("b", 3)]


def test_a_refused_call_leaves_no_doubt() -> None:
    """AWS said no to all of it."""
    door, ledger = Door(refusal(400)), Ledger()

    deliver(door, ledger, "a")

    assert ledger.acknowledged() == [("a", 2)]
    assert len(ledger) == 1


@pytest.mark.parametrize("error", [refusal(500), ReadTimeoutError(endpoint_url="")])
def test_a_call_without_an_answer_leaves_doubt(error: Exception) -> None:
    """What may have arrived is written down as such, and sent again."""
    ledger = Ledger()

    deliver(Door(error), ledger, "a")

    assert [(each.attempts, each.is_acknowledged) for each in ledger] == [(1, False), (2, True)]


def test_a_producer_gives_up() -> None:
    """After some attempts, and nothing later overtakes what could not be sent."""
    door, ledger = Door(*[refusal(400)] * ATTEMPTS), Ledger()

    with pytest.raises(UndeliveredError, match="1 messages were refused"):
        deliver(door, ledger, "a", "b", limit=1)
    assert list(ledger) == []
    assert door.taken == []


class Client:
    """Kinesis and SQS, refusing the second entry of each call."""

    def put_records(self, **_: Any) -> dict[str, Any]:
        return {"Records": [{"SequenceNumber": "1"}, {"ErrorCode": "Throttled"}]}

    def send_message_batch(self, **_: Any) -> dict[str, Any]:
        return {"Successful": [{"Id": "0"}], "Failed": [{"Id": "1"}]}


@pytest.mark.parametrize("channel", list(Channel))
def test_entries_that_failed_are_refused(channel: Channel) -> None:
    """Although the call was answered with 200."""
    batch = [a_parcel("a", channel), a_parcel("b", channel)]
    put = putters(lambda _: Client(), DOORS)[channel]

    assert list(put(batch)) == batch[1:]


def test_a_ledger_is_read_as_it_was_written(tmp_path: Path) -> None:
    """Line by line."""
    ledger = Ledger()
    deliver(Door(), ledger, "a", "b")

    with LedgerWriter(tmp_path / "ledger") as writer:
        writer.write(ledger)

    assert list(read_ledger(tmp_path / "ledger")) == list(ledger)
