"""Compare what the archive says was sent with what Personalize holds: PutEvents answers nothing."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from ingestion.application.claiming import (
    ReconcileRules,
    derived_feedback,
    is_of_the_stream,
    message_of,
)
from ingestion.application.deriving import Derived, guarded
from ingestion.application.record_playback import derive_playback
from ingestion.domain.conservation import Digest, digest, interaction_sent
from ingestion.domain.hour import Hour
from ingestion.domain.rejection import RejectionReason
from ingestion.ports import ArchiveReader, ArchiveSection

type Row = Mapping[str, Any]
type Naming = Callable[[Row], Digest | None]
"""What a row is known by at Personalize; None for a row that cannot be found there."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """The interactions that were to be sent, against those that Personalize holds.

    Attributes:
        sent: Distinct interactions to send, without those that Personalize refused.
        refused: Interactions that it refused for good; their messages are rejections.
        missing: Event ids of the ones sent that it does not hold.
        incomparable: Rows that cannot be found there, for want of a user.
        surplus: What it holds beside these: of other hours, or of other senders.
    """

    sent: int
    refused: int
    missing: tuple[str, ...]
    incomparable: int
    surplus: int


def by_event_id(row: Row) -> Digest | None:
    """For a holder that tells event ids, as the emulator does."""
    return digest(row["event_id"])


def by_content(row: Row) -> Digest | None:
    """For an export of the dataset, which has no event ids; without a user there is no row yet."""
    return digest(*interaction_sent(row)) if row["user_id"] else None


def compare_with_held(
    among: Iterable[Hour],
    *,
    archive: ArchiveReader,
    held: Collection[Digest],
    naming: Naming,
    rules: ReconcileRules,
) -> Comparison:
    """Look for every interaction that was to be sent among those that Personalize holds.

    Args:
        among: Hours of arrival.
        archive: What was to be sent.
        held: What Personalize holds, by the same names.
        naming: How rows and what is held are named.
        rules: By which rejected messages are read again, to know what of them was refused.
    """
    search = _Search(held, naming)
    for hour in among:
        condemned = set(_condemned(archive.rows(ArchiveSection.REJECTIONS, hour), rules))
        for row in archive.rows(ArchiveSection.INTERACTIONS, hour):
            if row["to_send"]:
                search.look_for(row, condemned)
    return search.result()


class _Search:
    """Looks for one row after another."""

    def __init__(self, held: Collection[Digest], naming: Naming) -> None:
        self._held = held
        self._naming = naming
        self._refused: set[Digest] = set()
        self._found: set[Digest] = set()
        self._missing: dict[Digest, str] = {}
        self._incomparable = 0

    def look_for(self, row: Row, condemned: Collection[Digest]) -> None:
        """Look for a row, unless Personalize is known to have refused it."""
        name = self._naming(row)
        if name is None:
            self._incomparable += 1
        elif name in self._held:
            self._found.add(name)
        elif _accusation(row["activity_id"], row, row["event_type"]) in condemned:
            self._refused.add(name)
        else:
            self._missing[name] = row["event_id"]

    def result(self) -> Comparison:
        """What was found; one that was refused once and is missing otherwise counts as refused."""
        missing = {n: event_id for n, event_id in self._missing.items() if n not in self._refused}
        return Comparison(
            sent=len(self._found) + len(missing),
            refused=len(self._refused),
            missing=tuple(missing.values()),
            incomparable=self._incomparable,
            surplus=len(self._held) - len(self._found),
        )


def _condemned(rejections: Iterable[Row], rules: ReconcileRules) -> Iterator[Digest]:
    """The interactions that Personalize refused: `detail` names their type."""
    for row in rejections:
        if row["reason"] == RejectionReason.PERSONALIZE_INVALID:
            activity_id = _activity_id_in(row, rules)
            if activity_id is not None:
                yield _accusation(activity_id, row, row["detail"])


def _accusation(activity_id: str, row: Row, event_type: str) -> Digest:
    return digest("refused", activity_id, row["arrived_at_ms"], event_type)


def _activity_id_in(row: Row, rules: ReconcileRules) -> str | None:
    """The activity in a rejection; None when today's rules find none."""
    message = message_of(row)
    if is_of_the_stream(message):
        derived = guarded(partial(derive_playback, rules=rules.playback), message)
    else:
        derived = derived_feedback(message, rules.feedback)
    return derived.received.activity.activity_id if isinstance(derived, Derived) else None
