"""Write the sample Lambda events under events/: what `sam local invoke -e` and the tests use.

Kinesis carries its records in base64, which nobody can read or edit; here they are plain. Run
`make events` after a change, and `GOLDEN=write make test` to see what it changes.
"""

import gzip
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from scripts.foreign_samples import dialect_records
from scripts.lambda_events import ARRIVED_AT_MS, Body, as_bytes, kinesis, scheduled, settled, sqs

TARGET: Final = Path(__file__).parents[1] / "events"


def playback(seq: int, at_s: float, before_s: float | None, **fields: Any) -> dict[str, Any]:
    """An activity of a film of 100 seconds that is watched straight through."""
    return {
        "schema_version": "1.0",
        "kind": "playback",
        "type": "heartbeat",
        "activity_id": f"activity-{seq}",
        "user_id": "user-1",
        "visit_id": "visit-1",
        "item_id": "film-1",
        "playback_id": "playback-1",
        "seq": seq,
        "occurred_at_ms": ARRIVED_AT_MS - 120_000 + round(at_s * 1000),
        "elapsed_ms": round(at_s * 1000),
        "position_s": at_s,
        "totals": totals(at_s),
        "before": _progress(before_s or 0.0, started=before_s is not None),
    } | fields


def totals(unique_s: float) -> dict[str, Any]:
    """What a tracker has counted after so many seconds."""
    played = [[0.0, unique_s]] if unique_s else []
    counted = {"watched_s": unique_s, "furthest_s": unique_s, "played": played}
    return _progress(unique_s, started=True) | counted


def _progress(unique_s: float, *, started: bool) -> dict[str, Any]:
    return {
        "start": "user" if started else None,
        "unique_s": unique_s,
        "watch_time_s": unique_s,
        "duration_s": 100.0,
    }


def feedback(number: int, kind: str, **fields: Any) -> dict[str, Any]:
    """A feedback activity on a film of its own."""
    return {
        "schema_version": "1.0",
        "kind": "feedback",
        "type": kind,
        "activity_id": f"feedback-{number}",
        "user_id": "user-1",
        "visit_id": "visit-1",
        "item_id": f"film-{number}",
        "occurred_at_ms": ARRIVED_AT_MS - 60_000 + number * 1000,
    } | fields


def comment(number: int, words: str, **fields: Any) -> dict[str, Any]:
    """A comment on a film of its own."""
    told = feedback(number, "", activity_id=f"comment-{number}")
    del told["type"]
    return told | {"kind": "comment", "text": words} | fields


START: Final = playback(0, 0.0, None, type="play")
VIEWING: Final = (
    START,
    playback(1, 10.0, 0.0),
    playback(2, 50.0, 10.0),
    playback(3, 60.0, 50.0),
    playback(4, 95.0, 60.0),
    playback(5, 100.0, 95.0, type="ended"),
)
POISON: Final[tuple[Body, ...]] = (
    b"",
    b"not json",
    b"\xff\xfe\x00",
    gzip.compress(b"{}", mtime=0),
    b"\xf3\x89\x9a\xc2\x0a\x04",
    json.dumps(START).replace('"film-1"', r'"\ud800"').encode(),
    json.dumps(START | {"position_s": float("nan")}).encode(),
    START | {"schema_version": "2.0"},
    START | {"item_id": "f" * 257},
    START | {"user_id": "undefined"},
    START | {"colour": "red"},
    START | {"occurred_at_ms": ARRIVED_AT_MS - 3 * 86_400_000},
    START | {"totals": totals(50_000.0)},
)
OPINIONS: Final = (
    feedback(1, "like"),
    feedback(2, "dislike"),
    feedback(3, "not_interested"),
    feedback(4, "rating", rating={"value": 4.5, "min": 0.5, "max": 5.0}),
    feedback(5, "rating", rating={"value": 3.0, "min": 0.5, "max": 5.0}),
    feedback(
        6,
        "sentiment",
        sentiment={
            "label": "POSITIVE",
            "scores": {"positive": 0.93, "negative": 0.01, "neutral": 0.05, "mixed": 0.01},
        },
    ),
    feedback(
        7,
        "sentiment",
        sentiment={
            "label": "NEGATIVE",
            "scores": {"positive": 0.02, "negative": 0.9, "neutral": 0.05, "mixed": 0.03},
        },
    ),
)
COMMENTS: Final = (
    comment(1, "A quiet masterpiece, I loved every minute of it.", language="en"),
    comment(2, "Una pérdida de tiempo."),
    comment(3, "Rakastin sitä.", language="fi"),
    comment(4, "Not yours to read.", consent={"state": "denied"}),
    comment(5, ""),
    comment(6, "é" * 2501),
)
TAKEN_BACK: Final = (
    feedback(1, "like"),
    feedback(1, "unlike", activity_id="feedback-1b", occurred_at_ms=ARRIVED_AT_MS - 1000),
)
MIXED_STREAM: Final[tuple[Body, ...]] = (
    START,
    *POISON,
    feedback(1, "like"),
    playback(2, 50.0, 10.0, consent={"state": "denied"}),
    playback(3, 60.0, 10.0, user_id=None, guest_id="guest-7", playback_id="playback-2"),
)
# A guest who signs in: the same visit, and a user from the second film on.
SIGN_IN: Final = (
    START
    | {
        "schema_version": "1.1",
        "user_id": None,
        "guest_id": "guest-7",
        "recommendation_id": "RID-1",
        "impressions": ["film-1", "film-2"],
        "event_source": "home-page",
        "context": {"device_type": "tv", "app_version": "4.2"},
    },
    playback(0, 60.0, None, type="play", guest_id="guest-7", playback_id="playback-2")
    | {"schema_version": "1.1", "item_id": "film-2", "activity_id": "activity-9"},
)


