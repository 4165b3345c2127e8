"""The watermark moves once an import is there, by its own days, and never by a guess."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from nightly.adapters.folder import Folder
from nightly.application.ledger import note_import, read_ledger
from nightly.domain.days import Day, Days
from nightly.domain.errors import LedgerError, UnusableError
from nightly.domain.import_ledger import ImportLedger, NotedImport, ledger_key
from nightly.domain.import_plan import ImportMode, PlanKind

DAY = Day.named("2026-11-20")
FIRST = NotedImport(
    "night-2026-11-24", ImportMode.FULL, Days(DAY.plus(-5), DAY), 4711, "2026-11-24T03:10:00Z"
)
NEXT = NotedImport(
    "night-2026-11-25",
    ImportMode.INCREMENTAL,
    Days(DAY.plus(1), DAY.plus(1)),
    1000,
    "2026-11-25T03:10:00Z",
)
KEY = "nightly/imports/videos.json"


class Interrupted(Folder):
    """Another night writes between reading and writing, so many times."""

    times = 1

    def replace(self, key: str, content: bytes, expected: bytes | None) -> bool:
        """Let the other one be first."""
        if self.times:
            self.times -= 1
            other = ImportLedger("videos", (FIRST,))
            self.put(key, other.to_json() + b" " * self.times)
        return super().replace(key, content, expected)


def test_a_ledger_is_read_as_it_was_written(tmp_path: Path) -> None:
    """With everything that was noted, in order."""
    storage = Folder(tmp_path)
    assert read_ledger(storage, "videos") == ImportLedger("videos")
    note_import(storage, "videos", FIRST)
    ledger = note_import(storage, "videos", NEXT)
    assert read_ledger(storage, "videos") == ledger
    assert ledger.imports == (FIRST, NEXT)
    assert ledger.through_day == DAY.plus(1)
    assert ledger.has_imported
    assert json.loads((tmp_path / KEY).read_text())["through_day"] == "2026-11-21"


def test_noting_a_job_again_changes_nothing(tmp_path: Path) -> None:
    """A night that is taken up again notes it again."""
    storage = Folder(tmp_path)
    note_import(storage, "videos", FIRST)
    before = (tmp_path / KEY).stat().st_mtime_ns
    assert note_import(storage, "videos", replace(FIRST, at="later")).imports == (FIRST,)
    assert (tmp_path / KEY).stat().st_mtime_ns == before


@pytest.mark.parametrize(("first", "last"), [(0, 1), (2, 2), (-9, -6), (1, 0)])
def test_days_that_do_not_follow_are_refused(first: int, last: int) -> None:
    """A day would be imported twice, or never."""
    ledger = ImportLedger("videos", (FIRST,))
    with pytest.raises(LedgerError, match="night-2026-11-25"):
        ledger.noted(replace(NEXT, days=Days(DAY.plus(first), DAY.plus(last))))


def test_a_group_remembers_that_it_was_rebuilt() -> None:
    """Rows without a mark never went to its tracker."""
    rebuilt = ImportLedger("videos").noted(replace(FIRST, kind=PlanKind.REBUILD)).noted(NEXT)
    assert rebuilt.is_of_rebuild
    assert ImportLedger.from_json("videos", rebuilt.to_json()) == rebuilt
    assert not ImportLedger("videos", (FIRST,)).is_of_rebuild


@pytest.mark.parametrize(
    "change",
    [
        lambda text: text[: len(text) // 2],
        lambda _: b"",
        lambda _: b"[]",
        lambda _: b"{}",
        lambda text: text.replace(b'"format": 1', b'"format": 2'),
        lambda text: text.replace(b'"through_day": "2026-11-20"', b'"through_day": null'),
        lambda text: text.replace(b'"videos"', b'"others"'),
        lambda text: text.replace(b"FULL", b"HALF"),
        lambda text: text.replace(b"2026-11-15", b"a day"),
    ],
)  # fmt: skip
def test_a_broken_ledger_is_never_an_empty_one(
    tmp_path: Path, change: Callable[[bytes], bytes]
) -> None:
    """It would import everything again."""
    storage = Folder(tmp_path)
    note_import(storage, "videos", FIRST)
    (tmp_path / KEY).write_bytes(change((tmp_path / KEY).read_bytes()))
    with pytest.raises(LedgerError, match="videos"):
        read_ledger(storage, "videos")
    with pytest.raises(LedgerError):
        note_import(storage, "videos", NEXT)


def test_another_night_is_not_overwritten(tmp_path: Path) -> None:
    """What it noted meanwhile stays."""
    ledger = note_import(Interrupted(tmp_path), "videos", NEXT)
    assert ledger.imports == (FIRST, NEXT)


def test_writers_that_never_stop_end_it(tmp_path: Path) -> None:
    """Better no import than one that nobody noted."""
    storage = Interrupted(tmp_path)
    storage.times = 99
    with pytest.raises(LedgerError, match="by others"):
        note_import(storage, "videos", NEXT)


def test_a_name_that_no_group_has_is_no_key() -> None:
    """It stands in a key."""
    assert ledger_key("videos") == KEY
    with pytest.raises(UnusableError):
        ledger_key("../videos")
