"""DuckDB is told its limits, all of them: of those it is not told it takes what it finds."""

from pathlib import Path

from nightly.adapters.duckdb_engine import DuckDbEngine
from nightly.adapters.duckdb_limits import within
from nightly.domain.job import Job, Step

_ASKED = """
SELECT current_setting('memory_limit') AS memory, current_setting('threads') AS threads,
       current_setting('temp_directory') AS folder,
       current_setting('max_temp_directory_size') AS disk
"""


def test_every_limit_reaches_the_engine(tmp_path: Path) -> None:
    """Memory, processors, where it spills, and how much."""
    job = Job((), (Step("settings", _ASKED),), (), ("settings",))
    [answer] = DuckDbEngine(within(3008, 4096, tmp_path)).run(job)["settings"]
    assert answer == {
        "memory": "2.0 GiB",
        "threads": 2,
        "folder": str(tmp_path / "duckdb"),
        "disk": "3.5 GiB",
    }
