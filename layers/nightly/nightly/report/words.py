"""How the report says numbers, times and outcomes."""

from datetime import datetime
from typing import Final

_MINUTE: Final = 60
_HOUR: Final = 3_600
_DAY: Final = 86_400
_CENT: Final = 0.01
_LEAST_SHARE: Final = 0.00005

MEANINGS: Final = {
    "ok": "counts",
    "no_event_id": "no event id",
    "long_event_id": "event id too long",
    "incomplete": "no version, or not said whether it was sent",
    "no_viewer": "neither a user nor a guest",
    "bad_user_id": "user id not allowed",
    "long_user_id": "user id too long",
    "bad_guest_id": "guest id not allowed",
    "bad_visit_id": "visit id not allowed",
    "no_item_id": "no item",
    "bad_item_id": "item id not allowed",
    "long_item_id": "item id too long",
    "bad_event_type": "unknown event type",
    "bad_event_value": "value not between 0 and 1",
    "bad_totals": "totals make no sense",
    "bad_recommendation_id": "recommendation id not allowed",
    "bad_impressions": "impressions not allowed",
    "bad_event_source": "event source not allowed",
    "bad_context": "context not allowed",
    "bad_tracker": "tracker's mark makes no sense",
    "bad_time": "no usable time",
    "late": "arrived too late",
    "skewed": "ahead of its arrival",
    "refused": "refused by Personalize",
    "repeated": "the same once more",
    "raise": "a higher value, taken over",
    "stray_raise": "a higher value, a day too late",
    "duplicate": "equal in all but the event id",
    "again": "counted on an earlier day",
    "delivered": "sent by PutEvents already",
    "no_user": "guest who did not sign in",
    "type_left_out": "event type not trained on",
    "below_threshold": "below today's thresholds",
    "below_value": "below the least value",
}


def whole(number: float) -> str:
    """A count: 630,078."""
    return f"{number:,.0f}"


def share(part: float, whole_of: float) -> float:
    """A part of a whole in 0..1; 0 of nothing."""
    return part / whole_of if whole_of else 0.0


def percent(ratio: float) -> str:
    """A share: 3.2 %; small ones with more digits, so that few is not none."""
    if 0 < ratio < _LEAST_SHARE:
        return "<\N{NO-BREAK SPACE}0.01\N{NO-BREAK SPACE}%"
    hundredths = ratio * 100
    digits = 0 if hundredths in (0, 100) else 1 if abs(hundredths) >= 1 else 2
    return f"{hundredths:,.{digits}f}\N{NO-BREAK SPACE}%"


def change(now: float, before: float | None) -> str | None:
    """How a count differs from the one before; None when there was none."""
    if not before:
        return None
    ratio = now / before - 1
    sign = "+" if ratio > 0 else "\N{MINUS SIGN}" if ratio < 0 else "±"
    return f"{sign}{percent(abs(ratio))}"


def points(now: float, before: float) -> str:
    """How a share differs from the one before, in percentage points."""
    difference = (now - before) * 100
    sign = "+" if difference > 0 else "\N{MINUS SIGN}" if difference < 0 else "±"
    return f"{sign}{abs(difference):.1f} points"


def dollars(amount: float) -> str:
    """An amount, with cents while they matter: 0.42 $ is not 0 $."""
    if 0 < amount < _CENT:
        return "< $0.01"
    return f"${amount:,.2f}"


def duration(seconds: float) -> str:
    """A time in its largest units, in one piece: 3 days, 5 h, 1 h 12 min, 40 s."""
    if seconds >= 2 * _DAY:
        said = f"{seconds / _DAY:,.0f} days"
    elif seconds >= _HOUR:
        hours, rest = divmod(round(seconds / _MINUTE), _MINUTE)
        said = f"{hours} h" if not rest else f"{hours} h {rest} min"
    else:
        said = f"{seconds / _MINUTE:.0f} min" if seconds >= _MINUTE else f"{seconds:g} s"
    return said.replace(" ", "\N{NO-BREAK SPACE}")


def moment(at: datetime) -> str:
    """A time of day: Tuesday 24 November 2026, 01:04 UTC."""
    return f"{at:%A} {at.day} {at:%B %Y, %H:%M} UTC"


def meaning(outcome: str) -> str:
    """What an outcome says in plain words; itself when it is a new one."""
    return MEANINGS.get(outcome, outcome.replace("_", " "))


def counted(number: int, noun: str) -> str:
    """A number with its noun: 1 user, 2 users."""
    return f"{whole(number)} {noun}{'' if number == 1 else 's'}"
