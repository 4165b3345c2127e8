"""Rows at every border of the definition, each with how it has to end."""

from collections.abc import Iterable, Iterator
from math import inf, nan
from typing import Any

from tests.support.nightly import DAY_MS, NOON_MS, a_row

type Case = tuple[dict[str, Any], str]

_ODD = (
    "a b", "a,b", 'a"b', "a\\b", "a\nb", "a\rb", "a\tb", "a|b", "a/b", "a@b", "a'b", "a;b",
    "-a", ".a", ":a", "_a", "=1+1", "#a", "{a}", " a", "a ",
    "ü", "a😀", "a\u00a0b", "\u212a", "\x00", "a\u2028b",
)  # fmt: skip
_GOOD = ("a", "A", "0a", "9", "a-b", "a.b:c_d-e", "a" * 256, "nullable", "00", "NaN1")
_NOBODY = ("null", "NULL", "undefined", "anonymous", "0", "guest", "NaN", "none", "true", "Unknown")


def nasty_cases() -> list[Case]:
    """All of them; each has an event id of its own unless copies are what it is about."""
    return [
        *_ids(), *_numbers(), *_times(), *_texts(), *_copies(), *_raises(), *_duplicates(),
        *_people(), *_thresholds(), *_trackers(),
    ]  # fmt: skip


def refusals() -> list[dict[str, Any]]:
    """What Personalize refused; the cases `refused-*` are about them."""
    spans = {
        "refused-alone": (NOON_MS, NOON_MS),
        "refused-replayed": (NOON_MS - 1000, NOON_MS + 1000),
        "refused-edge": (NOON_MS - 1000, NOON_MS + 1000),
        "refused-other": (NOON_MS + 1, NOON_MS + 2),
        "refused-unsent": (NOON_MS, NOON_MS),
    }
    rows = [
        {"event_id": event_id, "from_ms": begin, "until_ms": end}
        for event_id, (begin, end) in spans.items()
    ]
    again = {"event_id": "refused-replayed", "from_ms": NOON_MS, "until_ms": NOON_MS + 1500}
    return [*rows, rows[0], again]


def _numbered(field: str, values: Iterable[Any], outcome: str, **fields: Any) -> Iterator[Case]:
    """One row for each value of a field."""
    for number, value in enumerate(values):
        yield a_row(f"{field}-{outcome}-{number}", **fields | {field: value}), outcome


def _ids() -> Iterator[Case]:
    yield a_row("", item_id="x1"), "no_event_id"
    yield a_row("x") | {"event_id": None}, "no_event_id"
    yield a_row("e" * 257), "long_event_id"
    yield a_row("e" * 256), "ok"
    for name in ("user_id", "guest_id", "visit_id"):
        yield from _numbered(name, (*_ODD, "", *_NOBODY), f"bad_{name}")
        yield from _numbered(name, _GOOD, "ok")
    yield a_row("user-long", user_id="a" * 257), "long_user_id"
    yield a_row("guest-long", guest_id="a" * 257), "bad_guest_id"
    yield a_row("visit-long", visit_id="a" * 257), "bad_visit_id"
    yield from _numbered("item_id", _ODD, "bad_item_id")
    yield from _numbered("item_id", (*_GOOD, *_NOBODY), "ok")
    yield from _numbered("item_id", ("a" * 257,), "long_item_id")
    yield from _numbered("item_id", (None, ""), "no_item_id")
    yield a_row("nobody", user_id=None, guest_id=None, visit_id=None), "no_viewer"
    yield a_row("no-visit", visit_id=None), "ok"


