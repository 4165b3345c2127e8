"""Every measurement, one part after the other: `make bench`, or `PARTS="hot-path cold-start"`.

Each part prints a table with its goals. A part is a process of its own, so that no part pays for
what another has imported.
"""

import argparse
import subprocess
import sys
from importlib.util import find_spec
from typing import Final

from tests.benchmarks.measuring import say

PARTS: Final = {
    "throughput": "tests.benchmarks.throughput",
    "sender": "tests.benchmarks.sender",
    "rate": "tests.benchmarks.rate",
    "hot-path": "tests.benchmarks.hot_path",
    "reconciling": "tests.benchmarks.reconciling",
    "cold-start": "tests.benchmarks.cold_start",
}


def main() -> int:
    """Run the parts that were asked for, or all; return how many broke."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("parts", nargs="*", choices=[*PARTS, []], metavar="PART")
    asked = parser.parse_args().parts or [name for name, it in PARTS.items() if find_spec(it)]
    broken = 0
    for part in asked:
        say(f"\n# {part}")
        command = [sys.executable, "-m", PARTS[part]]
        broken += subprocess.run(command, check=False).returncode != 0  # noqa: S603 - our own
    return broken


if __name__ == "__main__":
    sys.exit(main())
