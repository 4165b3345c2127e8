"""The history of builds in an archive, and its commands."""

import json
from pathlib import Path

import pytest
from nightly.adapters.folder import Folder
from nightly.application.records import BUILDS, Records
from nightly.command_line import main
from nightly.domain.build_record import Outcome
from nightly.domain.errors import UnusableError
from nightly.domain.findings import GateVerdict, warning

from tests.support.statistics import a_record, bins_of, some_statistics

FIRST, SECOND, THIRD = (f"night-2026-11-{day}" for day in (22, 23, 24))


@pytest.fixture
def records(tmp_path: Path) -> Records:
    """Three nights: two went well, the last was stopped."""
    records = Records(Folder(tmp_path))
    records.put(a_record(FIRST, made_at="2026-11-22T03:00:00Z"))
    warned = GateVerdict((warning("gap", "1 day has no interaction.", days=1),))
    later = some_statistics(
        rows=66_000,
        completion=bins_of(*([2_000] * 19), 8_000),
        event_types={"Click": 23_000, "Complete": 10_000, "Like": 3_000, "Watch": 30_000},
    )
    records.put(a_record(SECOND, made_at="2026-11-23T03:00:00Z", statistics=later, gate=warned))
    records.put(
        a_record(
            THIRD,
            made_at="2026-11-24T03:00:00Z",
            outcome=Outcome.STOPPED,
            training=None,
            import_={"mode": "INCREMENTAL", "rows": 1_234},
            reasons=("A gate stopped it.", "Too much was rejected."),
        )
    )
    return records


def test_the_newest_build_comes_first(records: Records) -> None:
    """By the date in the name; builds by hand after all nights."""
    records.put(a_record("try-out", made_at="2027-01-01T00:00:00Z"))
    assert [record.build for record in records.list()] == [THIRD, SECOND, FIRST, "try-out"]
    assert records.get(SECOND) == records.list()[1]


def test_of_one_date_the_last_made_comes_first(records: Records) -> None:
    """A night may be built again under another name."""
    records.put(a_record("rebuild-2026-11-24", made_at="2026-11-24T02:00:00Z"))
    assert [record.build for record in records.list()][:2] == [THIRD, "rebuild-2026-11-24"]


def test_only_what_was_deployed_is_a_measure(records: Records) -> None:
    """A stopped night is none, and a night that is run again is not its own."""
    accepted = records.last_accepted()
    assert accepted is not None
    assert accepted.build == SECOND
    before = records.last_accepted(but=SECOND)
    assert before is not None
    assert before.build == FIRST


@pytest.mark.parametrize("content", ["", '{"format": 1, "build": "nig', "[]", "hello"])
def test_half_a_record_leaves_the_one_before_current(
    records: Records, tmp_path: Path, content: str
) -> None:
    """Whoever wrote it, and however far they came."""
    half = tmp_path / BUILDS / "night-2026-11-25/record.json"
    half.parent.mkdir()
    half.write_text(content)
    (half.parents[1] / "night-2026-11-26").mkdir()
    (half.parents[1] / "Some Notes").mkdir()
    (half.parents[1] / "notes.txt").write_text("not a build")
    current = records.last_accepted()
    assert current is not None
    assert current.build == SECOND
    assert records.get("night-2026-11-25") is None
    assert len(records.list()) == 3
    assert "night-2026-11-25" in records.names()


def test_a_record_in_the_place_of_another_is_foreign(records: Records, tmp_path: Path) -> None:
    """Somebody copied a folder to look at it."""
    copied = tmp_path / BUILDS / "night-2026-11-30/record.json"
    copied.parent.mkdir()
    copied.write_bytes((tmp_path / BUILDS / FIRST / "record.json").read_bytes())
    assert records.get("night-2026-11-30") is None


def test_an_archive_without_builds_has_none(tmp_path: Path) -> None:
    """The first night."""
    records = Records(Folder(tmp_path))
    assert (records.list(), records.last_accepted(), records.get(FIRST)) == ([], None, None)


@pytest.mark.parametrize("build", ["", "../clean", "Night", "a" * 41, "a b"])
def test_names_of_builds_are_plain(records: Records, build: str) -> None:
    """They stand in keys."""
    with pytest.raises(UnusableError):
        records.get(build)
    with pytest.raises(UnusableError):
        records.put(a_record(build))


