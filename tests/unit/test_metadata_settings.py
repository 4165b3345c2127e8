"""Settings of users and items: what the schemas declare, and each invocation's share of calls."""

import pytest
from ingestion.domain.dataset import Dataset
from ingestion.domain.errors import MisconfiguredError
from ingestion.domain.metadata_record import DatasetColumns, ItemColumn, UserColumn
from ingestion.settings.record_metadata import RecordMetadataSettings

VARIABLES = {
    "USERS_DATASET_ARN": "arn:aws:personalize:eu-west-1:111122223333:dataset/videos/USERS",
    "ITEMS_DATASET_ARN": "arn:aws:personalize:eu-west-1:111122223333:dataset/videos/ITEMS",
    "LIVE_PARAMETER": "/stack/live",
    "LIVE_REFRESH_S": "60",
    "USER_COLUMNS": "AGE_BAND?,REGION",
    "ITEM_COLUMNS": "GENRES",
    "ARCHIVE_BUCKET": "archive",
    "METADATA_TABLE": "metadata",
    "MAX_SKEW_S": "300",
    "METADATA_CALLS_PER_S": "10",
    "MAX_METADATA_CONCURRENCY": "4",
}


@pytest.fixture(autouse=True)
def _environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in VARIABLES.items():
        monkeypatch.setenv(name, value)


def test_text_becomes_typed_settings() -> None:
    """A question mark marks a column that may be null."""
    settings = RecordMetadataSettings.from_environment()
    both = frozenset({UserColumn.AGE_BAND, UserColumn.REGION})
    genres = frozenset({ItemColumn.GENRES})
    assert settings.rules.users == DatasetColumns(both, frozenset({UserColumn.REGION}))
    assert settings.rules.items == DatasetColumns(genres, genres)
    assert settings.own_target.dataset_arn(Dataset.ITEMS).endswith("/ITEMS")
    assert settings.share_of_calls == 2.5


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("USERS_DATASET_ARN", ""),
        ("USER_COLUMNS", "COLOUR"),
        ("USER_COLUMNS", "GENRES"),
        ("ITEM_COLUMNS", "GENRES??"),
        ("METADATA_CALLS_PER_S", "0"),
        ("MAX_METADATA_CONCURRENCY", "1"),
    ],
)
def test_a_wrong_variable_is_named(name: str, value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The operator learns which."""
    monkeypatch.setenv(name, value)
    with pytest.raises(MisconfiguredError, match=name):
        RecordMetadataSettings.from_environment()
