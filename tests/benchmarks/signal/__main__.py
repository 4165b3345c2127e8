"""Does a clean signal matter? Print the tables of docs/signal.md.

It is a measurement, not a test: nothing fails on its numbers.
"""

import argparse
import gc
import sys
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from copy import replace
from functools import partial
from multiprocessing import get_context
from typing import Final

from local.personalize.quotas import Quotas
from tests.benchmarks.signal.assumptions import Assumptions
from tests.benchmarks.signal.report import (
    difference_table,
    log_line,
    looks_table,
    quality_table,
    sensitivity_table,
    sent_table,
)
from tests.benchmarks.signal.study import Job, Outcome, run

DEFAULT: Final = "as assumed"
_EQUALLY_LONG: Final = "all equally long"
_QUICK_VIEWERS, _QUICK_ITEMS, _QUICK_SEEDS = 10, 40, (1, 2)


def worlds(assumptions: Assumptions) -> Mapping[str, Assumptions]:
    """The world as assumed, and with none or twice of what misleads."""
    return {
        DEFAULT: assumptions,
        "no clickbait": replace(assumptions, clickbait=0.0),
        "clickbait doubled": replace(assumptions, clickbait=2 * assumptions.clickbait),
        "no noise": replace(assumptions, noise=0.0),
        "noise doubled": replace(assumptions, noise=2 * assumptions.noise),
    }


def worlds_to_look_at(assumptions: Assumptions) -> Mapping[str, Assumptions]:
    """The world as assumed, and one whose items are all equally long."""
    return {
        DEFAULT: assumptions,
        _EQUALLY_LONG: replace(assumptions, length_spread=0.0),
    }


def main(arguments: Sequence[str] | None = None) -> int:
    """Run every seed of every world and print what came of it."""
    options = _options(arguments)
    jobs = _jobs(options)
    if options.workers == 1:
        outcomes = [run(job) for job in jobs]
    else:
        with ProcessPoolExecutor(
            options.workers, mp_context=get_context("spawn"), initializer=gc.disable
        ) as pool:
            # A log is a forest of dicts without cycles: collecting costs half of the time, and
            # finds nothing.
            outcomes = list(pool.map(run, jobs))
    found: dict[str, list[Outcome]] = {}
    for job, outcome in zip(jobs, outcomes, strict=True):
        found.setdefault(job.world, []).append(outcome)
    if options.looks:
        _say(looks_table(found[DEFAULT], found[_EQUALLY_LONG]))
    else:
        _print(found)
    return 0


def _print(found: Mapping[str, Sequence[Outcome]]) -> None:
    default = found[DEFAULT]
    sections: Mapping[str, Callable[[], str]] = {
        "What was sent, on average a seed": partial(sent_table, default),
        "The arms, all trained alike (mean ± 95 %)": partial(
            quality_table, default, variants=False
        ),
        "Variants": partial(quality_table, default, variants=True),
        "Paired differences with 95 % intervals": partial(difference_table, default),
    }
    _say(log_line(default))
    for title, section in sections.items():
        _say(f"\n### {title}\n\n{section()}")
    if len(found) > 1:
        seeds = min(map(len, found.values()))
        _say(f"\n### Other worlds: NDCG@10, unseen, the first {seeds} seeds\n")
        _say(sensitivity_table({world: each[:seeds] for world, each in found.items()}))


def _jobs(options: argparse.Namespace) -> list[Job]:
    assumptions = Assumptions(viewers=options.viewers, items=options.items)
    quotas = Quotas()
    if options.quick:
        assumptions = assumptions.smaller(_QUICK_VIEWERS, _QUICK_ITEMS)
        # A small world does not reach the minimum of Personalize, which is not what is measured.
        quotas = replace(quotas, interactions_to_train=1, users_with_two_interactions=1)
    jobs = []
    simulated = worlds_to_look_at if options.looks else worlds
    for world, assumed in simulated(assumptions).items():
        seeds = options.seeds if world == DEFAULT else options.seeds[: options.sensitivity_seeds]
        jobs += [Job(world, assumed, seed, quotas) for seed in seeds]
    return jobs


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="tests.benchmarks.signal", description=__doc__)
    parser.add_argument(
        "--seeds", type=int, nargs="+", default=list(range(1, 13)), help="one world and log each"
    )
    parser.add_argument(
        "--sensitivity-seeds",
        type=int,
        default=6,
        help="how many of them for each of the other worlds; 0 leaves those out",
    )
    defaults = Assumptions()
    parser.add_argument("--viewers", type=int, default=defaults.viewers)
    parser.add_argument("--items", type=int, default=defaults.items)
    parser.add_argument("--workers", type=int, default=2, help="processes")
    parser.add_argument(
        "--quick", action="store_true", help="a tiny world, two seeds: only shows that it runs"
    )
    parser.add_argument(
        "--looks", action="store_true", help="only what was asked after the results were seen"
    )
    options = parser.parse_args(arguments)
    if options.quick:
        options.seeds, options.workers = list(_QUICK_SEEDS), 1
        options.sensitivity_seeds = len(_QUICK_SEEDS) if options.looks else 0
    if len(options.seeds) < 2 or options.sensitivity_seeds == 1:
        parser.error("intervals need at least two seeds")
    return options


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
