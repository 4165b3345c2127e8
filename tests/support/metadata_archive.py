"""What people are told of users and items, as the archive keeps it."""

import gzip
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from ingestion.domain.archive import activity_row
from ingestion.domain.message import Message

AT_MS = 1_795_500_000_000
DAY = "dt=2026-11-24"


def profile(user_id: str, **fields: Any) -> bytes:
    """A profile as it is sent."""
    told = {"schema_version": "1.0", "kind": "profile", "occurred_at_ms": AT_MS}
    return json.dumps(told | {"user_id": user_id} | fields).encode()


def entry(item_id: str, **fields: Any) -> bytes:
    """A catalogue entry as it is sent."""
    told = {"schema_version": "1.0", "kind": "catalogue", "occurred_at_ms": AT_MS}
    told |= {"genres": ["Drama"], "price": 0, "duration_s": 60, "created_at_ms": 5000}
    return json.dumps(told | {"item_id": item_id} | fields).encode()


def archive(folder: Path, bodies: Iterable[bytes], day: str = DAY, name: str = "a") -> None:
    """Messages as `archive_activity` keeps them."""
    path = folder / "activities" / day / "hh=10" / "metadata" / f"{name}.jsonl.gz"
    path.parent.mkdir(parents=True, exist_ok=True)
    rows = [activity_row(Message(f"m-{n}", "metadata", b, AT_MS)) for n, b in enumerate(bodies)]
    text = "".join(json.dumps(row) + "\n" for row in rows)
    path.write_bytes(gzip.compress(text.encode()[:-1]))
