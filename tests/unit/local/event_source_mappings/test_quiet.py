"""Idle means: nothing left, and nothing under way that could bring something."""

from collections.abc import Callable

from local.event_source_mappings.invoker import Activity
from local.event_source_mappings.quiet import is_quiet


class Source:
    """A source that has nothing left; something may happen while it is looked at."""

    def __init__(self, meanwhile: Callable[[], None] = lambda: None) -> None:
        self._meanwhile = meanwhile

    def is_drained(self) -> bool:
        """Say yes."""
        self._meanwhile()
        return True


class Full(Source):
    """A source with something left."""

    def is_drained(self) -> bool:
        """Say no."""
        return False


def test_all_sources_must_be_drained() -> None:
    """One that is not is enough to go on waiting; none at all is quiet."""
    assert is_quiet([Source(), Source()], Activity())
    assert not is_quiet([Source(), Full()], Activity())
    assert is_quiet([], Activity())


def test_an_invocation_that_ends_between_two_looks_may_have_filled_the_first_source() -> None:
    """So the answer is no, although each source was drained when it was looked at."""
    activity = Activity()

    assert not is_quiet([Source(), Source(meanwhile=activity.note)], activity)
    assert is_quiet([Source(), Source()], activity)
