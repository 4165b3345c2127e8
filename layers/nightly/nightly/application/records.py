"""The history of builds: a record each, beside what the build made.

    nightly/builds/<build>/record.json

A record is written in one piece. Whatever else lies there, half a record or somebody's notes, is
passed over: the record before it stays the one that later builds are compared with.
"""

import re
from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Final

from nightly.domain.build_record import BuildRecord, Outcome
from nightly.domain.errors import UnusableError
from nightly.ports import Storage

BUILDS: Final = "nightly/builds"
RECORD: Final = "record.json"
_NAME: Final = re.compile(r"[a-z0-9-]{1,40}")
_DATE: Final = re.compile(r"\d{4}-\d{2}-\d{2}")


class Records:
    """The records in an archive."""

    def __init__(self, storage: Storage) -> None:
        self._storage = storage

    def put(self, record: BuildRecord) -> None:
        """Write a record, in the place of an earlier one of the same build.

        Raises:
            UnusableError: A build of that name cannot be.
        """
        self._storage.put(_key(record.build), record.to_json())

    def get(self, build: str) -> BuildRecord | None:
        """The record of a build; None if there is none that can be read.

        Raises:
            UnusableError: A build of that name cannot be.
        """
        text = self._storage.get(_key(build))
        record = None if text is None else _read(text)
        return record if record is not None and record.build == build else None

    def names(self) -> Sequence[str]:
        """All builds, with or without a readable record; the newest date in a name comes first."""
        names = filter(_NAME.fullmatch, self._storage.folders(f"{BUILDS}/"))
        return sorted(names, key=lambda name: (date_of(name), name), reverse=True)

    def list(self) -> Sequence[BuildRecord]:
        """All that can be read, the newest first."""
        return [record for some in self._by_date() for record in some]

    def last_accepted(self, *, but: str | None = None) -> BuildRecord | None:
        """The newest build that was deployed; reads no further back than to it.

        Args:
            but: A build that is not meant: tonight's own, when a night is run again.
        """
        deployed = (
            record
            for some in self._by_date()
            for record in some
            if record.outcome is Outcome.ACCEPTED and record.build != but
        )
        return next(deployed, None)

    def _by_date(self) -> Iterator[Sequence[BuildRecord]]:
        """Of each date in a name, the newest first; a night may have been built more than once."""
        for _, names in groupby(self.names(), key=date_of):
            found = (self.get(name) for name in names)
            yield sorted(
                (record for record in found if record is not None),
                key=lambda record: record.made_at,
                reverse=True,
            )


def _read(text: bytes) -> BuildRecord | None:
    try:
        return BuildRecord.from_json(text)
    except UnusableError:
        return None


def _key(build: str) -> str:
    if not _NAME.fullmatch(build):
        error = "the name of a build is of a-z, 0-9 and -, at most 40 of them"
        raise UnusableError(error)
    return f"{BUILDS}/{build}/{RECORD}"


def date_of(name: str) -> str:
    """The date in the name of a build. Without one it is empty, which comes after all nights."""
    found = _DATE.search(name)
    return found[0] if found else ""
