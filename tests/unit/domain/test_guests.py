"""Guests: nobody to train on until they sign in, or a user of their own if the operator says so."""

from typing import Any

import pytest
from ingestion.domain.interaction import (
    Column,
    Columns,
    Interaction,
    interactions_of_playback,
    with_columns,
)
from ingestion.domain.interaction_row import InteractionRow
from ingestion.domain.parsing import ReceivedActivity, parse_activity
from ingestion.domain.put_events import plan_put_events

from tests.support.builders import THRESHOLDS, WINDOW, a_message, a_start

ANONYMOUS = Columns(frozenset(Column))
TRAINED = Columns(frozenset(Column), guests_as_users=True)
GUEST: dict[str, Any] = {"user_id": None, "guest_id": "g-1"}


def received(**fields: Any) -> ReceivedActivity[Any]:
    result = parse_activity(a_message(a_start(**fields)), WINDOW)
    assert isinstance(result, ReceivedActivity)
    return result


def click(columns: Columns, **fields: Any) -> Interaction:
    (only,) = interactions_of_playback(received(**fields), THRESHOLDS)
    return with_columns(only, columns)


@pytest.mark.parametrize(
    ("identity", "columns", "user_id"),
    [
        (GUEST, ANONYMOUS, None),
        (GUEST, TRAINED, "g-1"),
        ({"user_id": "u-1", "guest_id": "g-1"}, ANONYMOUS, "u-1"),
        ({"user_id": "u-1", "guest_id": "g-1"}, TRAINED, "u-1"),
        ({"user_id": "u-1"}, TRAINED, "u-1"),
    ],
)
def test_who_an_interaction_belongs_to(
    identity: dict[str, Any], columns: Columns, user_id: str | None
) -> None:
    """The user always; the guest only where guests are trained on."""
    assert click(columns, **identity).user_id == user_id


def test_the_setting_does_not_change_an_event_id() -> None:
    """What is delivered again after a change of the setting is no second event."""
    assert click(ANONYMOUS, **GUEST).event_id == click(TRAINED, **GUEST).event_id


def test_a_guest_and_a_user_of_one_name_have_different_event_ids() -> None:
    """A guest cannot pre-empt the events of a user by taking their id."""
    assert click(TRAINED, **GUEST).event_id != click(TRAINED, user_id="g-1").event_id


def test_a_guest_that_is_trained_on_is_one_viewer_over_all_visits() -> None:
    """One lane, as for a user: calls of one history follow each other."""
    visits = [
        click(TRAINED, **GUEST, visit_id="v-1", playback_id="p-1"),
        click(TRAINED, **GUEST, visit_id="v-2", playback_id="p-2"),
    ]
    (lane,) = plan_put_events(visits).lanes
    assert [(call.user_id, call.visit_id) for call in lane] == [("g-1", "v-1"), ("g-1", "v-2")]


def test_the_archive_row_tells_a_trained_guest_from_a_user() -> None:
    """The user id as it was sent, and the guest id beside it."""
    row = InteractionRow(click(TRAINED, **GUEST), received(**GUEST), to_send=True).as_dict("mark")
    assert (row["user_id"], row["guest_id"]) == ("g-1", "g-1")
