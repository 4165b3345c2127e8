"""Training: what it needs, what it looks at, and what comes out."""

from typing import Any

import pytest

from local.personalize import EmulatedError, Progress, Quotas
from tests.unit.local.personalize.world import (
    INTERACTION_FIELDS,
    SMALL,
    START,
    World,
    an_event,
)

METRICS = {
    "coverage",
    "mean_reciprocal_rank_at_25",
    *(f"precision_at_{k}" for k in (5, 10, 25)),
    *(f"normalized_discounted_cumulative_gain_at_{k}" for k in (5, 10, 25)),
}


def failure(world: World, group: str, **solution: Any) -> str:
    """Trains in vain and gives the reason."""
    version = world.version(world.solution(group, **solution))
    shown = world.described("SolutionVersion", version)
    assert shown["status"] == "CREATE FAILED"
    return shown["failureReason"]


def test_real_minimums_are_those_of_the_guide() -> None:
    """999 interactions are too few and the thousandth suffices."""
    world = World(quotas=Quotas())
    group, tracker = world.live_group()
    for user in range(37):
        for call in range(3):
            events = [an_event(f"i{call}{n}", at=START - call * 9 - n) for n in range(9)]
            world.put(tracker, *events, userId=f"u{user}", sessionId=f"s{user}")

    assert failure(world, group) == (
        "Dataset has fewer than 1000 interactions after filtering by event type"
    )
    world.put(tracker, an_event("one more"))
    assert world.status("SolutionVersion", world.version(world.solution(group))) == "ACTIVE"


@pytest.mark.parametrize("strangers", [0, 600])
def test_users_with_two_interactions_are_counted(strangers: int) -> None:
    """Five of them are needed here, and one in a hundred of all users."""
    world = World(quotas=SMALL)
    group, tracker = world.live_group()
    users = 5 if strangers else 4
    world.fill(tracker, users=users, each=10)
    for number in range(strangers):
        world.put(tracker, userId=f"stranger{number}", sessionId=f"s{number}")

    assert (
        failure(world, group) == "Dataset has fewer than 5 users with at least 2 interactions each"
    )


def test_a_group_without_interactions_cannot_train(world: World) -> None:
    """There is no dataset to read."""
    assert "no item interactions dataset" in failure(world, world.group())


def test_too_many_event_types_fail_the_training(world: World) -> None:
    """PutEvents took them all; the training says what is wrong."""
    group, tracker = world.live_group()
    world.fill(tracker)
    for number in range(8):
        world.put(tracker, an_event(eventType=f"Type{number}"))

    assert "9 distinct event types and 2 optional columns" in failure(world, group)


def test_only_the_solutions_event_type_counts(world: World) -> None:
    """Clicks do not help a solution that trains on watching."""
    group, tracker = world.live_group()
    world.fill(tracker, eventType="Click")

    assert "after filtering by event type" in failure(world, group, eventType="Watch")
    version = world.version(world.solution(group, eventType="Click"))
    assert world.status("SolutionVersion", version) == "ACTIVE"


def test_the_threshold_of_values_is_inclusive(world: World) -> None:
    """A value equal to the threshold counts, a missing one does not."""
    group, tracker = world.live_group()
    world.fill(tracker, eventValue=0.5)

    def with_threshold(text: str) -> dict[str, Any]:
        return {"eventType": "Watch", "solutionConfig": {"eventValueThreshold": text}}

    assert "after filtering" in failure(world, group, **with_threshold("0.6"))
    version = world.version(world.solution(group, **with_threshold("0.5")))
    assert world.status("SolutionVersion", version) == "ACTIVE"


def test_events_config_leaves_out_what_it_does_not_list(world: World) -> None:
    """Listed types count by weight and threshold; the others not at all."""
    group, tracker = world.live_group()
    world.fill(tracker)

    def listing(*types: dict[str, Any]) -> dict[str, Any]:
        return {"solutionConfig": {"eventsConfig": {"eventParametersList": list(types)}}}

    assert "after filtering" in failure(world, group, **listing({"eventType": "Like"}))
    assert "after filtering" in failure(
        world, group, **listing({"eventType": "Watch", "eventValueThreshold": 0.1})
    )
    version = world.version(world.solution(group, **listing({"eventType": "Watch"})))
    assert world.status("SolutionVersion", version) == "ACTIVE"


