"""A pace for tests of everything else."""

from ingestion.application.pacing import TokenBucket

from tests.support.metadata import FakeClock


def unhurried() -> TokenBucket:
    """A pace that nobody waits for."""
    return TokenBucket(1_000_000, FakeClock())
