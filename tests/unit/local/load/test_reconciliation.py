"""The account of a load: it holds for what is sound and shows each thing that is not."""

import json
from collections.abc import Sequence
from copy import replace
from typing import Any

import pytest
from ingestion.application.comparing import Comparison
from ingestion.domain.conservation import End, HourAccount
from ingestion.domain.hour import Hour

from local.demo.conservation import Conservation
from local.demo.stores import ArchivedMessage, Stores
from local.load.findings import Findings
from local.load.ledger import Entry, entry
from local.load.parcel import Channel, Kind, Parcel
from local.load.reconciliation import Fate, Reconciliation, reconcile
from local.personalize import TrackerCounters

REASONS = {"cut off": "json"}


def a_parcel(name: str, kind: Kind, channel: Channel, **known: Any) -> Parcel:
    """Build a message of the user `ann` on the item `film`."""
    body = json.dumps({"activity_id": name, **known.pop("says", {})}).encode()
    whom: dict[str, Any] = {"user_id": "ann", "item_id": "film"} | known
    return Parcel(kind=kind, channel=channel, key="ann", body=body, name=name, **whom)


CLICK = a_parcel("click", Kind.NATIVE, Channel.STREAM, earns=("Click",))
HEARTBEAT = a_parcel("heartbeat", Kind.NATIVE, Channel.STREAM)
RECORD = a_parcel("record", Kind.FOREIGN, Channel.STREAM, story="s", may_earn=("Watch",))
LAST_RECORD = a_parcel("watch", Kind.FOREIGN, Channel.STREAM, story="s", earns=("Watch",))
LIKE = a_parcel(
    "like", Kind.FEEDBACK, Channel.FEEDBACK, may_earn=("Like",), is_opinion=True, told_at_ms=1
)
UNLIKE = a_parcel("unlike", Kind.FEEDBACK, Channel.FEEDBACK, is_opinion=True, told_at_ms=2)
MIDDLING = a_parcel("middling", Kind.FEEDBACK, Channel.FEEDBACK, item_id="another")
PROFILE = a_parcel("ann", Kind.METADATA, Channel.METADATA, says={"region": "north"}, told_at_ms=1)
NEWER = a_parcel("ann", Kind.METADATA, Channel.METADATA, says={"region": "south"}, told_at_ms=2)
POISON = a_parcel("cut off", Kind.POISON, Channel.STREAM, user_id="")
AGAIN = replace(CLICK, kind=Kind.DUPLICATE)
SENT = (
    CLICK,
    HEARTBEAT,
    RECORD,
    LAST_RECORD,
    LIKE,
    UNLIKE,
    MIDDLING,
    PROFILE,
    NEWER,
    POISON,
    AGAIN,
)


def a_row(activity_id: str, event_type: str, event_id: str = "") -> dict[str, Any]:
    """Build a row of an interaction that is to be sent."""
    return {
        "event_id": event_id or event_type,
        "event_type": event_type,
        "user_id": "ann",
        "item_id": "film",
        "activity_id": activity_id,
        "to_send": True,
    }


def a_ledger(parcels: Sequence[Parcel] = SENT, attempts: int = 1) -> list[Entry]:
    """Build a ledger in which everything was acknowledged."""
    return [entry(each, attempts, is_acknowledged=True) for each in parcels]


def archived(parcels: Sequence[Parcel]) -> tuple[ArchivedMessage, ...]:
    """Put messages into the archive, in order."""
    return tuple(
        ArchivedMessage(each.channel, str(number), number, each.body)
        for number, each in enumerate(parcels)
    )


STORES = Stores(
    activities=archived(SENT),
    interactions=(a_row("click", "Click"), a_row("watch", "Watch"), a_row("click", "Click")),
    rejections={"r": {"origin": "stream", "id": "9", "reason": "json"}},
    verdicts={("user:ann", "film"): "unlike"},
    objects={},
    given_up=0,
)
COUNTERS = TrackerCounters(
    calls=2,
    received=3,
    recorded=2,
    repeated=1,
    exact_duplicates=0,
    suspicious={},
    refused={},
    failed={"ThrottlingException": 5},
)
FINDINGS = Findings(
    stores=STORES,
    held=frozenset({"Click", "Watch"}),
    records={"ann": {"REGION": "south"}},
    counters=COUNTERS,
    dead_letters=(),
    failed_batches=0,
    conservation=Conservation(
        (HourAccount(Hour(0), 1, {End.RECORDED: 1}),), Comparison(2, 0, (), 0, 0)
    ),
)


