"""Where Lambda's containers reach this machine.

A container that `sam local invoke` starts has a network of its own, in which 127.0.0.1 is itself.
On Linux Docker's bridge gives this machine an address that both see. Docker Desktop runs containers
in a virtual machine and forwards a name to this machine's 127.0.0.1 instead.
"""

import json
import shutil
import socket
import subprocess
from dataclasses import dataclass
from ipaddress import ip_network
from typing import Final


class NoDockerError(RuntimeError):
    """No Docker engine answers."""


@dataclass(frozen=True, slots=True)
class Route:
    """How containers come to a server on this machine.

    Attributes:
        listen_on: The interface on which the server must listen; never one of the outer network.
        host: The name or address by which a container calls it.
    """

    listen_on: str
    host: str


_DOCKER_DESKTOP: Final = Route("127.0.0.1", "host.docker.internal")


def route_from_containers() -> Route:
    """Find the way; raises NoDockerError when there is no engine to ask."""
    gateway = _gateway_of(_bridge_configuration())
    return Route(gateway, gateway) if _is_ours(gateway) else _DOCKER_DESKTOP


def _bridge_configuration() -> dict[str, str]:
    docker = shutil.which("docker")
    if docker is None:
        message = "the command `docker` was not found"
        raise NoDockerError(message)
    command = [docker, "network", "inspect", "bridge"]
    found = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - fixed
    if found.returncode:
        raise NoDockerError(found.stderr.strip())
    return json.loads(found.stdout)[0]["IPAM"]["Config"][0]


def _gateway_of(configuration: dict[str, str]) -> str:
    """The gateway, which older engines leave out when it is the first address of the subnet."""
    return configuration.get("Gateway") or str(next(ip_network(configuration["Subnet"]).hosts()))


def _is_ours(address: str) -> bool:
    with socket.socket() as probe:
        try:
            probe.bind((address, 0))
        except OSError:
            return False
    return True
