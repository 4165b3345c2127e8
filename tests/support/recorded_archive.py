"""A small archive as `record_playback` itself writes it, in a folder."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ingestion.adapters.archive import S3InteractionArchive, S3RejectionStore
from ingestion.adapters.boto3_bucket import Boto3Bucket, s3_client
from ingestion.application.record_playback import PlaybackPorts, record_playback
from ingestion.application.recording import RecorderPorts
from ingestion.domain.message import Message
from moto import mock_aws

from tests.support.builders import NOW_MS, PLAYBACK_RULES, a_playback, a_start, progress, totals
from tests.support.fakes import FakeEventTracker, FakePlaybackStates, plenty_of_time
from tests.support.s3 import BUCKET, keys_in, make_bucket

_HOUR_MS = 3_600_000


def record_archive(folder: Path, viewers: int = 12) -> FakeEventTracker:
    """Record some viewings of several days, half of them twice, and copy the bucket to a folder.

    Returns:
        The tracker: what it was trained on is what the archive has to come to. It refuses
        `poison`, and a guest's visit is not its user's yet.
    """
    tracker = FakeEventTracker(refuses=lambda interaction: interaction.item_id == "poison")
    with mock_aws():
        s3 = s3_client()
        make_bucket(s3)
        recorder = RecorderPorts(
            tracker,
            S3InteractionArchive(Boto3Bucket(s3, BUCKET)),
            S3RejectionStore(Boto3Bucket(s3, BUCKET), "record_playback"),
            concurrent_calls=1,
        )
        ports = PlaybackPorts(recorder, FakePlaybackStates())
        for viewer in range(viewers):
            batch = list(_evening(viewer))
            for _ in range(1 + viewer % 2):
                record_playback(batch, rules=PLAYBACK_RULES, ports=ports, time_left=plenty_of_time)
        for key in keys_in(s3):
            path = folder / key
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(s3.get_object(Bucket=BUCKET, Key=key)["Body"].read())
    return tracker


def _evening(viewer: int) -> Iterator[Message]:
    """A film seen to its end, as a guest at first if the viewer's number is odd; and a poison."""
    begin_ms = NOW_MS + viewer * 7 * _HOUR_MS
    who = {"visit_id": f"visit-{viewer}", "context": {"device_type": "tv"}}
    who |= {"schema_version": "1.1", "impressions": ["item-1", f"item-{viewer}"]}
    user, guest = {"user_id": f"user-{viewer}"}, {"user_id": None, "guest_id": f"guest-{viewer}"}
    first = guest if viewer % 2 else user
    seen = {"playback_id": f"p-{viewer}", "item_id": f"item-{viewer % 5}"}
    told: list[dict[str, Any]] = [
        a_start(**who, **first, **seen),
        a_playback(
            **who, **first, **seen, totals=totals(60.0), before=progress(10.0), elapsed_ms=60_000
        ),
        a_playback(
            **who, **first, **seen, type="ended", seq=3,
            totals=totals(95.0), before=progress(60.0), elapsed_ms=95_000,
        ),
        a_start(**who, **user, playback_id=f"q-{viewer}", item_id="item-9"),
        a_start(**who, **user, playback_id=f"r-{viewer}", item_id="poison"),
    ]  # fmt: skip
    for number, activity in enumerate(told):
        at_ms = begin_ms + number * 60_000
        told_at = {"occurred_at_ms": at_ms - 2000, "activity_id": f"a-{viewer}-{number}"}
        body = json.dumps(activity | told_at).encode()
        yield Message(f"m-{viewer}-{number}", "shardId-000000000000", body, at_ms)
