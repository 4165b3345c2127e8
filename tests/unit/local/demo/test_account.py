"""The account adds up when everything is there, and says what is missing when not."""

from collections.abc import Callable, Iterable, Sequence
from copy import replace
from functools import partial
from itertools import batched
from typing import Any

import pytest
from ingestion.application.deriving import Derived, DerivedBatch, derive_all, unpack_all
from ingestion.application.folding import fold_points
from ingestion.application.record_feedback import derive_feedback
from ingestion.application.record_playback import derive_playback
from ingestion.domain.activity import Sentiment, SentimentLabel, SentimentScores
from ingestion.domain.comment import as_feedback, is_comment
from ingestion.domain.dialects.reading import DialectRules
from ingestion.domain.message import Message
from ingestion.domain.rejection import Rejection

from local.comprehend.sentiment import judge as judge_words
from local.demo.account import Account, Findings, account_for
from local.demo.fates import Fate, Rules
from local.demo.foreign import NOBODY, ForeignDay
from local.demo.imperfections import expected_reasons
from local.demo.opinions import comments
from local.demo.outgoing import Outgoing, Way, to_json
from local.demo.stores import ArchivedMessage, Row, Stores
from local.demo.tellers import SNOWPLOW_ITEM_PATH
from local.personalize import TrackerCounters
from tests.support.builders import (
    FEEDBACK_RULES,
    FEEDBACK_THRESHOLDS,
    NOW_MS,
    PLAYBACK_RULES,
    THRESHOLDS,
    WINDOW,
    a_playback,
    a_rating,
    a_reaction,
    a_start,
)
from tests.support.fakes import FakePlaybackStates
from tests.support.variables import FEEDBACK, PLAYBACK, RECORDER
from tests.unit.local.demo.people import a_foreign_day, an_imperfect_day

DIALECTS = DialectRules(snowplow_item_path=SNOWPLOW_ITEM_PATH)
RULES = Rules(THRESHOLDS, FEEDBACK_THRESHOLDS, WINDOW, DIALECTS)


def _sentiment(text: str, language: str) -> Sentiment:
    judgement = judge_words(text, language)
    scores = {label.lower(): score for label, score in judgement.scores.items()}
    return Sentiment(label=SentimentLabel(judgement.label), scores=SentimentScores(**scores))


SENTIMENTS = {each.text: _sentiment(each.text, each.language) for each in comments()}


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
    played = _played([each for each in messages if each.origin == Way.STREAM])
    said = derive_all([each for each in messages if each.origin == Way.QUEUE], _said)
    derived = (*played.derived, *said.derived)
    last = [each.verdict for each in derived if each.verdict]
    verdicts = {each.subject: each.activity_id for each in sorted(last, key=lambda v: v.order)}
    return Stores(
        activities=tuple(
            ArchivedMessage(each.origin, each.id, each.arrived_at_ms, each.body)
            for each in messages
        ),
        interactions=tuple(
            row.as_dict("tracker-mark")
            for each in derived
            for row in each.rows
            if not each.verdict or verdicts[each.verdict.subject] == each.verdict.activity_id
        ),
        rejections={
            each.message.id: _rejection_row(each) for each in (*played.rejections, *said.rejections)
        },
        verdicts=verdicts,
        objects={},
        given_up=0,
    )


def _played(messages: Sequence[Message]) -> DerivedBatch:
    """What players told, folded in batches of five hundred records."""
    rules = replace(PLAYBACK_RULES, dialects=DIALECTS)
    states = FakePlaybackStates()
    derived: list[Derived] = []
    rejections: list[Rejection] = []
    for batch in batched(messages, 500, strict=False):
        unfolded = derive_all(unpack_all(batch), partial(derive_playback, rules=rules))
        folded, remembering = fold_points(unfolded, rules, states)
        for each in remembering:
            states.save(each.state)
        derived += folded.derived
        rejections += folded.rejections
    return DerivedBatch(tuple(messages), tuple(derived), tuple(rejections))


