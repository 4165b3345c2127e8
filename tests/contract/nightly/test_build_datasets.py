"""A night, from the archive to its decision."""

import json
from pathlib import Path
from typing import Any

import pytest
from nightly.application.build_datasets import DECISION
from nightly.application.ledger import note_import
from nightly.application.validate import Limits, validate
from nightly.domain.build_record import BuildRecord, Outcome
from nightly.domain.days import Day, Days
from nightly.domain.errors import UnusableError
from nightly.domain.gate_limits import GateLimits
from nightly.domain.import_ledger import NotedImport
from nightly.domain.import_plan import ImportMode
from nightly.domain.night import NightRequest

from tests.support.live import a_target
from tests.support.metadata_archive import archive, profile
from tests.support.nightly import BUILD_RULES, DAY, lines_of
from tests.support.prepared_nights import (
    LENIENT,
    LIVE,
    NIGHT,
    UNSENT,
    FakeDatasets,
    WatchedEngine,
    night_parts,
    prepared,
    watch,
)

BUILD = f"nightly/builds/night-{NIGHT}"
VIDEOS = "26760e7c"  # of SHA-256 of the name of the group, which parts the jobs of two stacks
NEW = a_target("videos-v2", solution_arn=None, campaign_arn=None)


def record_of(root: Path, build: str = BUILD) -> BuildRecord:
    """What is kept of a build."""
    return BuildRecord.from_json((root / build / "record.json").read_bytes())


def train(root: Path, night: str, outcome: str = "accepted") -> None:
    """What the report of a night that trained leaves in its record."""
    path = root / "nightly" / "builds" / f"night-{night}" / "record.json"
    content = json.loads(path.read_bytes())
    path.write_text(json.dumps(content | {"training": {"metrics": {}}, "outcome": outcome}))


def test_what_was_streamed_is_trained_on_and_not_imported(tmp_path: Path) -> None:
    """PutEvents has fed the group already: an import would count everything twice."""
    watch(tmp_path, 1200)
    decision = prepared(night_parts(tmp_path))
    assert (decision["outcome"], decision["train"], decision["import"]) == ("go", True, None)
    assert decision["plan"]["kind"] == "none"
    assert decision["target"] == {
        "dataset_group_arn": LIVE.dataset_group_arn,
        "dataset_group_name": "videos",
        "interactions_dataset_arn": LIVE.interactions_dataset_arn,
        "tracking_mark": LIVE.tracking_mark,
        "solution_name": "videos-nightly",
        "solution_arn": LIVE.solution_arn,
        "campaign_name": "videos-nightly",
        "campaign_arn": LIVE.campaign_arn,
        "recipe_arn": "arn:aws:personalize:::recipe/aws-user-personalization-v2",
    }
    record = record_of(tmp_path)
    assert (record.outcome, record.statistics.rows) == (Outcome.UNDER_WAY, 1200)


def test_what_was_never_sent_is_imported(tmp_path: Path) -> None:
    """And nothing else, as a file that can be read back."""
    watch(tmp_path, 300)
    watch(tmp_path, 1100, tracker=UNSENT)
    parts = night_parts(tmp_path)
    decision = prepared(parts)
    imported = decision["import"]
    assert {name: imported[name] for name in ("mode", "rows", "days", "job_name", "group")} == {
        "mode": "FULL",
        "rows": 1100,
        "days": (str(DAY), str(DAY)),
        "job_name": f"night-{NIGHT}-interactions-{VIDEOS}",
        "group": "videos",
    }
    assert imported["dataset_arn"] == LIVE.interactions_dataset_arn
    assert Path(imported["location"]) == tmp_path / BUILD / "interactions"
    reading = validate(parts.archive, f"{BUILD}/interactions/", None, Limits())
    assert (reading.rows, reading.size_bytes) == (1100, imported["bytes"])
    assert len(lines_of(tmp_path / BUILD)) == 1100


def test_an_increment_follows_the_first_import(tmp_path: Path) -> None:
    """From the day after the watermark on."""
    watch(tmp_path, 1100, tracker=UNSENT)
    watch(tmp_path, 1300, tracker=UNSENT, day=DAY.plus(1))
    parts = night_parts(tmp_path)
    noted = NotedImport("first", ImportMode.FULL, Days(DAY, DAY), 1100, "2026-11-23T01:00:00")
    note_import(parts.archive, "videos", noted)
    imported = prepared(parts, night="2026-11-25")["import"]
    assert (imported["mode"], imported["rows"]) == ("INCREMENTAL", 1300)


