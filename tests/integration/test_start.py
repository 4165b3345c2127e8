"""What a start of the local stack leaves for later."""

import subprocess
import sys

HEAVY = {"implicit", "numpy", "py3langid", "scipy", "snowballstemmer", "vader"}
SHOW = "import sys, local.stack; print(*sys.modules)"


def test_a_start_imports_neither_arithmetic_nor_words() -> None:
    """The first training and the first text do; most starts see neither, and all of them wait."""
    shown = subprocess.run(  # noqa: S603 - our own command
        [sys.executable, "-c", SHOW], capture_output=True, check=True, text=True
    )

    assert HEAVY & set(shown.stdout.split()) == set()
