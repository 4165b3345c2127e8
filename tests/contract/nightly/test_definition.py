"""What the one definition makes of rows, in the engine that this process has.

That Spark makes the same of them is `make spark-check`.
"""

import os
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from nightly.application.build import REPORT, build_from_raw
from nightly.application.clean_day import archived_days, raw_files, sources
from nightly.domain.columns import TrainingColumns
from nightly.domain.days import EVER
from nightly.domain.job import Export, Format, Job
from nightly.domain.plans import cleaning
from nightly.domain.report import BuildReport
from nightly.domain.rules import BuildRules

from tests.support.nasty_rows import nasty_cases
from tests.support.nightly import (
    BUILD_RULES,
    CLEAN_RULES,
    CONTEXT,
    DAY_MS,
    ENGINE,
    NOON_MS,
    Folder,
    a_building,
    a_row,
    lines_of,
    statements,
    write_rows,
)

GOLDEN = Path(__file__).parent / "golden"


def settled(archive: Path, tmp_path: Path) -> list[tuple[str | None, str]]:
    """Event id and outcome of every row."""
    folder = Folder(archive)
    raw = sources(raw_files(folder, archived_days(folder)), CLEAN_RULES)
    steps = cleaning(statements(), CLEAN_RULES, EVER)
    export = Export("settled", Format.PARQUET, str(tmp_path / "settled.parquet"))
    answers = ENGINE.run(Job(raw, steps, (export,), ("settled",)))
    return [(row["event_id"], row["outcome"]) for row in answers["settled"]]


def built(
    tmp_path: Path, rows: list[dict[str, Any]], **rules: Any
) -> tuple[BuildReport, list[str]]:
    """What a build makes of some rows."""
    write_rows(tmp_path / "archive", rows)
    out = tmp_path / "out"
    building = a_building(out, replace(BUILD_RULES, **rules))
    report = build_from_raw(Folder(tmp_path / "archive"), CLEAN_RULES, building)
    return report, lines_of(out)


def test_every_border_ends_as_it_must(nasty: Path, tmp_path: Path) -> None:
    """Each row of the nasty set says how it has to end; none is lost and none is made."""
    expected = Counter((row["event_id"], outcome) for row, outcome in nasty_cases())
    assert Counter(settled(nasty, tmp_path)) == expected


def test_the_file_of_the_nasty_set_is_the_golden_one(nasty: Path, tmp_path: Path) -> None:
    """Rows and report stay what they were, or the difference is read and meant."""
    build_from_raw(Folder(nasty), CLEAN_RULES, a_building(tmp_path))
    found = {
        "training.csv": "\n".join(lines_of(tmp_path)) + "\n",
        "report.json": (tmp_path / REPORT).read_text(),
    }
    if os.environ.get("GOLDEN") == "write":
        GOLDEN.mkdir(exist_ok=True)
        for name, text in found.items():
            (GOLDEN / name).write_text(text)
    assert found == {name: (GOLDEN / name).read_text() for name in found}


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.00005, "0.0001"), (0.33335, "0.3334"), (0.12345, "0.1235"), (0.5, "0.5000"),
     (-0.0, "0.0000"), (1.0, "1.0000"), (None, "")],
)  # fmt: skip
def test_halves_are_rounded_up_and_zero_has_no_sign(
    tmp_path: Path, value: float | None, text: str
) -> None:
    """Engines disagree on casting halves, so nothing is left for the cast to decide."""
    _, (line,) = built(tmp_path, [a_row("a", event_type="Like", event_value=value)])
    assert line.split(",")[4] == text


def test_a_row_has_the_columns_of_the_schema(tmp_path: Path) -> None:
    """In the schema's order, seconds, and nothing for what is not known."""
    row = a_row("a", recommendation_id="r-1", impressions="i-1|i-2", event_source="home/page")
    rows = [row, a_row("b", user_id="u-2", item_id="i-2", context_device_type=None)]
    _, lines = built(tmp_path, rows)
    second = NOON_MS // 1000 - 60
    assert lines == [
        f"u-1,item-a,{second},Watch,0.5000,r-1,i-1|i-2,home/page,tv",
        f"u-2,i-2,{second},Watch,0.5000,,,,",
    ]


def test_only_declared_columns_are_written(tmp_path: Path) -> None:
    """A column that the schema has not fails the import."""
    columns = TrainingColumns(frozenset({"EVENT_VALUE"}), CONTEXT)
    _, (line,) = built(tmp_path, [a_row("a", recommendation_id="r-1")], columns=columns)
    assert line == f"u-1,item-a,{NOON_MS // 1000 - 60},Watch,0.5000,tv"


