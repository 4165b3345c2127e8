"""The port `LiveTargets`: the parameter and the fake keep the same promises."""

import json
from collections.abc import Generator
from dataclasses import replace
from typing import Any

import boto3
import pytest
from moto import mock_aws
from nightly.adapters.live_parameter import LiveParameter
from nightly.domain.errors import ChangedError, UnusableError
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
        targets.switch(targets.read(), after)
        assert targets.read() == after

    def test_one_can_go_there_and_back_again(self, targets: LiveTargets) -> None:
        """Each knows what the other wrote."""
        after = targets.read().succeeded_by(a_target("videos-r20261124"))
        targets.switch(targets.read(), after)
        targets.switch(targets.read(), targets.read().rolled_back())
        assert targets.read().dataset_group_name == "videos"
        assert targets.read().rolled_back() == after

    def test_whoever_has_not_seen_the_last_switch_changes_nothing(
        self, targets: LiveTargets
    ) -> None:
        """A rollback between a look and a write stands."""
        seen = targets.read().succeeded_by(a_target("videos-r20261124"))
        targets.switch(targets.read(), seen)
        rolled_back = seen.rolled_back()
        targets.switch(seen, rolled_back)
        with pytest.raises(ChangedError, match="somebody else"):
            targets.switch(seen, replace(seen, previous=None))
        assert targets.read() == rolled_back


class TestFakeLiveTargets(LiveTargetsContract):
    @pytest.fixture
    def targets(self) -> LiveTargets:
        return FakeLiveTargets()


class _Interrupted:
    """A client before each of whose writes somebody else writes, as long as there are words."""

    def __init__(self, client: Any, words: list[str]) -> None:
        self._client = client
        self._words = words

    def __getattr__(self, name: str) -> Any:
        return getattr(self._client, name)

    def put_parameter(self, **call: Any) -> Any:
        """Write after somebody else."""
        if self._words:
            self._client.put_parameter(**call | {"Value": self._words.pop(0)})
        return self._client.put_parameter(**call)


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
        targets.switch(targets.read(), a_target(longest).succeeded_by(a_target(longest)))
        answer = boto3.client("ssm").get_parameter(Name=NAME)
        assert len(answer["Parameter"].get("Value", "")) in range(1, 4096)

    def test_another_who_writes_while_it_is_put_back_wins(self) -> None:
        """However many come in between, the last of them stands."""
        with mock_aws():
            client: Any = boto3.client("ssm")
            words = [json.dumps(a_target(f"videos-r2026112{day}").as_dict()) for day in range(4)]
            between: Any = _Interrupted(client, words[1:])
            hasty = LiveParameter(between, NAME, a_target())
            client.put_parameter(Name=NAME, Value=words[0], Type="String")
            with pytest.raises(ChangedError):
                hasty.switch(a_target(), a_target("videos-r20261201"))
            assert hasty.read() == a_target("videos-r20261123")

    def test_what_is_no_target_is_not_what_was_read(self) -> None:
        """It is put back like anything else, for whoever wrote it to see."""
        with mock_aws():
            client: Any = boto3.client("ssm")
            client.put_parameter(Name=NAME, Value="text", Type="String")
            with pytest.raises(ChangedError):
                LiveParameter(client, NAME, None).switch(a_target(), a_target("videos-r20261124"))
            assert client.get_parameter(Name=NAME)["Parameter"]["Value"] == "text"

    @pytest.mark.parametrize("text", ["", "[]", "{}", '{"tracking_id": 5}'])
    def test_what_is_no_target_is_refused(self, targets: LiveTargets, text: str) -> None:
        """Rather than taken for the stack's own."""
        boto3.client("ssm").put_parameter(Name=NAME, Value=text or "text", Type="String")
        with pytest.raises(UnusableError):
            targets.read()
