"""The heart of a night: from the archive to a decision, and the files that it imports.

    days made clean -> figures -> plan -> gates -> files, written and read back -> gates, cost

Whatever speaks against going on ends it as a value, with its reasons; nothing was imported by then.
The decision to go on is kept, so that each further attempt of the night gets the same one, also
after the import has moved the watermark.
"""

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field, replace
from typing import Any, Final

from nightly.application.accept_build import Acceptances
from nightly.application.night_parts import NightParts
from nightly.application.prepare_import import prepare_import
from nightly.application.prepare_metadata import prepare_metadata
from nightly.application.publish_days import Allowance, publish_days
from nightly.application.records import BUILDS
from nightly.application.statistics import measure
from nightly.application.undelivered import Question, plan_night
from nightly.domain.build_record import BuildRecord, Outcome
from nightly.domain.cost import Estimate, estimate
from nightly.domain.days import Day
from nightly.domain.errors import BadRowError, RefusedPlanError
from nightly.domain.gates import GateVerdict, PlannedImport, judge_build
from nightly.domain.import_plan import ImportPlan, PlanKind
from nightly.domain.night import (
    NO_STATISTICS,
    NightDecision,
    NightRequest,
    PreparedImport,
    PreparedMetadata,
    Verdict,
)
from nightly.domain.statistics import BuildStatistics
from nightly.domain.stored_values import read_as
from nightly.live import LiveTarget

DECISION: Final = "decision.json"
_OUTCOMES: Final = {
    Verdict.GO: Outcome.UNDER_WAY,
    Verdict.NOTHING_NEW: Outcome.NOTHING_NEW,
    Verdict.STOPPED: Outcome.STOPPED,
}


@dataclass(frozen=True, slots=True)
class _Findings:
    """What is known so far; each step of the night adds to it."""

    statistics: BuildStatistics
    plan: ImportPlan | None = None
    prepared: PreparedImport | None = None
    metadata: PreparedMetadata = field(default_factory=PreparedMetadata)
    gate: GateVerdict = field(default_factory=GateVerdict)
    compared_with: str | None = None
    outcome: Verdict = Verdict.STOPPED
    reasons: tuple[str, ...] = ()


def build_datasets(
    request: NightRequest, parts: NightParts, allowance: Allowance
) -> dict[str, Any]:
    """Prepare a night.

    Returns:
        `NightDecision` as JSON.

    Raises:
        NotFinishedError: Time is short; start it again.
        NightlyError: Something is wrong with the archive, not with the night: see `errors`.
    """
    target = _target(request, parts)
    kept = _kept(request, target, parts)
    if kept is not None:
        return kept | {"target": _told(target, parts)}
    findings = _find(request, target, parts, allowance)
    decision = _decision(request, target, findings, parts)
    parts.records.put(_record(decision, findings, parts))
    _keep(request, target, decision, parts)
    return decision.as_dict()


def _find(
    request: NightRequest, target: LiveTarget, parts: NightParts, allowance: Allowance
) -> _Findings:
    through = request.day.plus(-1)
    if publish_days(through, parts.cleaning, allowance) is None:
        reason = f"nothing was archived up to {through}"
        return _Findings(NO_STATISTICS, outcome=Verdict.NOTHING_NEW, reasons=(reason,))
    found = _Findings(measure(parts.counting))
    try:
        plan = _plan(request, target, parts)
    except RefusedPlanError as error:
        return replace(found, reasons=(str(error),))
    found = _judged(replace(found, plan=plan), request, parts)
    if plan.kind is PlanKind.NONE and not plan.trains:
        return replace(found, outcome=Verdict.NOTHING_NEW, reasons=plan.reasons)
    return _prepared(plan, found, request, parts)


def _plan(request: NightRequest, target: LiveTarget, parts: NightParts) -> ImportPlan:
    is_live = request.target is None
    if not is_live and target.dataset_group_arn == parts.live.read().dataset_group_arn:
        error = "everything goes into a new dataset group, never into the one that is live"
        raise RefusedPlanError(error)
    columns = set(parts.build_rules.columns.names)
    question = Question(
        request.day,
        target.dataset_group_name,
        target.tracking_mark,
        has_live_tracker=is_live,
        schema_changed=not columns <= set(parts.datasets.columns(target.interactions_dataset_arn)),
        asked=request.plan,
        is_trained=request.is_trained,
        trained_through=_trained_through(request, parts),
    )
    return plan_night(question, parts.counting).plan


def _trained_through(request: NightRequest, parts: NightParts) -> Day | None:
    """The last day that the newest version was trained on, accepted or not."""
    nights = (record.night for record in _earlier(request, parts) if record.training)
    last = next(nights, None)
    return None if last is None else Day.named(last).plus(-1)


def _earlier(request: NightRequest, parts: NightParts) -> Iterator[BuildRecord]:
    """The records of other builds, the newest first; no more is read than is asked for."""
    names = (name for name in parts.records.names() if name != request.build)
    return (record for name in names if (record := parts.records.get(name)) is not None)


