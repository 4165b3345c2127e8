"""Writes the files that a plan imports, and reads them back."""

from nightly.application.build import PARTS, REPORT
from nightly.application.ledger import read_ledger
from nightly.application.night_parts import NightParts
from nightly.application.records import BUILDS
from nightly.application.undelivered import export_undelivered
from nightly.application.validate import FULL_BYTES, INCREMENTAL_BYTES, Limits
from nightly.domain.account_names import of_group
from nightly.domain.import_plan import ImportMode, ImportPlan, PlanKind
from nightly.domain.night import PreparedImport
from nightly.live import LiveTarget

_BYTES = {ImportMode.FULL: FULL_BYTES, ImportMode.INCREMENTAL: INCREMENTAL_BYTES}


def prepare_import(
    plan: ImportPlan, build: str, target: LiveTarget, parts: NightParts
) -> PreparedImport | None:
    """Write what a plan imports; None if it imports nothing.

    Nobody imports from the place yet: a decision that names it is kept only after this. So what an
    earlier attempt left there is written anew, finished or not.

    Raises:
        BadRowError: A row cannot be imported; file and row are named.
        ConservationError: The figures do not add up.
    """
    if plan.mode is None or plan.days is None:
        return None
    out = parts.below(f"{BUILDS}/{build}")
    out.delete([REPORT])
    group = target.dataset_group_name
    is_rebuild = plan.kind is PlanKind.REBUILD
    report = export_undelivered(
        parts.archive,
        parts.building(out, Limits(_BYTES[plan.mode])),
        target.tracking_mark,
        plan.days,
        is_new=is_rebuild or read_ledger(parts.archive, group).is_of_rebuild,
    )
    return PreparedImport(
        location=out.location(PARTS),
        mode=plan.mode,
        rows=report.rows,
        bytes=sum(file.size_bytes for file in out.files(PARTS)),
        days=(str(plan.days.first), str(plan.days.last)),
        kind=plan.kind,
        job_name=_job_name(group, None if is_rebuild else build),
        dataset_arn=target.interactions_dataset_arn,
        group=group,
    )


def _job_name(group: str, build: str | None) -> str:
    """The name of the job that imports into a group, the same for every attempt.

    Two stacks whose nights took each other's job for their own would both note it in their
    ledgers. A group takes its first import once.
    """
    if build is None:
        return f"{group}-interactions"
    return of_group(f"{build}-interactions", group)