def with_stores(**changes: Any) -> Findings:
    """Change what lies in the stores."""
    return replace(FINDINGS, stores=replace(STORES, **changes))


def account(findings: Findings = FINDINGS, ledger: Sequence[Entry] = ()) -> Reconciliation:
    """Draw up the account of the sound load, but for what is changed."""
    return reconcile(ledger or a_ledger(), findings, REASONS)


def failed(found: Reconciliation) -> set[str]:
    """Name the checks that do not hold."""
    return {check.name for check in found.checks if not check.holds}


def fates(found: Reconciliation, kind: Kind) -> dict[Fate, int]:
    """Give the fates of a kind, where there are any."""
    return next(dict(each.fates) for each in found.kinds if each.kind is kind)


def test_a_sound_load_adds_up() -> None:
    """Every kind, each message with one fate."""
    found = account()

    assert failed(found) == set()
    assert found.adds_up
    assert fates(found, Kind.NATIVE) == {Fate.RECORDED: 1, Fate.NO_INTERACTION: 1}
    assert fates(found, Kind.FOREIGN) == {Fate.RECORDED: 1, Fate.NO_INTERACTION: 1}
    assert fates(found, Kind.FEEDBACK) == {Fate.SUPERSEDED: 1, Fate.NO_INTERACTION: 2}
    assert fates(found, Kind.METADATA) == {Fate.SUPERSEDED: 1, Fate.RECORDED: 1}
    assert fates(found, Kind.DUPLICATE) == {Fate.RECORDED: 1}
    assert fates(found, Kind.POISON) == {Fate.REJECTED: 1}
    assert found.interactions == {"Click": 1, "Watch": 1}


def test_what_was_taken_back_may_have_been_sent_before() -> None:
    """The like settled before the second word came."""
    stores = with_stores(interactions=(*STORES.interactions, a_row("like", "Like")))
    counters = replace(COUNTERS, recorded=3)
    held = FINDINGS.held | {"Like"}

    found = account(replace(stores, counters=counters, held=held))

    assert found.adds_up
    assert fates(found, Kind.FEEDBACK)[Fate.RECORDED] == 1


def test_what_was_taken_back_may_never_have_been_sent() -> None:
    """It was archived, Personalize would not take it then, and later it no longer stood."""
    found = account(with_stores(interactions=(*STORES.interactions, a_row("like", "Like"))))

    assert found.adds_up
    assert found.taken_back == 1
    assert fates(found, Kind.FEEDBACK)[Fate.SUPERSEDED] == 1


def test_an_archived_message_that_is_missing_shows() -> None:
    """Acknowledged, and not there."""
    found = account(with_stores(activities=STORES.activities[1:]))

    assert "messages acknowledged and archived" in failed(found)


def test_a_message_archived_twice_shows() -> None:
    """At the same place."""
    found = account(with_stores(activities=(*STORES.activities, STORES.activities[0])))

    assert failed(found) == {"messages archived that nobody sent", "messages archived twice"}


def test_a_message_of_which_no_reply_came_may_be_there() -> None:
    """Or not."""
    doubt = entry(HEARTBEAT, 1, is_acknowledged=False)
    there = with_stores(activities=archived([*SENT, HEARTBEAT]))

    assert account(ledger=[*a_ledger(), doubt]).adds_up
    assert account(there, [*a_ledger(), doubt]).adds_up
    assert not account(there).adds_up


def test_an_interaction_that_is_missing_shows() -> None:
    """The activity earns one and has none."""
    stores = with_stores(interactions=(a_row("watch", "Watch"),))
    found = account(
        replace(stores, held=frozenset({"Watch"}), counters=replace(COUNTERS, recorded=1))
    )

    assert failed(found) == {"messages without an explanation", "interactions earned"}
    assert fates(found, Kind.NATIVE)[Fate.UNEXPLAINED] == 1


