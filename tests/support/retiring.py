"""A dataset group to be retired, in memory."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from nightly.application.retire_group import Retiring, Situation
from nightly.domain.errors import BusyError
from nightly.domain.pieces import Piece, PieceKind
from nightly.live import LiveTarget

from tests.support.live import FakeLiveTargets, a_target

STACK = "films"
OWN, FIRST, SECOND = f"{STACK}-v1", f"{STACK}-r20261124", f"{STACK}-r20261201"
NOW = datetime(2026, 12, 2, 8, tzinfo=UTC)
LONG_AGO = datetime(2026, 12, 1, tzinfo=UTC)


def a_piece(kind: PieceKind, name: str = FIRST, status: str = "ACTIVE") -> Piece:
    """A piece with an ARN of its own."""
    return Piece(kind, name, f"arn:{kind}/{name}", status)


@dataclass
class FakePieces:
    """Pieces that go after they were looked at so often, and some that are in use for a while."""

    there: list[Piece] = field(default_factory=lambda: [a_piece(kind) for kind in PieceKind])
    looks_to_go: int = 0
    in_use: dict[PieceKind, int] = field(default_factory=dict[PieceKind, int])
    asked: list[str] = field(default_factory=list[str])
    _going: dict[str, int] = field(default_factory=dict[str, int])

    def of_kind(self, kind: PieceKind, group_arn: str) -> Sequence[Piece]:
        """See the port."""
        assert group_arn
        for piece in list(self.there):
            left = self._going.get(piece.arn)
            if piece.kind is kind and left is not None:
                self._going[piece.arn] = left - 1
                if left <= 0:
                    self.there.remove(piece)
        return [piece for piece in self.there if piece.kind is kind]

    def delete(self, piece: Piece) -> str | None:
        """See the port."""
        if self.in_use.get(piece.kind, 0):
            self.in_use[piece.kind] -= 1
            return f"{piece.name} is being trained"
        self.asked.append(str(piece))
        self._going[piece.arn] = self.looks_to_go
        going = Piece(piece.kind, piece.name, piece.arn, "DELETE PENDING")
        self.there[self.there.index(piece)] = going
        return None


@dataclass
class FakeLock:
    """Counts; or somebody else's."""

    is_taken: bool = False
    takes: int = 0
    releases: int = 0

    def take(self) -> None:
        """See the port."""
        if self.is_taken:
            error = "another process works on Personalize: night 2026-12-02"
            raise BusyError(error)
        self.takes += 1

    def release(self) -> None:
        """See the port."""
        self.releases += 1


@dataclass
class Retirement:
    """Everything around a retirement."""

    live: LiveTarget | None = field(
        default_factory=lambda: a_target(FIRST).succeeded_by(a_target(SECOND))
    )
    switched_at: datetime | None = LONG_AGO
    pieces: FakePieces = field(default_factory=FakePieces)
    lock: FakeLock = field(default_factory=FakeLock)
    waits: int = 0

    def __post_init__(self) -> None:
        """The target that is live is where it is kept."""
        self.targets = FakeLiveTargets(self.live or a_target(OWN))

    @property
    def situation(self) -> Situation:
        """What is so now."""
        return Situation(
            STACK, None if self.live is None else self.targets.read(), self.switched_at, NOW
        )

    @property
    def parts(self) -> Retiring:
        """As the use case takes them."""
        return Retiring(self.pieces, self.targets, self.lock, lambda: self.situation, self._wait)

    def _wait(self) -> None:
        self.waits += 1
