"""The world of the emulator's tests."""

import pytest

from tests.unit.local.personalize.world import World


@pytest.fixture
def world() -> World:
    """An empty Personalize whose creations are done at once, with small minimums."""
    return World()