def test_an_interaction_counted_twice_shows() -> None:
    """Two event ids of the same user, item and event type."""
    rows = (*STORES.interactions, a_row("click", "Click", "another id"))
    found = account(
        replace(
            with_stores(interactions=rows),
            held=FINDINGS.held | {"another id"},
            counters=replace(COUNTERS, recorded=3),
        )
    )

    assert failed(found) == {"interactions with two event ids"}


def test_an_interaction_that_nothing_earns_shows() -> None:
    """Archived and sent, but no message tells it."""
    rows = (*STORES.interactions, a_row("heartbeat", "Complete"))
    found = account(
        replace(
            with_stores(interactions=rows),
            held=FINDINGS.held | {"Complete"},
            counters=replace(COUNTERS, recorded=3),
        )
    )

    assert failed(found) == {"interactions that nothing earns"}


def test_an_interaction_that_never_reached_personalize_shows() -> None:
    """It lies in the archive alone."""
    found = account(
        replace(FINDINGS, held=frozenset({"Watch"}), counters=replace(COUNTERS, recorded=1))
    )

    assert "interactions archived that stand, with Personalize" in failed(found)
    assert fates(found, Kind.NATIVE)[Fate.UNEXPLAINED] == 1


def test_an_interaction_that_only_personalize_has_shows() -> None:
    """Nothing could be rebuilt from the archive."""
    found = account(replace(FINDINGS, held=FINDINGS.held | {"stray"}))

    assert failed(found) == {"interactions Personalize has that are not archived"}


@pytest.mark.parametrize(
    ("changes", "kind"),
    [
        ({"rejections": {}}, Kind.POISON),
        ({"rejections": {"r": {"origin": "stream", "id": "9", "reason": "size"}}}, Kind.POISON),
        ({"verdicts": {}}, Kind.FEEDBACK),
        ({"verdicts": {("user:ann", "film"): "like"}}, Kind.FEEDBACK),
        (
            {
                "rejections": {
                    "r": {"origin": "stream", "id": "9", "reason": "json"},
                    "s": {"origin": "stream", "id": "1", "reason": "json"},
                }
            },
            Kind.NATIVE,
        ),
    ],
)
def test_a_message_without_its_trace_is_unexplained(changes: dict[str, Any], kind: Kind) -> None:
    """No rejection, one for another reason, no verdict, an older one, a rejection of the sound."""
    found = account(with_stores(**changes))

    assert fates(found, kind)[Fate.UNEXPLAINED] >= 1
    assert failed(found) == {"messages without an explanation"}


@pytest.mark.parametrize("records", [{}, {"ann": {"REGION": "north"}}])
def test_a_record_that_personalize_lacks_is_unexplained(records: dict[str, Any]) -> None:
    """It has none, or an older one."""
    found = account(replace(FINDINGS, records=records))

    assert fates(found, Kind.METADATA)[Fate.UNEXPLAINED] == 1


def test_what_was_given_up_is_explained_and_seen() -> None:
    """It lies in a dead-letter queue."""
    found = account(replace(with_stores(verdicts={}), dead_letters=(LIKE.body, UNLIKE.body)))

    assert fates(found, Kind.FEEDBACK)[Fate.FAILED] == 2


def test_a_foreign_viewing_that_was_overtaken_may_earn_less() -> None:
    """A record of it was refused at first, so others came before it."""
    ledger = [replace(each, attempts=2) if each.name == "record" else each for each in a_ledger()]
    stores = with_stores(interactions=(a_row("click", "Click"),))
    without = replace(stores, held=frozenset({"Click"}), counters=replace(COUNTERS, recorded=1))

    assert "interactions earned" in failed(account(without))
    assert account(without, ledger).adds_up


@pytest.mark.parametrize(
    "conservation",
    [
        Conservation((HourAccount(Hour(0), 1, {End.UNEXPLAINED: 1}),), Comparison(2, 0, (), 0, 0)),
        Conservation((), Comparison(2, 0, ("lost",), 0, 0)),
        Conservation((), Comparison(2, 0, (), 0, 1)),
    ],
)
def test_the_account_of_the_archive_has_to_hold_too(conservation: Conservation) -> None:
    """It knows the rules and no ledger: two ways to the same end."""
    found = account(replace(FINDINGS, conservation=conservation))
    assert len(failed(found)) == 1
    assert "archive alone" in failed(found).pop()
