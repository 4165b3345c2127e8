"""What the function of the night reads of its engine."""

import pytest
from ingestion.domain.errors import MisconfiguredError
from nightly.domain.engine_choice import EngineSetting
from nightly.settings import BuildDatasetsSettings

from tests.support.variables import METADATA, NIGHT, PLAYBACK, RECORDER, SPARK

BASE = {
    **RECORDER,
    **PLAYBACK,
    **METADATA,
    **NIGHT,
    "ARCHIVE_BUCKET": "archive",
    "CONTEXT_COLUMNS": "",
    "TRACKING_ID": "id",
}


def settings(monkeypatch: pytest.MonkeyPatch, **variables: str) -> BuildDatasetsSettings:
    """The settings of an environment."""
    for name, value in {**BASE, **variables}.items():
        monkeypatch.setenv(name, value)
    return BuildDatasetsSettings.from_environment()


@pytest.mark.parametrize("engine", ["spark", "auto"])
def test_with_spark_everything_of_it_is_there(monkeypatch: pytest.MonkeyPatch, engine: str) -> None:
    """The template gives all of it, or nothing."""
    found = settings(monkeypatch, **SPARK, ENGINE=engine)
    assert (found.engine, found.spark_from_gb) == (EngineSetting(engine), 10)
    for name in SPARK:
        with pytest.raises(MisconfiguredError, match=f"ENGINE {engine} needs"):
            settings(monkeypatch, **SPARK | {name: ""}, ENGINE=engine)


@pytest.mark.parametrize(
    "variables", [{"ENGINE": "duckdb"}, {"SPARK_CODE": "s3://bucket/code"}, {"SPARK_FROM_GB": "-1"}]
)
def test_what_the_template_cannot_say_is_refused(
    monkeypatch: pytest.MonkeyPatch, variables: dict[str, str]
) -> None:
    """And named."""
    with pytest.raises(MisconfiguredError, match=next(iter(variables))):
        settings(monkeypatch, **variables)
