"""The libraries in the report are the ones that were published, with their licences."""

import hashlib
from importlib.resources import files

import pytest

PUBLISHED = {
    "d3.min.js": "912111098ea99503a6f4967361d2bbdc9dbf58cf9c678c8e27e5b02d1a07f0c1",
    "plot.umd.min.js": "4358086467740777dd788d6b27a95cebdbaefdd50c730a3060117073bd7134cb",
}
FOLDER = files("nightly.report") / "vendor"


@pytest.mark.parametrize("name", PUBLISHED)
def test_libraries_are_as_published(name: str) -> None:
    """Byte by byte what the package registry has under the version that the ADR names."""
    assert hashlib.sha256((FOLDER / name).read_bytes()).hexdigest() == PUBLISHED[name]


@pytest.mark.parametrize("name", PUBLISHED)
def test_libraries_cannot_end_their_own_block(name: str) -> None:
    """They stand in the page as they are, so nothing in them may look like its markup."""
    content = (FOLDER / name).read_text("utf-8").lower()
    assert "</script" not in content
    assert "<!--" not in content


def test_licences_are_there() -> None:
    """Whatever is in the files is named with its licence, copyright and all."""
    text = (FOLDER / "LICENSES.txt").read_text("utf-8")
    for name in (*PUBLISHED, "interval-tree-1d", "binary-search-bounds", "isoformat"):
        assert name in text
    assert text.count("Copyright") + text.count("copyright (c)") >= 5


def test_the_page_stays_small() -> None:
    """The folder is part of a layer that has little room left."""
    assert sum(len((FOLDER / name).read_bytes()) for name in PUBLISHED) < 500_000
