"""`python -m reconcile`: account for every message of the archive, hour by hour.

Ends with 0 when all is explained, 1 when something is not, 2 for what cannot be asked like that,
3 when the archive cannot be read.
"""

import argparse
import os
import sys
import time
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final
from urllib.parse import urlsplit

from ingestion.adapters.archive_reader import S3ArchiveReader, reading_s3_client
from ingestion.adapters.dataset_export import S3DatasetExport
from ingestion.application.comparing import (
    Comparison,
    Naming,
    by_content,
    by_event_id,
    compare_with_held,
)
from ingestion.domain.conservation import Digest, HourAccount
from ingestion.domain.errors import IngestionError
from ingestion.domain.hour import Hour, hours
from ingestion.ports import ArchiveSection
from ingestion.reconciling import reconcile_rules, reconciler
from ingestion.settings.reconcile_archive import ReconcileArchiveSettings

from local.connection import connection_variables
from reconcile.deployed import held_by_the_emulator, settings_of
from reconcile.table import comparison_lines, table_of

_STACK: Final = "personalize-video-ingest"
_LOCAL_ENDPOINT: Final = "http://127.0.0.1:4566"
_UNEXPLAINED: Final = 1
_UNREADABLE: Final = 3


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command.

    Args:
        arguments: The command line without the program; this process's own by default.

    Returns:
        The exit status.
    """
    options = _parser().parse_args(arguments)
    if options.local:
        endpoint = os.environ.get("AWS_ENDPOINT_URL") or _LOCAL_ENDPOINT
        os.environ.update(connection_variables(endpoint))
    try:
        return _reconcile(options, settings_of(options.stack))
    except IngestionError as error:
        sys.stderr.write(f"{error}\n")
        return _UNREADABLE


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m reconcile", description=__doc__)
    parser.add_argument("--stack", default=_STACK, help="name of the CloudFormation stack")
    parser.add_argument(
        "--from",
        type=_moment_ms,
        dest="from_ms",
        metavar="TIME",
        help="first hour of arrival, as 2026-11-24T09; the first of the archive by default",
    )
    parser.add_argument(
        "--to",
        type=_moment_ms,
        dest="to_ms",
        metavar="TIME",
        help="the hour to end before; now by default",
    )
    parser.add_argument(
        "--settled",
        action="store_true",
        help="nothing is under way any more: judge what is young as well",
    )
    held = parser.add_mutually_exclusive_group()
    held.add_argument(
        "--local",
        action="store_true",
        help="of the local stack (AWS_ENDPOINT_URL or port 4566), with what its emulator holds",
    )
    held.add_argument(
        "--export",
        type=_location,
        metavar="S3_URL",
        help="compare with a dataset export of the interactions in this folder",
    )
    return parser


def _moment_ms(text: str) -> int:
    """A time of UTC unless it says otherwise, as epoch milliseconds."""
    moment = datetime.fromisoformat(text)
    return round(moment.replace(tzinfo=moment.tzinfo or UTC).timestamp() * 1000)


def _location(text: str) -> tuple[str, str]:
    url = urlsplit(text)
    if url.scheme != "s3" or not url.netloc:
        message = "must be like s3://bucket/folder/"
        raise argparse.ArgumentTypeError(message)
    return url.netloc, url.path.lstrip("/")


def _reconcile(options: argparse.Namespace, settings: ReconcileArchiveSettings) -> int:
    now_ms = round(time.time() * 1000)
    archive = S3ArchiveReader(reading_s3_client(), settings.archive_bucket)
    among = sorted(_among(options, archive, now_ms))
    reconcile = reconciler(settings)
    as_of_ms = now_ms + options.settled * 1000 * reconcile_rules(settings).settled_after_s
    accounts = [reconcile(hour, now_ms=as_of_ms) for hour in among]
    _print(table_of(accounts))
    comparison = _compare(options, settings, among)
    if comparison is not None:
        _print(comparison_lines(comparison))
    return 0 if _holds(accounts, comparison) else _UNEXPLAINED


def _among(options: argparse.Namespace, archive: S3ArchiveReader, now_ms: int) -> set[Hour]:
    """The hours of the archive in which messages began to arrive, as far as they are asked for."""
    known = set(archive.hours(ArchiveSection.ACTIVITIES))
    if not known:
        return set()
    from_ms = min(known).starts_at_s * 1000 if options.from_ms is None else options.from_ms
    to_ms = now_ms if options.to_ms is None else options.to_ms
    return known & set(hours(from_ms, to_ms))


def _holds(accounts: Iterable[HourAccount], comparison: Comparison | None) -> bool:
    is_held = comparison is None or not comparison.missing
    return is_held and all(account.holds for account in accounts)


@dataclass(frozen=True, slots=True)
class _Held:
    """What Personalize holds, and how rows are named there."""

    names: Collection[Digest]
    naming: Naming


def _held(options: argparse.Namespace) -> _Held | None:
    if options.local:
        return _Held(held_by_the_emulator(), by_event_id)
    if options.export is not None:
        export = S3DatasetExport(reading_s3_client(), *options.export)
        return _Held(set(export.interactions()), by_content)
    return None


def _compare(
    options: argparse.Namespace, settings: ReconcileArchiveSettings, among: Sequence[Hour]
) -> Comparison | None:
    """What is with Personalize, if anybody can tell."""
    held = _held(options)
    if held is None:
        return None
    return compare_with_held(
        among,
        archive=S3ArchiveReader(reading_s3_client(), settings.archive_bucket),
        held=held.names,
        naming=held.naming,
        rules=reconcile_rules(settings),
    )


def _print(lines: Iterator[str]) -> None:
    sys.stdout.write("".join(f"{line}\n" for line in lines))


if __name__ == "__main__":
    sys.exit(main())
