"""Writes the report of a build beside its record."""

from typing import Final

from nightly.application.records import BUILDS, Records
from nightly.domain.acceptance import Acceptance
from nightly.domain.build_record import BuildRecord
from nightly.ports import Storage
from nightly.report.page import page

PAGE: Final = "report.html"
# So many nights before are drawn; each is read.
_EARLIER: Final = 60


def write_page(record: BuildRecord, archive: Storage, acceptance: Acceptance | None) -> None:
    """Draw a build with the builds before it.

    Args:
        record: Of the build.
        archive: What has the records, and gets the page.
        acceptance: Of what stopped the build, if somebody has accepted it.
    """
    records = Records(archive)
    names = [name for name in records.names() if name != record.build][:_EARLIER]
    earlier = [found for name in names if (found := records.get(name)) is not None]
    content = page(record, earlier, acceptance=acceptance)
    archive.put(page_key(record.build), content.encode())


def page_key(build: str) -> str:
    """Where the report of a build is."""
    return f"{BUILDS}/{build}/{PAGE}"
