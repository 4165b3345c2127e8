"""From messages to what they earn: good and bad side by side, so that nothing can be lost."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from ingestion.application.outcome import Disposition
from ingestion.domain.dialects.detection import NotPlayback
from ingestion.domain.feedback import Verdict
from ingestion.domain.interaction import Interaction, without_repeats
from ingestion.domain.interaction_row import InteractionRow
from ingestion.domain.message import Message
from ingestion.domain.parsing import AnyActivity, ReceivedActivity
from ingestion.domain.rejection import Rejection, RejectionReason
from ingestion.domain.unpacking import Unpacked, unpack


class Derived(NamedTuple):
    """An activity and what it earns.

    Attributes:
        rows: Its interactions, as rows of the archive.
        verdict: What it says of the item, if it is feedback.
        is_superseded: A later word on the same item stands, so this one earns nothing.
        end: Where it ends in this invocation for a reason of its own; None where that is told by
            what becomes of its interactions.
    """

    received: ReceivedActivity[AnyActivity]
    rows: tuple[InteractionRow, ...] = ()
    verdict: Verdict | None = None
    is_superseded: bool = False
    end: Disposition | None = None


@dataclass(frozen=True, slots=True)
class DerivedBatch:
    """A batch in which each message is derived, rejected, or tells of something else."""

    messages: tuple[Message, ...]
    derived: tuple[Derived, ...]
    rejections: tuple[Rejection, ...]
    passed_over: tuple[NotPlayback, ...] = ()

    @property
    def rows(self) -> tuple[InteractionRow, ...]:
        """All rows for the archive."""
        return tuple(row for derived in self.derived for row in derived.rows)

    @property
    def interactions(self) -> tuple[Interaction, ...]:
        """What is to be sent, each event id once."""
        return without_repeats(row.interaction for row in self.rows if row.to_send)


@dataclass(frozen=True, slots=True)
class Fault:
    """A fault of our own code while it derived something; `kind` names the exception."""

    kind: str

    def rejection_of(self, message: Message) -> Rejection:
        """The rejection of a message that it hit."""
        return Rejection(message, RejectionReason.INTERNAL_ERROR, self.kind)


def attempt[*Args, T](derive: Callable[[*Args], T], *args: *Args) -> T | Fault:
    """The one place where any exception is caught; `derive` is pure, so it is a fault of ours.

    A fault of ours on one message would be delivered again for six days and hold back its whole
    shard. As a rejection with its bytes it waits to be replayed, and an alarm tells us. Memory that
    is used up is nobody's message's fault: the batch comes again, in halves.
    """
    try:
        return derive(*args)
    except MemoryError:
        raise
    except Exception as error:  # noqa: BLE001  -- see above
        return Fault(type(error).__name__)


type _Result = Derived | NotPlayback | Rejection


def derive_all(
    messages: Sequence[Message | Rejection], derive: Callable[[Message], _Result]
) -> DerivedBatch:
    """Apply a pure rule to each message; one that fails harms no neighbour.

    What could not be unpacked stands in its place as the rejection that it is.
    """
    derived: list[Derived] = []
    rejections: list[Rejection] = []
    passed_over: list[NotPlayback] = []
    for each in messages:
        match each if isinstance(each, Rejection) else guarded(derive, each):
            case Derived() as result:
                derived.append(result)
            case Rejection() as rejection:
                rejections.append(rejection)
            case other:
                passed_over.append(other)
    return DerivedBatch(
        messages=tuple(
            [each.message if isinstance(each, Rejection) else each for each in messages]
        ),
        derived=tuple(derived),
        rejections=tuple(rejections),
        passed_over=tuple(passed_over),
    )


def unpack_all(messages: Sequence[Message]) -> Sequence[Message | Rejection]:
    """The messages in the records of a batch, in order; a record that fails harms no neighbour."""
    return [each for message in messages for each in _unpacked(message)]


def _unpacked(message: Message) -> Unpacked:
    result = attempt(unpack, message)
    return (result.rejection_of(message),) if isinstance(result, Fault) else result


def guarded[T](derive: Callable[[Message], T | Rejection], message: Message) -> T | Rejection:
    """What a pure rule makes of a message; a fault of ours is a rejection."""
    result = attempt(derive, message)
    return result.rejection_of(message) if isinstance(result, Fault) else result
