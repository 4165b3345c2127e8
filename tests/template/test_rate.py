"""All who send interactions together stay within Personalize's quota of calls."""

from collections.abc import Callable
from typing import Any

import pytest
from ingestion.settings.record_feedback import RecordFeedbackSettings
from ingestion.settings.record_playback import RecordPlaybackSettings
from ingestion.settings.recorders import RecorderSettings

type Json = dict[str, Any]

QUOTA_CALLS_PER_S = 1000  # PutEvents, for a dataset group (guide, quotas)


def settings_of[S: RecorderSettings](kind: type[S], functions: Json) -> S:
    """Return the settings that a function of the template reads."""
    name = kind.__name__.removesuffix("Settings")
    variables = functions[f"{name}Function"]["Environment"]["Variables"]
    return kind.model_validate({key: str(value) for key, value in variables.items()})


@pytest.fixture
def playback(functions: Json) -> RecordPlaybackSettings:
    """Return the settings of `record_playback` by the template's defaults."""
    return settings_of(RecordPlaybackSettings, functions)


@pytest.fixture
def feedback(functions: Json) -> RecordFeedbackSettings:
    """Return the settings of `record_feedback` by the template's defaults."""
    return settings_of(RecordFeedbackSettings, functions)


def test_playbacks_keep_their_share(playback: RecordPlaybackSettings, functions: Json) -> None:
    """Lambda runs no more environments than the rate was divided by."""
    at_once = functions["RecordPlaybackFunction"]["ReservedConcurrentExecutions"]

    assert playback.calls_per_s * at_once == pytest.approx(0.7 * QUOTA_CALLS_PER_S)


def test_feedback_keeps_its_share(
    feedback: RecordFeedbackSettings, event_source_mappings: Json
) -> None:
    """Both queues count: each mapping has a limit of its own."""
    at_once = sum(
        mapping["ScalingConfig"]["MaximumConcurrency"]
        for name, mapping in event_source_mappings.items()
        if name.startswith("RecordFeedbackFunction")
    )

    assert feedback.calls_per_s * at_once == pytest.approx(0.2 * QUOTA_CALLS_PER_S)


def test_the_shares_leave_something_for_replays(
    playback: RecordPlaybackSettings, feedback: RecordFeedbackSettings
) -> None:
    """Whoever sends again what was archived must not throttle the living."""
    assert playback.share_of_calls + feedback.share_of_calls <= 0.9


def test_the_parallel_batches_of_a_new_stream_are_those_that_may_run(
    event_source_mappings: Json, functions: Json
) -> None:
    """An on-demand stream begins with four shards (developer guide, capacity modes)."""
    mapping = event_source_mappings["RecordPlaybackFunction"]
    at_once = functions["RecordPlaybackFunction"]["ReservedConcurrentExecutions"]

    assert mapping["ParallelizationFactor"] * 4 == at_once


def test_a_small_account_reserves_nothing(deploy: Callable[..., Json]) -> None:
    """New accounts have a concurrency of ten and may reserve none of it."""
    resources = deploy(ReservePlaybackConcurrency="false")
    function = resources["RecordPlaybackFunction"]["Properties"]

    assert "ReservedConcurrentExecutions" not in function
