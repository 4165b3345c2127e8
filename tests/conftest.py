"""What every suite needs: nobody's real AWS account, no network, and bounded hypothesis."""

import os

import pytest
from pytest_socket import _remove_restrictions, disable_socket, socket_allow_hosts

from tests.profiles import load_profile

load_profile()

# Powertools reads these when our module of logs and metrics is imported.
os.environ["POWERTOOLS_METRICS_NAMESPACE"] = "PersonalizeVideoIngest"
os.environ["POWERTOOLS_SERVICE_NAME"] = "test"


@pytest.fixture(autouse=True)
def _nobodys_account(monkeypatch: pytest.MonkeyPatch) -> None:
    """Dummy credentials: a forgotten endpoint fails instead of reaching an account."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-1")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Give a suite the network it may touch: none, this machine, or its containers too."""
    suite = item.path.relative_to(item.config.rootpath / "tests").parts[0]
    if suite in {"faults", "integration"}:
        socket_allow_hosts(["127.0.0.1"], allow_unix_socket=True)
    elif suite != "e2e":
        disable_socket(allow_unix_socket=True)


def pytest_runtest_teardown() -> None:
    """Take back what was set for the test."""
    _remove_restrictions()
