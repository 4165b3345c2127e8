"""Archives that many tests read and none writes."""

from pathlib import Path

import pytest

from tests.support.generated_rows import generate
from tests.support.nasty_rows import nasty_cases, refusals
from tests.support.nightly import write_refusals, write_rows


@pytest.fixture(scope="session")
def nasty(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An archive with a row at every border."""
    folder = tmp_path_factory.mktemp("nasty")
    write_rows(folder, [row for row, _ in nasty_cases()])
    write_refusals(folder, refusals())
    return folder


@pytest.fixture(scope="session")
def generated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An archive of some days of realistic viewing, with copies, late rows and sign-ins."""
    folder = tmp_path_factory.mktemp("generated")
    generate(folder, 6000, days=4, seed=7, as_json=True)
    return folder
