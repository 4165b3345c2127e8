"""The port `PlaybackStates`: the fake and DynamoDB remember alike."""

from collections.abc import Generator, Iterator
from contextlib import contextmanager
from copy import replace
from typing import Any

import pytest
from ingestion.adapters.dynamodb import dynamodb_client
from ingestion.adapters.playback_states import DynamoPlaybackStates
from ingestion.domain.errors import TransientError
from ingestion.domain.folding import fold
from ingestion.domain.playback_state import MAX_MOMENTS, PlaybackState
from ingestion.domain.point import Dialect
from ingestion.ports import PlaybackStates
from moto import mock_aws

from tests.support.aws_faults import answering
from tests.support.builders import THRESHOLDS
from tests.support.fakes import FakePlaybackStates
from tests.support.functions import make_table
from tests.support.viewings import VIEWINGS, Viewing, a_point, at, beats, points_of


def a_state(key: str = "key", viewing: Viewing = VIEWINGS[0]) -> PlaybackState:
    """A state with everything in it that a state can hold, but for a frozen reckoning."""
    spans = a_point(99, at(200, "pause", 10), 100, dialect=Dialect.XAPI, played=((0.0, 10.0),))
    state = fold(PlaybackState(key), [*points_of(viewing), spans], THRESHOLDS).state
    return replace(state, expires_at_s=1_800_000_000)


def a_frozen_state() -> PlaybackState:
    """The state of a playback with more moments than are kept."""
    events = [at(0, "play", 0), *beats(10, 10, MAX_MOMENTS + 1)]
    points = [a_point(n, event, 50_000.0) for n, event in enumerate(events)]
    return fold(PlaybackState("key"), points, THRESHOLDS).state


@contextmanager
def _reading(dynamodb: Any, keys_a_read: int) -> Generator[list[int]]:
    """BatchGetItem processes so many keys of a call; yields how many each call asked for."""
    asked: list[int] = []

    def cut(params: dict[str, Any], context: dict[str, Any], **_: object) -> None:
        keys = params["RequestItems"]["states"]["Keys"]
        asked.append(len(keys))
        context["left"] = keys[keys_a_read:]
        params["RequestItems"]["states"]["Keys"] = keys[:keys_a_read] or keys

    def leave(parsed: dict[str, Any], context: dict[str, Any], **_: object) -> None:
        if keys_a_read == 0:
            parsed["Responses"] = {}
        if context["left"]:
            parsed["UnprocessedKeys"] = {"states": {"Keys": context["left"]}}

    events = dynamodb.meta.events
    events.register("provide-client-params.dynamodb.BatchGetItem", cut)
    events.register("after-call.dynamodb.BatchGetItem", leave)
    try:
        yield asked
    finally:
        events.unregister("provide-client-params.dynamodb.BatchGetItem", cut)
        events.unregister("after-call.dynamodb.BatchGetItem", leave)


class PlaybackStatesContract:
    """What every store of playback states does."""

    def test_nothing_is_known_at_first(self, states: PlaybackStates) -> None:
        """A key without a state is not in the answer."""
        assert states.load(["key"]) == {}

    @pytest.mark.parametrize("state", [a_state(), a_frozen_state()], ids=["plain", "frozen"])
    def test_a_state_comes_back_as_it_was(
        self, states: PlaybackStates, state: PlaybackState
    ) -> None:
        """But for its version, which counts."""
        assert states.save(state)
        assert states.load(["key", "other"]) == {"key": replace(state, version=1)}

    def test_a_state_is_succeeded_by_one_that_names_its_version(
        self, states: PlaybackStates
    ) -> None:
        """Read, change, write."""
        states.save(a_state())
        (known,) = states.load(["key"]).values()
        assert states.save(replace(known, playbacks={}))
        (known,) = states.load(["key"]).values()
        assert (known.version, known.playbacks) == (2, {})

    def test_a_writer_that_read_another_version_is_refused(self, states: PlaybackStates) -> None:
        """What the first of two wrote is not lost."""
        states.save(a_state())
        assert not states.save(a_state(viewing=VIEWINGS[1]))
        assert states.load(["key"])["key"].playbacks == a_state().playbacks

    def test_many_keys_are_read_at_once(self, states: PlaybackStates) -> None:
        """More than a call can name, and some named twice."""
        for number in range(0, 230, 23):
            states.save(a_state(f"key-{number}"))
        keys = [f"key-{number}" for number in range(230)]
        assert sorted(states.load([*keys, *keys[:5]])) == sorted(keys[::23])


class TestFakePlaybackStates(PlaybackStatesContract):
    @pytest.fixture
    def states(self) -> FakePlaybackStates:
        return FakePlaybackStates()


class TestDynamoPlaybackStates(PlaybackStatesContract):
    @pytest.fixture
    def states(self) -> Iterator[DynamoPlaybackStates]:
        with mock_aws():
            self.dynamodb = dynamodb_client()
            make_table(self.dynamodb, "states", playback_key="HASH")
            yield DynamoPlaybackStates(lambda: self.dynamodb, "states")

    @pytest.mark.parametrize("operation", ["BatchGetItem", "PutItem"])
    def test_a_throttled_table_is_transient(
        self, states: DynamoPlaybackStates, operation: str
    ) -> None:
        """The batch is delivered again."""
        code = "ProvisionedThroughputExceededException"
        with answering(self.dynamodb, operation, 400, code), pytest.raises(TransientError):
            _ = states.load(["key"]), states.save(a_state())

    def test_what_a_read_leaves_unprocessed_is_read_again(
        self, states: DynamoPlaybackStates
    ) -> None:
        """BatchGetItem answers with a part when it is throttled or the answer is too large."""
        for key in ("a", "b", "c"):
            states.save(a_state(key))
        with _reading(self.dynamodb, keys_a_read=1) as asked:
            assert sorted(states.load(["a", "b", "c"])) == ["a", "b", "c"]
        assert asked == [3, 2, 1]

    def test_a_table_that_processes_nothing_is_transient(
        self, states: DynamoPlaybackStates
    ) -> None:
        """Asking on and on would use up the invocation."""
        with _reading(self.dynamodb, keys_a_read=0), pytest.raises(TransientError):
            states.load(["a"])

    def test_no_client_is_made_before_it_is_needed(self) -> None:
        """Where all players send totals, starting costs nothing."""
        made: list[str] = []
        DynamoPlaybackStates(lambda: made.append("client"), "states")  # pyright: ignore[reportArgumentType]
        assert made == []
