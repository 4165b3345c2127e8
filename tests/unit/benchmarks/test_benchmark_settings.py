"""The benchmark runs the deployed handler, so its environment has to be a whole one."""

from ingestion.settings.record_playback import RecordPlaybackSettings

from tests.benchmarks.throughput import SETTINGS


def test_the_benchmark_sets_all_that_the_function_reads() -> None:
    """A new setting must not first be missed by whoever measures."""
    settings = RecordPlaybackSettings.model_validate(SETTINGS)
    assert settings.max_concurrent_calls == 32
