"""Judge the mutants: `make mutants`, or some of them with `ONLY=<words of the name>`.

Prints a line as each comes to its end and a table at last; fails unless all are killed.
"""

import argparse
import sys
import time
from collections.abc import Sequence

from tests.mutants.killing import End, Judgement, judge_all, why_unmutated_code_fails
from tests.mutants.mutant import Mutant
from tests.mutants.table import MUTANTS


def main() -> int:
    """Judge; 0 when every mutant was killed."""
    parser = argparse.ArgumentParser(prog="tests.mutants", description=__doc__)
    parser.add_argument("--only", default="", help="judge those whose name has these words")
    parser.add_argument("--at-once", type=int, default=2, help="how many side by side")
    arguments = parser.parse_args()
    mutants = [each for each in MUTANTS if arguments.only in each.name]
    begun = time.monotonic()
    _say(f"{len(mutants)} mutants; first the tests without any")
    if why := why_unmutated_code_fails(mutants):
        _say(why)
        return 1
    judgements = _judge(mutants, arguments.at_once)
    _say(_table(judgements))
    killed = sum(each.end is End.KILLED for each in judgements)
    _say(f"{killed} of {len(mutants)} killed in {time.monotonic() - begun:.0f} s")
    return 0 if killed == len(mutants) > 0 else 1


def _judge(mutants: Sequence[Mutant], at_once: int) -> list[Judgement]:
    judgements: list[Judgement] = []
    for each in judge_all(mutants, at_once=at_once):
        judgements.append(each)
        place = f"{len(judgements)}/{len(mutants)}"
        _say(f"{place:>6} {each.end} {each.mutant.name} ({each.seconds:.0f} s)")
        if each.told:
            _say(each.told)
    return judgements


def _table(judgements: Sequence[Judgement]) -> str:
    """As Markdown, for the documents."""
    order = [mutant.name for mutant in MUTANTS]
    rows = [
        f"| {j.mutant.name} | {j.mutant.breaks} | {_short(j.mutant.killed_by)} "
        f"| {j.end} | {j.seconds:.0f} |"
        for j in sorted(judgements, key=lambda each: order.index(each.mutant.name))
    ]
    head = ["| mutant | what it breaks | by | end | s |", "|---|---|---|---|---|"]
    return "\n".join(["", *head, *rows, ""])


def _short(killed_by: str) -> str:
    """The names of the files and functions, without their folders."""
    words = (word.rpartition("/")[2].replace(".py", "") for word in killed_by.split())
    return f"`{' '.join(words)}`"


def _say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
