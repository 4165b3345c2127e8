"""The layers as they were built: nothing of ours misses what was left out, and they fit."""

import subprocess
import sys
from pathlib import Path
from typing import Final

import pytest

from scripts import build

# Runs in Lambda's Spark, never in a function.
ELSEWHERE: Final = "nightly.adapters.spark_job"
# Without the packages of this environment: -I and -S leave the standard library alone.
IMPORT_ALL: Final = """
import importlib, pkgutil, sys
sys.path[:0] = sys.argv[3:]
names = ["ingestion", "nightly", "functions"]
for name in names:
    for module in pkgutil.walk_packages(importlib.import_module(name).__path__, f"{name}."):
        if module.name != sys.argv[2] and not module.name.endswith("__main__"):
            importlib.import_module(module.name)
import boto3
session = boto3.Session(region_name="eu-west-1")
for service in sys.argv[1].split(","):
    session.client(service, aws_access_key_id="a", aws_secret_access_key="b")
print(len(sys.modules))
"""

pytestmark = pytest.mark.e2e


def test_everything_is_importable_over_the_layers_alone() -> None:
    """Each module of ours, and a client of each service that is described."""
    layers = [str(layer / "python") for layer in sorted(build.BUILD.glob("*Layer"))]
    functions = sorted(build.BUILD.glob("*Function"))
    assert len(functions) >= 8
    for function in functions:
        arguments = [",".join(sorted(build.SERVICES)), ELSEWHERE, str(function), *layers]
        command = [Path(sys.executable).resolve(), "-I", "-S", "-c", IMPORT_ALL, *arguments]
        result = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603
        assert result.returncode == 0, (function.name, result.stderr)
        assert int(result.stdout) > 300


def test_the_layers_take_at_most_two_fifths_of_the_limit() -> None:
    """So that a function has room to grow, and an engine too."""
    assert 0.1 < build.share_of_limit(build.BUILD) <= 0.4
