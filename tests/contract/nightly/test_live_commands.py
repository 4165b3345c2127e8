"""`live` and `rollback`, over a parameter."""

import json
from collections.abc import Iterator

import pytest
from moto import mock_aws
from nightly.adapters.live_parameter import LiveParameter
from nightly.command_line import main

from tests.support.live import a_target

NAME = "/stack/live"
WHERE = ("--parameter", NAME)


@pytest.fixture
def parameter() -> Iterator[LiveParameter]:
    """A parameter after a switch from videos to videos-r20261124."""
    with mock_aws():
        found = LiveParameter.named(NAME, a_target())
        found.switch(found.read(), found.read().succeeded_by(a_target("videos-r20261124")))
        yield found


@pytest.mark.usefixtures("parameter")
def test_what_is_live_is_shown(capsys: pytest.CaptureFixture[str]) -> None:
    """With its mark, and what was live before."""
    assert main(["live", *WHERE]) == 0
    shown = json.loads(capsys.readouterr().out)
    assert shown["tracking_mark"] == a_target("videos-r20261124").tracking_mark
    assert shown["previous"]["dataset_group_name"] == "videos"


def test_a_rollback_says_what_it_would_do(
    parameter: LiveParameter, capsys: pytest.CaptureFixture[str]
) -> None:
    """And does nothing."""
    assert main(["rollback", *WHERE]) == 0
    assert "Would make videos live in place of videos-r20261124" in capsys.readouterr().out
    assert parameter.read().dataset_group_name == "videos-r20261124"


def test_a_rollback_makes_live_what_was_before(
    parameter: LiveParameter, capsys: pytest.CaptureFixture[str]
) -> None:
    """And says what the next nights do about it; once more, and one is back."""
    assert main(["rollback", *WHERE, "--yes"]) == 0
    said = capsys.readouterr().out
    assert "videos is live again in place of videos-r20261124" in said
    assert "the next nights find it undelivered" in said
    assert parameter.read().dataset_group_name == "videos"
    assert main(["rollback", *WHERE, "--yes"]) == 0
    assert parameter.read().dataset_group_name == "videos-r20261124"


def test_without_a_switch_there_is_nothing_to_go_back_to(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """It names the parameter, which may be another stack's."""
    with mock_aws():
        assert main(["rollback", *WHERE, "--yes"]) == 1
    assert NAME in capsys.readouterr().err
