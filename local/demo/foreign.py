"""Viewers whose players speak a dialect, and what each of their viewings must earn.

Each viewing is performed by the native player first: its activities are the **twin**, which says
what is earned. What is sent instead is the same viewing in the words of Segment, Snowplow or xAPI,
in the records that really occur.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import batched
from typing import Any, Final

from local.demo import chance
from local.demo.imperfections import aggregated
from local.demo.outgoing import Outgoing, Way, to_json
from local.demo.player import Player
from local.demo.ratings import Film
from local.demo.tellers import (
    Json,
    Teller,
    iso,
    moments_of,
    native,
    segment,
    segment_without_playback,
    snowplow,
    snowplow_without_playback,
    xapi,
    xapi_without_playback,
)
from local.demo.viewing import MINUTE_MS, SECOND_MS, length_ms

HEARTBEAT_MS: Final = 30 * SECOND_MS
_VIEWINGS_EACH: Final = 4
_BEGAN_BEFORE_MS: Final = 6 * 60 * MINUTE_MS
_BETWEEN_MS: Final = 2 * MINUTE_MS
_JUMP_MS: Final = 10 * MINUTE_MS
_SHORT_MS: Final = 100 * SECOND_MS

type Plot = Callable[[Player, int], None]
type Carry = Callable[[str, Sequence[Json], int], bytes]


def _plain(player: Player, length: int) -> None:
    player.watch(length)
    player.end()


def _skipped_forward(player: Player, length: int) -> None:
    player.watch(length // 4)
    player.seek(player.position_ms + _JUMP_MS)
    player.watch(length)
    player.end()


def _rewound(player: Player, length: int) -> None:
    player.watch(length // 2)
    player.seek(length // 4)
    player.pause(MINUTE_MS)
    player.play()
    player.watch(length // 2)
    player.leave()


def _double_speed(player: Player, length: int) -> None:
    player.watch(length // 4)
    player.change_rate(2.0)
    player.watch(length)
    player.end()


def _dragged_to_the_end(player: Player, length: int) -> None:
    player.watch(_SHORT_MS)
    player.seek(length)
    player.end()


def _given_up(player: Player, _length: int) -> None:
    player.watch(_SHORT_MS)
    player.leave()


# Far from every threshold by what they play, so that a dialect's whole seconds decide nothing.
PLOTS: Final[Mapping[str, Plot]] = {
    "plain": _plain,
    "skipped forward": _skipped_forward,
    "rewound": _rewound,
    "double speed": _double_speed,
    "dragged to the end": _dragged_to_the_end,
    "given up": _given_up,
}


def _alone(_key: str, messages: Sequence[Json], _sent_at_ms: int) -> bytes:
    (message,) = messages
    return to_json(message)


def _array(_key: str, messages: Sequence[Json], _sent_at_ms: int) -> bytes:
    return to_json(list(messages))


def _batch(_key: str, messages: Sequence[Json], sent_at_ms: int) -> bytes:
    return to_json({"batch": list(messages), "sentAt": iso(sent_at_ms)})


def _post(_key: str, messages: Sequence[Json], _sent_at_ms: int) -> bytes:
    schema = "iglu:com.snowplowanalytics.snowplow/payload_data/jsonschema/1-0-4"
    return to_json({"schema": schema, "data": list(messages)})


def _aggregate(key: str, messages: Sequence[Json], _sent_at_ms: int) -> bytes:
    return aggregated(key, [to_json(each) for each in messages])


@dataclass(frozen=True, slots=True)
class Telling:
    """A way in which a viewing reaches us.

    Attributes:
        name: What it is, for people.
        tell: The messages of one moment.
        carry: Puts messages into a record, given its partition key and the time of sending.
        in_a_record: How many messages lie in a record at most.
    """

    name: str
    tell: Teller
    carry: Carry = _alone
    in_a_record: int = 1


# The device of the Segment batches was offline: all of a viewing comes at once, with `sentAt`.
TELLINGS: Final = (
    Telling("Segment, a call a record", segment),
    Telling("Segment, a batch a viewing", segment, _batch, 500),
    Telling("Snowplow, posts of a tracker", snowplow, _post, 10),
    Telling("xAPI, a statement a record", xapi),
    Telling("xAPI, arrays of statements", xapi, _array, 25),
    Telling("our own, in KPL aggregates", native, _aggregate, 20),
)
NO_PLAYBACK: Final = "identify, page, page view, quiz"
_WITHOUT_PLAYBACK: Final = (
    Telling(NO_PLAYBACK, segment_without_playback, _batch, 500),
    Telling(NO_PLAYBACK, segment_without_playback),
    Telling(NO_PLAYBACK, snowplow_without_playback),
    Telling(NO_PLAYBACK, snowplow_without_playback, _post, 10),
    Telling(NO_PLAYBACK, xapi_without_playback),
)


@dataclass(frozen=True, slots=True)
class ForeignViewing:
    """A viewing by a foreign player.

    Attributes:
        telling: How it was told, by name.
        plot: What was done, by name.
        twin: What the native tracker would have told of it.
    """

    telling: str
    plot: str
    twin: tuple[Json, ...]

    @property
    def user_id(self) -> str:
        """Who watched."""
        return str(self.twin[0]["user_id"])

    @property
    def item_id(self) -> str:
        """What was watched."""
        return str(self.twin[0]["item_id"])


@dataclass(frozen=True, slots=True)
class ForeignDay:
    """All that foreign players send in a day, and what it stands for.

    Attributes:
        messages: Records, in order of sending.
    """

    messages: tuple[Outgoing, ...]
    viewings: tuple[ForeignViewing, ...]

    @property
    def tellings(self) -> tuple[str, ...]:
        """The ways of telling, by name."""
        return (*(each.name for each in TELLINGS), NO_PLAYBACK)


NOBODY: Final = ForeignDay((), ())


def foreign_day(films: Sequence[Film], ended_at_ms: int) -> ForeignDay:
    """Let a few viewers watch with foreign players, one viewer for each way of telling.

    Args:
        films: What there is to watch.
        ended_at_ms: When the day ended, epoch milliseconds.
    """
    messages: list[Outgoing] = []
    viewings: list[ForeignViewing] = []
    for number, telling in enumerate(TELLINGS):
        for viewing in _viewings(number, telling, films, ended_at_ms):
            viewings.append(viewing)
            messages += _told(telling, viewing.twin, ended_at_ms)
    for telling in _WITHOUT_PLAYBACK:
        messages += _told(telling, viewings[0].twin[:1], ended_at_ms)
    return ForeignDay(tuple(sorted(messages, key=lambda each: each.at_ms)), tuple(viewings))


def _viewings(
    number: int, telling: Telling, films: Sequence[Film], ended_at_ms: int
) -> Iterator[ForeignViewing]:
    """Yield what one viewer watches, film after film."""
    plots = list(PLOTS)
    first = int(chance.share(number, "foreign") * len(films))
    clock_ms = ended_at_ms - _BEGAN_BEFORE_MS
    for turn in range(_VIEWINGS_EACH):
        film = films[(first + turn) % len(films)]
        plot = plots[(number * _VIEWINGS_EACH + turn) % len(plots)]
        twin = _performed(plot, f"foreign-{number + 1}", film, clock_ms)
        clock_ms = twin[-1]["occurred_at_ms"] + _BETWEEN_MS
        yield ForeignViewing(telling.name, plot, twin)


def _performed(plot: str, viewer: str, film: Film, began_at_ms: int) -> tuple[Json, ...]:
    length = length_ms(film)
    identity = {
        "user_id": f"viewer-{viewer}",
        "visit_id": f"visit-{viewer}",
        "item_id": film.item_id,
    }
    player = Player(
        identity,
        playback_id=f"p-{chance.token(viewer, plot, film.film_id)}",
        began_at_ms=began_at_ms,
        duration_ms=length,
        heartbeat_ms=HEARTBEAT_MS,
    )
    player.play()
    PLOTS[plot](player, length)
    return tuple(player.activities)


def _told(
    telling: Telling, activities: Sequence[Mapping[str, Any]], sent_at_ms: int
) -> Iterator[Outgoing]:
    """Yield the records in which a viewing is told; each is sent with its last moment."""
    key = activities[0]["user_id"]
    messages = [(m.at_ms, each) for m in moments_of(activities) for each in telling.tell(m)]
    for number, carried in enumerate(batched(messages, telling.in_a_record, strict=False)):
        body = telling.carry(key, [message for _, message in carried], sent_at_ms)
        name = f"{activities[0]['playback_id']}-{telling.name}-{number}"
        yield Outgoing(Way.STREAM, name, key, body, carried[-1][0], telling.name)
