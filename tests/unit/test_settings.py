"""Settings: read at the first invocation, checked, and never shown."""

import pytest
from ingestion.domain.errors import MisconfiguredError
from ingestion.domain.interaction import Column
from ingestion.domain.playback import OPTIONAL_EVENT_TYPES, EventType
from ingestion.domain.put_events import MAX_EVENT_TYPES_AND_COLUMNS
from ingestion.settings.record_feedback import RecordFeedbackSettings
from ingestion.settings.record_playback import RecordPlaybackSettings

from tests.support.variables import FEEDBACK, PLAYBACK, RECORDER

VARIABLES = RECORDER | PLAYBACK | {"INTERACTION_COLUMNS": "EVENT_VALUE,IMPRESSION"}
FEEDBACK_VARIABLES = FEEDBACK | {"DISLIKE_AS_INTERACTION": "true"}


@pytest.fixture(autouse=True)
def _environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in (VARIABLES | FEEDBACK_VARIABLES).items():
        monkeypatch.setenv(name, value)


def test_text_becomes_typed_settings() -> None:
    """Lambda gives text; the rules get numbers and columns."""
    settings = RecordPlaybackSettings.from_environment()
    assert settings.thresholds.watch_ratio == 0.5
    assert settings.window.max_lateness_s == 172_800
    assert settings.interaction_columns == {Column.EVENT_VALUE, Column.IMPRESSION}


def test_where_foreign_trackers_keep_things_is_a_setting() -> None:
    """The pattern is compiled once, at the first invocation."""
    dialects = RecordPlaybackSettings.from_environment().dialects
    assert dialects.segment_visit_field == "anonymousId"
    assert dialects.snowplow_item_path == "com.example/media_item:id"
    assert dialects.xapi_item_pattern.groups == 1


def test_no_columns_are_no_columns(monkeypatch: pytest.MonkeyPatch) -> None:
    """A schema with the required columns alone is a schema."""
    monkeypatch.setenv("INTERACTION_COLUMNS", "")
    assert RecordPlaybackSettings.from_environment().interaction_columns == frozenset()


def test_context_and_guests_are_declared(monkeypatch: pytest.MonkeyPatch) -> None:
    """Both decide how the schema's columns are filled."""
    monkeypatch.setenv("CONTEXT_COLUMNS", "DEVICE_TYPE,OS")
    monkeypatch.setenv("TRAIN_GUESTS", "true")
    columns = RecordPlaybackSettings.from_environment().columns
    assert columns.context == {"DEVICE_TYPE", "OS"}
    assert columns.guests_as_users


