"""The time of a simulated world: it passes when the world says so."""

from dataclasses import dataclass

from tests.support.builders import NOW_MS


@dataclass
class SimulatedClock:
    """Seconds since the epoch; begins at the time of every test."""

    now_s: float = NOW_MS / 1000

    def __call__(self) -> float:
        """What time it is."""
        return self.now_s

    @property
    def now_ms(self) -> int:
        """What time it is, in epoch milliseconds."""
        return round(self.now_s * 1000)

    def advance(self, seconds: float) -> None:
        """Let time pass."""
        self.now_s += seconds