def test_a_raise_changes_the_value_and_nothing_else(tmp_path: Path) -> None:
    """Time and circumstances are those that Personalize was sent."""
    later = NOON_MS + 600_000
    rows = [
        a_row("a", version=5, event_value=0.5),
        a_row("a", version=9, event_value=0.9, to_send=False, arrived_at_ms=later,
              context_device_type="phone"),
    ]  # fmt: skip
    _, (line,) = built(tmp_path, rows)
    assert line == f"u-1,item-a,{NOON_MS // 1000 - 60},Watch,0.9000,,,,tv"


def test_thresholds_of_today_apply_to_stored_totals(tmp_path: Path) -> None:
    """A stricter rule leaves out what a laxer one had sent."""
    rows = [a_row(name, unique_s=unique_s) for name, unique_s in (("a", 400.0), ("b", 300.0))]
    report, lines = built(tmp_path, rows, watch_cap_s=350.0)
    assert report.outcomes == {"below_threshold": 1, "ok": 1}
    assert lines[0].startswith("u-1,item-a,")


def test_event_types_and_values_are_filtered(tmp_path: Path) -> None:
    """Nothing of a type that is not wanted, or of less than its least value."""
    rows = [
        a_row("a", event_value=0.3),
        a_row("b", event_value=0.29994),
        a_row("c", event_value=None),
        a_row("d", event_type="Click", event_value=None),
        a_row("e", event_type="Dislike"),
    ]
    report, _ = built(tmp_path, rows, least_values={"Watch": 0.3})
    assert report.outcomes == {"below_value": 2, "ok": 2, "type_left_out": 1}
    assert report.event_types == {"Click": 1, "Watch": 1}


VISIT = [
    a_row("a", user_id=None, guest_id="g-1"),
    a_row("b", user_id="u-2", arrived_at_ms=NOON_MS + 60_000),
    a_row("c", user_id=None, guest_id="g-1", arrived_at_ms=NOON_MS + 120_000),
    a_row("d", user_id=None, guest_id="g-2", visit_id="v-2"),
]


def test_a_guest_becomes_the_user_who_signs_in_later_in_the_visit(tmp_path: Path) -> None:
    """What comes after the last sign-in, and visits without one, stay nobody's."""
    report, lines = built(tmp_path, VISIT)
    assert [line.split(",")[:2] for line in lines] == [["u-2", "item-a"], ["u-2", "item-b"]]
    assert report.outcomes["no_user"] == 2


def test_guests_as_users_are_joined_to_nobody(tmp_path: Path) -> None:
    """The guest's history stays the guest's."""
    _, lines = built(tmp_path, VISIT, guests_as_users=True)
    assert [line.split(",")[0] for line in lines] == ["g-1", "g-1", "g-2", "u-2"]


def test_a_guest_sent_as_user_is_a_guest(tmp_path: Path) -> None:
    """Rows from a time when guests were trained on have the guest's id twice."""
    rows = [row | {"user_id": row["user_id"] or row["guest_id"]} for row in VISIT]
    _, lines = built(tmp_path, rows)
    assert [line.split(",")[0] for line in lines] == ["u-2", "u-2"]


@pytest.mark.parametrize(("days", "users"), [(1, 2), (2, 1)])
def test_a_sign_in_reaches_back_over_one_midnight(tmp_path: Path, days: int, users: int) -> None:
    """A visit may begin before midnight; one of days is no visit."""
    rows = [
        a_row("a", user_id=None, guest_id="g-1"),
        a_row("b", user_id="u-2", arrived_at_ms=NOON_MS + days * DAY_MS),
    ]
    report, _ = built(tmp_path, rows)
    assert report.rows == users


def test_the_order_of_rows_and_files_does_not_matter(tmp_path: Path) -> None:
    """Ties are decided by content."""
    rows = [row for row, _ in nasty_cases()]
    write_rows(tmp_path / "a", rows[::-1][: len(rows) // 2], name="one")
    write_rows(tmp_path / "a", rows[::-1][len(rows) // 2 :], name="two")
    write_rows(tmp_path / "b", rows)
    for name in ("a", "b"):
        build_from_raw(Folder(tmp_path / name), CLEAN_RULES, a_building(tmp_path / f"{name}-out"))
    assert lines_of(tmp_path / "a-out") == lines_of(tmp_path / "b-out")


def test_all_kinds_of_rules_can_be_rendered() -> None:
    """Numbers stand in the text as they are, not as an engine would round them."""
    words = BuildRules(TrainingColumns(), watch_ratio=0.1).words(EVER)
    assert words["watch_ratio"] == "CAST('0.1' AS DOUBLE)"
