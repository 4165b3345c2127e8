"""`python -m nightly` over folders."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from nightly.command_line import _COMMANDS, main  # pyright: ignore[reportPrivateUsage]

from tests.support.nightly import lines_of

CONTEXT = ("--context-columns", "DEVICE_TYPE")


def answers(capsys: pytest.CaptureFixture[str]) -> list[dict[str, object]]:
    """What was printed, line by line."""
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def test_a_night_on_a_laptop(
    generated: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Days, then everything, then one day; what was written is read back by another command."""
    archive, clean = str(generated), str(tmp_path / "clean")
    where = ("--archive", archive, "--clean", clean, *CONTEXT)
    assert main(["backfill", *where, "--at-once", "2", "--memory", "1GB", "--threads", "1"]) == 0
    days = answers(capsys)
    assert all(day["published"] for day in days)
    last = str(days[-1]["day"])
    assert main(["day", *where, "--day", last, "--temporary", str(tmp_path / "spill")]) == 0
    assert [day["published"] for day in answers(capsys)] == [False]
    full, raw, one = (tmp_path / name for name in ("full", "raw", "one"))
    assert main(["build", "--clean", clean, "--out", str(full), *CONTEXT]) == 0
    assert main(["build", "--archive", archive, "--out", str(raw), *CONTEXT]) == 0
    span = ("--first", last, "--last", last)
    assert main(["build", "--clean", clean, "--out", str(one), *span, *CONTEXT]) == 0
    assert lines_of(full) == lines_of(raw)
    assert set(lines_of(one)) < set(lines_of(full))
    capsys.readouterr()
    assert main(["validate", str(full / "interactions")]) == 0
    assert main(["validate", str(one / "interactions"), "--incremental"]) == 0
    assert [told["rows"] for told in answers(capsys)] == [len(lines_of(full)), len(lines_of(one))]


def test_rules_are_options(
    generated: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Thresholds, types, values, guests and columns."""
    options = [
        *("--watch-ratio", "0.9", "--watch-cap-s", "1000", "--complete-ratio", "1"),
        *("--event-types", "Watch,Complete", "--least-values", "Watch=0.5"),
        *("--interaction-columns", "EVENT_VALUE", "--train-guests"),
    ]
    out = tmp_path / "out"
    assert main(["build", "--archive", str(generated), "--out", str(out), *options]) == 0
    (report,) = answers(capsys)
    assert report["outcomes"].keys() >= {"below_threshold", "type_left_out", "ok"}  # pyright: ignore[reportAttributeAccessIssue]
    assert {len(line.split(",")) for line in lines_of(out)} == {5}


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["build", "--clean", "{}", "--out", "{}/o"], "not in the clean layer"),
        (["build", "--clean", "{}", "--out", "{}/o", "--first", "2026-11-20"], "--last"),
        (
            ["build", "--archive={}", "--out={}/o", "--first=2026-11-20", "--last=2026-11-20"],
            "--clean",
        ),
        (["validate", "{}/nowhere"], "row 1: no_file"),
    ],
)
def test_what_stops_it_is_said_in_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], told: str
) -> None:
    """On standard error, and the status says that it stopped."""
    assert main([argument.format(tmp_path) for argument in arguments]) == 1
    error = capsys.readouterr().err
    assert told in error
    assert error.count("\n") == 1


def test_a_bad_row_is_named_with_its_file(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """File and row, and nothing of what stands there."""
    header = "USER_ID,ITEM_ID,TIMESTAMP,EVENT_TYPE\n"
    (tmp_path / "part-0.csv").write_text(f"{header}u-1,i-1,1795500000,Watch\nsecret,,1,Watch\n")
    assert main(["validate", str(tmp_path)]) == 1
    assert capsys.readouterr().err == "BadRowError: part-0.csv row 3: ITEM_ID\n"


@pytest.mark.parametrize("name", _COMMANDS)
def test_each_command_tells_its_options(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Modules are named by text, so each name is tried."""
    with pytest.raises(SystemExit) as ended:
        main([name, "--help"])
    assert ended.value.code == 0
    assert f"usage: nightly {name}" in capsys.readouterr().out


def test_a_build_over_folders_does_not_load_boto3() -> None:
    """It would take a third of the time of a small build."""
    program = (
        "import sys, contextlib, nightly.command_line as it\n"
        "with contextlib.suppress(SystemExit): it.main(['build', '--help'])\n"
        "sys.exit('boto3' in sys.modules)"
    )
    done = subprocess.run(  # noqa: S603 - our own program
        [sys.executable, "-c", program], check=False, stdout=subprocess.DEVNULL
    )
    assert done.returncode == 0
