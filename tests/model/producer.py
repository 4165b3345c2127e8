"""What players put on the stream: good, bad, twice, many in one record, and in other dialects."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import count
from typing import Any, Final

from local.demo.imperfections import aggregated
from local.demo.tellers import iso
from tests.model.invocations import REFUSED_ITEM
from tests.model.ledger import Earned, Kind, Ledger
from tests.model.simulated_stream import SimulatedStream
from tests.support.builders import a_playback, a_start, progress, totals

_LATELY: Final = 12
_CROSSING_HALF: Final = {
    "type": "heartbeat",
    "seq": 2,
    "totals": totals(55.0),
    "before": progress(45.0),
    "position_s": 55.0,
    "elapsed_ms": 55_000,
}


class Packing(StrEnum):
    """How many messages come in one record."""

    SINGLE = "single"
    JSON_BATCH = "json batch"
    AGGREGATE = "aggregate"  # of the Kinesis Producer Library


@dataclass(frozen=True, slots=True)
class Message:
    """One message before it is put."""

    kind: Kind
    key: Earned
    body: bytes


class Producer:
    """Puts messages and notes in the ledger what was acknowledged."""

    def __init__(self, stream: SimulatedStream, ledger: Ledger) -> None:
        self._stream = stream
        self._ledger = ledger
        self._numbers = count(1)
        self._told: list[tuple[str, list[Message]]] = []

    def message(self, kind: Kind, user: str) -> Message:
        """A new message of a kind."""
        number = next(self._numbers)
        item = f"{REFUSED_ITEM}-{number}" if kind is Kind.REFUSED else f"item-{number}"
        fields = {
            "activity_id": f"a-{number}",
            "playback_id": f"playback-{number}",
            "user_id": user,
            "visit_id": f"visit-of-{user}",
            "item_id": item,
            "occurred_at_ms": self._stream.clock.now_ms,
        }
        crosses_half = number % 3 == 1 and kind in {Kind.WATCHED, Kind.REFUSED}
        body = _body(kind, fields | (_CROSSING_HALF if crosses_half else {}))
        return Message(kind, (user, item, "Watch" if crosses_half else "Click"), body)

    def put(self, user: str, kinds: Sequence[Kind], packing: Packing = Packing.SINGLE) -> None:
        """Put new messages of one user."""
        messages = [self.message(kind, user) for kind in kinds]
        self._told.append((user, messages))
        self._put(user, messages, packing)

    def repeat(self, choice: int, packing: Packing = Packing.SINGLE) -> None:
        """Put again what was put lately, as a producer does whose reply got lost."""
        lately = self._told[-_LATELY:]
        if lately:
            self._put(*lately[choice % len(lately)], packing)

    def _put(self, user: str, messages: Sequence[Message], packing: Packing) -> None:
        if packing is Packing.SINGLE:
            for each in messages:
                self._put_record(user, each.body, [each])
            return
        bodies = [each.body for each in messages]
        is_aggregate = packing is Packing.AGGREGATE
        record = aggregated(user, bodies) if is_aggregate else b"[" + b",".join(bodies) + b"]"
        self._put_record(user, record, messages)

    def _put_record(self, user: str, record: bytes, messages: Sequence[Message]) -> None:
        put = self._stream.put(user, record)
        self._ledger.records.append((put.shard_id, put.sequence_number))
        is_alone = record == messages[0].body
        for number, each in enumerate(messages):
            message_id = put.sequence_number + ("" if is_alone else f".{number}")
            self._ledger.note(message_id, each.kind, each.key)


def _body(kind: Kind, fields: dict[str, Any]) -> bytes:
    match kind:
        case Kind.JUNK:
            # Two with the same content are two messages.
            return b'{"kind": "playback", "type": "play"}'
        case Kind.QUIET:
            return json.dumps(a_playback(**fields)).encode()
        case Kind.FOREIGN:
            return json.dumps(_segment(fields)).encode()
        case _:
            return json.dumps(a_start(**fields)).encode()


def _segment(fields: dict[str, Any]) -> dict[str, Any]:
    """What Segment's library tells when a content begins."""
    properties = {
        "session_id": fields["playback_id"],
        "asset_id": fields["item_id"],
        "position": 0,
        "total_length": 100,
        "livestream": False,
    }
    return {
        "type": "track",
        "event": "Video Content Started",
        "messageId": fields["activity_id"],
        "userId": fields["user_id"],
        "anonymousId": fields["visit_id"],
        "timestamp": iso(fields["occurred_at_ms"]),
        "properties": properties,
    }