def test_a_second_attempt_gets_the_same_decision(tmp_path: Path) -> None:
    """Nothing is made again, even after the import has moved the watermark."""
    watch(tmp_path, 1100, tracker=UNSENT)
    engine = WatchedEngine()
    parts = night_parts(tmp_path, engine=engine)
    first = json.loads(json.dumps(prepared(parts, attempt="one")))
    noted = NotedImport("job", ImportMode.FULL, Days(DAY, DAY), 1100, "2026-11-24T01:00:00")
    note_import(parts.archive, "videos", noted)
    jobs = len(engine.jobs)
    again = json.loads(json.dumps(prepared(parts, attempt="two")))
    assert again == first
    assert len(engine.jobs) == jobs


def test_who_asks_for_something_else_gets_another_decision(tmp_path: Path) -> None:
    """What an earlier attempt wrote is written anew."""
    watch(tmp_path, 1100, tracker=UNSENT)
    engine = WatchedEngine()
    parts = night_parts(tmp_path, engine=engine)
    assert prepared(parts)["train"] is True
    assert prepared(parts, train="never")["train"] is False
    assert engine.exports == 2
    assert len(lines_of(tmp_path / BUILD)) == 1100


def test_the_second_night_with_nothing_new_trains_nothing(tmp_path: Path) -> None:
    """What came before the last training is known to it."""
    watch(tmp_path, 1200)
    parts = night_parts(tmp_path)
    prepared(parts)
    train(tmp_path, NIGHT)
    decision = prepared(parts, night="2026-11-25")
    assert (decision["outcome"], decision["train"]) == ("nothing_new", False)
    assert record_of(tmp_path, "nightly/builds/night-2026-11-25").outcome is Outcome.NOTHING_NEW


def test_a_version_that_was_not_accepted_is_not_trained_again(tmp_path: Path) -> None:
    """On the same interactions it would be as bad, at the same price."""
    watch(tmp_path, 1200)
    parts = night_parts(tmp_path)
    prepared(parts)
    train(tmp_path, NIGHT, "kept")
    assert prepared(parts, night="2026-11-25")["outcome"] == "nothing_new"


def test_too_little_to_import_waits(tmp_path: Path) -> None:
    """Personalize takes no import of fewer than a thousand rows."""
    watch(tmp_path, 999, tracker=UNSENT)
    decision = prepared(night_parts(tmp_path))
    assert (decision["outcome"], decision["import"]) == ("nothing_new", None)
    assert "999" in decision["reasons"][0]


def test_nothing_archived_is_nothing_new(tmp_path: Path) -> None:
    """A stack of today has no yesterday."""
    decision = prepared(night_parts(tmp_path))
    assert decision["outcome"] == "nothing_new"
    assert decision["reasons"] == ["nothing was archived up to 2026-11-23"]


def test_a_bad_row_stops_the_night_and_names_file_and_row(tmp_path: Path) -> None:
    """Nothing is imported; once that is mended, the next attempt goes on."""
    watch(tmp_path, 1100, tracker=UNSENT)
    bad = night_parts(tmp_path, engine=WatchedEngine(spoils=True))
    decision = prepared(bad)
    assert (decision["outcome"], decision["import"], decision["train"]) == ("stopped", None, False)
    [reason] = decision["reasons"]
    assert "interactions/part-0.csv row 2: number_of_fields" in reason
    assert record_of(tmp_path).outcome is Outcome.STOPPED
    assert prepared(night_parts(tmp_path))["outcome"] == "go"


def test_a_failed_gate_stops_before_anything_is_written(tmp_path: Path) -> None:
    """Its words and figures are the reason."""
    watch(tmp_path, 1100, tracker=UNSENT)
    engine = WatchedEngine()
    limits = GateLimits(least_interactions=5000)
    decision = prepared(night_parts(tmp_path, engine=engine, gate_limits=limits))
    assert (decision["outcome"], decision["gate"]["passed"]) == ("stopped", False)
    assert decision["reasons"] == decision["gate"]["failures"]
    assert "1,100" in decision["reasons"][0]
    assert engine.exports == 0


def test_the_cost_ceiling_stops_the_night(tmp_path: Path) -> None:
    """With the estimate and the ceiling in its words."""
    watch(tmp_path, 1200)
    decision = prepared(night_parts(tmp_path, ceiling_usd=0.0001))
    assert decision["outcome"] == "stopped"
    assert "above the ceiling" in decision["reasons"][0]


def test_gates_compare_with_the_last_accepted_build(tmp_path: Path) -> None:
    """Not with one that was trained and kept back."""
    parts = night_parts(tmp_path, gate_limits=LENIENT)
    watch(tmp_path, 1200)
    for night, outcome in (("2026-11-22", "accepted"), ("2026-11-23", "kept")):
        prepared(parts, night=night, train="always")
        train(tmp_path, night, outcome)
    strict = night_parts(tmp_path, gate_limits=GateLimits(least_interactions=1))
    assert prepared(strict, train="always")["gate"]["failures"] == []


