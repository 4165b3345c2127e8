"""The command line: what it takes, and what it answers to what it cannot take."""

from pathlib import Path

import pytest

from local.demo.__main__ import main


def test_a_folder_that_is_none_is_an_error_of_its_own(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Told in a sentence, with status 2, before any stack is started."""
    assert main(["--data", str(tmp_path)]) == 2
    assert "Cannot read" in capsys.readouterr().err


def test_too_few_viewers_are_refused(capsys: pytest.CaptureFixture[str]) -> None:
    """Training would fail at the end."""
    with pytest.raises(SystemExit, match="2"):
        main(["--size", "3"])

    assert "it takes 40 viewers or more" in capsys.readouterr().err


def test_a_folder_that_is_there_keeps_no_second_archive(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Rows of two demos would be an archive of neither."""
    with pytest.raises(SystemExit, match="2"):
        main(["--keep", str(tmp_path)])

    assert "is there already" in capsys.readouterr().err
