"""What a tracker has not delivered is counted, written and planned, by function and by command."""

import json
from pathlib import Path
from typing import Any

import pytest
from nightly.adapters.folder import Folder
from nightly.application.build import build_from_clean
from nightly.application.clean_day import CLEAN, MANIFEST, clean_day
from nightly.application.statistics import Counting
from nightly.application.undelivered import (
    Question,
    count_undelivered,
    plan_night,
    undelivered_to,
)
from nightly.command_line import main
from nightly.domain.days import Day, Days
from nightly.domain.errors import UnusableError

from tests.support.nightly import (
    BUILD_RULES,
    DAY,
    DAY_MS,
    ENGINE,
    NOON_MS,
    a_building,
    a_cleaning,
    a_row,
    lines_of,
    statements,
    write_rows,
)

MARK = "0123456789abcdef"
OTHER = "fedcba9876543210"
NIGHT = DAY.plus(5)
ONE_DAY = Days(DAY, DAY)
LATER = {"arrived_at_ms": NOON_MS + DAY_MS, "occurred_at_ms": NOON_MS - 60_000}
ROWS = [
    a_row("ours", tracker=MARK),
    a_row("theirs", tracker=OTHER),
    a_row("nobodys", tracker="none"),
    a_row("before-marks"),
    a_row("both", tracker=OTHER),
    a_row("both", tracker=MARK, **LATER),
    a_row("raised", tracker=OTHER),
    a_row("raised", tracker=MARK, to_send=False, version=2000, **LATER),
    a_row("twin-1", item_id="twin", tracker=OTHER),
    a_row("twin-2", item_id="twin", tracker=MARK),
    a_row("nobody", tracker="none", user_id=None, guest_id="g-1", visit_id="v-9"),
]


def published(folder: Path, rows: list[dict[str, Any]], *, days: int = 5) -> Folder:
    """An archive whose first days are clean."""
    write_rows(folder, rows)
    for number in range(days):
        clean_day(DAY.plus(number), a_cleaning(folder, folder))
    return Folder(folder)


def counting(archive: Folder) -> Counting:
    """Over an archive, with the usual rules."""
    return Counting(archive, ENGINE, statements(), BUILD_RULES)


def test_what_was_sent_elsewhere_or_nowhere_is_undelivered(tmp_path: Path) -> None:
    """A copy, a twin and a row from before marks count as delivered; a raise does not."""
    of = counting(published(tmp_path, ROWS))
    outcomes = {"delivered": 4, "no_user": 1, "ok": 3}
    assert count_undelivered(of, MARK, ONE_DAY).outcomes == outcomes
    outcomes = {"delivered": 3, "no_user": 1, "ok": 4}
    assert count_undelivered(of, MARK, ONE_DAY, is_new=True).outcomes == outcomes


def test_copies_that_may_still_come_are_waited_for(tmp_path: Path) -> None:
    """Without the days after, nobody knows what the tracker will deliver."""
    of = counting(published(tmp_path, ROWS, days=3))
    with pytest.raises(UnusableError, match="2026-11-23"):
        count_undelivered(of, MARK, ONE_DAY)


@pytest.mark.parametrize("mark", ["", "none", "x", MARK.upper()])
def test_what_is_no_mark_is_refused(mark: str) -> None:
    """It stands in SQL, and without one everything would be undelivered."""
    with pytest.raises(UnusableError):
        undelivered_to(mark, BUILD_RULES)


def test_a_day_from_before_marks_is_made_again(tmp_path: Path) -> None:
    """Its file lacks a column; the day step sees that it would make another."""
    archive = published(tmp_path, ROWS)
    manifest = tmp_path / CLEAN / DAY.partition / MANIFEST
    content = json.loads(manifest.read_text())
    old = {name: content[name] for name in content if name not in {"resent", "unsent"}}
    digest = "0" * 64
    manifest.write_text(json.dumps(old | {"format": 1, "definition": digest}))
    with pytest.raises(UnusableError, match="make the day again"):
        build_from_clean(archive, a_building(tmp_path / "out"))
    assert clean_day(DAY, a_cleaning(tmp_path, tmp_path)).is_new
    assert build_from_clean(archive, a_building(tmp_path / "out")).rows > 0


def test_a_night_without_a_clean_layer_has_no_plan(tmp_path: Path) -> None:
    """There would be nothing to say."""
    with pytest.raises(UnusableError, match="empty"):
        plan_night(Question(NIGHT, "videos", MARK), counting(Folder(tmp_path)))


def test_new_is_what_came_since_the_last_training(tmp_path: Path) -> None:
    """Of the newest days as well: what was streamed need not settle."""
    rows = [*ROWS, a_row("new", tracker=MARK, arrived_at_ms=NOON_MS + 4 * DAY_MS)]
    of = counting(published(tmp_path, rows))
    for through, new in ((None, 5), (DAY, 1), (DAY.plus(4), 0)):
        question = Question(NIGHT, "videos", MARK, trained_through=through)
        assert plan_night(question, of).facts.new_interactions == new


def test_commands_plan_count_and_write(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The plan is printed and nothing is done; the rows are written when a place is named."""
    published(tmp_path / "archive", ROWS)
    archive, out = str(tmp_path / "archive"), str(tmp_path / "out")
    common = ["--tracker", MARK, "--context-columns", "DEVICE_TYPE"]
    night = ["--archive", archive, "--group", "videos", "--night", str(NIGHT)]
    assert main(["plan", *night, *common]) == 0
    plan = told(capsys)
    assert (plan["kind"], plan["days"], plan["trains"]) == ("none", None, True)
    assert plan["settled"] == [str(DAY), str(DAY.plus(1))]
    assert plan["outcomes"] == {"delivered": 4, "no_user": 1, "ok": 3}
    assert main(["plan", *night, *common, "--asked", "undelivered"]) == 1
    assert "RefusedPlanError: undelivered refused: 3" in capsys.readouterr().err
    early = ["--archive", archive, "--group", "videos", "--night", str(Day(DAY.number + 1))]
    assert main(["plan", *early, *common]) == 0
    assert told(capsys)["settled"] is None
    days = ["--clean", archive, "--first", str(DAY), "--last", str(DAY)]
    assert main(["undelivered", *days, *common]) == 0
    assert told(capsys)["rows"] == 3
    assert main(["undelivered", *days, *common, "--out", out, "--new-group"]) == 0
    assert told(capsys)["rows"] == 4 == len(lines_of(tmp_path / "out"))


def told(capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    """What was printed."""
    content: dict[str, Any] = json.loads(capsys.readouterr().out)
    return content
