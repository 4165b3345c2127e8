"""Deletes a dataset group that is not live any more, piece by piece.

Personalize is asked anew what there is before each step, so whoever is interrupted starts again and
goes on. Nothing of it can be taken back.
"""

import re
from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final, Protocol

from nightly.domain.errors import NotFinishedError, UnusableError
from nightly.domain.pieces import Piece, PieceKind
from nightly.live import LiveTarget, LiveTargets

# An environment asks once a minute what is live, at most (the greatest LiveRefreshSeconds), and
# an invocation that began before ends within the recorders' timeout, as the rebuild waits for it.
DRAIN: Final = timedelta(seconds=60 + 65)
# Without anything going in so many looks it is given up.
_LOOKS: Final = 80


class Pieces(Protocol):
    """What there is of dataset groups."""

    def of_kind(self, kind: PieceKind, group_arn: str) -> Sequence[Piece]:
        """All of one kind that belongs to a group; nothing once the group is gone."""
        ...

    def delete(self, piece: Piece) -> str | None:
        """Ask for a deletion. What is gone already is no error.

        Returns:
            Why it cannot be deleted now, as something still uses it; None if it is under way.
        """
        ...


class Lock(Protocol):
    """The lock of Personalize, as one holder has it."""

    def take(self) -> None:
        """Take it, or hold it for longer.

        Raises:
            BusyError: Another one holds it; the text says who and what for.
        """
        ...

    def release(self) -> None:
        """Give it back, if it is still ours."""
        ...


@dataclass(frozen=True, slots=True)
class Situation:
    """What is so of the stack now.

    Attributes:
        stack: Its name, by which groups are named.
        live: What is live; None if nobody has ever switched, so that the stack's own group is.
        switched_at: When that was written; None with it.
        now: The time.
    """

    stack: str
    live: LiveTarget | None
    switched_at: datetime | None
    now: datetime


@dataclass(frozen=True, slots=True)
class Retiring:
    """What a retirement works with.

    Attributes:
        situation: Asks for what is so now.
        wait: Lets some seconds pass between two looks.
    """

    pieces: Pieces
    targets: LiveTargets
    lock: Lock
    situation: Callable[[], Situation]
    wait: Callable[[], None]


def group_to_retire(asked: str | None, situation: Situation) -> str:
    """The name of the group: the one that was asked for, or else the one before the live one.

    Raises:
        UnusableError: There is none, or it may not be deleted; the text says why.
    """
    live = situation.live
    previous = None if live is None else live.previous
    name = asked or (None if previous is None else previous.dataset_group_name)
    if name is None:
        error = "there is no dataset group before the live one; name one that a rebuild has left"
        raise UnusableError(error)
    _require_ours(name, situation.stack)
    _require_not_live(name, situation)
    if previous is not None and name == previous.dataset_group_name:
        _require_drained(name, situation)
    return name


def _require_ours(name: str, stack: str) -> None:
    """By the names that the template and the rebuild give: whatever else is not ours to delete.

    `films-r20261124-v1` is the own group of a stack that is called `films-r20261124`.
    """
    if re.fullmatch(rf"{re.escape(stack)}-(v1|r\d{{8}}[a-zA-Z0-9_]*)", name) is None:
        error = (
            f"{name} was not made by the stack {stack} or a rebuild of it, so it is not deleted"
            " here: delete it by hand, if it is yours"
        )
        raise UnusableError(error)


def _require_not_live(name: str, situation: Situation) -> None:
    is_own = situation.live is None and name == f"{situation.stack}-v1"
    if is_own or (situation.live is not None and name == situation.live.dataset_group_name):
        error = f"{name} is live: recorders send to it and recommendations come from it"
        raise UnusableError(error)


def _require_drained(name: str, situation: Situation) -> None:
    ends_at = None if situation.switched_at is None else situation.switched_at + DRAIN
    if ends_at is not None and situation.now < ends_at:
        error = (
            f"recorders may still send to {name}, which was live until a moment ago: wait until"
            f" {ends_at:%H:%M:%S} UTC"
        )
        raise UnusableError(error)


def pieces_of(group_arn: str, pieces: Pieces) -> list[Piece]:
    """All that would be deleted, in that order."""
    return [piece for kind in PieceKind for piece in pieces.of_kind(kind, group_arn)]


def retire_group(name: str, group_arn: str, parts: Retiring) -> Generator[str]:
    """Delete a group and everything in it, under the lock of Personalize.

    First of all nobody can roll back to it any more: half of a group must not go live.

    Yields:
        What was done, in words.

    Raises:
        UnusableError: It may not be deleted.
        BusyError: A night, a rebuild or an erasure is at work.
        ChangedError: Somebody has switched or rolled back meanwhile; nothing was deleted.
        NotFinishedError: Something does not go away; start it again.
    """
    parts.lock.take()
    try:
        situation = parts.situation()
        group_to_retire(name, situation)
        if _forget(name, situation.live, parts.targets):
            yield f"a rollback to {name} is no longer possible"
        for kind in PieceKind:
            yield from _delete(kind, group_arn, parts)
    finally:
        parts.lock.release()


def _forget(name: str, live: LiveTarget | None, targets: LiveTargets) -> bool:
    """Take a group out of the live parameter; whether it was there."""
    previous = None if live is None else live.previous
    if live is None or previous is None or previous.dataset_group_name != name:
        return False
    targets.switch(live, replace(live, previous=None))
    return True


def _delete(kind: PieceKind, group_arn: str, parts: Retiring) -> Iterator[str]:
    left, looks, why = list(parts.pieces.of_kind(kind, group_arn)), _LOOKS, None
    while left:
        if not looks:
            reason = f": {why}" if why else ""
            error = f"{left[0]} has not gone away{reason}; start the same again later"
            raise NotFinishedError(error)
        for piece in left:
            why = why if piece.is_going else parts.pieces.delete(piece)
        after = list(parts.pieces.of_kind(kind, group_arn))
        arns = {piece.arn for piece in after}
        gone = [piece for piece in left if piece.arn not in arns]
        yield from (f"{piece} is deleted" for piece in gone)
        left, looks = after, _LOOKS if gone else looks - 1
        if left:
            parts.lock.take()
            parts.wait()
