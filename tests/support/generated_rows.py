"""Any number of realistic rows: visits of viewers, some of whom sign in, told late, twice or badly.

Made by SQL out of hashes, so a number of rows and a seed always give the same rows, and ten
millions take half a minute. The layout is that of the archive, as typed Parquet or JSON Lines.
"""

from pathlib import Path

import duckdb
from nightly.domain.days import Day

from tests.support.nightly import DAY_MS, NOON_MS

# A visit makes about 9.3 rows.
_ROWS_PER_VISIT = 9.3

_CHANCE = """
CREATE MACRO chance(what, seed, i, j, k) AS
  CAST(hash(what || '/' || seed || '/' || i || '/' || j || '/' || k) % 1000003 AS DOUBLE) / 1000003;
"""

_VISITS = """
CREATE TEMP TABLE visits AS
SELECT i,
       'v-' || i AS visit_id,
       CAST(pow(chance('user', {seed}, i, 0, 0), 2) * {users} AS BIGINT) AS viewer,
       {start_ms} + CAST(floor(chance('day', {seed}, i, 0, 0) * {days}) AS BIGINT) * {day_ms}
         + CAST(chance('time', {seed}, i, 0, 0) * {day_ms} AS BIGINT) AS began_ms,
       1 + CAST(chance('length', {seed}, i, 0, 0) * 5 AS BIGINT) AS playbacks,
       CASE WHEN chance('guest', {seed}, i, 0, 0) < 0.25
            THEN CASE WHEN chance('sign-in', {seed}, i, 0, 0) < 0.5
                      THEN 2 + CAST(chance('when', {seed}, i, 0, 0) * 4 AS BIGINT) ELSE 99 END
            ELSE 1 END AS signed_in_from,
       CASE WHEN chance('device', {seed}, i, 0, 0) < 0.5 THEN 'tv'
            WHEN chance('device', {seed}, i, 0, 0) < 0.8 THEN 'phone' END AS device
FROM range({visits}) t(i);
"""

_PLAYBACKS = """
CREATE TEMP TABLE playbacks AS
SELECT visits.*, p, 'p-' || i || '-' || p AS playback_id,
       'item-' || CAST(pow(chance('item', {seed}, i, p, 0), 3) * {items} AS BIGINT) AS item_id,
       began_ms + (p - 1) * 1500000 AS started_ms,
       CAST(60 + floor(chance('duration', {seed}, i, p, 0) * 7000) AS DOUBLE) AS duration_s,
       least(1.0, chance('watched', {seed}, i, p, 0) * 1.3) AS completion,
       p >= signed_in_from AS is_member,
       chance('live', {seed}, i, p, 0) < 0.03 AS is_live
FROM visits, range(1, 7) t(p)
WHERE p <= playbacks;
"""

# Click, Watch at the threshold, Complete, Like, and the rest that raises the watch.
_TOLD = """
CREATE TEMP TABLE told AS
SELECT playbacks.*, k, event_type, k < 4 AS to_send,
       CASE k WHEN 1 THEN least(completion, 0.5) WHEN 2 THEN 0.9 WHEN 4 THEN completion END
         AS reached
FROM playbacks, (VALUES (0, 'Click'), (1, 'Watch'), (2, 'Complete'), (3, 'Like'), (4, 'Watch'))
                kinds(k, event_type)
WHERE k = 0 OR (k = 1 AND completion >= 0.4) OR (k = 2 AND completion >= 0.9)
   OR (k = 3 AND chance('like', {seed}, i, p, 0) < 0.06) OR (k = 4 AND completion >= 0.6);
"""

_ROWS = """
CREATE TEMP TABLE single AS
SELECT sha256(playback_id || '/' || is_member || '/' || event_type) AS event_id,
       CAST(round(coalesce(reached, 0) * duration_s * 1000) AS BIGINT) AS version,
       event_type,
       CASE WHEN event_type = 'Like' THEN 1.0 WHEN event_type = 'Click' OR is_live THEN NULL
            ELSE round(reached, 4) END AS event_value,
       CASE WHEN is_member THEN 'u-' || viewer END AS user_id,
       CASE WHEN NOT is_member THEN 'g-' || (viewer * 7 + i % 3) END AS guest_id,
       visit_id, item_id,
       started_ms + CAST(coalesce(reached, 0) * duration_s * 1000 AS BIGINT) AS occurred_at_ms,
       CASE WHEN chance('offline', {seed}, i, p, 0) < 0.01
            THEN CAST(chance('offline', {seed}, i, p, 1) * 260000000 AS BIGINT)
            ELSE CAST(chance('way', {seed}, i, p, k) * 30000 AS BIGINT) END AS way_ms,
       CASE WHEN chance('shown', {seed}, i, p, 0) < 0.3
            THEN 'r-' || CAST(chance('shown', {seed}, i, p, 0) * 1000000 AS BIGINT) END
         AS recommendation_id,
       CASE WHEN chance('shown', {seed}, i, p, 0) < 0.1
            THEN item_id || '|item-' || (i % 50) END AS impressions,
       CASE WHEN chance('source', {seed}, i, p, 0) < 0.05 THEN 'home/page' END AS event_source,
       to_send,
       CASE WHEN event_type <> 'Like' THEN coalesce(reached, 0) * duration_s END AS unique_s,
       CASE WHEN event_type <> 'Like' THEN coalesce(reached, 0) * duration_s END AS watch_time_s,
       CASE WHEN event_type <> 'Like' AND NOT is_live THEN duration_s END AS duration_s,
       CASE WHEN event_type <> 'Like' AND NOT is_live THEN round(coalesce(reached, 0), 4) END
         AS completion,
       device AS context_device_type, i, p, k
FROM told;
"""

