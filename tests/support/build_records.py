"""Records of builds as a service of middling size would have them, for the report and its page."""

import math
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

from nightly.domain.build_record import BuildRecord, Outcome
from nightly.domain.gates import Finding, GateVerdict, Severity
from nightly.domain.statistics import (
    PER_ONE,
    WATCH_TIME_S,
    Bin,
    BuildStatistics,
    DayCount,
    ItemCount,
)

FIRST_NIGHT = datetime(2026, 11, 24, 1, 4, 9, tzinfo=UTC)

_ROWS = 630_078
_OUT = {"no_user": 0.031, "below_threshold": 0.042, "type_left_out": 0.004, "below_value": 0.0006}
_ROW_OUT = {
    "raise": 0.21,
    "repeated": 0.0125,
    "late": 0.0031,
    "skewed": 0.0004,
    "refused": 0.0009,
    "stray_raise": 0.0021,
    "duplicate": 0.0002,
    "bad_item_id": 0.00005,
}
_MIX = {"Watch": 0.44, "Click": 0.39, "Complete": 0.15, "Like": 0.02}
_METRICS = {
    "coverage": 0.41,
    "mean_reciprocal_rank_at_25": 0.18,
    "normalized_discounted_cumulative_gain_at_10": 0.215,
    "normalized_discounted_cumulative_gain_at_25": 0.262,
    "precision_at_5": 0.071,
    "precision_at_25": 0.034,
}


def statistics(*, night: int = 0, days: int = 120, quiet: tuple[int, ...] = ()) -> BuildStatistics:
    """Figures of a build.

    Args:
        night: Its number; each has a little more than the one before, and other chances.
        days: How far back interactions go.
        quiet: Days before the newest one without any.
    """
    chance = Random(night)  # noqa: S311 - figures, no secrets
    rows = int(_ROWS * (1 + 0.006 * night))
    last = (FIRST_NIGHT + timedelta(days=night - 1)).date()
    daily = tuple(
        DayCount(str(last - timedelta(days=age)), _of_day(age, chance))
        for age in reversed(range(days))
        if age not in quiet
    )
    return BuildStatistics(
        rows=rows,
        outcomes=_parts(rows, _OUT, chance),
        event_types={
            name: int(rows * part * chance.uniform(0.97, 1.03)) for name, part in _MIX.items()
        },
        span_s=(
            int((FIRST_NIGHT + timedelta(days=night - days)).timestamp()),
            int((FIRST_NIGHT + timedelta(days=night, hours=-1.4)).timestamp()),
        ),
        users={
            "users": 21_480 + 90 * night,
            "interactions": rows,
            "with_two": 19_112,
            "with_ten": 11_873,
            "most": 1_204,
        },
        items={"items": 4_871 + 4 * night, "most": int(rows * 0.021)},
        archived=_parts(9_120 + 60 * night, _ROW_OUT, chance),
        last_day=str(last),
        daily=daily,
        completion=tuple(
            Bin(each / 20, (each + 1) / 20, _completed(each, chance)) for each in range(20)
        ),
        watch_time_s=_bins(WATCH_TIME_S, lambda at: math.exp(-((at - 7.3) ** 2) / 9), chance),
        per_user=_bins(PER_ONE, lambda at: (2.4, 2.0, 3.1, 3.6, 3.4, 2.9, 1.4, 0.7)[at], chance),
        per_item=_bins(PER_ONE, lambda at: (6.1, 3.4, 4.9, 3.6, 3.0, 2.4, 1.3, 1.1)[at], chance),
        nulls={
            "EVENT_VALUE": 0.41,
            "RECOMMENDATION_ID": 0.7,
            "IMPRESSION": 0.86,
            "EVENT_ATTRIBUTION_SOURCE": 0.0,
        },
        popular_items=_popular(rows, chance),
    )


