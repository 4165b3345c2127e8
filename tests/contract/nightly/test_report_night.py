"""What becomes of a night: record, page, ledger and words."""

import json
from pathlib import Path
from typing import Any

import pytest
from nightly.adapters.folder import Folder
from nightly.application.judge_version import judge_version
from nightly.application.ledger import read_ledger
from nightly.application.report_night import NightReport, ReportParts, report_night
from nightly.domain.build_record import BuildRecord, Outcome
from nightly.domain.errors import UnusableError
from nightly.domain.judgement import MetricLimits

from tests.support.nightly import DAY
from tests.support.prepared_nights import NIGHT, UNSENT, night_parts, prepared, watch

BUILD = f"night-{NIGHT}"
TRAINING = {
    "solution_version_arn": "arn:aws:personalize:eu-west-1:123456789012:solution/s/1",
    "metrics": {"coverage": 0.2},
    "judgement": {"accepted": True, "reasons": ["coverage is 0.2000"]},
}


def told(root: Path, **fields: Any) -> dict[str, Any]:
    """The answer to a report of the night."""
    report = NightReport.from_dict({"night": NIGHT, "build": BUILD} | fields)
    return report_night(report, ReportParts(Folder(root), lambda: "2026-11-24T02:00:00+00:00"))


def record_of(root: Path) -> BuildRecord:
    """What is kept of the night."""
    folder = root / "nightly" / "builds" / BUILD
    return BuildRecord.from_json((folder / "record.json").read_bytes())


def test_a_night_that_deployed_has_a_record_and_a_page(tmp_path: Path) -> None:
    """And words for people, with the way to the page."""
    watch(tmp_path, 1200)
    prepared(night_parts(tmp_path))
    answer = told(tmp_path, outcome="accepted", reasons=["It is better."], training=TRAINING)
    assert answer["subject"] == f"Night {NIGHT}: a new version is live"
    assert answer["message"] == f"It is better.\nReport: {answer['report']}"
    page = Path(answer["report"]).read_text()
    assert page.lower().startswith("<!doctype html>")
    record = record_of(tmp_path)
    assert (record.outcome, record.training) == (Outcome.ACCEPTED, TRAINING)
    assert (record.statistics.rows, record.reasons) == (1200, ("It is better.",))


def test_a_report_again_changes_nothing(tmp_path: Path) -> None:
    """A state machine that was killed reports the same once more."""
    watch(tmp_path, 1200)
    prepared(night_parts(tmp_path))
    told(tmp_path, outcome="kept", training=TRAINING)
    files = {path: path.read_bytes() for path in sorted(tmp_path.rglob("*")) if path.is_file()}
    told(tmp_path, outcome="kept", training=TRAINING)
    assert {path: path.read_bytes() for path in files} == files


@pytest.mark.parametrize(
    ("cause", "said"),
    [
        (
            json.dumps({"errorMessage": "3 files then", "stackTrace": ["line"]}),
            "3 files then",
        ),
        ("Rate exceeded", "Rate exceeded"),
        ('"text"', '"text"'),
    ],
)
def test_a_night_that_failed_says_why(tmp_path: Path, cause: str, said: str) -> None:
    """Without the stack trace, and although nothing was known of it yet."""
    error = {"Error": "RawGoneError", "Cause": cause}
    answer = told(tmp_path, outcome="failed", error=error)
    assert answer["message"].splitlines()[0] == f"RawGoneError: {said}"
    record = record_of(tmp_path)
    assert (record.outcome, record.reasons) == (Outcome.FAILED, (f"RawGoneError: {said}",))


def test_what_went_live_stays_so(tmp_path: Path) -> None:
    """Whatever fails in an attempt that comes after it."""
    watch(tmp_path, 1200)
    prepared(night_parts(tmp_path))
    told(tmp_path, outcome="accepted", training=TRAINING)
    told(tmp_path, outcome="failed", error={"Error": "States.Timeout"})
    assert record_of(tmp_path).outcome is Outcome.ACCEPTED


def test_an_active_import_moves_the_watermark_once(tmp_path: Path) -> None:
    """By the days that it covered, whatever becomes of the rest of the night."""
    watch(tmp_path, 1100, tracker=UNSENT)
    imported = prepared(night_parts(tmp_path))["import"]
    told(tmp_path, step="imported", **{"import": imported})
    answer = told(tmp_path, step="imported", **{"import": imported})
    ledger = read_ledger(Folder(tmp_path), "videos")
    assert (ledger.through_day, len(ledger.imports)) == (DAY, 1)
    assert answer["subject"] == f"Night {NIGHT}: imported"
    assert answer["message"].startswith(f"1100 interactions of {DAY} to {DAY}")


def test_an_import_that_is_not_told_cannot_be_noted(tmp_path: Path) -> None:
    """The watermark stays, and the night fails."""
    with pytest.raises(UnusableError, match="no import"):
        told(tmp_path, step="imported")


@pytest.mark.parametrize("wrong", [{"night": "yesterday"}, {"outcome": "fine"}])
def test_another_report_is_refused(tmp_path: Path, wrong: dict[str, Any]) -> None:
    """Before anything is written."""
    with pytest.raises(UnusableError):
        told(tmp_path, **wrong)
    assert not list(tmp_path.iterdir())


def test_a_version_is_judged_by_what_the_state_machine_tells() -> None:
    """Metrics as Personalize gives them, whole numbers too."""
    version = {"night": NIGHT, "build": BUILD, "solution_version_arn": "arn"}
    limits = MetricLimits({"coverage": 0.5}, {})
    assert judge_version(version | {"metrics": {"coverage": 1}}, limits).accepted
    worse = {"metrics": {"coverage": 0.1}, "live_metrics": {"coverage": 0.9}}
    assert not judge_version(version | worse, limits).accepted
    with pytest.raises(UnusableError):
        judge_version({"metrics": {}}, limits)
