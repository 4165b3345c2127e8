"""What became of each message of a batch: it adds up."""

from collections import Counter
from collections.abc import Collection, Sequence
from copy import replace
from dataclasses import dataclass
from enum import StrEnum

from ingestion.domain.message import Message
from ingestion.domain.rejection import RejectionReason


class Disposition(StrEnum):
    """Where a message ended. Each message has exactly one."""

    RECORDED = "recorded"  # at least one interaction, or the record, of it is with Personalize
    NO_INTERACTION = "no_interaction"  # understood, archived, and not worth an interaction
    SUPERSEDED = "superseded"  # told again, or overtaken by a later verdict
    SETTLING = "settling"  # stands now, and comes again when the settle delay is over
    REJECTED = "rejected"  # can never succeed; stored with its reason
    FAILED = "failed"  # not now; it will be delivered again


@dataclass(frozen=True, slots=True)
class Outcome:
    """The account of one invocation.

    Attributes:
        dispositions: One for each message, in order of delivery.
        rejections: How many messages were rejected, by reason.
        recorded: Interactions, or records of users and items, that Personalize took.
        calls: Calls made to send them, refused and failed ones included.
    """

    dispositions: tuple[tuple[Message, Disposition], ...]
    rejections: Counter[RejectionReason]
    recorded: int = 0
    calls: int = 0

    @property
    def failed(self) -> Sequence[str]:
        """What to deliver again, each once, in order of delivery."""
        again = (
            message.delivery_id
            for message, disposition in self.dispositions
            if disposition is Disposition.FAILED
        )
        return list(dict.fromkeys(again))

    def failing(self, message_ids: Collection[str]) -> "Outcome":
        """The same, but these messages are to be delivered again."""
        dispositions = tuple(
            (message, Disposition.FAILED if message.id in message_ids else end)
            for message, end in self.dispositions
        )
        return replace(self, dispositions=dispositions)

    def count(self, disposition: Disposition) -> int:
        """How many messages ended there."""
        return sum(1 for _, found in self.dispositions if found is disposition)
