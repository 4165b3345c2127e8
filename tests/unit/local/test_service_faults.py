"""Faults in front of moto: which requests they meet."""

import pytest

from local.service_faults import ServiceFaults


def a_request(service: str) -> dict[str, str]:
    """Build a request as an SDK signs it."""
    scope = f"Credential=test/20261124/us-east-1/{service}/aws4_request"
    return {"HTTP_AUTHORIZATION": f"AWS4-HMAC-SHA256 {scope}, SignedHeaders=host, Signature=0"}


def test_nothing_fails_unless_told() -> None:
    """A stack without faults answers everything."""
    assert ServiceFaults().strike(a_request("s3")) is None


@pytest.mark.parametrize("service", ["s3", "dynamodb"])
def test_a_service_fails_until_the_fault_ends(service: str) -> None:
    """And each request that met it is counted."""
    faults = ServiceFaults()

    faults.begin(service)
    fault = faults.strike(a_request(service))
    faults.end(service)

    assert fault is not None
    assert fault.status[0] == "5"
    assert ("Content-Length", str(len(fault.body))) in fault.headers
    assert faults.strike(a_request(service)) is None
    assert faults.struck(service) == 1


def test_other_services_are_spared() -> None:
    """And so is who does not sign at all."""
    faults = ServiceFaults()

    faults.begin("s3")

    assert faults.strike(a_request("kinesis")) is None
    assert faults.strike({}) is None
    assert faults.struck("s3") == 0


def test_only_known_services_can_fail() -> None:
    """A misspelt one would spare everything in silence."""
    with pytest.raises(KeyError):
        ServiceFaults().begin("s4")
