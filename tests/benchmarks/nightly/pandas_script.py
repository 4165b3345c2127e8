"""What the nightly build is compared with: a pandas script that makes the same file.

    .venv-bench-nightly/bin/python pandas_script.py ARCHIVE OUT.csv

Written as one would in a notebook, with what costs nothing: pyarrow strings, only the columns that
are used, vectorised conditions. It knows the default rules alone and no rejections, and it neither
reads its file back nor counts anything but reasons.
"""

import json
import sys
from pathlib import Path
from typing import Any

import pandas as pd

ID = r"[A-Za-z0-9][A-Za-z0-9._:-]{0,255}"
SOURCE = r"[A-Za-z0-9._:/?=&%+@~;!*$()\[\]<>^|`-]{1,100}"
PLACEHOLDERS = ["0", "anonymous", "guest", "nan", "nil", "none", "null", "undefined", "unknown"]
SAME = ["day", "user_id", "item_id", "ts", "event_type", "event_value", "recommendation_id"]
SAME += ["impressions", "event_source", "context_device_type", "guest", "visit"]
HEADER = {
    "trained_user": "USER_ID",
    "item_id": "ITEM_ID",
    "ts": "TIMESTAMP",
    "event_type": "EVENT_TYPE",
    "event_value": "EVENT_VALUE",
    "recommendation_id": "RECOMMENDATION_ID",
    "impressions": "IMPRESSION",
    "event_source": "EVENT_ATTRIBUTION_SOURCE",
    "context_device_type": "DEVICE_TYPE",
}


def read(archive: Path) -> pd.DataFrame:
    """All rows of all days, with their day of arrival."""
    days = []
    for file in sorted(archive.glob("interactions/dt=*/hh=*/*.parquet")):
        rows = pd.read_parquet(file, dtype_backend="pyarrow")
        day = pd.Timestamp(file.parents[1].name.removeprefix("dt="))
        days.append(rows.assign(day=day.value // 86_400_000_000_000))
    return pd.concat(days, ignore_index=True)


def reasons(df: pd.DataFrame) -> pd.Series:
    """The first rule that each row breaks, or `ok`."""
    reason = pd.Series("ok", index=df.index, dtype="string[pyarrow]")
    late = df.occurred_at_ms < df.arrived_at_ms - 172_800_000
    late &= df.tracker.fillna("") != "none"
    skewed = df.occurred_at_ms > df.arrived_at_ms + 300_000
    value = df.event_value.isna() | df.event_value.between(0, 1)
    rules: list[tuple[str, Any]] = [
        ("skewed", skewed),
        ("late", late),
        ("bad_impressions", df.impressions.notna() & ~df.impressions.str.len().le(1000)),
        ("bad_event_source", df.event_source.notna() & ~df.event_source.str.fullmatch(SOURCE)),
        ("bad_totals", ~(df.completion.isna() | df.completion.between(0, 1))),
        ("bad_event_value", ~value),
        ("bad_item_id", df.item_id.isna() | ~df.item_id.str.fullmatch(ID)),
    ]
    for name in ("visit_id", "guest_id", "user_id"):
        known = df[name].str.lower().isin(PLACEHOLDERS)
        rules.append((f"bad_{name}", df[name].notna() & (~df[name].str.fullmatch(ID) | known)))
    for name, breaks in rules:
        reason[breaks.fillna(value=False).astype(bool)] = name
    return reason


def settled(good: pd.DataFrame) -> pd.DataFrame:
    """One row an event: the first that was sent, with the totals of the day's highest version."""
    good["first_day"] = good.event_id.map(good[good.to_send].groupby("event_id").day.min())
    good = good[good.first_day == good.day]
    good = good.assign(raise_=~good.to_send)
    totals = ["event_value", "unique_s", "watch_time_s", "duration_s", "completion"]
    order = ["event_id", "version", "raise_", "arrived_at_ms"]
    newest = good.sort_values(order, ascending=[True, False, True, True])
    newest = newest.drop_duplicates("event_id").set_index("event_id")[totals]
    first = good.sort_values(["event_id", "raise_", "arrived_at_ms"]).drop_duplicates("event_id")
    first = first.drop(columns=totals).join(newest, on="event_id")
    first["event_value"] = (first.event_value * 10_000 + 0.5).floordiv(1) / 10_000
    first["ts"] = first.occurred_at_ms // 1000
    first["guest"] = first.guest_id.where(first.user_id.isna())
    first["visit"] = first.visit_id.where(first.user_id.isna())
    return first.drop_duplicates(SAME)


def linked(clean: pd.DataFrame) -> pd.Series:
    """Of each guest's interaction the user of the next one in the visit that names a user."""
    guests = clean.loc[clean.user_id.isna(), ["event_id", "visit_id", "ts", "day"]]
    members = clean.loc[clean.user_id.notna(), ["visit_id", "ts", "day", "user_id"]]
    pairs = guests.merge(members, on="visit_id", suffixes=("", "_member"))
    near = (pairs.day_member - pairs.day).abs() <= 1
    pairs = pairs[near & (pairs.ts_member >= pairs.ts)]
    pairs = pairs.assign(published=pairs[["day", "day_member"]].max(axis=1))
    pairs = pairs.sort_values(["published", "ts_member", "user_id"]).drop_duplicates("event_id")
    return pairs.set_index("event_id").user_id


def training(clean: pd.DataFrame) -> tuple[pd.DataFrame, dict[str, int]]:
    """The rows of the file under the default thresholds, and what became of the others."""
    clean["trained_user"] = clean.user_id.fillna(clean.event_id.map(linked(clean)))
    watch, complete = clean.event_type == "Watch", clean.event_type == "Complete"
    least = (clean.duration_s * 0.5).clip(upper=300.0)
    short = watch & clean.duration_s.notna() & (clean.unique_s < least)
    short |= watch & clean.duration_s.isna() & (clean.watch_time_s < 60)
    short |= complete & (
        (clean.completion < 0.9) | (clean.completion.isna() & clean.unique_s.notna())
    )
    short = short.fillna(value=False)
    wanted = clean.event_type != "Dislike"
    outcome = {
        "no_user": int(clean.trained_user.isna().sum()),
        "below_threshold": int((short & clean.trained_user.notna()).sum()),
    }
    return clean[clean.trained_user.notna() & wanted & ~short], outcome


def main() -> None:
    """Read, check, deduplicate, link, filter, count, write."""
    archive, out = map(Path, sys.argv[1:])
    df = read(archive)
    df["reason"] = reasons(df)
    counts = df.groupby("reason").size().to_dict()
    clean = settled(df[df.reason == "ok"])
    rows, outcome = training(clean)
    per_user = rows.groupby("trained_user").size()
    report = {
        "reasons": counts,
        "outcomes": outcome,
        "rows": len(rows),
        "users": len(per_user),
        "with_two": int((per_user >= 2).sum()),
        "items": int(rows.item_id.nunique()),
    }
    file = rows[list(HEADER)].rename(columns=HEADER)
    file["EVENT_VALUE"] = file.EVENT_VALUE.map("{:.4f}".format, na_action="ignore")
    file.to_csv(out, index=False)
    sys.stdout.write(json.dumps(report, default=int) + "\n")


if __name__ == "__main__":
    main()
