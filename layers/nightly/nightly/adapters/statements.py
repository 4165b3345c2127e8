"""Reads the one definition from the package."""

from importlib.resources import files

from nightly.domain.history_plan import IMPORTING
from nightly.domain.plans import BUILDING, CLEANING, Statements


def statements() -> Statements:
    """All statements by name, with their words in braces."""
    folder = files("nightly.sql")
    names = (*CLEANING, *BUILDING, *IMPORTING)
    return {name: (folder / f"{name}.sql").read_text() for name in names}
