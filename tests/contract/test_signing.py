"""Our signatures equal botocore's, for whatever is asked, by whomever, wherever and whenever."""

import string
from datetime import UTC, datetime
from typing import Any

import botocore.auth
import pytest
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials as BotoCredentials
from hypothesis import given, settings
from hypothesis import strategies as st
from ingestion.adapters.credentials import Credentials
from ingestion.adapters.signing import Request, Signer

# RFC 3986: what may stand in a path as it is; everything else is a percent-encoded byte.
_PATH_CHARACTERS = st.sampled_from(string.ascii_letters + string.digits + "-_.~!$&'()*+,;=:@")
_PATH_BYTES = st.integers(0, 255).map(lambda byte: f"%{byte:02X}")
_SEGMENTS = st.text(_PATH_CHARACTERS, min_size=1, max_size=20) | st.lists(
    _PATH_CHARACTERS | _PATH_BYTES, min_size=1, max_size=12
).map("".join)
PATHS = st.lists(_SEGMENTS.filter(lambda s: s not in {".", ".."}), max_size=5).map(
    lambda segments: "/" + "/".join(segments)
)
_TOKEN_CHARACTERS = string.ascii_letters + string.digits + "+/="
_VALUES = st.text(string.printable[:95], max_size=40)
_NAMES = st.from_regex(r"[a-z][a-z0-9-]{0,20}", fullmatch=True)
# What the signer or the sender sets, and what botocore would take for a wish of its caller.
_SET = {
    *("host", "date", "authorization", "x-amz-date", "x-amz-security-token"),
    *("x-amz-content-sha256", "content-md5"),
}
HEADERS = st.dictionaries(
    _NAMES
    | st.sampled_from(
        [*botocore.auth.SIGNED_HEADERS_BLACKLIST, "content-type", "if-none-match", "x-amz-meta-a"]
    ),
    _VALUES,
    max_size=6,
).map(lambda headers: {n: v for n, v in headers.items() if n not in _SET})
CREDENTIALS = st.builds(
    Credentials,
    st.text(string.ascii_uppercase + string.digits, min_size=16, max_size=24),
    st.text(_TOKEN_CHARACTERS, min_size=1, max_size=60),
    st.none() | st.text(_TOKEN_CHARACTERS, min_size=1, max_size=1000),
)
MOMENTS = st.datetimes(datetime(2000, 1, 1), datetime(2099, 12, 31)).map(  # noqa: DTZ001
    lambda moment: moment.replace(tzinfo=UTC)
)
REGIONS = st.sampled_from(["us-east-1", "eu-west-1", "cn-north-1", "us-gov-west-1", "ap-south-2"])
HOSTS = st.sampled_from(["personalize-events.eu-west-1.amazonaws.com", "127.0.0.1:8080", "s3"])


def signed_by_botocore(
    request: Request, signer: Signer, credentials: Credentials, at: datetime
) -> dict[str, str]:
    theirs = AWSRequest(
        method=request.method,
        url=f"https://{request.headers['host']}{request.path}",
        headers=dict(request.headers),
        data=request.body,
    )
    auth = botocore.auth.S3SigV4Auth if signer.is_s3 else botocore.auth.SigV4Auth
    keys = BotoCredentials(credentials.access_key, credentials.secret_key, credentials.token)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(botocore.auth, "get_current_datetime", lambda: at)
        prepared: Any = theirs
        auth(keys, signer.service, signer.region).add_auth(prepared)
    return {name.lower(): value for name, value in theirs.headers.items()}


@pytest.mark.parametrize("is_s3", [False, True], ids=["others", "S3"])
@settings(max_examples=1000)
@given(data=st.data())
def test_every_signature_is_botocores(data: st.DataObject, *, is_s3: bool) -> None:
    """All headers, the signature among them, for thousands of requests."""
    request = Request(
        data.draw(st.sampled_from(["GET", "PUT", "POST", "HEAD"])),
        data.draw(PATHS),
        {**data.draw(HEADERS), "host": data.draw(HOSTS)},
        data.draw(st.binary(max_size=200)),
    )
    signer = Signer(data.draw(st.sampled_from(["personalize", "s3", "a-b"])), "", is_s3=is_s3)
    signer.region = data.draw(REGIONS)
    credentials, at = data.draw(CREDENTIALS), data.draw(MOMENTS)
    expected = signed_by_botocore(request, signer, credentials, at)
    assert signer.signed(request, credentials, at) == expected


@given(st.lists(st.tuples(CREDENTIALS, MOMENTS), min_size=2, max_size=6))
def test_one_signer_serves_days_and_credentials_in_any_order(
    asked: list[tuple[Credentials, datetime]],
) -> None:
    """The key that it keeps is that of one day and one secret."""
    signer = Signer("personalize", "eu-west-1")
    request = Request("POST", "/events", {"host": "h"}, b"{}")
    for credentials, at in [*asked, *asked]:
        expected = signed_by_botocore(request, signer, credentials, at)
        assert signer.signed(request, credentials, at) == expected


def test_nothing_secret_is_in_the_text_of_a_signer_or_of_credentials() -> None:
    """They may end in a log."""
    credentials = Credentials("access", "secret", "session")
    signer = Signer("personalize", "eu-west-1")
    signer.signed(Request("POST", "/events", {"host": "h"}), credentials, datetime.now(UTC))
    text = f"{credentials} {credentials!r} {signer!r}"
    assert not any(word in text for word in ("access", "secret", "session"))


@pytest.mark.parametrize("name", botocore.auth.SIGNED_HEADERS_BLACKLIST)
def test_no_header_is_signed_that_botocore_leaves_out(name: str) -> None:
    """Somebody on the way may change it, and the signature would be refused."""
    request = Request("GET", "/", {"host": "h", name: "1"})
    credentials, at = Credentials("a", "s"), datetime(2026, 11, 24, tzinfo=UTC)
    signer = Signer("personalize", "eu-west-1")
    expected = signed_by_botocore(request, signer, credentials, at)
    assert signer.signed(request, credentials, at) == expected
