"""Who is watching: people signed in, guests, one guest who signs in, some who do not consent."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from local.demo import chance
from local.demo.ratings import Person

_HOUR_MS: Final = 3_600_000
# One in so many; the second number says which one, so that a small demo has them all.
_GUESTS, _FIRST_GUEST = 12, 5
_DENYING, _FIRST_DENYING = 60, 7
_SIGNALLING, _FIRST_SIGNALLING = 60, 19
_CLOCKS_WRONG, _FIRST_WRONG = 15, 3


@dataclass(frozen=True, slots=True)
class Viewer:
    """Somebody in front of a player.

    Attributes:
        number: Counts the viewers from 0.
        signs_in: A guest who signs in in the middle of a visit.
        consent: As the contract has it; None for those who were not asked.
        clock_error_ms: How fast the clock of their device is; negative when it is slow.
    """

    number: int
    person: Person
    is_guest: bool
    signs_in: bool
    consent: Mapping[str, Any] | None
    clock_error_ms: int

    @property
    def is_ordinary(self) -> bool:
        """Whether it is somebody signed in whose viewing counts."""
        return not self.is_guest and (self.consent is None or self.consent == _GRANTED)

    def identity(self, *, signed_in: bool) -> dict[str, Any]:
        """Give the fields of the contract that say who it is."""
        user = {"user_id": user_id(self.person)}
        guest = {"guest_id": f"guest-{chance.token(self.person.person_id, 'guest')}"}
        if not self.is_guest:
            return user
        return user | guest if signed_in else guest


_GRANTED: Final[Mapping[str, Any]] = {"state": "granted", "gpc": False}
_DENIED: Final[Mapping[str, Any]] = {"state": "denied", "gpc": False}
_SIGNALLED: Final[Mapping[str, Any]] = {"state": "unknown", "gpc": True}


def user_id(person: Person) -> str:
    """Give the id under which somebody is known when signed in."""
    return f"viewer-{person.person_id}"


def viewer(number: int, person: Person) -> Viewer:
    """Decide what is special about the viewer with this number; mostly nothing is."""
    is_guest = number % _GUESTS == _FIRST_GUEST
    return Viewer(
        number=number,
        person=person,
        is_guest=is_guest,
        signs_in=number == _FIRST_GUEST,
        consent=_consent(number),
        clock_error_ms=_clock_error_ms(number),
    )


def _consent(number: int) -> Mapping[str, Any] | None:
    if number % _DENYING == _FIRST_DENYING:
        return _DENIED
    if number % _SIGNALLING == _FIRST_SIGNALLING:
        return _SIGNALLED
    return _GRANTED if number % 2 else None


def _clock_error_ms(number: int) -> int:
    if number % _CLOCKS_WRONG != _FIRST_WRONG:
        return 0
    return _HOUR_MS if number % 2 else -3 * _HOUR_MS
