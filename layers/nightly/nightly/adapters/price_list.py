"""Reads the dated price list from the package."""

import json
from importlib.resources import files

from nightly.domain.cost import Prices


def prices() -> Prices:
    """The list; see `nightly/domain/prices.json`."""
    return Prices.from_dict(json.loads((files("nightly.domain") / "prices.json").read_text()))