# Three in a hundred are told again, every fifth of those up to 2.5 days later; some are bad.
# Halfway there is another tracker; a few rows are of none, or from before trackers were kept.
_COPIES = """
CREATE TEMP TABLE rows AS
SELECT * REPLACE (
         CASE WHEN chance('bad', {seed}, i, p, k) < 0.0005 THEN NULL
              WHEN chance('bad', {seed}, i, p, k) < 0.0010 THEN '' ELSE item_id END AS item_id,
         CASE WHEN chance('bad', {seed}, i, p, k) BETWEEN 0.0010 AND 0.0015 THEN 'a,b'
              WHEN chance('bad', {seed}, i, p, k) BETWEEN 0.0015 AND 0.0020
              THEN repeat('x', 300) ELSE user_id END AS user_id,
         CASE WHEN chance('bad', {seed}, i, p, k) BETWEEN 0.0020 AND 0.0025 THEN 7.5
              ELSE event_value END AS event_value,
         CASE WHEN chance('bad', {seed}, i, p, k) BETWEEN 0.0025 AND 0.0055
              THEN occurred_at_ms + 400000 ELSE occurred_at_ms END AS occurred_at_ms),
       occurred_at_ms + way_ms + again_ms AS arrived_at_ms,
       CASE WHEN chance('tracker', {seed}, i, p, k) < 0.05 THEN NULL
            WHEN chance('tracker', {seed}, i, p, k) < 0.08 THEN 'none'
            WHEN occurred_at_ms + way_ms + again_ms
                 < {start_ms} + CAST({days} AS BIGINT) * {day_ms} // 2
            THEN 'aaaaaaaaaaaaaaaa' ELSE 'bbbbbbbbbbbbbbbb' END AS tracker
FROM (
  SELECT *, 0 AS again_ms FROM single
  UNION ALL
  SELECT *, CAST(CASE WHEN chance('again', {seed}, i, p, k) < 0.006
                      THEN chance('delay', {seed}, i, p, k) * 216000000
                      ELSE chance('delay', {seed}, i, p, k) * 600000 END AS BIGINT) + 1
  FROM single WHERE chance('again', {seed}, i, p, k) < 0.03
);
"""

_COLUMNS = """event_id, version, event_type, event_value, user_id, guest_id, visit_id, item_id,
       occurred_at_ms, arrived_at_ms, recommendation_id, {impressions}, event_source, to_send,
       unique_s, watch_time_s, duration_s, completion, tracker, {context}"""


def generate(
    archive: Path, rows: int, *, seed: int = 1, days: int = 30, as_json: bool = False
) -> None:
    """Write about so many rows to `interactions/` in a folder.

    Args:
        archive: The folder.
        rows: About how many.
        seed: Other seeds make other rows.
        days: Over how many days.
        as_json: As the recorders write them, gzipped JSON Lines; else as typed Parquet.
    """
    visits = int(rows / _ROWS_PER_VISIT)
    words = {
        "seed": seed, "days": days, "visits": visits, "users": max(visits // 6, 10),
        "items": max(visits // 40, 20), "day_ms": DAY_MS,
        "start_ms": NOON_MS - DAY_MS // 2,
    }  # fmt: skip
    archive.mkdir(parents=True, exist_ok=True)
    # What does not fit in memory goes beside the rows, and not to wherever one stands.
    with duckdb.connect(config={"temp_directory": str(archive / "temporary")}) as database:
        database.execute(_CHANCE)
        for text in (_VISITS, _PLAYBACKS, _TOLD, _ROWS, _COPIES):
            database.execute(text.format(**words))
        found = database.execute("SELECT DISTINCT arrived_at_ms // 86400000 FROM rows").fetchall()
        for (day,) in sorted(found):
            _write_day(database, archive / "interactions", Day(day), as_json=as_json)


def _write_day(
    database: duckdb.DuckDBPyConnection, place: Path, day: Day, *, as_json: bool
) -> None:
    folder = place / day.partition / "hh=12"
    folder.mkdir(parents=True, exist_ok=True)
    impressions = "coalesce(string_split(impressions, '|'), []) AS impressions"
    context = "{'device_type': context_device_type} AS context"
    columns = _COLUMNS.format(
        impressions=impressions if as_json else "impressions",
        context=context if as_json else "context_device_type",
    )
    kind = "json, COMPRESSION gzip" if as_json else "parquet, COMPRESSION zstd"
    name = "rows.jsonl.gz" if as_json else "rows.parquet"
    database.execute(
        f"COPY (SELECT {columns} FROM rows WHERE arrived_at_ms // 86400000 = {day.number})"
        f" TO '{folder / name}' (FORMAT {kind})"
    )
