"""The port `LiveTargets`: the parameter and the fake keep the same promises."""

from collections.abc import Generator

import boto3
import pytest
from moto import mock_aws
from nightly.adapters.live_parameter import LiveParameter
from nightly.domain.errors import UnusableError
from nightly.live import LiveTargets

from tests.support.live import FakeLiveTargets, a_target

NAME = "/stack/live"


class LiveTargetsContract:
    """What every place for the live target does."""

    @pytest.fixture
    def targets(self) -> LiveTargets:
        raise NotImplementedError

    def test_the_stacks_own_group_is_live_until_somebody_switches(
        self, targets: LiveTargets
    ) -> None:
        """Nothing has to be written for that."""
        assert targets.read() == a_target()

    def test_what_was_written_is_live(self, targets: LiveTargets) -> None:
        """With what was before it."""
        after = a_target().succeeded_by(a_target("videos-r20261124"))
        targets.write(after)
        assert targets.read() == after

    def test_the_last_to_write_wins(self, targets: LiveTargets) -> None:
        """There and back again."""
        after = targets.read().succeeded_by(a_target("videos-r20261124"))
        targets.write(after)
        targets.write(targets.read().rolled_back())
        assert targets.read().dataset_group_name == "videos"
        assert targets.read().rolled_back() == after


class TestFakeLiveTargets(LiveTargetsContract):
    @pytest.fixture
    def targets(self) -> LiveTargets:
        return FakeLiveTargets()


class TestLiveParameter(LiveTargetsContract):
    @pytest.fixture
    def targets(self) -> Generator[LiveTargets]:
        with mock_aws():
            yield LiveParameter.named(NAME, a_target())

    def test_a_target_with_its_predecessor_fits_a_standard_parameter(
        self, targets: LiveTargets
    ) -> None:
        """4 KB, with the longest names that Personalize takes."""
        longest = "n" * 63
        targets.write(a_target(longest).succeeded_by(a_target(longest)))
        answer = boto3.client("ssm").get_parameter(Name=NAME)
        assert len(answer["Parameter"].get("Value", "")) in range(1, 4096)

    @pytest.mark.parametrize("text", ["", "[]", "{}", '{"tracking_id": 5}'])
    def test_what_is_no_target_is_refused(self, targets: LiveTargets, text: str) -> None:
        """Rather than taken for the stack's own."""
        boto3.client("ssm").put_parameter(Name=NAME, Value=text or "text", Type="String")
        with pytest.raises(UnusableError):
            targets.read()
