"""What commands say of places and of the engine, in the same words."""

import argparse
import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from nightly.adapters.duckdb_engine import DuckDbEngine, DuckDbLimits
from nightly.adapters.folder import Folder
from nightly.ports import Storage


def storage(place: str) -> Storage:
    """A folder, or a bucket for `s3://bucket[/prefix]`."""
    if not place.startswith("s3://"):
        return Folder(Path(place))
    # boto3 costs more time and memory than the rest of this program: only who needs it pays.
    from nightly.adapters.bucket import Bucket  # noqa: PLC0415

    return Bucket.of_url(place)


def file_in(place: str) -> tuple[Storage, str]:
    """The storage that a file or folder is in, and its key there."""
    parent, slash, key = place.rstrip("/").rpartition("/")
    if place.startswith("s3://") and parent in {"s3:/", "s3:"}:
        return storage(place), ""
    return storage(parent or ("/" if slash else ".")), key


def add_engine(parser: argparse.ArgumentParser) -> None:
    """What DuckDB may take of the machine."""
    parser.add_argument("--memory", metavar="SIZE", help="as 2GB; the rest goes to --temporary")
    parser.add_argument("--temporary", type=Path, metavar="FOLDER")
    parser.add_argument("--threads", type=int, metavar="N")


def engine(options: argparse.Namespace) -> DuckDbEngine:
    """DuckDB within these bounds."""
    return DuckDbEngine(DuckDbLimits(options.memory, options.temporary, options.threads))


def names(text: str) -> tuple[str, ...]:
    """A list with commas."""
    return tuple(filter(None, text.split(",")))


def tell(content: Mapping[str, Any]) -> None:
    """One line of JSON on standard output."""
    sys.stdout.write(json.dumps(content, sort_keys=True) + "\n")
