"""The account adds up when everything is there, and says what is missing when not."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import Any

import pytest
from ingestion.application.deriving import Derived
from ingestion.application.record_feedback import derive_feedback
from ingestion.application.record_playback import derive_playback
from ingestion.domain.dialects.detection import NotPlayback
from ingestion.domain.message import Message
from ingestion.domain.rejection import Rejection

from local.demo.account import Account, Fate, Rules, account_for
from local.demo.imperfections import expected_reasons
from local.demo.outgoing import Outgoing, Way, to_json
from local.demo.stores import ArchivedMessage, Stores
from local.personalize import TrackerCounters
from tests.support.builders import (
    FEEDBACK_RULES,
    FEEDBACK_THRESHOLDS,
    NOW_MS,
    PLAYBACK_RULES,
    THRESHOLDS,
    a_playback,
    a_rating,
    a_reaction,
    a_start,
)
from tests.unit.local.demo.people import an_imperfect_day

RULES = Rules(THRESHOLDS, FEEDBACK_THRESHOLDS)


def counted(recorded: int, **counts: Any) -> TrackerCounters:
    """What the event tracker counts when one call brings all of it."""
    counters = TrackerCounters(
        calls=1,
        received=recorded,
        recorded=recorded,
        repeated=0,
        exact_duplicates=0,
        suspicious={},
        refused={},
        failed={},
    )
    return replace(counters, **counts)


def stored(sent: Sequence[Outgoing]) -> Stores:
    """What the functions leave behind, by the rules and without any AWS."""
    messages = [
        Message(str(number), each.way, each.body, NOW_MS) for number, each in enumerate(sent)
    ]
    results = [_derived(message) for message in messages]
    last = [each.verdict for each in results if isinstance(each, Derived) and each.verdict]
    verdicts = {each.subject: each.activity_id for each in sorted(last, key=lambda v: v.order)}
    rejected = [each for each in results if isinstance(each, Rejection)]
    return Stores(
        activities=tuple(
            ArchivedMessage(each.origin, each.id, each.arrived_at_ms, each.body)
            for each in messages
        ),
        interactions=tuple(
            row.as_dict()
            for each in results
            if isinstance(each, Derived)
            for row in each.rows
            if not each.verdict or verdicts[each.verdict.subject] == each.verdict.activity_id
        ),
        rejections={each.id: _rejection_row(each) for each in rejected},
        verdicts=verdicts,
        objects={},
        given_up=0,
    )


def _derived(message: Message) -> Derived | Rejection:
    if message.origin == Way.STREAM:
        derived = derive_playback(message, PLAYBACK_RULES)
        assert not isinstance(derived, NotPlayback)
        return derived
    return derive_feedback(message, FEEDBACK_RULES)


def _rejection_row(rejection: Rejection) -> dict[str, str]:
    return {
        "reason": rejection.reason,
        "detail": rejection.detail,
        "origin": rejection.message.origin,
        "id": rejection.message.id,
    }


def sent_as(*activities: dict[str, Any]) -> list[Outgoing]:
    return [
        Outgoing(
            Way.STREAM if each["kind"] == "playback" else Way.QUEUE,
            each["activity_id"],
            "viewer-1",
            to_json(each),
            NOW_MS,
        )
        for each in activities
    ]


def account(
    sent: Sequence[Outgoing], stores: Stores | None = None, counters: TrackerCounters | None = None
) -> Account:
    stores = stored(sent) if stores is None else stores
    ids = {row["event_id"] for row in stores.interactions if row["to_send"]}
    kinds = {each.kind for each in sent}
    reasons = {kind: why for kind, why in expected_reasons().items() if kind in kinds}
    counters = counters or counted(len(ids))
    return account_for(sent, stores, counters, rules=RULES, reasons=reasons)


def failed(found: Account) -> Iterable[str]:
    return [check.name for check in found.checks if not check.holds]


@pytest.fixture(scope="module")
def day() -> list[Outgoing]:
    """The imperfect day of thirty viewers."""
    return an_imperfect_day()


@pytest.fixture(scope="module")
def stores(day: list[Outgoing]) -> Stores:
    """What it leaves behind."""
    return stored(day)


def test_a_whole_day_adds_up(day: list[Outgoing], stores: Stores) -> None:
    """Every message has one fate, together they are all, and each fate occurs."""
    found = account(day, stores)

    assert failed(found) == []
    assert found.adds_up
    assert sum(found.fates.values()) == found.received == found.sent == len(day)
    assert {fate for fate, count in found.fates.items() if not count} == {Fate.UNEXPLAINED}


@pytest.mark.parametrize(
    ("activity", "fate"),
    [
        (a_start(), Fate.INTERACTION),
        (a_playback(), Fate.HEARTBEAT),
        (a_playback(type="pause"), Fate.QUIET),
        (a_start(consent={"state": "denied"}), Fate.PRIVATE),
        (a_reaction("like"), Fate.INTERACTION),
        (a_reaction("dislike"), Fate.VERDICT),
        (a_reaction("unlike"), Fate.VERDICT),
        (a_rating(2.5), Fate.NEUTRAL),
        (a_rating(5.0), Fate.INTERACTION),
    ],
    ids=str,
)
def test_an_activity_has_its_fate(activity: dict[str, Any], fate: Fate) -> None:
    """Each is explained by the stores, or by itself."""
    found = account(sent_as(activity))

    assert found.adds_up
    assert {each for each, count in found.fates.items() if count} == {fate}


def test_what_the_client_sends_twice_is_told_before() -> None:
    """The first telling has the fate of the activity, whichever came first."""
    found = account(sent_as(a_start(), a_start()))

    assert found.adds_up
    assert found.fates[Fate.INTERACTION] == found.fates[Fate.TOLD_AGAIN] == 1


def test_a_like_that_was_taken_back_is_overtaken() -> None:
    """The later word stands, and is kept as the verdict."""
    like = a_reaction("like", activity_id="a-1")
    unlike = a_reaction("unlike", activity_id="a-2", occurred_at_ms=NOW_MS - 1000)

    found = account(sent_as(like, unlike))

    assert found.adds_up
    assert found.fates[Fate.OVERTAKEN] == found.fates[Fate.VERDICT] == 1


type Damage = Callable[[Stores], Stores]


def _without_interactions(stores: Stores) -> Stores:
    return replace(stores, interactions=stores.interactions[1:])


def _without_an_activity(stores: Stores) -> Stores:
    return replace(stores, activities=stores.activities[:-1])


def _with_a_stranger(stores: Stores) -> Stores:
    stranger = replace(stores.activities[0], id="another", body=to_json(a_playback()))
    return replace(stores, activities=(*stores.activities, stranger))


def _without_a_rejection(stores: Stores) -> Stores:
    key = next(iter(stores.rejections))
    rest = {each: row for each, row in stores.rejections.items() if each != key}
    return replace(stores, rejections=rest)


def _with_another_reason(stores: Stores) -> Stores:
    key, row = next(iter(stores.rejections.items()))
    return replace(stores, rejections={**stores.rejections, key: {**row, "reason": "size?"}})


def _without_verdicts(stores: Stores) -> Stores:
    return replace(stores, verdicts={})


def _given_up(stores: Stores) -> Stores:
    return replace(stores, given_up=1)


@pytest.mark.parametrize(
    ("damage", "complaint"),
    [
        (_without_interactions, "messages without an explanation"),
        (_without_an_activity, "messages sent, received and archived"),
        (_with_a_stranger, "messages archived that nobody sent"),
        (_without_a_rejection, "broken messages, rejected for their reason"),
        (_with_another_reason, "broken messages, rejected for their reason"),
        (_without_verdicts, "messages without an explanation"),
        (_given_up, "messages given up"),
    ],
)
def test_what_is_missing_is_noticed(
    damage: Damage, complaint: str, day: list[Outgoing], stores: Stores
) -> None:
    """An account that always adds up would be worth nothing."""
    found = account(day, damage(stores))

    assert not found.adds_up
    assert complaint in failed(found)


def test_an_interaction_that_personalize_has_not_is_noticed() -> None:
    """What is archived as sent must be there."""
    found = account(sent_as(a_start()), counters=counted(0))

    assert failed(found) == ["interactions archived, with Personalize"]


@pytest.mark.parametrize("trouble", ["refused", "failed", "suspicious"])
def test_troubles_with_personalize_are_noticed(trouble: str) -> None:
    """A healthy producer has none."""
    found = account(sent_as(a_start()), counters=counted(1, **{trouble: {"reason": 2}}))

    assert list(failed(found)) == ["calls refused or failed, events that look suspicious"]


def test_a_sound_message_that_was_rejected_is_noticed() -> None:
    """Rejections are for what is broken."""
    late = sent_as(a_start(occurred_at_ms=NOW_MS - 300_000_000))

    assert failed(account(late)) == ["sound messages rejected"]


def test_the_thresholds_are_those_of_the_deployed_functions() -> None:
    """They are read from the functions' environment, as text."""
    shared = {
        "TRACKING_ID": "tracking-id",
        "ARCHIVE_BUCKET": "archive",
        "MAX_CONCURRENT_CALLS": "16",
        "INTERACTION_COLUMNS": "EVENT_VALUE",
        "CONTEXT_COLUMNS": "",
        "TRAIN_GUESTS": "false",
        "MAX_LATENESS_S": "172800",
        "MAX_SKEW_S": "300",
    }
    playback = {
        "WATCH_RATIO": "0.5",
        "WATCH_CAP_S": "300",
        "WATCH_UNKNOWN_DURATION_S": "60",
        "COMPLETE_RATIO": "0.9",
        "PLAYBACK_STATES_TABLE": "playback-states",
        "SEGMENT_VISIT_FIELD": "anonymousId",
        "SNOWPLOW_ITEM_PATH": "com.example/media_item:id",
        "XAPI_ITEM_PATTERN": "([^/]+)$",
    }
    feedback = {
        "VERDICTS_TABLE": "verdicts",
        "LIKE_RATING": "0.75",
        "DISLIKE_RATING": "0.25",
        "SENTIMENT_CONFIDENCE": "0.6",
        "SENTIMENT_MARGIN": "0.3",
        "SETTLE_DELAY_S": "1",
        "SETTLING_QUEUE_URL": "settling",
        "DISLIKE_AS_INTERACTION": "false",
        "DATASET_GROUP_DOMAIN": "CUSTOM",
        "COMMENT_SENTIMENT": "false",
        "ARCHIVE_COMMENT_TEXT": "false",
    }

    assert Rules.of_functions(shared | playback, shared | feedback) == RULES
