"""One seed: a world, its log, every arm, the same recommender, the known taste."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from local.personalize.interactions import Interaction
from local.personalize.lifecycle import Failed
from local.personalize.quotas import Quotas
from local.personalize.recipes import RECIPES
from local.personalize.training import TrainedModel, train
from local.personalize.training_data import EventRule, Selection
from tests.benchmarks.signal.arms import Arm, Signal, dislikes, signal_of
from tests.benchmarks.signal.assumptions import Assumptions
from tests.benchmarks.signal.judging import (
    Quality,
    mean_quality,
    quality,
    scores_for,
    summed,
)
from tests.benchmarks.signal.logs import Log, make_log
from tests.benchmarks.signal.world import World, make_world

RECIPE: Final = RECIPES["arn:aws:personalize:::recipe/aws-user-personalization-v2"]
ALIKE: Final = Selection(None, EventRule())
WITHOUT_CLICK: Final = Selection(
    {"Watch": EventRule(), "Complete": EventRule(), "Like": EventRule()}, EventRule()
)
FAINT_CLICK: Final = Selection(
    {
        "Click": EventRule(weight=0.01),
        "Watch": EventRule(),
        "Complete": EventRule(),
        "Like": EventRule(),
    },
    EventRule(),
)
FROM_HALF: Final = Selection(None, EventRule(threshold=0.5))


@dataclass(frozen=True, slots=True)
class Variant:
    """One row of the table.

    Attributes:
        is_main: Whether it is one of the arms as they are, all trained alike.
        excludes: Whether what the viewer disliked is not recommended.
        is_flat: Whether a history is summed up without the engine's recency.
    """

    name: str
    arm: Arm
    selection: Selection = ALIKE
    is_main: bool = False
    excludes: bool = False
    is_flat: bool = False


VARIANTS: Final = (
    Variant("(a) ours", Arm.OURS, is_main=True),
    Variant("(b) every heartbeat", Arm.HEARTBEATS, is_main=True),
    Variant("(c) every play, like, dislike", Arm.PLAYS, is_main=True),
    Variant("(d) as (a), by position", Arm.POSITIONS, is_main=True),
    Variant("(a) disliked not served", Arm.OURS, excludes=True),
    Variant("(c) disliked not served", Arm.PLAYS, excludes=True),
    Variant("(a) trained without Click", Arm.OURS, WITHOUT_CLICK),
    Variant("(b) trained on value >= 0.5", Arm.HEARTBEATS, FROM_HALF),
    Variant("(d) trained without Click", Arm.POSITIONS, WITHOUT_CLICK),
    Variant("(a) history without recency", Arm.OURS, is_flat=True),
    Variant("(b) history without recency", Arm.HEARTBEATS, is_flat=True),
    Variant("(c) history without recency", Arm.PLAYS, is_flat=True),
    Variant("(d) history without recency", Arm.POSITIONS, is_flat=True),
)
# Asked after the results were seen, to explain them.
LOOKS: Final = (Variant("(a) Click at a hundredth", Arm.OURS, FAINT_CLICK),)
CHANCE: Final = "by chance"


@dataclass(frozen=True, slots=True)
class Judged:
    """A variant on one seed: items never started by the viewer, and the whole catalogue."""

    unseen: Quality
    everything: Quality


@dataclass(frozen=True, slots=True)
class Sent:
    """How much an arm sent, and what the log behind it was like."""

    interactions: int
    calls: int
    types: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Outcome:
    """Everything that is kept of one seed."""

    judged: Mapping[str, Judged]
    sent: Mapping[Arm, Sent]
    playbacks: int
    activities: int
    satisfied: float


@dataclass(frozen=True, slots=True)
class Job:
    """One seed of one world."""

    world: str
    assumptions: Assumptions
    seed: int
    quotas: Quotas


def run(job: Job) -> Outcome:
    """Simulate, send, train and judge once; the same job gives the same outcome."""
    assumptions = job.assumptions
    of_world, of_log, of_chance = (
        np.random.default_rng(each) for each in np.random.SeedSequence(job.seed).spawn(3)
    )
    world = make_world(assumptions, of_world)
    log = make_log(world, assumptions, of_log)
    signals = {arm: signal_of(arm, log) for arm in Arm}
    judged = dict(_judged(world, log, signals, job.quotas))
    chance = of_chance.random(world.taste.shape)
    judged[CHANCE] = _judge(world, log.started, chance)
    return Outcome(
        judged=judged,
        sent={arm: _sizes(signal) for arm, signal in signals.items()},
        playbacks=log.playbacks,
        activities=len(log.playback) + len(log.feedback),
        satisfied=log.satisfied / log.starts,
    )


def _sizes(signal: Signal) -> Sent:
    return Sent(signal.types.total(), signal.calls, dict(signal.types))


def _judged(
    world: World, log: Log, signals: Mapping[Arm, Signal], quotas: Quotas
) -> Iterator[tuple[str, Judged]]:
    rows = {arm: signal.store.for_training() for arm, signal in signals.items()}
    disliked = {Arm.OURS: signals[Arm.OURS].disliked, Arm.PLAYS: dislikes(log)}
    models: dict[tuple[Arm, int], TrainedModel] = {}
    for variant in (*VARIANTS, *LOOKS):
        key = (variant.arm, id(variant.selection))
        if key not in models:
            models[key] = _train(variant.selection, rows[variant.arm], quotas)
        scores = _scores(models[key], world, is_flat=variant.is_flat)
        if variant.excludes:
            for user_id, item_id in disliked[variant.arm]:
                scores[_number(user_id), _number(item_id)] = -np.inf
        yield variant.name, _judge(world, log.started, scores)


def _number(identifier: str) -> int:
    return int(identifier.rpartition("-")[2])


def _train(selection: Selection, rows: Sequence[Interaction], quotas: Quotas) -> TrainedModel:
    model = train(RECIPE, selection, rows, position=len(rows), quotas=quotas)
    if isinstance(model, Failed):
        raise TypeError(model)
    return model


def _scores(model: TrainedModel, world: World, *, is_flat: bool) -> NDArray[np.float64]:
    viewers, items = world.taste.shape
    rows = []
    for viewer in range(viewers):
        user_id = f"viewer-{viewer}"
        touches = model.data.touches.get(user_id, ())
        history = summed(touches) if is_flat else model.history(user_id, ())
        rows.append(scores_for(model, history, items))
    return np.array(rows)


def _judge(world: World, started: NDArray[np.bool_], scores: NDArray[np.float64]) -> Judged:
    everything = np.ones(world.taste.shape[1], dtype=np.bool_)
    rows = list(zip(scores, world.taste, started, strict=True))
    return Judged(
        mean_quality([quality(row, taste, ~seen) for row, taste, seen in rows]),
        mean_quality([quality(row, taste, everything) for row, taste, _ in rows]),
    )
