"""What was made of foreign players: from the archived bytes and rows, against the native twins."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from ingestion.domain.activity import ACTIVITY, PlaybackActivity
from ingestion.domain.dialects.detection import NotPlayback, Understood
from ingestion.domain.playback import Thresholds, crossed
from ingestion.domain.rejection import Rejection

from local.demo.fates import Rules, understood
from local.demo.foreign import ForeignDay, ForeignViewing
from local.demo.outgoing import to_json
from local.demo.stores import ArchivedMessage, Row, Stores, digest

type Earned = tuple[str, str, str]
"""User, item and event type."""


@dataclass(frozen=True, slots=True)
class TellingAccount:
    """What became of one way of telling.

    Attributes:
        name: The way, for people.
        records: How many lie in the archive, copies included.
        moments: How many messages in them tell of a playback.
        others: How many tell of something else.
        expected: The interactions that the native twins of the viewings earn.
        found: The interactions archived, each event id once.
    """

    name: str
    records: int
    moments: int
    others: int
    expected: Counter[Earned]
    found: Counter[Earned]

    @property
    def by_type(self) -> Mapping[str, int]:
        """How many interactions there are of each event type."""
        return Counter(event_type for _, _, event_type in self.found.elements())


def tellings_of(foreign: ForeignDay, stores: Stores, rules: Rules) -> tuple[TellingAccount, ...]:
    """Account for each way of telling.

    Args:
        foreign: What foreign players sent.
        stores: What lies in the stores.
        rules: The rules in force.
    """
    kinds = {digest(each.body): each.kind for each in foreign.messages}
    records: defaultdict[str | None, list[ArchivedMessage]] = defaultdict(list)
    for message in stores.activities:
        records[kinds.get(message.digest)].append(message)
    return tuple(
        _telling(name, records[name], foreign, stores, rules=rules) for name in foreign.tellings
    )


def _telling(
    name: str,
    records: Sequence[ArchivedMessage],
    foreign: ForeignDay,
    stores: Stores,
    *,
    rules: Rules,
) -> TellingAccount:
    results = [each for record in records for each in understood(record, rules)]
    viewings = [each for each in foreign.viewings if each.telling == name]
    users = {each.user_id for each in viewings}
    return TellingAccount(
        name=name,
        records=len(records),
        moments=sum(map(_is_of_playback, results)),
        others=sum(isinstance(each, NotPlayback) for each in results),
        expected=Counter(
            each for viewing in viewings for each in earned_by(viewing, rules.playback)
        ),
        found=Counter(_distinct(row for row in stores.interactions if row["user_id"] in users)),
    )


def _is_of_playback(result: Understood) -> bool:
    return not isinstance(result, NotPlayback | Rejection)


def earned_by(viewing: ForeignViewing, thresholds: Thresholds) -> Iterator[Earned]:
    """Yield what the native twin of a viewing earns."""
    for document in viewing.twin:
        activity = ACTIVITY.validate_json(to_json(document))
        if isinstance(activity, PlaybackActivity):
            for event_type in crossed(activity, thresholds):
                yield viewing.user_id, viewing.item_id, event_type


def _distinct(rows: Iterable[Row]) -> Iterable[Earned]:
    """Give what was sent, each event id once: a batch that is delivered again archives it again."""
    events = {
        row["event_id"]: (row["user_id"], row["item_id"], row["event_type"])
        for row in rows
        if row["to_send"]
    }
    return events.values()
