"""The stories that load is made of: viewings, opinions, records of users and items, poison.

A story is told in order and says beforehand what it earns. That is worked out here by arithmetic of
its own on the simulated player, not by the rules of the ingestion, which are what is examined.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from copy import replace
from dataclasses import dataclass
from itertools import batched
from typing import Any, Final

from local.demo import chance
from local.demo.foreign import PLOTS, TELLINGS, Telling
from local.demo.imperfections import IMPERFECTIONS, Imperfection
from local.demo.outgoing import Way, to_json
from local.demo.player import Player
from local.demo.ratings import Film
from local.demo.tellers import moments_of
from local.demo.viewing import MINUTE_MS, Quirk, Viewing, length_ms, perform, preview
from local.load.parcel import Channel, Kind, Parcel

_HOUR_MS: Final = 60 * MINUTE_MS
_HEARTBEAT_MS: Final = 10_000
_FOREIGN_HEARTBEAT_MS: Final = 30_000
# Viewings begin by the hour, so long ago; what is sent in seconds ends in the past all the same.
_HOURS: Final = 18
_FILMS: Final = 5_000
_WATCH_RATIO, _WATCH_CAP_S, _WATCH_UNKNOWN_S, _COMPLETE_RATIO = 0.5, 300.0, 60.0, 0.9
_PREVIEWS, _AUTOPLAYS, _FINISHED = 0.1, 0.3, 0.4
_QUIRKS: Final = tuple(quirk for quirk in Quirk if quirk is not Quirk.PREVIEW)

type Json = dict[str, Any]
type Clock = Callable[[], int]
"""Epoch milliseconds."""


@dataclass(frozen=True, slots=True)
class Teller:
    """Somebody who tells stories; the same names for the same seed.

    Attributes:
        name: Unique in the run; ids are made of it.
        clock: The time now.
    """

    name: str
    clock: Clock


def native_viewing(teller: Teller, number: int) -> list[Parcel]:
    """Tell a viewing as our own tracker does, a heartbeat every ten seconds of playing."""
    film = _film(teller.name, number)
    began_ms = teller.clock() - (_HOURS - number % _HOURS + 1) * _HOUR_MS
    player = _player(teller.name, film, number, began_ms, _HEARTBEAT_MS)
    drawn = chance.share(teller.name, number, "start")
    if drawn < _PREVIEWS:
        preview(player)
    else:
        start = "autoplay" if drawn < _AUTOPLAYS else "user"
        perform(_viewing(teller.name, number, film), player, start)
    return [_native(each) for each in player.activities]


def _native(activity: Json) -> Parcel:
    return Parcel(
        kind=Kind.NATIVE,
        channel=Channel.STREAM,
        key=activity["user_id"],
        body=to_json(activity),
        name=activity["activity_id"],
        user_id=activity["user_id"],
        item_id=activity["item_id"],
        story=activity["playback_id"],
        earns=tuple(newly_earned(activity)),
        told_at_ms=activity["occurred_at_ms"],
    )


def newly_earned(activity: Mapping[str, Any]) -> Iterator[str]:
    """Yield what a native activity earns: what its totals reach and those before it did not."""
    before = set(_reached(activity["before"]))
    yield from (each for each in _reached(activity["totals"]) if each not in before)


def _reached(progress: Mapping[str, Any]) -> Iterator[str]:
    if progress["start"] in {"user", "autoplay"}:
        yield "Click"
    duration_s = progress["duration_s"]
    if duration_s is None:
        if progress["watch_time_s"] >= _WATCH_UNKNOWN_S:
            yield "Watch"
        return
    if progress["unique_s"] >= min(_WATCH_RATIO * duration_s, _WATCH_CAP_S):
        yield "Watch"
    if progress["unique_s"] / duration_s >= _COMPLETE_RATIO:
        yield "Complete"


def foreign_viewing(teller: Teller, number: int) -> list[Parcel]:
    """Tell a viewing in the words of others, by turns in each way of telling.

    What it earns is known once its last record is there; the records before may earn any of it.
    """
    telling = TELLINGS[number % len(TELLINGS)]
    plot = chance.one_of(list(PLOTS), teller.name, number, "plot")
    twin = _performed(f"{teller.name}-{number}", plot, teller.clock() - 6 * _HOUR_MS)
    earned = tuple(sorted({each for activity in twin for each in newly_earned(activity)}))
    *earlier, last = _records(telling, twin, teller.clock())
    return [*(replace(each, may_earn=earned) for each in earlier), replace(last, earns=earned)]


def _performed(viewer: str, plot: str, began_ms: int) -> list[Json]:
    film = _film(viewer, 0)
    player = _player(viewer, film, 0, began_ms, _FOREIGN_HEARTBEAT_MS)
    player.play()
    PLOTS[plot](player, length_ms(film))
    return player.activities


def _records(telling: Telling, twin: Sequence[Json], now_ms: int) -> Iterator[Parcel]:
    first = twin[0]
    messages = [each for moment in moments_of(twin) for each in telling.tell(moment)]
    for number, carried in enumerate(batched(messages, telling.in_a_record, strict=False)):
        yield Parcel(
            kind=Kind.FOREIGN,
            channel=Channel.STREAM,
            key=first["user_id"],
            body=telling.carry(first["user_id"], carried, now_ms),
            name=f"{first['playback_id']}-record-{number}",
            user_id=first["user_id"],
            item_id=first["item_id"],
            story=first["playback_id"],
            told_at_ms=now_ms,
        )


@dataclass(frozen=True, slots=True)
class _Word:
    """One thing said of an item, and what it earns."""

    type: str
    stars: float | None = None
    earns: tuple[str, ...] = ()
    may_earn: tuple[str, ...] = ()


_MIDDLING: Final = 2.5
# What is taken back may have settled before the second word came, and then it was sent.
_OPINIONS: Final = (
    (_Word("like", earns=("Like",)),),
    (_Word("rating", 5.0, earns=("Like",)),),
    (_Word("dislike"),),
    (_Word("like", may_earn=("Like",)), _Word("unlike")),
    (_Word("rating", 0.5),),
    (_Word("rating", _MIDDLING),),
    (_Word("dislike"), _Word("like", earns=("Like",))),
)


def opinion(teller: Teller, number: int) -> list[Parcel]:
    """Tell what somebody thinks of an item: likes, dislikes, ratings, second thoughts."""
    words = chance.one_of(_OPINIONS, teller.name, number, "opinion")
    identity = _identity(f"{teller.name}-{number}", _film(teller.name, number))
    began_ms = teller.clock() - 10 * MINUTE_MS
    return [
        _said(word, identity, began_ms + turn * MINUTE_MS, f"{identity['visit_id']}-{turn}")
        for turn, word in enumerate(words)
    ]


def _said(word: _Word, identity: Json, at_ms: int, activity_id: str) -> Parcel:
    activity = {
        "schema_version": "1.0",
        "kind": "feedback",
        "type": word.type,
        "activity_id": activity_id,
        **identity,
        "occurred_at_ms": at_ms,
    }
    if word.stars is not None:
        activity["rating"] = {"value": word.stars, "min": 0.5, "max": 5.0}
    return Parcel(
        kind=Kind.FEEDBACK,
        channel=Channel.FEEDBACK,
        key=identity["user_id"],
        body=to_json(activity),
        name=activity_id,
        user_id=identity["user_id"],
        item_id=identity["item_id"],
        story=identity["visit_id"],
        earns=word.earns,
        may_earn=word.may_earn,
        is_opinion=word.stars != _MIDDLING,
        told_at_ms=at_ms,
    )


def metadata_record(teller: Teller, number: int) -> list[Parcel]:
    """Tell who a user is, or what an item is; now and then a later word on the same."""
    subject, now_ms = f"{teller.name}-{number}", teller.clock() - MINUTE_MS
    tell = _profile if number % 2 else _catalogue_entry
    versions = 1 if chance.share(subject, "told again") < 2 / 3 else 2
    return [tell(subject, version, now_ms + version * 1000) for version in range(versions)]


def _profile(user_id: str, version: int, at_ms: int) -> Parcel:
    document = {"kind": "profile", "user_id": user_id, "region": f"region-{version}"}
    return _metadata(document, at_ms, user_id=user_id)


def _catalogue_entry(item_id: str, version: int, at_ms: int) -> Parcel:
    document = {
        "kind": "catalogue",
        "item_id": item_id,
        "genres": ["Drama"],
        "price": float(version),
        "duration_s": 3600.0,
        "created_at_ms": 0,
    }
    return _metadata(document, at_ms, item_id=item_id)


def _metadata(document: Json, at_ms: int, *, user_id: str = "", item_id: str = "") -> Parcel:
    return Parcel(
        kind=Kind.METADATA,
        channel=Channel.METADATA,
        key="",
        body=to_json({"schema_version": "1.0", **document, "occurred_at_ms": at_ms}),
        name=user_id or item_id,
        user_id=user_id,
        item_id=item_id,
        told_at_ms=at_ms,
    )


def poison(teller: Teller, number: int) -> list[Parcel]:
    """Tell something that can never succeed, by turns in each way."""
    imperfection = IMPERFECTIONS[number % len(IMPERFECTIONS)]
    subject = f"{teller.name}-{number}"
    document = _spoilt_feedback if _is_feedback(imperfection) else _spoilt_playback
    body = imperfection.make(document(subject, teller.clock()))
    channel = Channel.STREAM if imperfection.way is Way.STREAM else Channel.FEEDBACK
    return [
        Parcel(kind=Kind.POISON, channel=channel, key=subject, body=body, name=imperfection.name)
    ]


def expected_reasons() -> Mapping[str, str]:
    """Say for what each kind of poison has to be rejected, by its name."""
    return {each.name: str(each.reason) for each in IMPERFECTIONS}


def _is_feedback(imperfection: Imperfection) -> bool:
    return imperfection.name.startswith("feedback")


def _spoilt_playback(subject: str, now_ms: int) -> Json:
    player = _player(subject, _film(subject, 0), 0, now_ms - _HOUR_MS, _HEARTBEAT_MS)
    player.play()
    player.watch(_HEARTBEAT_MS)
    return player.activities[-1]


def _spoilt_feedback(subject: str, now_ms: int) -> Json:
    return {
        "schema_version": "1.0",
        "kind": "feedback",
        "type": "like",
        "activity_id": f"{subject}-like",
        **_identity(subject, _film(subject, 0)),
        "occurred_at_ms": now_ms,
    }


def _film(viewer: str, number: int) -> Film:
    """Choose a film; somebody never watches the same one twice."""
    first = int(chance.share(viewer, "films") * _FILMS)
    return Film((first + number) % _FILMS + 1, "", ())


def _identity(viewer: str, film: Film) -> Json:
    return {"user_id": viewer, "visit_id": f"visit-{viewer}", "item_id": film.item_id}


def _player(viewer: str, film: Film, number: int, began_ms: int, heartbeat_ms: int) -> Player:
    quirk = _quirk(viewer, number) if heartbeat_ms == _HEARTBEAT_MS else Quirk.PLAIN
    return Player(
        _identity(viewer, film),
        playback_id=f"p-{chance.token(viewer, number)}",
        began_at_ms=began_ms,
        duration_ms=None if quirk is Quirk.LIVE else length_ms(film),
        heartbeat_ms=heartbeat_ms,
    )


def _quirk(viewer: str, number: int) -> Quirk:
    is_plain = chance.share(viewer, number, "is plain") < 1 / 2
    return Quirk.PLAIN if is_plain else chance.one_of(_QUIRKS, viewer, number, "quirk")


def _viewing(viewer: str, number: int, film: Film) -> Viewing:
    drawn = chance.share(viewer, number, "completion")
    completion = 1.0 if drawn < _FINISHED else chance.between(0.02, 1, viewer, number, "left")
    goal_ms = round(completion * length_ms(film))
    return Viewing(film, 0, goal_ms, _quirk(viewer, number))
