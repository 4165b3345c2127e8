"""The live target: what follows what, and what it is read from."""

import hashlib

import pytest
from nightly.domain.errors import UnusableError
from nightly.live import LiveTarget

from tests.support.live import GROUP_ARN, a_target


def test_a_rollback_of_a_rollback_is_where_one_began() -> None:
    """Each has the other to go back to."""
    switched = a_target("one").succeeded_by(a_target("two"))
    assert switched.dataset_group_name == "two"
    assert switched.rolled_back().dataset_group_name == "one"
    assert switched.rolled_back().rolled_back() == switched


def test_only_one_predecessor_is_kept() -> None:
    """The one before it may be deleted by then."""
    third = a_target("one").succeeded_by(a_target("two")).succeeded_by(a_target("three"))
    assert third.previous == a_target("two")


def test_without_a_predecessor_nothing_can_be_rolled_back() -> None:
    """And it says so."""
    with pytest.raises(UnusableError, match="no earlier dataset group"):
        a_target().rolled_back()


def test_the_mark_is_what_rows_say() -> None:
    """The first 16 hexadecimal digits of the hash of the tracking id."""
    digits = hashlib.sha256(b"tracking-id-of-videos").hexdigest()[:16]
    assert a_target().tracking_mark == digits


def test_the_stacks_own_group_names_its_datasets() -> None:
    """As Personalize does: by group and kind."""
    environment = {"DATASET_GROUP_ARN": GROUP_ARN, "TRACKING_ID": "id", "EVENT_TRACKER_ARN": ""}
    own = LiveTarget.of_environment(environment)
    assert own.users_dataset_arn == GROUP_ARN.replace("dataset-group", "dataset") + "/USERS"
    assert own.event_tracker_arn is None


@pytest.mark.parametrize(
    "environment",
    [
        {},
        {"TRACKING_ID": "id"},
        {"TRACKING_ID": "", "DATASET_GROUP_ARN": GROUP_ARN},
        {"TRACKING_ID": "id", "DATASET_GROUP_ARN": "arn:aws:personalize:::dataset-group/"},
        {"TRACKING_ID": "id", "DATASET_GROUP_ARN": "videos"},
    ],
)
def test_a_stack_without_a_group_has_no_target(environment: dict[str, str]) -> None:
    """Nobody guesses one."""
    with pytest.raises(UnusableError):
        LiveTarget.of_environment(environment)