def test_weights_change_the_order(world: World) -> None:
    """Items liked by few beat items clicked by many, where a like weighs more."""
    group, tracker = world.live_group(INTERACTION_FIELDS)
    world.fill(tracker)
    for user in range(6):
        world.put(tracker, an_event("clicked", eventType="Click"), userId=f"c{user}")
    for user in range(4):
        world.put(tracker, an_event("liked", eventType="Like"), userId=f"l{user}")

    def best(click: float, like: float) -> str:
        types = [("Click", click), ("Like", like), ("Watch", 0.01)]
        listed = [{"eventType": name, "weight": weight} for name, weight in types]
        config = {"eventsConfig": {"eventParametersList": listed}}
        version = world.version(world.solution(group, solutionConfig=config))
        return world.recommended(world.campaign(version), userId="nobody", numResults=1)[0]

    world.emulator.faults.clear()
    assert best(click=1, like=0.1) == "clicked"
    world.control("DeleteCampaign", campaignArn=only_campaign(world))
    assert best(click=0.1, like=1) == "liked"


def only_campaign(world: World) -> str:
    """Finds the one campaign there is."""
    [summary] = world.control("ListCampaigns")["campaigns"]
    return summary["campaignArn"]


def test_repeated_events_do_not_help_a_training(world: World) -> None:
    """The minimum counts interactions, not deliveries."""
    group, tracker = world.live_group()
    for _ in range(100):
        world.put(tracker, an_event(eventId="same"))

    assert "fewer than 40 interactions" in failure(world, group)


def test_metrics_have_awss_names_and_are_measured(world: World) -> None:
    """Two camps of viewers are easy to tell apart, and numbers lie between zero and one."""
    group, tracker = world.live_group()
    world.fill(tracker, users=40, each=8)
    version = world.version(world.solution(group))

    metrics = world.control("GetSolutionMetrics", solutionVersionArn=version)["metrics"]
    assert set(metrics) == METRICS
    assert all(0 <= value <= 1 for value in metrics.values())
    assert metrics["mean_reciprocal_rank_at_25"] > 0.1


def test_metrics_of_an_unfinished_version_are_not_given() -> None:
    """AWS answers ResourceInUseException until the training is over."""
    world = World(progress=Progress(in_progress_s=60))
    group = world.group()
    world.clock.advance(60)
    solution = world.solution(group)
    world.clock.advance(60)
    version = world.version(solution)

    with pytest.raises(EmulatedError, match="ResourceInUseException"):
        world.control("GetSolutionMetrics", solutionVersionArn=version)


def test_the_training_mode_update_is_for_one_recipe(world: World) -> None:
    """User-Personalization (v1) takes it, once there is a version."""
    group, tracker = world.live_group()
    world.fill(tracker)
    newer = world.solution(group)
    older = world.solution(group, "aws-user-personalization")
    for solution in (newer, older):
        with pytest.raises(EmulatedError, match="UPDATE needs User-Personalization"):
            world.version(solution, trainingMode="UPDATE")
        world.version(solution)

    updated = world.version(older, trainingMode="UPDATE")
    assert world.described("SolutionVersion", updated)["trainingMode"] == "UPDATE"
    with pytest.raises(EmulatedError, match="UPDATE needs User-Personalization"):
        world.version(newer, trainingMode="UPDATE")


def test_a_training_reads_what_is_there_when_it_begins() -> None:
    """Events that come while it runs wait for the next one."""
    world = World(progress=Progress(in_progress_s=100))
    group = world.group()
    world.emulator.complete(group)
    world.emulator.complete(world.dataset(group))
    tracker = world.tracker(group)
    [summary] = world.control("ListEventTrackers")["eventTrackers"]
    world.emulator.complete(summary["eventTrackerArn"])
    solution = world.solution(group)
    world.emulator.complete(solution)
    world.fill(tracker)
    version = world.version(solution)

    for number in range(50):
        world.put(tracker, an_event("late"), userId=f"late{number}", sessionId="s")
    world.clock.advance(100)
    campaign = world.campaign(version)
    world.clock.advance(100)

    assert "late" not in world.recommended(campaign, userId="nobody", numResults=100)
