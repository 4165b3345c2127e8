"""What the nightly build needs of the world."""

from collections.abc import Iterator, Sequence
from typing import Protocol

from nightly.domain.job import Answers, Job
from nightly.domain.manifest import StoredFile


class Engine(Protocol):
    """Something that runs SQL over files."""

    def run(self, job: Job) -> Answers:
        """Do a job: offer its sources, name its steps, write its exports, answer what it asks."""
        ...


class Storage(Protocol):
    """A folder, or a bucket."""

    def location(self, key: str) -> str:
        """A key as an engine reads and writes it."""
        ...

    def files(self, prefix: str) -> Sequence[StoredFile]:
        """All files below a prefix, in order of their keys."""
        ...

    def folders(self, prefix: str) -> Sequence[str]:
        """The names of the folders right below a prefix, in order."""
        ...

    def chunks(self, key: str) -> Iterator[bytes]:
        """A file, piece by piece."""
        ...

    def get(self, key: str) -> bytes | None:
        """A small file; None when there is none."""
        ...

    def put(self, key: str, content: bytes) -> None:
        """Write a small file: whole, or not at all."""
        ...

    def replace(self, key: str, content: bytes, expected: bytes | None) -> bool:
        """Write a small file if what is there is still as expected (None: nothing); else False."""
        ...

    def delete(self, keys: Sequence[str]) -> None:
        """Remove files."""
        ...

    def prepare(self, prefix: str) -> None:
        """Make sure that an engine can write below a prefix."""
        ...
