"""Figures of builds that pass every gate, to be bent where a test wants them bent."""

from typing import Any

from nightly.domain.build_record import BuildRecord, Outcome
from nightly.domain.days import Day, Days
from nightly.domain.findings import GateVerdict
from nightly.domain.statistics import Bin, BuildStatistics, DayCount, ItemCount

LAST = Day.named("2026-11-23")
TEN_DAYS = Days(LAST.plus(-9), LAST)


def days_of(*counts: int, last: Day = LAST) -> tuple[DayCount, ...]:
    """So many interactions on each of some days in a row; days of none are not there."""
    first = last.plus(1 - len(counts))
    days = zip(Days(first, last), counts, strict=True)
    return tuple(DayCount(str(day), count) for day, count in days if count)


def bins_of(*counts: int) -> tuple[Bin, ...]:
    """Shares watched, in equal bins."""
    return tuple(
        Bin(at / len(counts), (at + 1) / len(counts), count) for at, count in enumerate(counts)
    )


def items_of(*counts: int) -> tuple[ItemCount, ...]:
    """Items from the top."""
    return tuple(ItemCount(f"item-{at}", count) for at, count in enumerate(counts))


def some_statistics(**fields: Any) -> BuildStatistics:
    """Ten even days of a service that Personalize would be glad of."""
    usual: dict[str, Any] = {
        "rows": 60_000,
        "outcomes": {"below_threshold": 5_000, "ok": 60_000},
        "event_types": {"Click": 20_000, "Complete": 10_000, "Watch": 30_000},
        "span_s": (1_795_000_000, 1_795_800_000),
        "users": {
            "users": 1_500,
            "interactions": 60_000,
            "with_two": 1_400,
            "with_ten": 900,
            "most": 300,
        },
        "items": {"items": 200, "most": 900},
        "archived": {"ok": 6_500, "late": 10, "repeated": 200},
        "last_day": str(LAST),
        "daily": days_of(*([6_000] * 10)),
        "completion": bins_of(*([2_000] * 20)),
        "nulls": {"EVENT_VALUE": 0.1, "RECOMMENDATION_ID": 0.9},
        "popular_items": items_of(*range(900, 400, -10)),
    }
    return BuildStatistics(**usual | fields)


def a_record(build: str = "night-2026-11-24", **fields: Any) -> BuildRecord:
    """A night that went well."""
    usual: dict[str, Any] = {
        "build": build,
        "night": "2026-11-24",
        "made_at": "2026-11-24T03:04:05Z",
        "days": "all",
        "statistics": some_statistics(),
        "gate": GateVerdict(),
        "plan": {"kind": "none", "reasons": ["Everything was delivered."]},
        "cost": {"total_usd": 0.12, "text": "The night costs about 0.12 USD."},
        "import_": None,
        "training": {
            "solution_version_arn": "arn:aws:personalize:us-east-1:123456789012:solution/s/1",
            "metrics": {"normalized_discounted_cumulative_gain_at_25": 0.21, "coverage": 0.3},
            "judgement": {"accepted": True, "reasons": []},
        },
        "outcome": Outcome.ACCEPTED,
        "reasons": ("The new version is live.",),
    }
    return BuildRecord(**usual | fields)