def _said(message: Message) -> Derived | Rejection:
    """What feedback earns, and comments by what is read in them."""
    result = derive_feedback(message, FEEDBACK_RULES)
    if isinstance(result, Rejection) or not is_comment(result.received):
        return result
    received = as_feedback(result.received, SENTIMENTS[result.received.activity.text])
    body = received.activity.model_dump_json().encode()
    return derive_feedback(replace(message, body=body), FEEDBACK_RULES)


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
    sent: Sequence[Outgoing],
    stores: Stores | None = None,
    counters: TrackerCounters | None = None,
    foreign: ForeignDay = NOBODY,
) -> Account:
    stores = stored(sent) if stores is None else stores
    ids = {row["event_id"] for row in stores.interactions if row["to_send"]}
    kinds = {each.kind for each in sent}
    reasons = {kind: why for kind, why in expected_reasons().items() if kind in kinds}
    counters = counters or counted(len(ids))
    findings = Findings(stores, counters, RULES, SENTIMENTS)
    return account_for(sent, foreign, findings, reasons=reasons)


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
    found = account(day, stores, foreign=a_foreign_day())

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


def _without_interactions_of_foreign_players(stores: Stores) -> Stores:
    of_foreign = [row for row in stores.interactions if _is_foreign(row)]
    left = tuple(row for row in stores.interactions if row is not of_foreign[0])
    return replace(stores, interactions=left)


def _with_more_of_foreign_players(stores: Stores) -> Stores:
    row = next(row for row in stores.interactions if _is_foreign(row))
    more = {**row, "event_id": "another", "event_type": "Complete?"}
    return replace(stores, interactions=(*stores.interactions, more))


def _is_foreign(row: Row) -> bool:
    return str(row["user_id"]).startswith("viewer-foreign-")


@pytest.mark.parametrize(
    ("damage", "complaint"),
    [
        (
            _without_interactions_of_foreign_players,
            "interactions of foreign players that their native twins earn",
        ),
        (_with_more_of_foreign_players, "interactions of foreign players that no twin earns"),
    ],
)
def test_foreign_players_earn_what_native_ones_would(
    damage: "Damage", complaint: str, day: list[Outgoing], stores: Stores
) -> None:
    """Nothing is lacking, and there is nothing else."""
    foreign = a_foreign_day()

    assert complaint not in failed(account(day, stores, foreign=foreign))
    assert complaint in failed(account(day, damage(stores), foreign=foreign))


def test_each_way_of_telling_is_accounted_for(day: list[Outgoing], stores: Stores) -> None:
    """With its records and the moments in them; what is of no playback earns nothing."""
    *tellings, others = account(day, stores, foreign=a_foreign_day()).tellings

    for telling in tellings:
        assert telling.moments >= telling.records > 0
        assert telling.by_type["Click"] == 4
        assert telling.found == telling.expected
    assert others.others >= others.records > 0
    assert (others.moments, others.by_type) == (0, {})


def test_comments_have_the_fate_of_what_is_read_in_them(
    day: list[Outgoing], stores: Stores
) -> None:
    """Glad ones become likes, angry ones verdicts, the others nothing."""
    assert account(day, stores, foreign=a_foreign_day()).comments == {
        ("POSITIVE", Fate.INTERACTION): 2,
        ("NEGATIVE", Fate.VERDICT): 2,
        ("MIXED", Fate.NEUTRAL): 1,
        ("NEUTRAL", Fate.NEUTRAL): 1,
    }


def test_a_comment_that_nobody_read_is_unexplained(day: list[Outgoing], stores: Stores) -> None:
    """Nothing is guessed."""
    findings = Findings(stores, counted(0), RULES, {})

    found = account_for(day, a_foreign_day(), findings, reasons=expected_reasons())

    assert found.fates[Fate.UNEXPLAINED] == 4


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
    found = Rules.of_functions(RECORDER | PLAYBACK, RECORDER | FEEDBACK)

    assert (found.playback, found.feedback, found.window) == (
        THRESHOLDS,
        FEEDBACK_THRESHOLDS,
        WINDOW,
    )
    assert found.dialects.snowplow_item_path == SNOWPLOW_ITEM_PATH
