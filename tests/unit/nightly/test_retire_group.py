"""Which dataset groups are deleted, and in which order."""

from contextlib import closing
from dataclasses import replace
from datetime import timedelta

import pytest
from nightly.application.retire_group import (
    DRAIN,
    group_to_retire,
    pieces_of,
    retire_group,
)
from nightly.domain.errors import BusyError, ChangedError, NotFinishedError, UnusableError
from nightly.domain.pieces import PieceKind
from nightly.live import LiveTarget

from tests.support.live import a_target
from tests.support.retiring import (
    FIRST,
    NOW,
    OWN,
    SECOND,
    FakeLock,
    FakePieces,
    Retirement,
    a_piece,
)

ARN = "arn:group"


def retired(of: Retirement, name: str = FIRST) -> list[str]:
    """What is said meanwhile."""
    return list(retire_group(name, ARN, of.parts))


def test_the_group_before_the_live_one_is_meant() -> None:
    """Or the one that is named, such as what a failed rebuild has left."""
    situation = Retirement().situation
    assert group_to_retire(None, situation) == FIRST
    assert group_to_retire(f"{SECOND}b", situation) == f"{SECOND}b"
    assert group_to_retire(OWN, situation) == OWN
    assert group_to_retire(FIRST, Retirement(live=None).situation) == FIRST


@pytest.mark.parametrize(
    ("asked", "live", "why"),
    [
        (None, None, "there is no dataset group before the live one"),
        (None, a_target(SECOND), "there is no dataset group before the live one"),
        (SECOND, a_target(SECOND), f"{SECOND} is live"),
        (OWN, None, f"{OWN} is live"),
        ("others-v1", a_target(SECOND), "was not made by the stack films"),
        ("films", a_target(SECOND), "was not made by the stack films"),
        ("films-v10", a_target(SECOND), "was not made by the stack films"),
        ("films-r20261124-v1", a_target(SECOND), "was not made by the stack films"),
        ("films-r2026", a_target(SECOND), "was not made by the stack films"),
        ("x-films-v1", a_target(SECOND), "was not made by the stack films"),
        (None, a_target("videos").succeeded_by(a_target(SECOND)), "videos was not made by"),
    ],
)
def test_what_is_live_or_of_others_is_not_deleted(
    asked: str | None, live: LiveTarget | None, why: str
) -> None:
    """A group that was there before the stack is its owner's."""
    with pytest.raises(UnusableError, match=why):
        group_to_retire(asked, Retirement(live=live).situation)


def test_recorders_are_drained_first() -> None:
    """To the second; of any other group nobody is afraid."""
    of = Retirement(switched_at=NOW - DRAIN + timedelta(seconds=1))
    with pytest.raises(UnusableError, match="wait until 08:00:01 UTC"):
        group_to_retire(None, of.situation)
    assert group_to_retire(OWN, of.situation) == OWN
    of.switched_at = NOW - DRAIN
    assert group_to_retire(None, of.situation) == FIRST
    of.switched_at = None
    assert group_to_retire(None, of.situation) == FIRST


def test_everything_goes_from_the_leaves_to_the_root() -> None:
    """And the rollback before anything else."""
    of = Retirement()
    assert [str(piece) for piece in pieces_of(ARN, of.pieces)] == [
        f"{kind} {FIRST}" for kind in PieceKind
    ]
    said = retired(of)
    assert said[0] == f"a rollback to {FIRST} is no longer possible"
    assert said[1:] == [f"{kind} {FIRST} is deleted" for kind in PieceKind]
    assert (of.pieces.there, of.targets.writes) == ([], 1)
    with pytest.raises(UnusableError):
        of.targets.read().rolled_back()
    assert of.targets.read().dataset_group_name == SECOND
    assert of.lock.releases == 1


def test_what_takes_its_time_is_waited_for_and_asked_once() -> None:
    """The lock is held for longer with each look."""
    of = Retirement(pieces=FakePieces(looks_to_go=3))
    retired(of)
    assert of.pieces.asked == [f"{kind} {FIRST}" for kind in PieceKind]
    assert of.waits == 3 * len(PieceKind)
    assert of.lock.takes == 1 + of.waits


