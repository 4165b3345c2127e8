"""The tables of docs/signal.md, in Markdown, from the outcomes of all seeds."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Final

from tests.benchmarks.signal.arms import Arm
from tests.benchmarks.signal.intervals import Interval, difference, interval
from tests.benchmarks.signal.study import CHANCE, VARIANTS, Judged, Outcome

type Metric = Callable[[Judged], float]
type Line = Sequence[str]

METRICS: Final[Mapping[str, Metric]] = {
    "NDCG@10, unseen": lambda judged: judged.unseen.ndcg,
    "hit rate@10, unseen": lambda judged: judged.unseen.hit,
    "best tenth in 10, unseen": lambda judged: judged.unseen.best,
    "NDCG@10, all": lambda judged: judged.everything.ndcg,
    "hit rate@10, all": lambda judged: judged.everything.hit,
}
MAIN: Final = {variant.arm: variant.name for variant in VARIANTS if variant.is_main}
_VARIANTS: Final = [variant.name for variant in VARIANTS if not variant.is_main]
_AGAINST_OURS: Final = (Arm.HEARTBEATS, Arm.PLAYS, Arm.POSITIONS)
_FLAT: Final = ("(a) history without recency", "(b) history without recency")
_PAIRS: Final = (
    *((MAIN[Arm.OURS], MAIN[arm]) for arm in _AGAINST_OURS),
    ("(a) disliked not served", "(a) ours"),
    ("(a) disliked not served", "(c) disliked not served"),
    ("(a) trained without Click", "(a) ours"),
    ("(a) trained without Click", "(b) trained on value >= 0.5"),
    ("(a) trained without Click", "(d) trained without Click"),
    ("(a) trained without Click", "(c) every play, like, dislike"),
    _FLAT,
    ("(a) history without recency", "(c) history without recency"),
    ("(a) history without recency", "(d) history without recency"),
)


def table(head: Line, lines: Iterator[Line]) -> str:
    """A Markdown table, the first column left, the others right."""
    rule = ["---", *("---:" for _ in head[1:])]
    return "\n".join(f"| {' | '.join(line)} |" for line in (head, rule, *lines)) + "\n"


def log_line(outcomes: Sequence[Outcome]) -> str:
    """What the logs were like, in one sentence."""
    playbacks = _mean(outcome.playbacks for outcome in outcomes)
    activities = _mean(outcome.activities for outcome in outcomes)
    satisfied = _mean(outcome.satisfied for outcome in outcomes)
    return (
        f"{len(outcomes)} seeds; a seed has {playbacks:,.0f} playbacks and {activities:,.0f} "
        f"activities, and {satisfied:.0%} of what was watched satisfied."
    )


def sent_table(outcomes: Sequence[Outcome]) -> str:
    """What each arm sent, for one seed on average."""

    def lines() -> Iterator[Line]:
        for arm in Arm:
            sent = [outcome.sent[arm] for outcome in outcomes]
            types = sorted({name for each in sent for name in each.types})
            yield (
                MAIN[arm],
                f"{_mean(each.interactions for each in sent):,.0f}",
                f"{_mean(each.calls for each in sent):,.0f}",
                f"{_mean(o.sent[arm].interactions / o.playbacks for o in outcomes):.2f}",
                ", ".join(f"{n} {_mean(e.types.get(n, 0) for e in sent):,.0f}" for n in types),
            )

    return table(
        ["arm", "interactions", "PutEvents calls", "interactions per playback", "of which"], lines()
    )


def quality_table(outcomes: Sequence[Outcome], *, variants: bool) -> str:
    """The mean of every metric, half its confidence interval beside it."""
    names = _VARIANTS if variants else [*MAIN.values(), CHANCE]

    def lines() -> Iterator[Line]:
        for name in names:
            means = [interval(values(outcomes, name, metric)) for metric in METRICS.values()]
            yield [name, *(f"{each.mean:.3f} ± {each.high - each.mean:.3f}" for each in means)]

    return table(["", *METRICS], lines())


def difference_table(outcomes: Sequence[Outcome]) -> str:
    """Paired differences with their confidence intervals; bold where zero is outside."""

    def lines() -> Iterator[Line]:
        for one, other in _PAIRS:
            found = [
                difference(values(outcomes, one, metric), values(outcomes, other, metric))
                for metric in METRICS.values()
            ]
            yield [f"{one} − {other}", *map(shown, found)]  # noqa: RUF001 -- a minus

    return table(["difference", *METRICS], lines())


def sensitivity_table(scenarios: Mapping[str, Sequence[Outcome]]) -> str:
    """NDCG of unseen items in other worlds, and how far ours is ahead of each."""
    metric = METRICS["NDCG@10, unseen"]

    def lines() -> Iterator[Line]:
        for scenario, outcomes in scenarios.items():
            means = [interval(values(outcomes, name, metric)).mean for name in MAIN.values()]
            ours = values(outcomes, MAIN[Arm.OURS], metric)
            found = [difference(ours, values(outcomes, MAIN[arm], metric)) for arm in _AGAINST_OURS]
            yield [scenario, *(f"{mean:.3f}" for mean in means), *map(shown, found)]

    ahead = [f"a − {arm}" for arm in _AGAINST_OURS]  # noqa: RUF001 -- a minus
    return table(["world", *Arm, *ahead], lines())


def looks_table(assumed: Sequence[Outcome], equally_long: Sequence[Outcome]) -> str:
    """What was asked after the results were seen, to explain them."""
    metric = METRICS["NDCG@10, unseen"]
    asked = (
        ("as assumed", assumed, "(a) trained without Click", MAIN[Arm.HEARTBEATS]),
        ("as assumed", assumed, "(a) Click at a hundredth", "(a) trained without Click"),
        ("as assumed", assumed, "(a) Click at a hundredth", MAIN[Arm.OURS]),
        ("all equally long", equally_long, MAIN[Arm.OURS], MAIN[Arm.HEARTBEATS]),
        ("all equally long", equally_long, *_FLAT),
    )

    def lines() -> Iterator[Line]:
        for world, outcomes, one, other in asked:
            ones, others = (values(outcomes, name, metric) for name in (one, other))
            yield world, f"{one} − {other}", shown(difference(ones, others))  # noqa: RUF001 -- a minus

    return table(["world", "difference", "NDCG@10, unseen"], lines())


def values(outcomes: Sequence[Outcome], name: str, metric: Metric) -> list[float]:
    """One value a seed."""
    return [metric(outcome.judged[name]) for outcome in outcomes]


def shown(found: Interval) -> str:
    """A difference as text, bold where the interval does not hold zero."""
    text = f"{found.mean:+.3f} [{found.low:+.3f}, {found.high:+.3f}]"
    return f"**{text}**" if found.is_clear else text


def _mean(numbers: Iterator[float]) -> float:
    listed = list(numbers)
    return sum(listed) / len(listed)