def _numbers() -> Iterator[Case]:
    values = (nan, inf, -inf, -0.0001, 1.0001, -1.0, 1e308, -1e308, 2.0, 1.0000000000000002)
    yield from _numbered("event_value", values, "bad_event_value")
    # Halves of the fourth decimal, also those that no binary fraction hits.
    borders = (0.0, -0.0, 1.0, 0.5, 0.00005, 0.00015, 0.12345, 0.99995, 0.33335, 0.1, 1e-300)
    halves = (each / 20_000 for each in range(1, 200, 2))
    yield from _numbered("event_value", (*borders, *halves, None), "ok", event_type="Like")
    for name in ("unique_s", "watch_time_s", "duration_s", "completion"):
        yield from _numbered(name, (nan, inf, -inf, -0.5, 1.1e10), "bad_totals")
    yield a_row("duration-zero", duration_s=0.0), "bad_totals"
    yield a_row("completion-over", completion=1.5), "bad_totals"
    yield from _numbered("version", (None, -1), "incomplete")
    yield from _numbered("to_send", (None,), "incomplete")
    kinds = (None, "", "watch", "Watch ", "View", "Watch\n")
    yield from _numbered("event_type", kinds, "bad_event_type")
    kinds = ("Click", "Watch", "Complete", "Like", "Dislike")
    yield from _numbered("event_type", kinds, "ok", completion=1.0)


def _times() -> Iterator[Case]:
    late_ms, skew_ms = 172_800_000, 300_000
    for name, occurred_at_ms, outcome in (
        ("late", NOON_MS - late_ms - 1, "late"),
        ("nearly-late", NOON_MS - late_ms, "ok"),
        ("skewed", NOON_MS + skew_ms + 1, "skewed"),
        ("nearly-skewed", NOON_MS + skew_ms, "ok"),
        ("no-time", None, "bad_time"),
        ("before-time", 999, "bad_time"),
        ("negative", -NOON_MS, "bad_time"),
        ("after-time", 10**14, "bad_time"),
        ("overflow", 2**63 - 1, "bad_time"),
        ("underflow", -(2**63), "bad_time"),
        ("last-millisecond", NOON_MS - 1, "ok"),
    ):
        yield a_row(f"time-{name}", occurred_at_ms=occurred_at_ms), outcome
    yield a_row("time-no-arrival", arrived_at_ms=None), "bad_time"


def _texts() -> Iterator[Case]:
    beginnings = {"-a", ".a", ":a", "_a"}
    yield from _numbered("recommendation_id", (*_ODD, "", "r" * 41), "bad_recommendation_id")
    yield from _numbered("recommendation_id", ("r" * 40, None), "ok")
    shown = "|".join(["item"] * 25)
    too_long = "|".join(["i" * 250] * 4)
    odd = [value for value in _ODD if value != "a|b" and value not in beginnings]
    yield from _numbered("impressions", (*odd, "", too_long), "bad_impressions")
    yield from _numbered("impressions", (shown, "a|b", *sorted(beginnings)), "ok")
    bad = ("a,b", 'a"b', "a\\b", "a b", "a'b", "#a", "ü", "", "a" * 101)
    yield from _numbered("event_source", bad, "bad_event_source")
    good = ("home/page?x=1&y=2", "=cmd", "(a)", "a|b", "a" * 100)
    yield from _numbered("event_source", good, "ok")
    bad = ("a,b", 'a"b', " tv", "+tv", "(tv)", "", "ü", "a" * 101, "a\nb")
    yield from _numbered("context_device_type", bad, "bad_context")
    good = ("smart tv", "a/b (c)", "1.0", None, "a" * 100)
    yield from _numbered("context_device_type", good, "ok")


