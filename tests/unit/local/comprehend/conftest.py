"""What the tests of the emulator share."""

import pytest
from vader import SentimentIntensityAnalyzer

from local.comprehend import ComprehendEmulator
from local.comprehend.spanish import SpanishAnalyzer


@pytest.fixture
def emulator() -> ComprehendEmulator:
    """An emulator that nobody has called yet."""
    return ComprehendEmulator()


@pytest.fixture(scope="session")
def spanish() -> SpanishAnalyzer:
    """The scorer of Spanish sentences."""
    return SpanishAnalyzer(SentimentIntensityAnalyzer())