def told(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, *arguments: str, status: int = 0
) -> str:
    """What a command writes."""
    assert main(["builds", *arguments, "--archive", str(tmp_path)]) == status
    written = capsys.readouterr()
    return written.err if status else written.out


@pytest.mark.usefixtures("records")
def test_builds_are_listed_in_columns(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """A line each, and a line for what cannot be read."""
    (tmp_path / BUILDS / "night-2026-11-25").mkdir()
    lines = told(capsys, tmp_path, "list").splitlines()
    assert lines[0].split() == [
        *("BUILD", "OUTCOME", "MADE", "ROWS", "USERS", "ITEMS", "GATE", "PLAN", "USD", "NDCG@25")
    ]
    assert [line.split()[:2] for line in lines[1:4]] == [
        [THIRD, "stopped"],
        [SECOND, "accepted"],
        [FIRST, "accepted"],
    ]
    assert "0 failed, 1 warned" in lines[2]
    assert lines[3].endswith("0.1200   0.2100")
    assert lines[4] == "night-2026-11-25  no readable record"
    assert len({line.index("2026-11-2", 18) for line in lines[1:4]}) == 1


@pytest.mark.usefixtures("records")
def test_a_build_is_shown_with_its_reasons(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """The newest without a name."""
    newest = told(capsys, tmp_path, "show")
    assert newest.startswith(f"build    {THIRD}\noutcome  stopped\n")
    assert "because  A gate stopped it.\nbecause  Too much was rejected." in newest
    assert "import   mode INCREMENTAL, rows 1234" in newest
    second = told(capsys, tmp_path, "show", SECOND)
    assert "warning  gap: 1 day has no interaction." in second
    assert "normalized_discounted_cumulative_gain_at_25  0.2100" in second
    assert "66,000" in second


@pytest.mark.usefixtures("records")
def test_two_builds_stand_side_by_side(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """Figures, changes and the stability index of each distribution."""
    lines = [line.split() for line in told(capsys, tmp_path, "diff", FIRST, SECOND).splitlines()]
    assert lines[0] == ["FIGURE", FIRST, SECOND, "CHANGE"]
    assert ["interactions", "60,000", "66,000", "+10.0%"] in lines
    assert ["Like", "-", "3,000", "-"] in lines
    (completion,) = [line for line in lines if line[:1] == ["completion"]]
    assert float(completion[1]) > 0.25
    assert completion[3:] == ["what", "came", "since"]


@pytest.mark.usefixtures("records")
def test_the_newest_is_held_against_the_last_accepted(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """Unless other names are given."""
    assert told(capsys, tmp_path, "diff").split()[:3] == ["FIGURE", SECOND, THIRD]
    assert told(capsys, tmp_path, "diff", FIRST).split()[:3] == ["FIGURE", FIRST, THIRD]


@pytest.mark.usefixtures("records")
def test_programs_get_json(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """The records as they are stored."""
    assert [each["build"] for each in json.loads(told(capsys, tmp_path, "list", "--json"))] == [
        THIRD,
        SECOND,
        FIRST,
    ]
    assert json.loads(told(capsys, tmp_path, "show", "--json"))["build"] == THIRD
    both = json.loads(told(capsys, tmp_path, "diff", "--json"))
    assert (both["before"]["build"], both["now"]["build"]) == (SECOND, THIRD)


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (["show"], "no build is recorded"),
        (["show", FIRST], f"no record of {FIRST} can be read"),
    ],
)
def test_what_is_not_there_is_said(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, arguments: list[str], why: str
) -> None:
    """In one line."""
    assert told(capsys, tmp_path, *arguments, status=1) == f"UnusableError: {why}\n"


def test_the_first_accepted_build_has_none_before(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """There is nothing to hold it against."""
    Records(Folder(tmp_path)).put(a_record(FIRST))
    error = told(capsys, tmp_path, "diff", status=1)
    assert error == f"UnusableError: no other build than {FIRST} was accepted\n"
    assert told(capsys, tmp_path, "list").count("\n") == 2
