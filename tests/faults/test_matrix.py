"""The matrix of faults in docs/faults.md and the tests of this folder say the same."""

import re
from collections import Counter

from tests.faults.world import REPOSITORY

# 19 was never given; 10 to 47 are those of the delivery, the others those of the night. A bad row (57)
# and the listing and the manifest of the archive (60, 61) are tested where the archive is read.
NUMBERS = {number for number in range(10, 60) if number not in {19, 48, 49, 57}}

_ROW = re.compile(r"^\| F(\d+) \|.*\| `(test_f\d+\w*)` \|$", re.MULTILINE)
_TEST = re.compile(r"^def (test_f(\d+)_\w+)\(", re.MULTILINE)


def rows() -> list[tuple[str, str]]:
    """Number and test of each row."""
    return _ROW.findall((REPOSITORY / "docs" / "faults.md").read_text())


def numbered() -> list[tuple[str, str]]:
    """Name and number of each test that has a number."""
    modules = sorted((REPOSITORY / "tests" / "faults").glob("test_*.py"))
    return [found for module in modules for found in _TEST.findall(module.read_text())]


def test_each_number_of_the_matrix_has_one_row() -> None:
    """Nothing is left out."""
    assert Counter(int(number) for number, _ in rows()) == Counter(NUMBERS)


def test_each_number_of_the_matrix_has_one_test() -> None:
    """One, so that everybody finds it."""
    assert Counter(int(number) for _, number in numbered()) == Counter(NUMBERS)


def test_each_row_names_its_test() -> None:
    """And the test bears its number."""
    assert {(name, number) for number, name in rows()} == set(numbered())
