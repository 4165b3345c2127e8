"""A message: one element of a batch as a stream or a queue delivers it, before parsing."""

import hashlib
from typing import NamedTuple


class Message(NamedTuple):
    """What every source gives us of one element.

    Attributes:
        id: Sequence number (Kinesis) or message id (SQS).
        origin: Shard id or queue name; with `id` unique for ever.
        body: The bytes as they were put, nothing decoded.
        arrived_at_ms: When the source took it, epoch milliseconds; the same at every delivery.
        carrier_id: Id of the record it shares with others; None when it has a record to itself.
            Of a message that has settled: the id it has in the queue where it did.
        has_settled: Whether it waited for the settle delay; all else is of its first arrival.
        common: What that record says of all that it carries: a JSON object, or nothing.
    """

    id: str
    origin: str
    body: bytes
    arrived_at_ms: int
    carrier_id: str | None = None
    has_settled: bool = False
    common: bytes = b""

    @property
    def digest(self) -> str:
        """What a message without an id is known by: its own bytes, whatever carries them."""
        return hashlib.sha256(self.body).hexdigest()

    @property
    def delivery_id(self) -> str:
        """What a partial response names: with a shared record all that is in it comes again."""
        return self.id if self.carrier_id is None else self.carrier_id
