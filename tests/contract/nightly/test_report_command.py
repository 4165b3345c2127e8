"""The command that writes the report of a build as a file."""

from pathlib import Path

import pytest
from nightly.adapters.folder import Folder
from nightly.application.records import Records
from nightly.command_line import main
from nightly.report.page import page
from nightly.report.spreads import Marks

from tests.support import build_records


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    """An archive with the records of three nights."""
    folder = tmp_path / "archive"
    records = Records(Folder(folder))
    for record in build_records.history(3):
        records.put(record)
    return folder


def test_writes_the_page_of_a_build(
    archive: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The page that the records make, with the thresholds that were asked for; its name is told."""
    file = tmp_path / "report.html"
    asked = ["--archive", str(archive), "--build", "night-2026-11-26", "--out", str(file)]
    assert main(["report", *asked, "--watch-ratio", "0.3"]) == 0
    *earlier, record = build_records.history(3)
    assert file.read_text("utf-8") == page(record, earlier, Marks(watch_ratio=0.3))
    assert capsys.readouterr().out == f"{file}\n"


def test_is_named_after_the_build(
    archive: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without a file it is put where one stands."""
    monkeypatch.chdir(tmp_path)
    assert main(["report", "--archive", str(archive), "--build", "night-2026-11-24"]) == 0
    assert "<!DOCTYPE html>" in (tmp_path / "night-2026-11-24.html").read_text("utf-8")


def test_says_which_build_has_no_record(archive: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Nothing is written, and the status says so."""
    assert main(["report", "--archive", str(archive), "--build", "night-2026-12-24"]) == 1
    assert "no record of night-2026-12-24" in capsys.readouterr().err
