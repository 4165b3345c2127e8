"""What the models need of pytest."""

import logging
from collections.abc import Generator

import pytest


@pytest.fixture(autouse=True)
def _without_the_pumps_log() -> Generator[None]:
    """A world tells its own story; the pump's warnings about it would bury that."""
    logger = logging.getLogger("local.event_source_mappings")
    logger.propagate = False
    yield
    logger.propagate = True