def test_a_refused_plan_stops_the_night(tmp_path: Path) -> None:
    """In its own words; the figures are kept all the same."""
    watch(tmp_path, 1200)
    decision = prepared(night_parts(tmp_path), asked="undelivered")
    assert (decision["outcome"], decision["plan"]["kind"]) == ("stopped", "none")
    assert "undelivered refused: 0 interactions" in decision["reasons"][0]
    assert record_of(tmp_path).statistics.rows == 1200


@pytest.mark.parametrize(
    ("asked", "columns"), [("rebuild", BUILD_RULES.columns.names), ("auto", ("USER_ID",))]
)
def test_a_rebuild_makes_its_group_first(
    tmp_path: Path, asked: str, columns: tuple[str, ...]
) -> None:
    """Asked for, or because the file has a column that the dataset lacks: no file of it yet."""
    watch(tmp_path, 1200)
    engine = WatchedEngine()
    parts = night_parts(tmp_path, engine=engine, datasets=FakeDatasets(columns))
    decision = prepared(parts, asked=asked)
    assert (decision["outcome"], decision["plan"]["kind"]) == ("go", "rebuild")
    assert (decision["import"], decision["train"], engine.exports) == (None, False, 0)


def test_a_rebuild_puts_everything_into_its_group(tmp_path: Path) -> None:
    """What the old tracker delivered as well, for the new group has none of it."""
    watch(tmp_path, 900)
    watch(tmp_path, 300, tracker=UNSENT)
    decision = prepared(night_parts(tmp_path), asked="rebuild", target=NEW.as_dict())
    assert decision["build"] == f"rebuild-{NIGHT}"
    imported = decision["import"]
    assert (imported["mode"], imported["rows"], imported["group"]) == ("FULL", 1200, "videos-v2")
    assert (decision["train"], decision["target"]["solution_name"]) == (True, "videos-v2-nightly")


def test_a_rebuild_has_users_and_items_as_far_as_anybody_told_of_them(tmp_path: Path) -> None:
    """As files that were read back; of what nobody told there is none."""
    watch(tmp_path, 1200)
    archive(tmp_path, [profile("u-1", age_band="25-34"), profile("u-2")], day=f"dt={DAY}")
    parts = night_parts(tmp_path)
    decision = prepared(parts, asked="rebuild", target=NEW.as_dict())
    place = tmp_path / "nightly" / "builds" / f"rebuild-{NIGHT}" / "users"
    users = {"location": str(place), "rows": 2, "job_name": "videos-v2-users"}
    assert (decision["users"], decision["items"]) == (users, None)
    assert [path.name for path in place.iterdir()] == ["part-0.csv"]
    assert decision["import"]["job_name"] == "videos-v2-interactions"

    (tmp_path / "nightly" / "builds" / f"rebuild-{NIGHT}" / DECISION).unlink()
    assert prepared(parts, asked="rebuild", target=NEW.as_dict()) == decision


def test_a_night_has_no_users_and_items(tmp_path: Path) -> None:
    """The group that is live was told of each as it came."""
    watch(tmp_path, 1200, tracker=UNSENT)
    archive(tmp_path, [profile("u-1")], day=f"dt={DAY}")
    decision = prepared(night_parts(tmp_path))
    assert decision["import"] is not None
    assert (decision["users"], decision["items"]) == (None, None)


def test_a_rebuild_into_what_is_live_is_refused(tmp_path: Path) -> None:
    """Each streamed interaction would count twice."""
    watch(tmp_path, 1200)
    decision = prepared(night_parts(tmp_path), asked="rebuild", target=LIVE.as_dict())
    assert (decision["outcome"], decision["import"]) == ("stopped", None)
    assert "never into the one that is live" in decision["reasons"][0]


@pytest.mark.parametrize(
    "wrong", [{}, {"night": "2026-11-32"}, {"night": NIGHT, "asked": "everything"}, [], None]
)
def test_another_request_is_refused(wrong: Any) -> None:
    """Before anything is done."""
    with pytest.raises(UnusableError):
        NightRequest.from_dict(wrong)


def test_a_request_reads_what_was_asked() -> None:
    """As the state machine spells it."""
    request = NightRequest.from_dict({"night": NIGHT, "asked": "rebuild", "train": "never"})
    assert (request.day, request.plan, request.is_trained) == (Day.named(NIGHT), "rebuild", False)
    assert NightRequest.from_dict({"night": NIGHT, "train": "always"}).is_trained is True
