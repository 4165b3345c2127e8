"""A drift that somebody has accepted: what it covers, and what it never does."""

from dataclasses import replace
from typing import Any

import pytest
from nightly.domain.acceptance import Acceptance, accepted
from nightly.domain.build_record import Outcome
from nightly.domain.errors import UnusableError
from nightly.domain.findings import GateVerdict, Severity, failure, warning
from nightly.domain.gates import GateLimits, judge_build
from nightly.domain.statistics import BuildStatistics

from tests.support.statistics import LAST, a_record, bins_of, days_of, items_of, some_statistics

FAILURE, WARNING = Severity.FAILURE, Severity.WARNING
AT = "2026-11-24T08:00:00+00:00"
USUAL = {"Click": 20_000, "Complete": 10_000, "Watch": 30_000}


def stopped(gate: str, of: BuildStatistics, previous: BuildStatistics | None) -> Acceptance:
    """What a gate stopped, accepted."""
    record = a_record(
        outcome=Outcome.STOPPED, statistics=of, gate=GateVerdict((failure(gate, "It moved."),))
    )
    return accepted(record, previous, "The player tells clicks now.", AT)


def found(
    of: BuildStatistics, previous: BuildStatistics | None, acceptance: Acceptance | None
) -> list[tuple[str, Severity]]:
    """What the gates find."""
    verdict = judge_build(of, previous, GateLimits(), None, acceptance)
    return [(each.gate, each.severity) for each in verdict.findings]


def clicks(count: int, *, before: BuildStatistics | None = None) -> BuildStatistics:
    """A build with so many clicks more than another one."""
    types = dict(USUAL if before is None else before.event_types)
    return some_statistics(event_types=types | {"Click": types["Click"] + count})


def test_it_is_kept_as_it_was_said() -> None:
    """With the figures: the record may be written anew."""
    acceptance = stopped("drift_event_mix", clicks(10_000), some_statistics())
    assert Acceptance.from_json(acceptance.to_json()) == acceptance
    assert acceptance.as_told() == {
        "build": "night-2026-11-24",
        "night": "2026-11-24",
        "accepted_at": AT,
        "reason": "The player tells clicks now.",
        "gates": ["drift_event_mix"],
    }


@pytest.mark.parametrize("text", [b"", b"[]", b'{"format": 2}', b'{"format": 1}'])
def test_half_of_one_is_none(text: bytes) -> None:
    """Or somebody's notes."""
    with pytest.raises(UnusableError):
        Acceptance.from_json(text)


@pytest.mark.parametrize("reason", ["", "  \n", "x" * 301, "bell\a"])
def test_a_reason_is_a_line_of_words(reason: str) -> None:
    """It is shown in tables and pages."""
    record = a_record(outcome=Outcome.STOPPED, gate=GateVerdict((failure("lost", "Gone."),)))
    with pytest.raises(UnusableError, match="a reason has"):
        accepted(record, None, reason, AT)


def test_a_reason_in_lines_becomes_one() -> None:
    """As a shell may bring it."""
    record = a_record(outcome=Outcome.STOPPED, gate=GateVerdict((failure("lost", "Gone."),)))
    assert accepted(record, None, " New\n catalogue ", AT).reason == "New catalogue"


@pytest.mark.parametrize(
    ("outcome", "findings", "why"),
    [
        (Outcome.ACCEPTED, (), "no gate has stopped night-2026-11-24: its outcome is accepted"),
        (Outcome.STOPPED, (warning("volume", "More."),), "no gate has stopped"),
        (Outcome.FAILED, (failure("volume", "More."),), "no gate has stopped"),
        (Outcome.STOPPED, (failure("rejected", "Lost."),), "stopped by rejected, which nobody can"),
        (
            Outcome.STOPPED,
            (failure("lost", "Gone."), failure("least_users", "Few.")),
            "stopped by least_users, which nobody can accept; only drift_completion,",
        ),
    ],
)
def test_nothing_but_drift_can_be_accepted(outcome: Outcome, findings: Any, why: str) -> None:
    """A minimum is Personalize's, and what is rejected is broken."""
    with pytest.raises(UnusableError, match=why):
        accepted(a_record(outcome=outcome, gate=GateVerdict(findings)), None, "So be it.", AT)


