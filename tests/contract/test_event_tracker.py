"""The port `EventTracker`: the fake and boto3 before the emulator keep the same promises."""

from collections.abc import Iterator
from copy import replace
from datetime import UTC, datetime
from typing import Any, Protocol

import pytest
from ingestion.adapters.event_tracker import (
    PersonalizeEventTracker,
    event_of,
    personalize_events_client,
)
from ingestion.application.pacing import TokenBucket
from ingestion.domain.errors import MisconfiguredError, RefusedError, TransientError
from ingestion.domain.interaction import Columns, with_columns
from ingestion.domain.put_events import PutEventsCall
from ingestion.ports import EventTracker

from local.personalize import PersonalizeEmulator
from tests.support.aws_faults import answering, losing_the_reply_of
from tests.support.builders import an_interaction
from tests.support.fakes import FakeEventTracker
from tests.support.metadata import FakeClock
from tests.support.personalize import make_tracker, personalize


def a_call(*event_ids: str, item_id: str = "item-1") -> PutEventsCall:
    some = [
        an_interaction(event_id=event_id, item_id=item_id, sent_at_s=1_795_499_000 + n)
        for n, event_id in enumerate(event_ids)
    ]
    return PutEventsCall("user-1", "visit-1", tuple(some))


class World(Protocol):
    """A tracker, and the items that a training would see of what it was told."""

    tracker: EventTracker

    def items_trained_on(self) -> list[str]:
        """One entry an event."""
        ...


class EventTrackerContract:
    """What every event tracker does."""

    def test_a_call_is_recorded(self, world: World) -> None:
        """What was sent can be trained on."""
        world.tracker.record(a_call("e-1", "e-2"))
        assert world.items_trained_on() == ["item-1", "item-1"]

    def test_a_known_event_id_is_trained_on_once(self, world: World) -> None:
        """Redelivery is harmless; the first event of an id wins."""
        world.tracker.record(a_call("e-1"))
        world.tracker.record(a_call("e-1", item_id="item-2"))
        assert world.items_trained_on() == ["item-1"]

    def test_a_refused_call_records_nothing(self, world: World) -> None:
        """PutEvents is all or nothing."""
        call = a_call("e-1")
        guilty = an_interaction(event_id="bad", item_id="i" * 257)
        with pytest.raises(RefusedError):
            world.tracker.record(replace(call, interactions=(*call.interactions, guilty)))
        assert world.items_trained_on() == []

    def test_it_tells_how_long_a_call_may_take(self, world: World) -> None:
        """The deadline guard counts on it."""
        assert 0 < world.tracker.longest_call_s < 30


class _FakeWorld:
    def __init__(self) -> None:
        self.tracker = FakeEventTracker(refuses=lambda i: len(i.item_id) > 256)

    def items_trained_on(self) -> list[str]:
        return [interaction.item_id for interaction in self.tracker.trained_on.values()]


class TestFakeEventTracker(EventTrackerContract):
    @pytest.fixture
    def world(self) -> _FakeWorld:
        return _FakeWorld()


class _EmulatedWorld:
    def __init__(self, emulator: PersonalizeEmulator) -> None:
        self.emulator = emulator
        self.group, self.tracking_id = make_tracker()
        self.client = personalize_events_client(concurrent_calls=4)
        self.clock = FakeClock()
        self.tracker = PersonalizeEventTracker(
            self.client, self.tracking_id, TokenBucket(1000, self.clock)
        )

    def items_trained_on(self) -> list[str]:
        return [interaction.item_id for interaction in self.emulator.interactions(self.group)]