def record(
    *,
    night: int = 0,
    outcome: Outcome = Outcome.ACCEPTED,
    findings: tuple[Finding, ...] = (),
    **changes: Any,
) -> BuildRecord:
    """A record of a night that trained; `changes` are fields of it."""
    made_at = FIRST_NIGHT + timedelta(days=night)
    usual = BuildRecord(
        build=f"night-{made_at:%Y-%m-%d}",
        night=f"{made_at:%Y-%m-%d}",
        made_at=made_at.isoformat(),
        days="all",
        statistics=statistics(night=night),
        gate=GateVerdict(findings),
        plan={
            "kind": "none",
            "reasons": ["The live tracker was sent every interaction of these days."],
        },
        cost={
            "import_usd": 0.0,
            "training_usd": 1.26,
            "ceiling_usd": 5.0,
            "priced_on": "2026-11-24",
            "is_confirmed": False,
        },
        import_=None,
        training=_training(night, is_accepted=outcome is Outcome.ACCEPTED),
        outcome=outcome,
        reasons=("7,412 interactions are new.", "The new version passed all limits."),
    )
    return replace(usual, **changes)


def history(nights: int) -> list[BuildRecord]:
    """So many nights in a row, oldest first; each seventh was judged worse."""
    return [
        record(night=night, outcome=Outcome.KEPT if night % 7 == 5 else Outcome.ACCEPTED)
        for night in range(nights)
    ]


def warning() -> Finding:
    """What a gate may say without stopping anything."""
    text = "Volume per day is 31 % above the last accepted build, more than 25 %."
    return Finding("drift_of_volume", Severity.WARNING, text, {"change": 0.31, "limit": 0.25})


def failure() -> Finding:
    """What stops a night."""
    text = "19 users have two interactions or more; Personalize needs 25."
    return Finding("users_with_two", Severity.FAILURE, text, {"users": 19, "limit": 25})


def _of_day(age: int, chance: Random) -> int:
    weekend = 1.45 if age % 7 in (1, 2) else 1.0
    return int((7_600 - 28 * age) * weekend * chance.uniform(0.9, 1.1))


def _parts(ok: int, out: dict[str, float], chance: Random) -> dict[str, int]:
    return {"ok": ok} | {
        name: int(ok * part * chance.uniform(0.85, 1.15)) for name, part in out.items()
    }


def _completed(number: int, chance: Random) -> int:
    height = 0.55 * math.exp(-number / 3) + 0.12 + (1.5 if number == 19 else 0.03 * number)
    return int(42_000 * height * chance.uniform(0.94, 1.06))


def _bins(lows: tuple[int, ...], height: Any, chance: Random) -> tuple[Bin, ...]:
    highs = (*lows[1:], None)
    return tuple(
        Bin(low, high, int(2_000 * height(at) * chance.uniform(0.95, 1.05)))
        for at, (low, high) in enumerate(zip(lows, highs, strict=True))
    )


def _popular(rows: int, chance: Random) -> tuple[ItemCount, ...]:
    counts = [
        ItemCount(
            f"film-{(rank * 37) % 997:03}",
            int(rows * 0.021 / rank**0.62 * chance.uniform(0.9, 1.1)),
        )
        for rank in range(1, 51)
    ]
    return tuple(sorted(counts, key=lambda each: (-each.interactions, each.item_id)))


def _training(night: int, *, is_accepted: bool) -> dict[str, Any]:
    chance = Random(1_000 + night)  # noqa: S311 - figures, no secrets
    worse = 1.0 if is_accepted else 0.7
    metrics = {
        name: round(value * worse * (1 + 0.004 * night) * chance.uniform(0.97, 1.03), 4)
        for name, value in _METRICS.items()
    }
    reason = f"coverage is {metrics['coverage']:.4f} and was 0.4120 in the live version."
    return {
        "solution_version_arn": "arn:aws:personalize:eu-west-1:123456789012:solution/films/1",
        "metrics": metrics,
        "judgement": {"accepted": is_accepted, "reasons": [reason]},
    }
