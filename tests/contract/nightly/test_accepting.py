"""`builds accept`, and the nights after it."""

import json
from pathlib import Path
from typing import Any

import pytest
from nightly.adapters.folder import Folder
from nightly.application.accept_build import ACCEPTANCE, Acceptances
from nightly.application.records import BUILDS, Records
from nightly.command_line import main
from nightly.domain.build_record import Outcome
from nightly.domain.days import Day
from nightly.domain.findings import GateVerdict, failure
from nightly.domain.gate_limits import GateLimits
from nightly.report.page import page

from tests.support.prepared_nights import NIGHT, night_parts, prepared, watch
from tests.support.statistics import a_record, some_statistics

STOPPED = f"night-{NIGHT}"
REASON = "Six titles left the catalogue."
GONE = GateVerdict((failure("lost", "There are 20 % less."),))
STRICT = GateLimits(
    least_interactions=1, least_users_with_two=1, volume_failure=1e9, psi_by_chance=0.0,
    psi_failure=1e9,
)  # fmt: skip


def accept(root: Path, build: str = STOPPED, *more: str, reason: str = REASON) -> int:
    """Accept a build."""
    return main(["builds", "accept", build, "--reason", reason, "--archive", str(root), *more])


def stop(root: Path, **fields: Any) -> None:
    """A build that a gate has stopped, after one that was deployed."""
    records = Records(Folder(root))
    records.put(a_record("night-2026-11-23", night="2026-11-23", made_at="2026-11-23T03:00:00Z"))
    usual: dict[str, Any] = {"outcome": Outcome.STOPPED, "gate": GONE, "training": None}
    records.put(a_record(STOPPED, night=NIGHT, made_at="2026-11-24T03:00:00Z", **usual | fields))


def test_a_night_that_drift_stopped_goes_on_once_somebody_accepts(tmp_path: Path) -> None:
    """Run again it is its own measure, and the record of the first attempt is no longer needed."""
    watch(tmp_path, 1200)
    record = a_record(
        "night-2026-11-20",
        night="2026-11-20",
        made_at="2026-11-20T03:00:00Z",
        statistics=some_statistics(daily=()),
    )
    Records(Folder(tmp_path)).put(record)
    parts = night_parts(tmp_path, gate_limits=STRICT)
    first, again = prepared(parts), prepared(parts)
    assert (first["outcome"], again["outcome"]) == ("stopped", "stopped")
    assert "There are 1,200 interactions and were 60,000" in first["reasons"][0]
    assert accept(tmp_path) == 0
    assert prepared(parts)["outcome"] == "go"
    again = Records(Folder(tmp_path)).get(STOPPED)
    assert again is not None
    assert again.compared_with == f"{STOPPED}, accepted by a person: {REASON}"
    assert f"Compared with {STOPPED}, accepted by" in page(again, [])
    assert prepared(parts, night="2026-11-25", train="always")["outcome"] == "go"
    acceptance = Acceptances(Folder(tmp_path)).of(STOPPED)
    assert acceptance is not None
    assert acceptance.previous == record.statistics