class TestPersonalizeEventTracker(EventTrackerContract):
    @pytest.fixture
    def world(self) -> Iterator[_EmulatedWorld]:
        with personalize() as emulator:
            yield _EmulatedWorld(emulator)

    def test_the_limits_are_left_to_the_planner_and_the_service(
        self, world: _EmulatedWorld
    ) -> None:
        """Eleven events leave boto3; Personalize refuses them."""
        with pytest.raises(RefusedError):
            world.tracker.record(a_call(*(f"e-{n}" for n in range(11))))

    def test_an_unknown_tracking_id_is_a_refusal(self, world: _EmulatedWorld) -> None:
        """Of everything, which `send_all` recognises as our configuration."""
        pace = TokenBucket(1000, world.clock)
        stranger = PersonalizeEventTracker(world.client, "no-such-id", pace)
        with pytest.raises(RefusedError):
            stranger.record(a_call("e-1"))

    @pytest.mark.parametrize("code", ["ThrottlingException", "InternalFailure"])
    def test_what_passes_within_three_attempts_is_recorded(
        self, world: _EmulatedWorld, code: str
    ) -> None:
        """The client tries again before anybody hears of it."""
        world.emulator.faults.fail_next(2, code)
        world.tracker.record(a_call("e-1"))
        assert world.items_trained_on() == ["item-1"]

    @pytest.mark.parametrize(
        ("status", "code"),
        [(400, "ThrottlingException"), (500, "InternalFailure"), (503, "ServiceUnavailable")],
    )
    def test_a_service_that_cannot_now_is_transient_after_three_attempts(
        self, world: _EmulatedWorld, status: int, code: str
    ) -> None:
        """More would only add to the load; the stream delivers again."""
        with answering(world.client, "PutEvents", status, code) as requests:
            with pytest.raises(TransientError):
                world.tracker.record(a_call("e-1"))
            assert len(requests) == 3

    def test_every_attempt_keeps_the_pace(self, world: _EmulatedWorld) -> None:
        """A retry counts against the quota as any call does."""
        world.emulator.faults.fail_next(2, "ThrottlingException")
        world.tracker.record(a_call("e-1"))
        assert world.clock.waits == pytest.approx([0.001, 0.001])

    @pytest.mark.parametrize("code", ["AccessDeniedException", "ExpiredTokenException"])
    def test_a_denied_call_is_misconfigured(self, world: _EmulatedWorld, code: str) -> None:
        """An operator must act; one attempt is enough to know."""
        with answering(world.client, "PutEvents", 400, code) as requests:
            with pytest.raises(MisconfiguredError):
                world.tracker.record(a_call("e-1"))
            assert len(requests) == 1

    def test_a_lost_reply_records_once(self, world: _EmulatedWorld) -> None:
        """The second attempt carries the same ids."""
        with losing_the_reply_of(world.client, "PutEvents"):
            world.tracker.record(a_call("e-1"))
        assert world.items_trained_on() == ["item-1"]
        assert world.emulator.counters(world.tracking_id).repeated == 1

    def test_a_guest_has_no_user_id(self, world: _EmulatedWorld) -> None:
        """The visit stands for the guest until a login."""
        world.tracker.record(replace(a_call("e-1"), user_id=None))
        assert world.emulator.counters(world.tracking_id).received == 1

    def test_every_column_arrives(self, world: _EmulatedWorld) -> None:
        """What led to it and the context, under the names of the schema."""
        call = a_call("e-1")
        full = replace(
            call.interactions[0],
            recommendation_id="RID-1",
            impressions=("item-1", "item-2"),
            event_source="home",
            context=(("DEVICE_TYPE", "tv"),),
        )
        world.tracker.record(replace(call, interactions=(full,)))
        (row,) = world.emulator.interactions(world.group)
        assert row.event_value == 0.5
        assert dict(row.other) == {
            "RECOMMENDATION_ID": "RID-1",
            "IMPRESSION": "item-1|item-2",
            "EVENT_ATTRIBUTION_SOURCE": "home",
            "DEVICE_TYPE": "tv",
        }

    @pytest.mark.parametrize(
        "pair", [("MOOD", "tired"), ("DEVICE_TYPE", "t" * 1001)], ids=["undeclared", "too long"]
    )
    def test_a_context_that_the_schema_does_not_take_is_a_refusal(
        self, world: _EmulatedWorld, pair: tuple[str, str]
    ) -> None:
        """So nothing but declared columns may be sent."""
        call = a_call("e-1")
        stray = replace(call.interactions[0], context=(pair,))
        with pytest.raises(RefusedError):
            world.tracker.record(replace(call, interactions=(stray,)))


def test_a_schema_without_optional_columns_takes_what_is_left_without_them() -> None:
    """The same interaction is refused with them, whichever it is, and taken without."""
    strays: tuple[dict[str, Any], ...] = (
        {"event_value": 0.5},
        {"recommendation_id": "RID-1"},
        {"impressions": ("item-1",)},
        {"event_source": "home"},
        {"context": (("DEVICE_TYPE", "tv"),)},
    )
    with personalize() as emulator:
        group, tracking_id = make_tracker(bare=True)
        tracker = PersonalizeEventTracker(
            personalize_events_client(1), tracking_id, TokenBucket(1000, FakeClock())
        )
        for number, stray in enumerate(strays):
            full = an_interaction(**{"event_id": f"e-{number}", "event_value": None} | stray)
            call = PutEventsCall("user-1", "visit-1", (full,))
            with pytest.raises(RefusedError):
                tracker.record(call)
            declared = with_columns(full, Columns(frozenset()))
            tracker.record(replace(call, interactions=(declared,)))
        assert emulator.counters(tracking_id).received == len(strays)
        assert [dict(each.other) for each in emulator.interactions(group)] == [{}]


def test_an_event_has_all_that_an_interaction_has() -> None:
    """Each column under the name of the API; time in whole seconds."""
    full = an_interaction(
        recommendation_id="r-1",
        impressions=("a", "b"),
        event_source="home",
        context=(("DEVICE_TYPE", "tv"),),
    )
    assert event_of(full) == {
        "eventId": "e-1",
        "eventType": "Watch",
        "itemId": "item-1",
        "sentAt": datetime.fromtimestamp(full.sent_at_s, UTC),
        "eventValue": 0.5,
        "recommendationId": "r-1",
        "impression": ("a", "b"),
        "metricAttribution": {"eventAttributionSource": "home"},
        "properties": '{"deviceType":"tv"}',
    }


def test_what_has_no_value_is_left_out() -> None:
    """Not null, not empty: absent."""
    bare = event_of(an_interaction(event_value=None))
    assert set(bare) == {"eventId", "eventType", "itemId", "sentAt"}
