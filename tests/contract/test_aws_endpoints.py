"""The endpoints are those that botocore would find."""

from typing import Any

import boto3
import pytest
from ingestion.adapters.aws_endpoints import aws_endpoint, configured_endpoint, region_in
from ingestion.adapters.http_connections import Endpoint
from ingestion.domain.errors import MisconfiguredError

LOCAL = Endpoint("127.0.0.1", 4566, is_tls=False)


@pytest.mark.parametrize("service", ["personalize-events", "s3"])
def test_every_region_has_botocores_host(service: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """In all partitions that botocore knows, those of China and of governments among them."""
    # botocore alone still has a global endpoint for this region; AWS recommends the region's own.
    monkeypatch.setenv("AWS_S3_US_EAST_1_REGIONAL_ENDPOINT", "regional")
    session: Any = boto3.Session()
    for partition in session.get_available_partitions():
        for region in session.get_available_regions("s3", partition):
            ours = aws_endpoint(service, region)
            theirs = session.client(service, region_name=region).meta.endpoint_url
            assert theirs == f"https://{ours.authority}"


@pytest.mark.parametrize(
    ("variables", "endpoint"),
    [
        ({}, None),
        ({"AWS_ENDPOINT_URL": ""}, None),
        ({"AWS_ENDPOINT_URL": "http://127.0.0.1:4566"}, LOCAL),
        ({"AWS_ENDPOINT_URL_S3": "http://127.0.0.1:4566", "AWS_ENDPOINT_URL": "http://x"}, LOCAL),
        ({"AWS_ENDPOINT_URL_S3": "", "AWS_ENDPOINT_URL": "http://127.0.0.1:4566"}, LOCAL),
        ({"AWS_ENDPOINT_URL": "http://x", "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS": "true"}, None),
        (
            {"AWS_ENDPOINT_URL": "https://[::1]/base/"},
            Endpoint("::1", 443, is_tls=True, base_path="/base"),
        ),
    ],
)
def test_a_configured_endpoint_is_taken(
    variables: dict[str, str], endpoint: Endpoint | None
) -> None:
    """That of the service before that of all, and nothing that is empty."""
    assert configured_endpoint("S3", variables) == endpoint


@pytest.mark.parametrize(
    "variables",
    [
        {"AWS_ENDPOINT_URL": "ftp://x"},
        {"AWS_ENDPOINT_URL": "localhost"},
        {"AWS_USE_FIPS_ENDPOINT": "true"},
        {"AWS_USE_DUALSTACK_ENDPOINT": "true"},
    ],
)
def test_what_we_cannot_do_is_told(variables: dict[str, str]) -> None:
    """Rather than sent elsewhere in silence."""
    with pytest.raises(MisconfiguredError):
        configured_endpoint("S3", variables)


def test_the_region_is_lambdas_or_somebodys() -> None:
    """Lambda sets one name, people the other; without there is nothing to sign for."""
    assert region_in({"AWS_REGION": "eu-west-1", "AWS_DEFAULT_REGION": "x"}) == "eu-west-1"
    assert region_in({"AWS_REGION": "", "AWS_DEFAULT_REGION": "us-east-1"}) == "us-east-1"
    with pytest.raises(MisconfiguredError):
        region_in({})


@pytest.mark.parametrize(
    ("endpoint", "authority"),
    [
        (Endpoint("a.b", 443, is_tls=True), "a.b"),
        (Endpoint("a.b", 80, is_tls=False), "a.b"),
        (Endpoint("a.b", 80, is_tls=True), "a.b:80"),
        (Endpoint("::1", 8080, is_tls=False), "[::1]:8080"),
    ],
)
def test_the_authority_has_the_port_where_it_is_not_the_usual(
    endpoint: Endpoint, authority: str
) -> None:
    """As clients write it, for it is signed."""
    assert endpoint.authority == authority