def _prepared(
    plan: ImportPlan, found: _Findings, request: NightRequest, parts: NightParts
) -> _Findings:
    """The files, if the gates let the build through; a rebuild makes its group before them."""
    starts_rebuild = plan.kind is PlanKind.REBUILD and request.target is None
    if not found.gate.passed or starts_rebuild:
        return _ended(found, parts)
    target = _target(request, parts)
    try:
        found = replace(found, prepared=prepare_import(plan, request.build, target, parts))
        if request.target is not None:
            metadata = prepare_metadata(request.build, target.dataset_group_name, parts)
            found = replace(found, metadata=metadata)
    except BadRowError as error:
        return replace(found, reasons=(f"a file cannot be imported: {error}",))
    return _ended(_judged(found, request, parts), parts)


def _judged(found: _Findings, request: NightRequest, parts: NightParts) -> _Findings:
    days = parts.gate_limits.accepted_days
    measure = Acceptances(parts.archive).measure(request.day, but=request.build, days=days)
    prepared = found.prepared
    planned = (
        None if prepared is None else PlannedImport(prepared.mode, prepared.rows, prepared.bytes)
    )
    gate = judge_build(
        found.statistics, measure.statistics, parts.gate_limits, planned, measure.acceptance
    )
    return replace(found, gate=gate, compared_with=measure.name)


def _ended(found: _Findings, parts: NightParts) -> _Findings:
    cost = _cost(found, parts)
    against = [finding.text for finding in found.gate.failures]
    against += [] if cost.within else [cost.text]
    if against:
        return replace(found, outcome=Verdict.STOPPED, reasons=tuple(against))
    reasons = () if found.plan is None else found.plan.reasons
    return replace(found, outcome=Verdict.GO, reasons=reasons)


def _cost(found: _Findings, parts: NightParts) -> Estimate:
    return estimate(
        found.statistics.rows,
        0 if found.prepared is None else found.prepared.bytes,
        trains=found.plan is not None and found.plan.trains,
        prices=parts.prices,
        ceiling_usd=parts.ceiling_usd,
    )


def _decision(
    request: NightRequest, target: LiveTarget, found: _Findings, parts: NightParts
) -> NightDecision:
    """A night that starts a rebuild trains nothing itself."""
    is_going = found.outcome is Verdict.GO
    starts_rebuild = found.plan is not None and found.plan.kind is PlanKind.REBUILD
    trains = found.plan is not None and found.plan.trains
    return NightDecision(
        night=request.night,
        build=request.build,
        outcome=found.outcome,
        reasons=found.reasons,
        plan=found.plan,
        prepared=found.prepared if is_going else None,
        metadata=found.metadata if is_going else PreparedMetadata(),
        trains=is_going and trains and not (starts_rebuild and request.target is None),
        target=_told(target, parts),
        gate=found.gate,
        cost=_cost(found, parts),
    )


def _record(decision: NightDecision, found: _Findings, parts: NightParts) -> BuildRecord:
    days = decision.plan_as_dict()["days"]
    return BuildRecord(
        build=decision.build,
        night=decision.night,
        made_at=parts.now(),
        days="all" if days is None else " to ".join(days),
        statistics=found.statistics,
        gate=decision.gate,
        plan=decision.plan_as_dict(),
        cost=decision.cost.as_dict(),
        import_=decision.import_as_dict(),
        training=None,
        outcome=_OUTCOMES[decision.outcome],
        reasons=decision.reasons,
        compared_with=found.compared_with,
    )


def _target(request: NightRequest, parts: NightParts) -> LiveTarget:
    return parts.live.read() if request.target is None else LiveTarget.from_dict(request.target)


def _told(target: LiveTarget, parts: NightParts) -> dict[str, Any]:
    """What the state machine has to know; names are the same for every attempt."""
    name = f"{target.dataset_group_name}-nightly"
    return {
        "dataset_group_arn": target.dataset_group_arn,
        "dataset_group_name": target.dataset_group_name,
        "interactions_dataset_arn": target.interactions_dataset_arn,
        "tracking_mark": target.tracking_mark,
        "solution_name": name,
        "solution_arn": target.solution_arn,
        "campaign_name": name,
        "campaign_arn": target.campaign_arn,
        "recipe_arn": parts.recipe_arn,
    }


@dataclass(frozen=True, slots=True)
class _Kept:
    """A decision, with what was asked and of which dataset group."""

    asked: dict[str, Any]
    group: str
    decision: dict[str, Any]


def _kept(request: NightRequest, target: LiveTarget, parts: NightParts) -> dict[str, Any] | None:
    """The decision to go on of an earlier attempt at the very same."""
    text = parts.archive.get(_key(request))
    kept = None if text is None else read_as(_Kept, json.loads(text))
    is_same = kept is not None and (
        (kept.asked, kept.group) == (request.as_asked(), target.dataset_group_arn)
    )
    return kept.decision if kept is not None and is_same else None


def _keep(
    request: NightRequest, target: LiveTarget, decision: NightDecision, parts: NightParts
) -> None:
    """Only what creates something: what was stopped is looked at anew once somebody has acted."""
    if decision.outcome is not Verdict.GO:
        return
    kept = _Kept(request.as_asked(), target.dataset_group_arn, decision.as_dict())
    text = json.dumps(asdict(kept), indent=2, sort_keys=True).encode() + b"\n"
    parts.archive.put(_key(request), text)


def _key(request: NightRequest) -> str:
    return f"{BUILDS}/{request.build}/{DECISION}"
