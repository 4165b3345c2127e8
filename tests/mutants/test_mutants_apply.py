"""Mutants do not rot: each still finds what it changes, and the tests that have to kill it."""

from itertools import takewhile

import pytest

from tests.mutants.mutant import ROOT, Mutant
from tests.mutants.table import MUTANTS


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.name)
def test_each_mutant_still_applies(mutant: Mutant) -> None:
    """What it changes stands in the file exactly once, and Python can still read the result."""
    mutated = mutant.applied_to((ROOT / mutant.file).read_text())
    if mutant.file.endswith(".py"):
        compile(mutated, mutant.file, "exec")


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.name)
def test_the_tests_that_kill_it_are_there(mutant: Mutant) -> None:
    """The selection names files and functions that exist."""
    for selected in (each for each in mutant.killed_by.split() if "/" in each):
        file, _, function = selected.partition("::")
        assert f"def {function}" in (ROOT / file).read_text()


def test_the_document_names_them_all() -> None:
    """What is proven is read there, so it must not claim less or more."""
    document = (ROOT / "docs/reliability.md").read_text()
    below_the_head = document.partition("| mutant |")[2].splitlines()[2:]
    rows = takewhile(lambda line: line.startswith("|"), below_the_head)
    named = [row.split(" | ")[0].removeprefix("| ") for row in rows]
    assert named == [mutant.name for mutant in MUTANTS]


def test_names_are_told_apart() -> None:
    """A table with two of a name would be ambiguous."""
    assert len({mutant.name for mutant in MUTANTS}) == len(MUTANTS)
