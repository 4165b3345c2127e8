"""The account of the archive at the end of the demo, as `make reconcile` draws it up."""

import time
from collections import Counter
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any

from ingestion.application.comparing import Comparison, by_event_id, compare_with_held
from ingestion.application.reconcile_archive import reconcile_archive
from ingestion.domain.conservation import End, HourAccount, digest
from ingestion.ports import ArchiveSection
from ingestion.reconciling import evidence_of, reconcile_rules
from ingestion.settings.reconcile_archive import ReconcileArchiveSettings


@dataclass(frozen=True, slots=True)
class Conservation:
    """Whether everything that arrived is explained by what it left.

    Attributes:
        accounts: Of every hour of the archive, each judged as if it had ended long ago.
        comparison: What was sent, against what Personalize holds.
    """

    accounts: tuple[HourAccount, ...]
    comparison: Comparison

    @property
    def received(self) -> int:
        """Messages in the archive; what a record carries counts one by one."""
        return sum(account.received for account in self.accounts)

    @property
    def ends(self) -> Mapping[End, int]:
        """How many of them ended where."""
        counted: Counter[End] = Counter()
        for account in self.accounts:
            counted.update(account.ends)
        return counted

    @property
    def holds(self) -> bool:
        """Whether nothing is unexplained, and Personalize holds just what was sent to it."""
        is_held = not self.comparison.missing and not self.comparison.surplus
        return is_held and all(account.holds for account in self.accounts)


def conserve(
    client: Callable[[str], Any], variables: Mapping[str, str], event_ids: Collection[str]
) -> Conservation:
    """Draw up the account of a system in which nothing is under way any more.

    Args:
        client: Gives the boto3 client of a service by its name.
        variables: Those of the function `reconcile_archive`.
        event_ids: What Personalize holds.
    """
    settings = ReconcileArchiveSettings.model_validate(variables)
    rules = reconcile_rules(settings)
    evidence = evidence_of(settings, client)
    archive = evidence.archive
    now_ms = round((time.time() + rules.settled_after_s) * 1000)
    hours = tuple(archive.hours(ArchiveSection.ACTIVITIES))
    return Conservation(
        tuple(
            reconcile_archive(hour, rules=rules, evidence=evidence, now_ms=now_ms) for hour in hours
        ),
        compare_with_held(
            archive.hours(ArchiveSection.INTERACTIONS),
            archive=archive,
            held=set(map(digest, event_ids)),
            naming=by_event_id,
            rules=rules,
        ),
    )
