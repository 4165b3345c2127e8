"""A folder on this machine as storage."""

import fcntl
import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from nightly.domain.manifest import StoredFile

_CHUNK: Final = 1 << 20


class Folder:
    """A folder; see the port `Storage`."""

    def __init__(self, root: Path) -> None:
        self._root = root.resolve()

    def location(self, key: str) -> str:
        """An absolute path."""
        return str(self._root / key)

    def files(self, prefix: str) -> Sequence[StoredFile]:
        """All files below a folder but hidden ones."""
        found = (path for path in (self._root / prefix).rglob("*") if path.is_file())
        files = (
            StoredFile(path.relative_to(self._root).as_posix(), path.stat().st_size, str(path))
            for path in found
            if not path.name.startswith(".")
        )
        return sorted(files, key=lambda file: file.key)

    def folders(self, prefix: str) -> Sequence[str]:
        """The folders in a folder."""
        folder = self._root / prefix
        return sorted(p.name for p in folder.iterdir() if p.is_dir()) if folder.is_dir() else []

    def chunks(self, key: str) -> Iterator[bytes]:
        """A file in pieces of a megabyte."""
        with (self._root / key).open("rb") as file:
            while chunk := file.read(_CHUNK):
                yield chunk

    def get(self, key: str) -> bytes | None:
        """A file, if it is there."""
        path = self._root / key
        return path.read_bytes() if path.is_file() else None

    def put(self, key: str, content: bytes) -> None:
        """Write beside it, then rename: nobody sees half of it, a power cut included."""
        path = self._root / key
        path.parent.mkdir(parents=True, exist_ok=True)
        beside = path.with_name(f".{path.name}.{os.getpid()}")
        with beside.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        beside.replace(path)

    def replace(self, key: str, content: bytes, expected: bytes | None) -> bool:
        """Compare and write under a lock that all processes of this machine share."""
        path = self._root / key
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.with_name(f".{path.name}.lock").open("wb") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if self.get(key) != expected:
                return False
            self.put(key, content)
            return True

    def delete(self, keys: Sequence[str]) -> None:
        """Remove files."""
        for key in keys:
            (self._root / key).unlink(missing_ok=True)

    def prepare(self, prefix: str) -> None:
        """Create the folder."""
        (self._root / prefix).mkdir(parents=True, exist_ok=True)
