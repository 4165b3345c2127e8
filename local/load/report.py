"""What there is to see once a load is over."""

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Final

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from local.demo.report import conservation_lines
from local.load.backlog import Sample
from local.load.reconciliation import Fate, Reconciliation
from local.load.run import Load
from local.load.troubles import Trouble

_LEVELS: Final = "▁▂▃▄▅▆▇█"
_WIDTH: Final = 60


def report(load: Load) -> Group:
    """Give the whole report."""
    return Group(*_parts(load))


def _parts(load: Load) -> Iterator[RenderableType]:
    yield Text()
    yield sent_line(load)
    yield Text()
    yield calls_table(load)
    yield Text()
    yield troubles_table(load)
    yield Text()
    yield backlog_table(load.samples)
    yield drained_line(load)
    yield Text()
    yield conservation_table(load.reconciliation)
    yield Text()
    yield personalize_line(load)
    yield Text()
    yield conservation_lines(load.findings.conservation)
    yield from _failed_lines(load.reconciliation)
    yield Text()
    yield verdict_line(load)


def sent_line(load: Load) -> Text:
    """Say what was sent, and how fast."""
    acknowledged = sum(each.is_acknowledged for each in load.entries)
    doubtful = len(load.entries) - acknowledged
    again = sum(each.attempts > 1 for each in load.entries if each.is_acknowledged)
    took_s = load.summary.ended_at_s - load.summary.began_at_s
    return Text.from_markup(
        f"[bold]{acknowledged:,} messages acknowledged[/bold] in {took_s:.0f} s:"
        f" {acknowledged / took_s:.0f} a second, of {load.options.rate:.0f} asked for, by"
        f" {load.options.producers} producers. Sent again after a refusal: {again:,};"
        f" sent and not answered: {doubtful:,}. Seed {load.options.seed}."
    )


def calls_table(load: Load) -> Table:
    """Show what locust measured."""
    table = _table("What producers saw (locust), milliseconds")
    for title in ("", "calls", "failed", "median", "p95", "p99", "longest"):
        table.add_column(title, justify="right" if title else "left")
    for each in sorted(load.summary.calls, key=lambda each: each.name):
        times = (each.median_ms, each.p95_ms, each.p99_ms, each.longest_ms)
        counts = (f"{each.calls:,}", f"{each.failures:,}")
        table.add_row(each.name, *counts, *(f"{time_ms:,.0f}" for time_ms in times))
    return table


def troubles_table(load: Load) -> Table:
    """Show what was done to the stack meanwhile."""
    table = _table("What was done to it")
    table.add_column("")
    table.add_column("times", justify="right")
    table.add_column("whom it met")
    counts = Counter(each.trouble for each in load.happenings)
    for trouble in Trouble:
        table.add_row(trouble, f"{counts[trouble]:,}", _met(load, trouble))
    return table


def _met(load: Load, trouble: Trouble) -> str:
    met = Counter(each.what for each in load.happenings if each.trouble is trouble)
    if trouble is Trouble.KILL:
        return ", ".join(f"{count} {_short(name)}" for name, count in sorted(met.items()))
    code = {Trouble.THROTTLE: "ThrottlingException", Trouble.OUTAGE: "ServiceUnavailable"}
    if trouble in code:
        return f"{load.findings.counters.failed.get(code[trouble], 0):,} PutEvents calls"
    if trouble in load.struck:
        return f"{load.struck[trouble]:,} calls"
    return ", ".join(map(_short, met))


def _short(name: str) -> str:
    """Leave the stack's name out of a function's, and what CloudFormation added."""
    parts = name.split("-")
    named = [each.removesuffix("Function") for each in parts if "Function" in each]
    return named[0] + name[name.index(" ") :] if named and " " in name else (named or [name])[0]


def backlog_table(samples: Sequence[Sample]) -> Table:
    """Show how far the functions were behind: over time, at most, at the end."""
    table = _table("How far behind")
    table.add_column("")
    table.add_column(f"over {samples[-1].at_s:.0f} s")
    table.add_column("at most", justify="right")
    table.add_column("at the end", justify="right")
    rows = {
        "records of the stream": [float(each.records) for each in samples],
        "age of the oldest, s": [each.age_s for each in samples],
        "messages in the queues": [float(each.messages) for each in samples],
    }
    for title, values in rows.items():
        table.add_row(title, _line(values), f"{max(values):,.0f}", f"{values[-1]:,.0f}")
    return table


def _line(values: Sequence[float]) -> str:
    """Draw values as a line of blocks, the highest of each stretch of time."""
    step = max(1, -(-len(values) // _WIDTH))
    highest = [max(values[at : at + step]) for at in range(0, len(values), step)]
    most = max(highest) or 1.0
    return "".join(_LEVELS[round(each / most * (len(_LEVELS) - 1))] for each in highest)


def drained_line(load: Load) -> Text:
    """Say when the last of it was dealt with."""
    if load.drained_after_s is None:
        return Text("NOT DRAINED: the functions are still at work.", style="bold red")
    return Text(f"Drained {load.drained_after_s:.0f} s after the last message.")


def conservation_table(reconciliation: Reconciliation) -> Table:
    """Show that what was received is what was recorded, rejected, and so on, kind by kind."""
    table = _table("Conservation: received = recorded + rejected + superseded + no interaction + …")
    for title in ("", "acknowledged", "received", *Fate):
        table.add_column(title, justify="right" if title else "left")
    for each in reconciliation.kinds:
        fates = [each.fates[fate] for fate in Fate]
        numbers = (each.acknowledged, each.received, *fates)
        is_sound = each.acknowledged == each.received and not each.fates[Fate.UNEXPLAINED]
        table.add_row(each.kind, *map(_number, numbers), style="" if is_sound else "bold red")
    table.add_section()
    table.add_row("together", *map(_number, _sums(reconciliation)), style="bold")
    return table


def _sums(reconciliation: Reconciliation) -> Iterator[int]:
    kinds = reconciliation.kinds
    yield sum(each.acknowledged for each in kinds)
    yield sum(each.received for each in kinds)
    yield from (sum(each.fates[fate] for each in kinds) for fate in Fate)


def personalize_line(load: Load) -> Text:
    """Say what Personalize has."""
    counters, found = load.findings.counters, load.reconciliation.interactions
    by_type = ", ".join(f"{count:,} {name}" for name, count in sorted(found.items()))
    return Text.from_markup(
        f"[bold]Amazon Personalize[/bold] holds {counters.recorded:,} interactions ({by_type}) from"
        f" {counters.calls:,} calls; the archive has {found.total():,},"
        f" of which {load.reconciliation.taken_back:,} were taken back before they could be sent."
        f" It was sent {counters.repeated:,} that it knew, and ignored them."
    )


def _failed_lines(reconciliation: Reconciliation) -> Iterator[Text]:
    for check in reconciliation.checks:
        if not check.holds:
            text = f"{check.name}: expected {check.expected:,}, found {check.found:,}"
            yield Text(text, style="bold red")


def verdict_line(load: Load) -> Text:
    """Say whether it all adds up."""
    if load.adds_up:
        checks = len(load.reconciliation.checks)
        text = f"It adds up: nothing lost, nothing counted twice ({checks} checks)."
        return Text(text, style="bold green")
    return Text("IT DOES NOT ADD UP. See the lines above.", style="bold red")


def _table(title: str) -> Table:
    return Table(title=title, title_justify="left", title_style="bold", box=None, pad_edge=False)


def _number(count: int) -> str:
    return f"{count:,}"