def test_what_is_in_use_is_asked_again() -> None:
    """A training ends at some time."""
    of = Retirement(pieces=FakePieces(in_use={PieceKind.SOLUTION: 5}))
    retired(of)
    assert of.pieces.there == []


def test_what_does_not_go_is_given_up_and_gone_on_with() -> None:
    """With Personalize's words; what is gone stays so, and nothing above it was touched."""
    of = Retirement(pieces=FakePieces(in_use={PieceKind.SOLUTION: 10_000}))
    with pytest.raises(NotFinishedError, match=f"solution {FIRST} has not gone away: .* trained"):
        retired(of)
    kinds = [piece.kind for piece in of.pieces.there]
    assert kinds == list(PieceKind)[2:]
    assert of.lock.releases == 1
    of.pieces.in_use.clear()
    assert f"a rollback to {FIRST} is no longer possible" not in retired(of)
    assert of.pieces.there == []


def test_what_hangs_is_given_up_without_a_reason() -> None:
    """Nobody says why."""
    there = [a_piece(PieceKind.CAMPAIGN, status="DELETE IN_PROGRESS")]
    of = Retirement(pieces=FakePieces(there=there))
    with pytest.raises(NotFinishedError, match="has not gone away; start"):
        retired(of)
    assert of.pieces.asked == []


def test_a_failed_deletion_is_asked_again() -> None:
    """As if nobody had."""
    there = [a_piece(PieceKind.CAMPAIGN, status="DELETE FAILED")]
    of = Retirement(pieces=FakePieces(there=there))
    retired(of)
    assert of.pieces.asked == [f"campaign {FIRST}"]


def test_while_another_works_nothing_is_deleted() -> None:
    """And nothing is given back that was never had."""
    of = Retirement(lock=FakeLock(is_taken=True))
    with pytest.raises(BusyError, match="night 2026-12-02"):
        retired(of)
    assert len(of.pieces.there) == len(PieceKind)
    assert (of.lock.releases, of.targets.writes) == (0, 0)


def test_a_rollback_meanwhile_saves_the_group() -> None:
    """It is asked again under the lock."""
    of = Retirement()
    group_to_retire(None, of.situation)
    of.targets.switch(of.targets.read(), of.targets.read().rolled_back())
    with pytest.raises(UnusableError, match="is live"):
        retired(of)
    assert len(of.pieces.there) == len(PieceKind)


def test_a_rollback_after_the_last_look_saves_the_group() -> None:
    """It is not overwritten, and nothing is deleted."""
    of = Retirement()
    seen, rolled_back = of.situation, of.targets.read().rolled_back()
    of.targets.switch(of.targets.read(), rolled_back)
    with pytest.raises(ChangedError):
        list(retire_group(FIRST, ARN, replace(of.parts, situation=lambda: seen)))
    assert of.targets.read() == rolled_back
    assert len(of.pieces.there) == len(PieceKind)
    assert of.lock.releases == 1


def test_what_a_failed_rebuild_left_leaves_the_rollback_alone() -> None:
    """It was never live."""
    of = Retirement()
    retired(of, f"{SECOND}b")
    assert of.targets.writes == 0
    assert of.targets.read().rolled_back().dataset_group_name == FIRST
    alone = Retirement(live=None)
    retired(alone)
    assert alone.targets.writes == 0


@pytest.mark.parametrize("steps", range(1 + len(PieceKind)))
def test_killed_after_any_step_it_goes_on_from_there(steps: int) -> None:
    """By its name; nothing is asked twice, and the lock is free in between."""
    of = Retirement()
    with closing(retire_group(FIRST, ARN, of.parts)) as begun:
        for _ in range(steps):
            next(begun)
    retired(of)
    assert of.pieces.there == []
    assert of.pieces.asked == [f"{kind} {FIRST}" for kind in PieceKind]
    assert of.targets.read().previous is None