def _copies() -> Iterator[Case]:
    yield a_row("copy"), "ok"
    yield a_row("copy"), "repeated"
    yield a_row("copy", arrived_at_ms=NOON_MS + 5), "repeated"
    yield a_row("copy", arrived_at_ms=NOON_MS + DAY_MS, occurred_at_ms=NOON_MS), "repeated"
    yield a_row("copy", arrived_at_ms=NOON_MS + 3 * DAY_MS, occurred_at_ms=NOON_MS), "late"
    # The same id with other content at the same moment: the content decides, not the order.
    yield a_row("tie", item_id="tie-a", user_id="u-9"), "ok"
    yield a_row("tie", item_id="tie-b", user_id="u-8"), "repeated"
    yield a_row("tie", item_id="tie-a", user_id="u-9", event_value=0.9), "repeated"
    yield a_row("tie-value", event_value=0.25), "ok"
    yield a_row("tie-value", event_value=0.75), "repeated"
    yield a_row("bad-first", event_value=nan), "bad_event_value"
    yield a_row("bad-first", arrived_at_ms=NOON_MS + 9), "ok"
    yield a_row("refused-alone"), "refused"
    yield (
        a_row("refused-alone", to_send=False, version=2000, arrived_at_ms=NOON_MS + 9),
        "stray_raise",
    )
    yield a_row("refused-replayed"), "refused"
    yield a_row("refused-replayed", arrived_at_ms=NOON_MS + 1500), "refused"
    yield a_row("refused-replayed", arrived_at_ms=NOON_MS + 90_000), "ok"
    yield a_row("refused-edge", arrived_at_ms=NOON_MS - 1000), "refused"
    yield a_row("refused-edge", arrived_at_ms=NOON_MS - 1001), "ok"
    yield a_row("refused-other"), "ok"


def _raises() -> Iterator[Case]:
    later = {"to_send": False, "arrived_at_ms": NOON_MS + 60_000}
    yield a_row("raised", event_value=0.5, version=5), "ok"
    yield a_row("raised", event_value=0.9, version=9, completion=0.9, **later), "raise"
    yield a_row("raised", event_value=0.7, version=7, completion=0.7, **later), "raise"
    yield a_row("raised-low", event_value=0.5, version=5), "ok"
    yield a_row("raised-low", event_value=0.3, version=3, **later), "raise"
    yield a_row("raised-none", event_value=0.5, version=5), "ok"
    yield a_row("raised-none", event_value=None, version=9, **later), "raise"
    yield a_row("raised-before", arrived_at_ms=NOON_MS + 99), "ok"
    yield a_row("raised-before", to_send=False, version=8, event_value=0.8), "raise"
    tomorrow = {"to_send": False, "arrived_at_ms": NOON_MS + DAY_MS}
    yield a_row("raised-tomorrow", event_value=0.5, version=5), "ok"
    yield a_row("raised-tomorrow", event_value=0.9, version=9, **tomorrow), "stray_raise"
    yield a_row("raised-alone", **later), "stray_raise"
    # A rest of a playback happened after the lateness of its crossing: its own time counts.
    yield a_row("raised-bad", event_value=0.5), "ok"
    yield a_row("raised-bad", event_value=inf, version=9, **later), "bad_event_value"


def _duplicates() -> Iterator[Case]:
    same = {"item_id": "same", "user_id": "u-2", "occurred_at_ms": NOON_MS - 500}
    yield a_row("same-1", **same), "ok"
    yield a_row("same-2", **same), "duplicate"
    yield a_row("same-3", **same | {"occurred_at_ms": NOON_MS - 501}), "duplicate"
    yield a_row("same-4", **same | {"occurred_at_ms": NOON_MS - 1001}), "ok"
    yield a_row("same-5", **same, event_value=0.50004), "duplicate"
    yield a_row("same-6", **same, event_value=0.50005), "ok"
    yield a_row("same-7", **same, unique_s=601.0), "duplicate"
    yield a_row("same-8", **same, context_device_type="phone"), "ok"
    guest = same | {"user_id": None, "guest_id": "g-2"}
    yield a_row("same-guest-1", **guest, visit_id="v-2"), "ok"
    yield a_row("same-guest-2", **guest, visit_id="v-2"), "duplicate"
    yield a_row("same-guest-3", **guest, visit_id="v-3"), "ok"


