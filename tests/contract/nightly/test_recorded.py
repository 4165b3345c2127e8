"""What the recorder itself archives, and what Personalize was sent, are the same to the night."""

import pytest
from nightly.application.build import build_from_raw
from nightly.domain.report import BuildReport

from tests.support.fakes import FakeEventTracker
from tests.support.nightly import CLEAN_RULES, Folder, a_building, lines_of
from tests.support.recorded_archive import record_archive

type Night = tuple[FakeEventTracker, BuildReport, list[list[str]]]


@pytest.fixture(scope="module")
def night(tmp_path_factory: pytest.TempPathFactory) -> Night:
    """Some evenings recorded, and what a build makes of their archive, as lists of fields."""
    folder = tmp_path_factory.mktemp("recorded")
    tracker = record_archive(folder / "archive", viewers=8)
    report = build_from_raw(Folder(folder / "archive"), CLEAN_RULES, a_building(folder / "out"))
    return tracker, report, [line.split(",") for line in lines_of(folder / "out")]


def test_the_file_has_what_personalize_was_trained_on(night: Night) -> None:
    """Each interaction once, with the second that was sent; what was refused is not among them."""
    tracker, report, rows = night
    sent = tracker.trained_on.values()
    guests = {f"visit-{number}": f"user-{number}" for number in range(8)}
    expected = [
        [i.user_id or guests[i.visit_id], i.item_id, str(i.sent_at_s), i.event_type] for i in sent
    ]
    assert sorted(row[:4] for row in rows) == sorted(expected)
    assert report.outcomes == {"ok": len(sent)}
    assert "poison" not in {row[1] for row in rows}


def test_the_archived_completion_is_the_last_one(night: Night) -> None:
    """The rest of a playback raised what was sent at the crossing."""
    _, _, rows = night
    assert {row[4] for row in rows if row[3] == "Watch"} == {"0.9500"}
    assert {row[4] for row in rows if row[3] == "Click"} == {""}
