"""The batches that are measured: Kinesis events as Lambda hands them to `record_playback`."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from scripts.lambda_events import kinesis
from scripts.sample_events import playback, totals


@dataclass(frozen=True)
class Load:
    """A batch of records and how often it is measured."""

    name: str
    records: int
    visits: int
    rounds: int

    def event(self, salt: int) -> dict[str, Any]:
        """A Kinesis event in which every record crosses `Watch` once."""
        return kinesis(
            playback(number, 60.0, 10.0, **_of_visit(salt, number, self.visits))
            for number in range(self.records)
        )

    @property
    def fewest_calls(self) -> int:
        """Σ ⌈n / 10⌉ over the visits: as few as can be, as a call takes ten events of a visit."""
        each, larger = divmod(self.records, self.visits)
        return larger * -(-(each + 1) // 10) + (self.visits - larger) * -(-each // 10)


def _of_visit(salt: int, number: int, visits: int) -> dict[str, Any]:
    return {
        "activity_id": f"a-{salt}-{number}",
        "playback_id": f"p-{salt}-{number}",
        "user_id": f"u-{number % visits}",
        "visit_id": f"v-{number % visits}",
    }


def day(records: int) -> dict[str, Any]:
    """A batch of a usual day: of 25 activities one crosses a threshold, the others cross nothing.

    As a film of 100 minutes with a heartbeat each 10 seconds is told by our tracker, with pauses,
    seeks and what a player knows of its surroundings.
    """
    return kinesis(_of_day(number) for number in range(records))


_OF_A_PLAYER: Final[Mapping[str, Any]] = {
    "source": {"tracker": "web", "version": "1.4.2"},
    "consent": {"state": "granted", "gpc": False},
    "context": {"device_type": "tv"},
    "recommendation_id": "RID-4f1c2a9e-0b77-4f2d-9d1e-5e3c",
}
_CROSSING_EVERY: Final = 25
_FILM_S: Final = 6000.0


def _of_day(number: int) -> dict[str, Any]:
    crosses = number % _CROSSING_EVERY == 0
    before_s = 295.0 if crosses else 40.0 + number % 200
    now_s = before_s + 10.0
    seen = {"duration_s": _FILM_S}
    told = playback(number % 300, now_s, before_s, **_of_visit(0, number, 64))
    return told | {
        "occurred_at_ms": told["occurred_at_ms"] - round(now_s * 1000),
        "type": "pause" if number % 40 == 0 else "heartbeat",
        "totals": totals(now_s) | seen,
        "before": told["before"] | seen,
        **_OF_A_PLAYER,
    }


LOADS: Final = (
    Load("burst, 100 records of 64 visits", 100, 64, 7),
    Load("burst, 1,000 records of 64 visits", 1000, 64, 3),
    Load("ungroupable, 100 records of 100 visits", 100, 100, 7),
)