def _people() -> Iterator[Case]:
    def guest(event_id: str, visit_id: str, **fields: Any) -> Case:
        person = {"user_id": None, "guest_id": f"g-{visit_id}", "visit_id": visit_id}
        return a_row(event_id, **person | fields), "ok"

    def member(event_id: str, visit_id: str, user_id: str, **fields: Any) -> Case:
        return a_row(event_id, user_id=user_id, visit_id=visit_id, **fields), "ok"

    minute = 60_000
    yield guest("signs-in-0", "v-sign-in")
    yield member("signs-in-1", "v-sign-in", "u-in", arrived_at_ms=NOON_MS + minute)
    yield guest("signs-out-0", "v-sign-out", arrived_at_ms=NOON_MS + minute)
    yield member("signs-out-1", "v-sign-out", "u-out")
    yield guest("two-0", "v-two")
    yield member("two-1", "v-two", "u-second", arrived_at_ms=NOON_MS + 2 * minute)
    yield member("two-2", "v-two", "u-first", arrived_at_ms=NOON_MS + minute)
    yield guest("tomorrow-0", "v-tomorrow")
    yield member("tomorrow-1", "v-tomorrow", "u-tomorrow", arrived_at_ms=NOON_MS + DAY_MS)
    yield guest("in-two-days-0", "v-in-two-days")
    yield member("in-two-days-1", "v-in-two-days", "u-later", arrived_at_ms=NOON_MS + 2 * DAY_MS)
    yield guest("late-copy-0", "v-late-copy", arrived_at_ms=NOON_MS + DAY_MS,
                occurred_at_ms=NOON_MS)  # fmt: skip
    yield member("late-copy-1", "v-late-copy", "u-before", occurred_at_ms=NOON_MS + minute)
    yield guest("same-second-0", "v-same-second")
    yield member("same-second-1", "v-same-second", "u-b")
    yield member("same-second-2", "v-same-second", "u-a")
    yield guest("as-user", "v-as-user", user_id="g-v-as-user")
    yield a_row("no-visit-guest", user_id=None, guest_id="g-7", visit_id=None), "ok"


def _thresholds() -> Iterator[Case]:
    for name, fields in {
        "under-ratio": {"unique_s": 299.9, "duration_s": 600.0},
        "at-ratio": {"unique_s": 50.0, "duration_s": 100.0},
        "under-short": {"unique_s": 49.99, "duration_s": 100.0},
        "at-cap": {"unique_s": 300.0, "duration_s": 7200.0},
        "under-cap": {"unique_s": 299.999, "duration_s": 7200.0},
        "live": {"duration_s": None, "watch_time_s": 60.0, "completion": None},
        "under-live": {"duration_s": None, "watch_time_s": 59.9, "completion": None},
        "no-totals": dict.fromkeys(("unique_s", "watch_time_s", "duration_s", "completion")),
    }.items():
        yield a_row(f"watch-{name}", **fields), "ok"
    for name, completion in (("at", 0.9), ("under", 0.8999), ("unknown", None)):
        yield a_row(f"complete-{name}", event_type="Complete", completion=completion), "ok"
    nothing = dict.fromkeys(("unique_s", "watch_time_s", "duration_s", "completion"))
    yield a_row("complete-no-totals", event_type="Complete", **nothing), "ok"


def _trackers() -> Iterator[Case]:
    one, other = "0123456789abcdef", "fedcba9876543210"
    yield from _numbered("tracker", (one, other, "none", None), "ok")
    bad = ("", "None", "NONE", one[:15], one + "0", one.upper(), "0123456789abcde ", "a'b")
    yield from _numbered("tracker", bad, "bad_tracker")
    # What was sent to nobody is never late, and nobody refused it; it still cannot be of tomorrow.
    year_ms = 365 * DAY_MS
    yield a_row("unsent-old", tracker="none", occurred_at_ms=NOON_MS - year_ms), "ok"
    yield a_row("unsent-ahead", tracker="none", occurred_at_ms=NOON_MS + year_ms), "skewed"
    yield a_row("refused-unsent", tracker="none"), "ok"
    yield a_row("sent-elsewhere", tracker=one), "ok"
    yield a_row("sent-elsewhere", tracker=other, arrived_at_ms=NOON_MS + 5), "repeated"
    same = {"item_id": "same-elsewhere", "user_id": "u-2", "occurred_at_ms": NOON_MS - 500}
    yield a_row("same-elsewhere-1", **same, tracker=one), "ok"
    yield a_row("same-elsewhere-2", **same, tracker=other), "duplicate"
