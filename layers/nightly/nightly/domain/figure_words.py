"""The words by which the SQL asks for the figures of a build: bins, and what may be empty."""

from collections.abc import Mapping
from typing import Final

# Lower ends of bins; each reaches to the next one, and the last of them has no end.
COMPLETION_BINS: Final = 20
WATCH_TIME_S: Final = (0, 30, 60, 120, 300, 600, 1200, 1800, 2700, 3600, 5400, 7200, 10800)
PER_ONE: Final = (1, 2, 3, 6, 11, 21, 51, 101)
POPULAR: Final = 50


def figure_words(may_be_null: Mapping[str, str]) -> Mapping[str, str]:
    """What stands for the words in braces in `figures` and in what is made of it.

    Args:
        may_be_null: Optional columns of the file, and what is selected for each.
    """
    flags = {name: f"null_{name.lower()}" for name in may_be_null}
    return {
        "null_flags": "".join(
            f",\n         CASE WHEN {source} IS NULL THEN 1 ELSE 0 END AS {flags[name]}"
            for name, source in may_be_null.items()
        ),
        "null_names": "".join(f", {flag}" for flag in flags.values()),
        "null_sums": "".join(
            f",\n       COALESCE(sum({flag} * counted), 0) AS {name}"
            for name, flag in flags.items()
        ),
        "completion_bins": str(COMPLETION_BINS),
        "watch_time_bins": _cases("watch_time_s", WATCH_TIME_S),
        "per_one_bins": _cases("counted", PER_ONE),
        "popular": str(POPULAR),
    }


def _cases(value: str, lows: tuple[int, ...]) -> str:
    """The lower end of the bin, the highest first; nothing for nothing."""
    return " ".join(f"WHEN {value} >= {low} THEN {low}" for low in reversed(lows))
