"""Gates that compare a build with the last accepted one."""

from collections.abc import Iterator
from statistics import median
from typing import Final

from nightly.domain.days import Day, Days
from nightly.domain.drift import Shift, shifts
from nightly.domain.findings import Finding, failure, warning
from nightly.domain.gate_limits import GateLimits
from nightly.domain.statistics import BuildStatistics

_SAID: Final = {
    "event_mix": "The mix of event types",
    "completion": "How far titles are watched",
    "popularity": "What is watched most",
}


def volume(
    of: BuildStatistics, previous: BuildStatistics | None, limits: GateLimits
) -> Iterator[Finding]:
    """The newest day against the median of the last days: too little or too much at once."""
    if of.last_day is None:
        return
    newest = Day.named(of.last_day)
    found, usual = of.on(newest), _usual(of, previous, newest, limits)
    if usual < limits.volume_from:
        return
    for say, times in ((failure, limits.volume_failure), (warning, limits.volume_warning)):
        if found * times < usual or found > usual * times:
            text = (
                f"{newest} has {found:,} interactions, {found / usual:.2f} times the median"
                f" {usual:,.0f} of the days before; {times:g} times more or less is too far."
            )
            yield say("volume", text, found=found, usual=usual, ratio=found / usual, times=times)
            return


def _usual(
    of: BuildStatistics, previous: BuildStatistics | None, newest: Day, limits: GateLimits
) -> float:
    """Of the last days of the last accepted build, or of this one's before the newest."""
    base = of if previous is None or previous.last_day is None else previous
    last = newest.plus(-1)
    if base is not of and base.last_day is not None:
        last = min(last, Day.named(base.last_day))
    return float(median(map(base.on, Days(last.plus(1 - limits.volume_days), last))))


def lost(of: BuildStatistics, previous: BuildStatistics, limits: GateLimits) -> Iterator[Finding]:
    """History that was there and is not any more."""
    gone = previous.rows - of.rows
    if gone > limits.most_lost * previous.rows:
        share, most = gone / previous.rows, limits.most_lost
        text = (
            f"There are {of.rows:,} interactions and were {previous.rows:,} in the last accepted"
            f" build: {share:.1%} less, more than {most:.1%}."
        )
        yield failure(
            "lost", text, interactions=of.rows, before=previous.rows, share=share, most=most
        )


def drift(of: BuildStatistics, previous: BuildStatistics, limits: GateLimits) -> Iterator[Finding]:
    """Event mix, share watched and popularity, each by its population stability index."""
    for shift in shifts(previous, of, limits.psi_by_chance):
        if shift.by_chance <= limits.psi_by_chance:
            yield from _moved(shift, limits)


def _moved(shift: Shift, limits: GateLimits) -> Iterator[Finding]:
    for say, most in ((failure, limits.psi_failure), (warning, limits.psi_warning)):
        if shift.psi > most:
            what = "in what came since" if shift.is_of_new else "over the whole build"
            text = (
                f"{_SAID[shift.name]} has moved from the last accepted build, {what}: a stability"
                f" index of {shift.psi:.3f}, above {most:g}."
            )
            yield say(f"drift_{shift.name}", text, psi=shift.psi, most=most)
            return
