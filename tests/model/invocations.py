"""What has to be true of every invocation of a recorder, however it ended."""

from collections import Counter
from collections.abc import Iterable, Sequence
from math import ceil
from typing import Final

from ingestion.domain.interaction import Interaction
from ingestion.domain.interaction_row import InteractionRow

from tests.model.faulty_ports import FaultyEventTracker

REFUSED_ITEM: Final = "refused"

# One guilty interaction among ten costs at most so many calls more.
_CALLS_OF_A_REFUSAL: Final = 8


def is_refused(interaction: Interaction) -> bool:
    """Whether Personalize refuses it: it says so of some items."""
    return interaction.item_id.startswith(REFUSED_ITEM)


def check_invocation(tracker: FaultyEventTracker, rows: Sequence[InteractionRow]) -> None:
    """Nothing was sent before it was archived or twice, and in no more calls than it takes.

    Args:
        tracker: What was sent in this invocation.
        rows: The rows that were archived in it.
    """
    assert len(set(tracker.taken)) == len(tracker.taken), "sent twice in one invocation"
    planned = {each.interaction.event_id: each.interaction for each in rows if each.to_send}
    attempted = {each.event_id for call in tracker.attempted for each in call.interactions}
    assert attempted <= planned.keys(), "sent before it was archived"
    allowed = _fewest_calls(planned.values())
    refused = sum(map(tracker.tracker.refuses, planned.values()))
    allowed += _CALLS_OF_A_REFUSAL * refused
    assert len(tracker.attempted) <= allowed, "too many calls"


def _fewest_calls(interactions: Iterable[Interaction]) -> int:
    """The sum of n / 10, rounded up, over users and visits."""
    visits = Counter((each.user_id, each.visit_id) for each in interactions)
    return sum(ceil(number / 10) for number in visits.values())
