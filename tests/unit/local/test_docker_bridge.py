"""Where containers reach this machine, from what Docker tells of its bridge."""

import stat
from pathlib import Path

import pytest

from local.docker_bridge import NoDockerError, Route, route_from_containers


@pytest.fixture
def docker(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A `docker` that answers what a test writes, alone on the PATH."""
    command = tmp_path / "docker"
    command.write_text("#!/bin/sh\necho no engine >&2; exit 1\n")
    command.chmod(command.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setenv("PATH", str(tmp_path))
    return command


def bridge(command: Path, configuration: str) -> None:
    """Let Docker tell of a bridge with this address configuration."""
    command.write_text(f"""#!/bin/sh\necho '[{{"IPAM": {{"Config": [{configuration}]}}}}]'\n""")


def ours(monkeypatch: pytest.MonkeyPatch, *, is_ours: bool) -> None:
    """Decide whether this machine has the gateway's address: sockets are off in unit tests."""
    monkeypatch.setattr("local.docker_bridge._is_ours", lambda _address: is_ours)


def test_the_gateway_is_where_both_meet(docker: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """On Linux the bridge's gateway is an address of this machine."""
    bridge(docker, '{"Subnet": "172.17.0.0/16", "Gateway": "172.17.0.1"}')
    ours(monkeypatch, is_ours=True)
    assert route_from_containers() == Route("172.17.0.1", "172.17.0.1")


def test_a_gateway_that_is_left_out_is_the_first_address(
    docker: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Older engines tell the subnet only."""
    bridge(docker, '{"Subnet": "172.18.0.0/16"}')
    ours(monkeypatch, is_ours=True)
    assert route_from_containers().host == "172.18.0.1"


def test_docker_desktop_forwards_a_name(docker: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """There the bridge belongs to a virtual machine."""
    bridge(docker, '{"Subnet": "172.17.0.0/16", "Gateway": "172.17.0.1"}')
    ours(monkeypatch, is_ours=False)
    assert route_from_containers() == Route("127.0.0.1", "host.docker.internal")


@pytest.mark.usefixtures("docker")
def test_an_engine_that_does_not_answer_is_told() -> None:
    """Its own words say why."""
    with pytest.raises(NoDockerError, match="no engine"):
        route_from_containers()


def test_no_docker_at_all_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine without Docker has no containers to reach it."""
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(NoDockerError, match="not found"):
        route_from_containers()