def test_it_is_shown_wherever_the_build_is(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """In the list, by itself, for programs, and in the report; without a name."""
    stop(tmp_path)
    assert accept(tmp_path) == 0
    assert capsys.readouterr().out == (
        f"Accepted: lost of {STOPPED}. Later builds are compared with it; start the night of"
        f" {NIGHT} again, or wait for the next one.\n"
    )
    for what, said in (("list", "stopped, drift accepted"), ("show", f": {REASON}\n")):
        assert main(["builds", what, "--archive", str(tmp_path)]) == 0
        assert said in capsys.readouterr().out
    assert main(["builds", "show", "--archive", str(tmp_path), "--json"]) == 0
    told = json.loads(capsys.readouterr().out)["acceptance"]
    assert set(told) == {"build", "night", "accepted_at", "reason", "gates"}
    page = (tmp_path / BUILDS / STOPPED / "report.html").read_text()
    assert f"UTC (lost): {REASON}</p>" in page
    file = tmp_path / "again.html"
    out = ["--build", STOPPED, "--out", str(file)]
    assert main(["report", "--archive", str(tmp_path), *out]) == 0
    assert REASON in file.read_text()


def test_programs_get_json(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What was accepted, without the figures."""
    stop(tmp_path)
    assert accept(tmp_path, STOPPED, "--json") == 0
    assert json.loads(capsys.readouterr().out)["gates"] == ["lost"]


def test_of_another_build_nothing_is_accepted(tmp_path: Path, capsys: Any) -> None:
    """Nothing is written by a refusal."""
    stop(tmp_path, gate=GateVerdict((failure("least_users", "Few."),)))
    for build, why in (
        (STOPPED, "least_users, which nobody can accept"),
        ("night-2026-11-23", "its outcome is accepted"),
        ("night-2026-11-01", "no record of night-2026-11-01 can be read"),
    ):
        assert accept(tmp_path, build) == 1
        assert why in capsys.readouterr().err
        assert not (tmp_path / BUILDS / build / ACCEPTANCE).exists()


def test_what_was_overtaken_is_no_measure_any_more(tmp_path: Path, capsys: Any) -> None:
    """Or the next night would be compared with the past."""
    stop(tmp_path)
    deployed = a_record("night-2026-11-25", night="2026-11-25", made_at="2026-11-25T03:00:00Z")
    Records(Folder(tmp_path)).put(deployed)
    assert accept(tmp_path) == 1
    assert "overtaken: night-2026-11-25 was accepted after it" in capsys.readouterr().err


def test_the_newer_of_two_is_the_measure(tmp_path: Path) -> None:
    """The one that was deployed, or the one that was accepted; an acceptance ends after a time."""
    fewer = some_statistics(rows=10_000)
    stop(tmp_path, statistics=fewer)
    acceptances = Acceptances(Folder(tmp_path))
    night = Day.named("2026-11-25")

    def rows(of: Day = night, days: int = 28) -> int | None:
        found = acceptances.measure(of, but="night-2026-11-30", days=days).statistics
        return None if found is None else found.rows

    assert rows() == 60_000
    assert accept(tmp_path) == 0
    assert rows() == 10_000
    assert (rows(days=2), rows(days=1), rows(Day.named("2026-11-23"))) == (10_000, 60_000, 60_000)
    later = a_record(
        "night-2026-11-26", made_at="2999-01-01T00:00:00Z", statistics=some_statistics(rows=7)
    )
    Records(Folder(tmp_path)).put(later)
    measure = acceptances.measure(Day.named("2026-11-27"), but="night-2026-11-27", days=28)
    assert measure.statistics == later.statistics
    assert measure.acceptance is not None


def test_half_an_acceptance_is_none(tmp_path: Path) -> None:
    """What cannot be read is passed over, as a record is."""
    stop(tmp_path)
    assert accept(tmp_path) == 0
    path = tmp_path / BUILDS / STOPPED / ACCEPTANCE
    path.write_bytes(path.read_bytes()[:50])
    assert Acceptances(Folder(tmp_path)).of(STOPPED) is None


def test_accepted_again_it_keeps_what_it_was_compared_with(tmp_path: Path) -> None:
    """It is not its own past; only the reason is another."""
    stop(tmp_path)
    acceptances = Acceptances(Folder(tmp_path))
    assert accept(tmp_path) == 0
    once = acceptances.of(STOPPED)
    assert accept(tmp_path, reason="On second thoughts.") == 0
    again = acceptances.of(STOPPED)
    assert once is not None
    assert again is not None
    assert (again.previous, again.reason) == (once.previous, "On second thoughts.")


def test_the_first_build_has_no_past(tmp_path: Path) -> None:
    """A gate may stop it for its volume."""
    much = GateVerdict((failure("volume", "It has five times as many."),))
    record = a_record(STOPPED, night=NIGHT, outcome=Outcome.STOPPED, gate=much, training=None)
    Records(Folder(tmp_path)).put(record)
    assert accept(tmp_path) == 0
    acceptance = Acceptances(Folder(tmp_path)).of(STOPPED)
    assert acceptance is not None
    assert acceptance.previous is None
