"""Settings: read at the first invocation, checked, and never shown."""

import pytest
from ingestion.domain.errors import MisconfiguredError
from ingestion.domain.interaction import Column
from ingestion.settings import RecordPlaybackSettings

VARIABLES = {
    "TRACKING_ID": "tracking-id",
    "ARCHIVE_BUCKET": "archive",
    "MAX_CONCURRENT_CALLS": "16",
    "INTERACTION_COLUMNS": "EVENT_VALUE,IMPRESSION",
    "MAX_LATENESS_S": "172800",
    "MAX_SKEW_S": "300",
    "WATCH_RATIO": "0.5",
    "WATCH_CAP_S": "300",
    "WATCH_UNKNOWN_DURATION_S": "60",
    "COMPLETE_RATIO": "0.9",
    "SEGMENT_VISIT_FIELD": "anonymousId",
    "SNOWPLOW_ITEM_PATH": "com.example/media_item:id",
    "XAPI_ITEM_PATTERN": "([^/]+)$",
}


@pytest.fixture(autouse=True)
def _environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in VARIABLES.items():
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


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("TRACKING_ID", ""),
        ("WATCH_RATIO", "1.5"),
        ("COMPLETE_RATIO", "many"),
        ("INTERACTION_COLUMNS", "COLOUR"),
        ("MAX_CONCURRENT_CALLS", "0"),
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
