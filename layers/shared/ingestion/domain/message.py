"""A message: one element of a batch as a stream or a queue delivers it, before parsing."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Message:
    """What every source gives us of one element.

    Attributes:
        id: Sequence number (Kinesis) or message id (SQS); what a partial response names.
        origin: Shard id or queue name; with `id` unique for ever.
        body: The bytes as they were put, nothing decoded.
        arrived_at_ms: When the source took it, epoch milliseconds; the same at every delivery.
    """

    id: str
    origin: str
    body: bytes
    arrived_at_ms: int
