"""The rule that turns a rating into a viewing. docs/demo.md tells it with its reasons.

MovieLens says who rated what, not who watched how long. So the demo decides, always alike for the
same person and film:

* Length: 20 to 60 minutes. Real films are longer, but a day has to hold twenty of them.
* Completion follows the rating: 0.05 + 0.24 for each star above a half, give or take 0.08. Five
  stars are watched to the end, three to two thirds, one star is given up early.
* Four viewings in ten are not plain: see `Quirk`.
* The player sends a heartbeat every five minutes. A real tracker sends one every ten seconds, and
  nothing would change but the number of messages.
"""

from dataclasses import dataclass
from enum import StrEnum
from itertools import accumulate
from typing import Any, Final

from local.demo import chance
from local.demo.player import Player
from local.demo.ratings import Film, Rating

SECOND_MS: Final = 1000
MINUTE_MS: Final = 60 * SECOND_MS
HEARTBEAT_MS: Final = 5 * MINUTE_MS
_SHORTEST_S, _LONGEST_S = 20 * 60, 60 * 60
_LEAST, _PER_STAR, _SPREAD = 0.05, 0.24, 0.08
_LOWEST_STARS: Final = 0.5
# Less than this is not worth coming back to on another visit.
_WORTH_RESUMING_MS: Final = 12 * MINUTE_MS
_REWIND_MS, _SKIP_MS, _STALL_MS, _AD_MS = (s * SECOND_MS for s in (150, 200, 8, 20))
_PREVIEW_MS: Final = 12 * SECOND_MS


class Quirk(StrEnum):
    """What is not plain about a viewing."""

    PLAIN = "plain"
    TWO_SITTINGS = "two_sittings"  # paused, left, and resumed on another visit
    PAUSE = "pause"
    REWIND = "rewind"  # played again: watched grows, unique does not
    SKIP = "skip"  # seeked over: never counts as watched
    DOUBLE_SPEED = "double_speed"
    STALL = "stall"
    ADVERTISEMENT = "advertisement"
    LIVE = "live"  # nobody knows the duration
    PREVIEW = "preview"  # played by itself, hidden, before the viewer chose it


_QUIRK_SHARES: Final = {
    Quirk.TWO_SITTINGS: 0.06,
    Quirk.PAUSE: 0.08,
    Quirk.REWIND: 0.05,
    Quirk.SKIP: 0.04,
    Quirk.DOUBLE_SPEED: 0.05,
    Quirk.STALL: 0.02,
    Quirk.ADVERTISEMENT: 0.03,
    Quirk.LIVE: 0.03,
    Quirk.PREVIEW: 0.03,
}


@dataclass(frozen=True, slots=True)
class Viewing:
    """What somebody does with a film in one sitting.

    Attributes:
        from_ms: Where in the film it begins.
        goal_ms: Where in the film it ends.
        is_resumed: Whether it goes on with an earlier sitting.
    """

    film: Film
    from_ms: int
    goal_ms: int
    quirk: Quirk
    is_resumed: bool = False

    @property
    def duration_ms(self) -> int | None:
        """Length as the player knows it."""
        return None if self.quirk is Quirk.LIVE else length_ms(self.film)


def length_ms(film: Film) -> int:
    """Invent the length of a film, in whole seconds."""
    return int(chance.between(_SHORTEST_S, _LONGEST_S, film.film_id, "length")) * SECOND_MS


def completion(person_id: int, rating: Rating) -> float:
    """Decide how much of the film somebody watched who rated it so, 0..1."""
    expected = _LEAST + _PER_STAR * (rating.stars - _LOWEST_STARS)
    spread = chance.between(-_SPREAD, _SPREAD, person_id, rating.film.film_id, "completion")
    return min(1.0, max(0.02, expected + spread))


def quirk_of(person_id: int, film: Film) -> Quirk:
    """Decide what is not plain about the viewing."""
    drawn = chance.share(person_id, film.film_id, "quirk")
    borders = accumulate(_QUIRK_SHARES.values())
    quirks = zip(_QUIRK_SHARES, borders, strict=True)
    return next((quirk for quirk, border in quirks if drawn < border), Quirk.PLAIN)


def viewings_of(person_id: int, rating: Rating) -> tuple[Viewing, ...]:
    """The sittings that a rating stands for: one, or two on different visits."""
    film, quirk = rating.film, quirk_of(person_id, rating.film)
    goal_ms = round(completion(person_id, rating) * length_ms(film))
    if quirk is not Quirk.TWO_SITTINGS or goal_ms < _WORTH_RESUMING_MS:
        return (Viewing(film, 0, goal_ms, quirk),)
    middle_ms = goal_ms // 2
    rest = Viewing(film, middle_ms, goal_ms, Quirk.PLAIN, is_resumed=True)
    return Viewing(film, 0, middle_ms, quirk), rest


def preview(player: Player) -> None:
    """Play a few seconds by itself, where nobody sees it."""
    player.play("hidden_autoplay")
    player.watch(_PREVIEW_MS)
    player.leave()


def perform(viewing: Viewing, player: Player, start: str) -> None:
    """Do with the player what the viewing says."""
    if viewing.quirk is Quirk.ADVERTISEMENT:
        player.advertise(_AD_MS)
    player.play(start)
    player.watch((viewing.goal_ms - viewing.from_ms) // 2)
    _interrupt(viewing, player)
    player.watch(viewing.goal_ms - player.position_ms)
    if player.is_at_end:
        player.end()
        return
    if viewing.quirk is Quirk.TWO_SITTINGS:
        player.pause(SECOND_MS)
    player.leave()


def _interrupt(viewing: Viewing, player: Player) -> None:
    match viewing.quirk:
        case Quirk.PAUSE:
            player.pause(int(chance.between(2, 9, viewing.film.film_id, "pause") * MINUTE_MS))
            player.play()
        case Quirk.REWIND:
            player.seek(player.position_ms - _REWIND_MS)
        case Quirk.SKIP:
            player.seek(player.position_ms + _SKIP_MS)
        case Quirk.DOUBLE_SPEED:
            player.change_rate(2.0)
        case Quirk.STALL:
            player.stall(_STALL_MS)
        case _:
            pass


def new_player(
    viewing: Viewing, identity: dict[str, Any], playback_id: str, began_at_ms: int
) -> Player:
    """Open the film of a viewing in a player."""
    return Player(
        identity,
        playback_id=playback_id,
        began_at_ms=began_at_ms,
        duration_ms=viewing.duration_ms,
        position_ms=viewing.from_ms,
        heartbeat_ms=HEARTBEAT_MS,
    )
