"""Where the services are: the region, and endpoints of AWS or those that somebody configured.

As botocore, from the environment alone: `AWS_ENDPOINT_URL_<SERVICE>` over `AWS_ENDPOINT_URL`, empty
is "not set", `AWS_IGNORE_CONFIGURED_ENDPOINT_URLS` sets both aside. Endpoints for FIPS and dual
stack are boto3's business, see `Sender` in the template.
"""

from collections.abc import Mapping
from typing import Final
from urllib.parse import SplitResult, urlsplit

from ingestion.adapters.http_connections import Endpoint
from ingestion.domain.errors import MisconfiguredError

# By the beginning of a region's name (botocore, partitions.json).
_SUFFIXES: Final = (
    ("cn-", "amazonaws.com.cn"),
    ("eusc-", "amazonaws.eu"),
    ("us-isob-", "sc2s.sgov.gov"),
    ("us-isof-", "csp.hci.ic.gov"),
    ("us-iso-", "c2s.ic.gov"),
    ("eu-isoe-", "cloud.adc-e.uk"),
    ("", "amazonaws.com"),
)
_UNSUPPORTED: Final = ("AWS_USE_FIPS_ENDPOINT", "AWS_USE_DUALSTACK_ENDPOINT")


def region_in(environment: Mapping[str, str]) -> str:
    """The region that Lambda, or somebody at a shell, set.

    Raises:
        MisconfiguredError: Nobody did.
    """
    region = environment.get("AWS_REGION") or environment.get("AWS_DEFAULT_REGION")
    if not region:
        error = "neither AWS_REGION nor AWS_DEFAULT_REGION is set"
        raise MisconfiguredError(error)
    return region


def configured_endpoint(service: str, environment: Mapping[str, str]) -> Endpoint | None:
    """The endpoint that somebody set for a service (`S3`, `PERSONALIZE_EVENTS`), or for all.

    Raises:
        MisconfiguredError: It is no URL, or an endpoint is asked for that only boto3 knows.
    """
    for name in _UNSUPPORTED:
        if environment.get(name, "").lower() == "true":
            error = f"{name} needs the sender boto3"
            raise MisconfiguredError(error)
    if environment.get("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "").lower() == "true":
        return None
    names = (f"AWS_ENDPOINT_URL_{service}", "AWS_ENDPOINT_URL")
    url = next((environment[name] for name in names if environment.get(name)), None)
    return None if url is None else endpoint_of_url(urlsplit(url))


def aws_endpoint(host_prefix: str, region: str) -> Endpoint:
    """The endpoint of AWS itself, in the partition of the region."""
    suffix = next(suffix for prefix, suffix in _SUFFIXES if region.startswith(prefix))
    return Endpoint(f"{host_prefix}.{region}.{suffix}", 443, is_tls=True)


def endpoint_of_url(url: SplitResult) -> Endpoint:
    """What a URL leads to, without its query.

    Raises:
        MisconfiguredError: It is none of HTTP.
    """
    if url.scheme not in {"http", "https"} or not url.hostname:
        error = "an endpoint is no URL of HTTP"
        raise MisconfiguredError(error)
    is_tls = url.scheme == "https"
    return Endpoint(url.hostname, url.port or (443 if is_tls else 80), is_tls, url.path.rstrip("/"))