def profile(user_id: str, second: int = 0, **fields: Any) -> dict[str, Any]:
    """A profile as of a second."""
    return {
        "schema_version": "1.0",
        "kind": "profile",
        "user_id": user_id,
        "occurred_at_ms": ARRIVED_AT_MS - 60_000 + second * 1000,
        "age_band": "25-34",
        "gender": "female",
        "region": "ES-MD",
        "education": "university",
        "subscription": "premium",
    } | fields


def catalogue_entry(item_id: str, second: int = 0, **fields: Any) -> dict[str, Any]:
    """A catalogue entry as of a second."""
    return {
        "schema_version": "1.0",
        "kind": "catalogue",
        "item_id": item_id,
        "occurred_at_ms": ARRIVED_AT_MS - 60_000 + second * 1000,
        "genres": ["Drama", "Science Fiction"],
        "style": "noir",
        "price": 3.99,
        "duration_s": 5400.0,
        "created_at_ms": ARRIVED_AT_MS - 86_400_000,
        "description": "A quiet film\nabout a loud town.",
    } | fields


BAD_METADATA: Final[tuple[Body, ...]] = (
    profile("undefined"),
    profile("user-1", region=""),
    profile("user-1", birthday="1990-01-01"),
    profile("user-1", occurred_at_ms=ARRIVED_AT_MS + 3_600_000),
    profile("user-1", schema_version="2.0"),
    catalogue_entry("film-1", genres=["Drama|Comedy"]),
    catalogue_entry("film-1", genres=None),
    catalogue_entry("film-1", price=-1.0),
    catalogue_entry("film-1", style="no\u0000ir"),
    catalogue_entry("film-1", description='"' * 19_000),
)


# A night before the other samples arrive, for which nothing was archived.
NIGHT: Final = "2026-11-20"
BUILD: Final = f"night-{NIGHT}"
NDCG: Final = "normalized_discounted_cumulative_gain_at_25"


def _version(metrics: dict[str, float], live: dict[str, float] | None) -> dict[str, Any]:
    """A solution version that the night has trained."""
    arn = "arn:aws:personalize:eu-west-1:123456789012:solution/stack-v1-nightly/0a1b2c3d"
    trained = {"night": NIGHT, "build": BUILD, "solution_version_arn": arn}
    return trained | {"metrics": metrics, "live_metrics": live}


def _is_text(body: Body) -> bool:
    try:
        return bool(as_bytes(body).decode())
    except UnicodeDecodeError:
        return False


