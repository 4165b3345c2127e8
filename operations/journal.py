"""The journal in the archive bucket: `redrives/dt=…/hh=…/<content id>.jsonl.gz`.

It lies beside what it tells of, so a run that broke off goes on from any machine.
"""

import gzip
import hashlib
import json
from collections.abc import Iterator, Sequence
from typing import Any, Final

from ingestion.adapters.archive_reader import S3ArchiveReader
from ingestion.adapters.aws_errors import translated
from ingestion.domain.hour import Hour
from ingestion.ports import ArchiveSection

from operations.clients import Clients
from operations.ports import Redriven

_FIXED: Final = ("kind", "key", "digest")


class S3Journal:
    """Notes as rows of JSON Lines; one object a batch, named by what is in it."""

    def __init__(self, clients: Clients, bucket: str) -> None:
        self._clients = clients
        self._bucket = bucket

    def note(self, hour: Hour, done: Sequence[Redriven]) -> None:
        """Keep notes; the same ones again change nothing."""
        lines = "".join(json.dumps(_row(each), sort_keys=True) + "\n" for each in done).encode()
        name = hashlib.sha256(lines).hexdigest()[:32]
        with translated("write to the journal"):
            self._clients("s3").put_object(
                Bucket=self._bucket,
                Key=f"{ArchiveSection.REDRIVES}/{hour.partition}/{name}.jsonl.gz",
                Body=gzip.compress(lines, mtime=0),
                ContentType="application/gzip",
            )

    def done(self, hour: Hour) -> Sequence[Redriven]:
        """All notes of an hour."""
        return list(self._read(hour))

    def _read(self, hour: Hour) -> Iterator[Redriven]:
        reader = S3ArchiveReader(self._clients("s3"), self._bucket)
        for row in reader.rows(ArchiveSection.REDRIVES, hour):
            rest = {name: value for name, value in row.items() if name not in _FIXED}
            yield Redriven(row["kind"], row["key"], row["digest"], rest)


def _row(done: Redriven) -> dict[str, Any]:
    fixed = {"kind": done.kind, "key": done.key, "digest": done.digest}
    return {**done.row, **fixed}
