"""The report in a real browser: everything is drawn, and nothing is complained about."""

import os
import re
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path
from typing import Final

import pytest
from nightly.domain.build_record import BuildRecord
from nightly.domain.statistics import BuildStatistics, ItemCount
from nightly.report.page import page

from tests.support import build_records as records

BROWSERS: Final = ("chromium-headless-shell", "chromium", "google-chrome")
HOSTILE: Final = "</script><img src=x onerror=console.error(1)>"

pytestmark = pytest.mark.e2e


def _browser() -> str:
    """CHROMIUM, or what is installed."""
    found = [os.environ.get("CHROMIUM"), *map(shutil.which, BROWSERS)]
    return next(filter(None, found), BROWSERS[0])


def _opened(content: str, folder: Path) -> tuple[str, list[str]]:
    """The document once its scripts have run, and what the browser's console says."""
    file = folder / "report.html"
    file.write_text(content, "utf-8")
    result = subprocess.run(  # noqa: S603  -- our own arguments
        [
            *(_browser(), "--headless", "--no-sandbox", "--enable-logging=stderr"),
            *("--virtual-time-budget=5000", f"--user-data-dir={folder / 'profile'}"),
            *("--dump-dom", file.as_uri()),
        ],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert result.returncode == 0, result.stderr
    return result.stdout, re.findall(r"CONSOLE.*", result.stderr)


def _empty() -> BuildRecord:
    nothing = BuildStatistics(0, {}, {}, None, {}, {})
    return records.record(statistics=nothing, training=None, plan={}, cost={})


def _hostile() -> BuildRecord:
    popular = (ItemCount(HOSTILE, 9), ItemCount("\ud800\u202e\0", 8))
    statistics = replace(records.statistics(), popular_items=popular, event_types={HOSTILE: 5})
    return records.record(statistics=statistics, reasons=(HOSTILE,))


@pytest.mark.parametrize(
    ("record", "earlier"),
    [(records.record(night=8), records.history(8)), (_hostile(), []), (_empty(), [])],
    ids=["usual", "hostile", "empty"],
)
def test_draws_each_figure_without_a_complaint(
    record: BuildRecord, earlier: list[BuildRecord], tmp_path: Path
) -> None:
    """Each plot has a picture, each table is folded up, and no policy was violated."""
    content = page(record, earlier)
    document, complaints = _opened(content, tmp_path)
    assert complaints == []
    plots = re.findall(r'<div class="plot"[^>]*>(<svg|<div|)', document)
    assert len(plots) == content.count('class="plot"')
    assert all(plots)
    assert "<details open" not in document
    assert "<img" not in document


def test_a_complaint_would_be_heard(tmp_path: Path) -> None:
    """What an id would do if it got out of its text is seen by these tests."""
    content = page(records.record(), []).replace("<main>", f"<main>{HOSTILE}")
    document, complaints = _opened(content, tmp_path)
    assert "<img" in document
    assert any("Content Security Policy" in complaint for complaint in complaints)
