"""What the functions of the stream load before their first activity."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Final

import pytest

from tests.support.variables import PLAYBACK, RECORDER

ROOT = Path(__file__).parents[2]
VARIABLES: Final = {
    **RECORDER,
    **PLAYBACK,
    "AWS_REGION": "eu-west-1",
    "AWS_ACCESS_KEY_ID": "a",
    "AWS_SECRET_ACCESS_KEY": "b",
    "POWERTOOLS_METRICS_NAMESPACE": "test",
    "POWERTOOLS_SERVICE_NAME": "test",
}
PROGRAM = """
import importlib, json, sys
handler = importlib.import_module(f"functions.{sys.argv[1]}.handler")
(handler.archiver if hasattr(handler, "archiver") else handler.recorder)()
print(json.dumps(sorted(sys.modules)))
"""


def loaded(function: str, sender: str) -> set[str]:
    """The modules that are there once the use case is made, in a process of its own."""
    done = subprocess.run(  # noqa: S603 - our own program
        [sys.executable, "-c", PROGRAM, function],
        env={**VARIABLES, "SENDER": sender, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        check=True,
        text=True,
    )
    return set(json.loads(done.stdout))


@pytest.mark.parametrize("function", ["archive_activity", "record_playback"])
def test_the_signed_sender_starts_without_boto3(function: str) -> None:
    """Which costs more than all the rest of a start; of botocore there is the bare package."""
    modules = loaded(function, "signed")
    # Powertools looks whether there is a botocore, and that is all.
    ours = {name for name in modules if name.split(".")[0] in {"boto3", "botocore", "urllib3"}}
    assert ours <= {"botocore"}


def test_boto3_is_there_when_it_is_chosen() -> None:
    """So the test above can fail."""
    assert {"boto3", "botocore.session"} <= loaded("archive_activity", "boto3")


def test_playbacks_start_without_the_models_of_metadata() -> None:
    """They name the datasets that are live, and read none of their records."""
    modules = loaded("record_playback", "signed")
    assert not {name for name in modules if name.startswith("ingestion.domain.metadata")}


def test_the_archiver_starts_without_the_models_of_the_contract() -> None:
    """It keeps bytes, so it need not wait until pydantic has built what they may say."""
    models = {f"ingestion.domain.{name}" for name in ("activity", "metadata", "parsing", "point")}

    assert models & loaded("record_playback", "signed")
    assert not models & loaded("archive_activity", "signed")