# As `sam local generate-event kinesis get-records` and `... sqs receive-message` write them.
_SAM_KINESIS: Final = kinesis([b"Hello, this is a test 123."])["Records"][0] | {
    "eventSourceARN": "arn:aws:kinesis:EXAMPLE",
    "invokeIdentityArn": "arn:aws:iam::EXAMPLE",
}
_SAM_SQS: Final = sqs([b"Hello from SQS!"])["Records"][0]

SAMPLES: Final[Mapping[str, Mapping[str, dict[str, Any]]]] = {
    "archive_activity": {
        "viewing": kinesis(VIEWING),
        "mixed": kinesis(MIXED_STREAM),
        "malformed": kinesis(POISON),
        "empty": kinesis(()),
        "sam_generated": {"Records": [_SAM_KINESIS]},
    },
    "record_playback": {
        "start": kinesis([START]),
        "viewing": kinesis(VIEWING),
        "mixed": kinesis(MIXED_STREAM),
        "malformed": kinesis(POISON),
        "duplicate": kinesis([START, START, START]),
        "dialects": kinesis(dialect_records(ARRIVED_AT_MS - 120_000, START)),
        "sign_in": kinesis(SIGN_IN),
        "empty": kinesis(()),
        "sam_generated": {"Records": [_SAM_KINESIS]},
    },
    "record_feedback": {
        "like": sqs([feedback(1, "like")]),
        "opinions": sqs(OPINIONS),
        "taken_back": sqs(TAKEN_BACK),
        "comments": sqs(COMMENTS),
        "settled": settled([OPINIONS[0], OPINIONS[3], OPINIONS[5]]),
        "mixed": sqs([feedback(1, "like"), b"{", START, feedback(2, "share")]),
        "malformed": sqs(filter(_is_text, POISON)),
        "duplicate": sqs([feedback(1, "like"), feedback(1, "like")]),
        "empty": sqs(()),
        "sam_generated": {"Records": [_SAM_SQS]},
    },
    "record_metadata": {
        "profile": sqs([profile("user-1")], "metadata"),
        "catalogue": sqs([catalogue_entry(f"film-{n}") for n in range(12)], "metadata"),
        "changed": sqs(
            [
                profile("user-1", 2, subscription="basic"),
                profile("user-1", 1),
                catalogue_entry("film-1", 1),
                catalogue_entry("film-1", 2, price=0.99),
            ],
            "metadata",
        ),
        "mixed": sqs(
            [
                profile("user-1"),
                b"{",
                feedback(1, "like"),
                profile("user-2", consent={"state": "denied"}),
                catalogue_entry("film-1"),
            ],
            "metadata",
        ),
        "malformed": sqs([*filter(_is_text, POISON), *BAD_METADATA], "metadata"),
        "duplicate": sqs([profile("user-1"), profile("user-1")], "metadata"),
        "empty": sqs((), "metadata"),
        "sam_generated": {"Records": [_SAM_SQS]},
    },
    # Days before the other samples arrive, so that the account is empty wherever they were run.
    "reconcile_archive": {"schedule": scheduled("2026-11-20T06:20:00Z")},
    "build_datasets": {
        "night": {"night": NIGHT, "asked": "auto", "train": "auto", "attempt": BUILD},
    },
    "judge_version": {
        "better": _version({NDCG: 0.31, "coverage": 0.22}, {NDCG: 0.29, "coverage": 0.24}),
        "worse": _version({NDCG: 0.11, "coverage": 0.22}, {NDCG: 0.29, "coverage": 0.24}),
        "first": _version({NDCG: 0.11, "coverage": 0.02}, None),
    },
    "report_night": {
        "failed": {
            "step": "finished",
            "night": NIGHT,
            "outcome": "failed",
            "reasons": [],
            "error": {"Error": "RawGoneError", "Cause": "2026-11-20: 24 raw files then, 23 now"},
        },
    },
}


def text(event: Mapping[str, Any]) -> str:
    """An event as it is committed."""
    return json.dumps(event, indent=2) + "\n"


if __name__ == "__main__":
    for function, cases in SAMPLES.items():
        (TARGET / function).mkdir(parents=True, exist_ok=True)
        for case, event in cases.items():
            (TARGET / function / f"{case}.json").write_text(text(event))