def test_each_environment_has_its_part_of_the_share(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of feedback there are two queues, and each may run as many."""
    monkeypatch.setenv("PUT_EVENTS_CALLS_PER_S", "1000")
    monkeypatch.setenv("SHARE_OF_CALLS", "0.5")
    monkeypatch.setenv("MAX_CONCURRENCY", "5")
    assert RecordPlaybackSettings.from_environment().calls_per_s == 100
    assert RecordFeedbackSettings.from_environment().calls_per_s == 50


def test_no_more_calls_are_in_flight_than_begin_in_a_second(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Each would wait for the others, and the deadline guard for all of them."""
    monkeypatch.setenv("MAX_CONCURRENT_CALLS", "16")
    monkeypatch.setenv("PUT_EVENTS_CALLS_PER_S", "2.5")
    assert RecordPlaybackSettings.from_environment().concurrent_calls == 3
    monkeypatch.setenv("PUT_EVENTS_CALLS_PER_S", "1000")
    assert RecordPlaybackSettings.from_environment().concurrent_calls == 16


def test_event_types_and_columns_together_are_ten_at_most(monkeypatch: pytest.MonkeyPatch) -> None:
    """Personalize would find out at the next training; we find out at the first invocation."""
    own = ["A", "B", "C", "D", "E"]
    room = (
        MAX_EVENT_TYPES_AND_COLUMNS
        - (len(EventType) - len(OPTIONAL_EVENT_TYPES))
        - len(["EVENT_TYPE", "EVENT_VALUE"])
    )
    monkeypatch.setenv("CONTEXT_COLUMNS", ",".join(own[:room]))
    assert RecordPlaybackSettings.from_environment().columns.counted == room + 2
    monkeypatch.setenv("CONTEXT_COLUMNS", ",".join(own[: room + 1]))
    with pytest.raises(MisconfiguredError, match="CONTEXT_COLUMNS together exceed ten"):
        RecordPlaybackSettings.from_environment()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("TRACKING_ID", ""),
        ("WATCH_RATIO", "1.5"),
        ("COMPLETE_RATIO", "many"),
        ("INTERACTION_COLUMNS", "COLOUR"),
        ("CONTEXT_COLUMNS", "device_type"),
        ("CONTEXT_COLUMNS", "IMPRESSION"),
        ("CONTEXT_COLUMNS", "DEVICE_TYPE,DEVICETYPE"),
        ("CONTEXT_COLUMNS", "A,B,C,D,E,F"),
        ("TRAIN_GUESTS", "sometimes"),
        ("MAX_CONCURRENT_CALLS", "0"),
        ("PUT_EVENTS_CALLS_PER_S", "0"),
        ("SHARE_OF_CALLS", "1.1"),
        ("SHARE_OF_CALLS", "0.00001"),
        ("MAX_CONCURRENCY", "0"),
        ("SEGMENT_VISIT_FIELD", ""),
        ("SNOWPLOW_ITEM_PATH", "media_item"),
        ("XAPI_ITEM_PATTERN", "[^/]+$"),
        ("XAPI_ITEM_PATTERN", "("),
    ],
)
def test_a_wrong_variable_is_named_and_the_environment_is_not_shown(
    name: str, value: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The operator learns which, and the log never learns a credential."""
    monkeypatch.setenv(name, value)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "very-secret")
    with pytest.raises(MisconfiguredError) as told:
        RecordPlaybackSettings.from_environment()
    assert name in str(told.value)
    assert "very-secret" not in str(told.value)


def test_a_missing_variable_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing has a default here: the template says it all."""
    monkeypatch.delenv("ARCHIVE_BUCKET")
    with pytest.raises(MisconfiguredError, match="ARCHIVE_BUCKET"):
        RecordPlaybackSettings.from_environment()


def test_the_settling_queue_is_known_by_name() -> None:
    """An event tells its queue by ARN, a request by URL; both end in the name."""
    assert RecordFeedbackSettings.from_environment().settling_queue == "settling"


def test_dislikes_are_refused_where_nothing_keeps_them_out_of_training(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The recommenders of a domain would learn them as praise."""
    monkeypatch.setenv("DATASET_GROUP_DOMAIN", "VIDEO_ON_DEMAND")
    with pytest.raises(MisconfiguredError, match="DISLIKE_AS_INTERACTION"):
        RecordFeedbackSettings.from_environment()
    monkeypatch.setenv("DISLIKE_AS_INTERACTION", "false")
    assert not RecordFeedbackSettings.from_environment().dislike_as_interaction


def test_a_dislike_needs_room_among_event_types_and_columns(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Personalize counts its name only if it is sent."""
    monkeypatch.setattr("ingestion.settings.recorders.MAX_EVENT_TYPES_AND_COLUMNS", 6)
    with pytest.raises(MisconfiguredError, match="exceed ten"):
        RecordFeedbackSettings.from_environment()
    monkeypatch.setenv("DISLIKE_AS_INTERACTION", "false")
    RecordFeedbackSettings.from_environment()


@pytest.mark.parametrize("value", ["-1", "901", "half a minute"])
def test_a_settle_delay_is_what_sqs_can_hold(value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Fifteen minutes at most."""
    monkeypatch.setenv("SETTLE_DELAY_S", value)
    with pytest.raises(MisconfiguredError, match="SETTLE_DELAY_S"):
        RecordFeedbackSettings.from_environment()