def test_a_mix_that_changed_for_good_stops_one_night_only() -> None:
    """Each night brings the new mix, which is new against all of the past for a long time."""
    before, now = some_statistics(), clicks(10_000)
    later = clicks(10_000, before=now)
    assert found(now, before, None) == [("drift_event_mix", FAILURE)]
    acceptance = stopped("drift_event_mix", now, before)
    assert found(now, now, acceptance) == []
    assert found(later, now, None) == [("drift_event_mix", FAILURE)]
    assert found(later, now, acceptance) == [("drift_event_mix", WARNING)]
    [told] = judge_build(later, now, GateLimits(), None, acceptance).findings
    assert told.text.endswith("above 0.25; the same was accepted with night-2026-11-24.")
    assert told.figures["accepted_with"] == "night-2026-11-24"


def test_another_mix_is_another_drift() -> None:
    """What was accepted is a mix, and not the gate."""
    now = clicks(10_000)
    acceptance = stopped("drift_event_mix", now, some_statistics())
    nothing_but = some_statistics(event_types=dict(now.event_types) | {"Complete": 20_000})
    assert found(nothing_but, now, acceptance) == [("drift_event_mix", FAILURE)]


def test_one_gate_was_accepted_and_no_other() -> None:
    """Whatever moved beside it is found."""
    now = clicks(10_000)
    acceptance = stopped("volume", now, some_statistics())
    later = clicks(10_000, before=now)
    assert found(later, now, acceptance) == [("drift_event_mix", FAILURE)]


def test_too_few_tell_nothing() -> None:
    """An accepted mix of a handful of interactions is like anything."""
    now = clicks(10_000)
    few = some_statistics(event_types=USUAL | {"Click": 20_005, "Watch": 30_001})
    acceptance = stopped("drift_event_mix", few, some_statistics())
    assert found(clicks(10_000, before=now), now, acceptance) == [("drift_event_mix", FAILURE)]


def test_a_share_watched_that_changed_for_good() -> None:
    """The same for completion, also where the first build was the measure of nothing."""
    ends = [bins_of(*([2_000] * 19), each) for each in (2_000, 8_000, 14_000)]
    before, now, later = (some_statistics(completion=each) for each in ends)
    acceptance = stopped("drift_completion", now, before)
    assert found(later, now, None) == [("drift_completion", FAILURE)]
    assert found(later, now, acceptance) == [("drift_completion", WARNING)]
    alone = replace(acceptance, previous=None)
    assert found(later, now, alone) == [("drift_completion", FAILURE)]
    mixes = stopped("drift_event_mix", clicks(10_000), None)
    assert found(clicks(20_000), clicks(10_000), mixes) == [("drift_event_mix", FAILURE)]


@pytest.mark.parametrize("gate", ["lost", "drift_popularity"])
def test_whole_builds_are_compared_with_the_accepted_one(gate: str) -> None:
    """Which then is the measure; against another one the gate says what it says."""
    before = some_statistics(rows=90_000, popular_items=items_of(*range(4_000, 3_500, -10)))
    now = some_statistics()
    acceptance = stopped(gate, now, before)
    assert (gate, FAILURE) in found(now, before, acceptance)
    assert found(now, now, acceptance) == []


def on(count: int, *, after: int = 0) -> BuildStatistics:
    """Days of six thousand, and after some more a newest one of so many."""
    last = LAST.plus(after)
    return some_statistics(last_day=str(last), daily=days_of(*([6_000] * 10), count, last=last))


@pytest.mark.parametrize(
    ("count", "after", "severity"),
    [
        (30_000, 0, WARNING),
        (25_000, 6, WARNING),
        (30_000, 7, FAILURE),
        (30_000, -1, FAILURE),
        (120_000, 1, WARNING),
        (120_001, 1, FAILURE),
        (1_000, 1, FAILURE),
    ],
)
def test_as_much_as_was_accepted_is_right_for_a_week(
    count: int, after: int, severity: Severity
) -> None:
    """By then the days before are like it; and a usual day is right all the while."""
    acceptance = stopped("volume", on(30_000), some_statistics())
    assert found(on(count, after=after), None, acceptance) == [("volume", severity)]
    assert found(on(6_000, after=1), None, acceptance) == []


def test_without_a_day_there_is_no_volume() -> None:
    """A record from before days were known."""
    now = on(30_000)
    acceptance = stopped("volume", replace(now, last_day=None), None)
    assert found(now, None, acceptance) == [("volume", FAILURE)]
