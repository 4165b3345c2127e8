"""Credentials: where they are found, and that nobody goes on with old ones."""

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

import pytest
from ingestion.adapters.credentials import Credentials, RenewedCredentials
from ingestion.adapters.finding_credentials import credentials_source
from ingestion.domain.errors import MisconfiguredError, TransientError

from tests.support.scripted_server import (
    ScriptedServer,
    Step,
    answer,
    hangs_up,
    is_silent,
    says,
    scripted_server,
)

MINUTE = 60.0


def granted(key: str, **more: str) -> bytes:
    return json.dumps({"AccessKeyId": key, "SecretAccessKey": "s", "Token": "t", **more}).encode()


class TestEnvironment:
    def test_they_are_those_of_the_moment(self) -> None:
        """Somebody may exchange them while the process lives."""
        environment = {"AWS_ACCESS_KEY_ID": "a", "AWS_SECRET_ACCESS_KEY": "b"}
        source = credentials_source(environment)
        assert source.current() == Credentials("a", "b")
        environment |= {"AWS_ACCESS_KEY_ID": "c", "AWS_SESSION_TOKEN": "t"}
        assert source.current() == Credentials("c", "b", "t")

    def test_half_of_them_is_misconfigured(self) -> None:
        """As for boto3."""
        with pytest.raises(MisconfiguredError):
            credentials_source({"AWS_ACCESS_KEY_ID": "a"}).current()


class TestContainer:
    @pytest.fixture
    def server(self) -> Iterator[ScriptedServer]:
        with scripted_server() as running:
            yield running

    def variables(self, server: ScriptedServer, **more: str) -> dict[str, str]:
        return {"AWS_CONTAINER_CREDENTIALS_FULL_URI": f"{server.url}/role?a=b", **more}

    def test_they_are_asked_for_once(self, server: ScriptedServer) -> None:
        """With the token that the environment has, until they are about to expire."""
        server.then(answer(200, granted("k", Expiration="2099-01-01T00:00:00Z")))
        source = credentials_source(
            self.variables(server, AWS_CONTAINER_AUTHORIZATION_TOKEN="token")  # noqa: S106
        )
        assert [source.current() for _ in range(3)] == [
            Credentials("k", "s", "t", datetime(2099, 1, 1, tzinfo=UTC).timestamp())
        ] * 3
        (asked,) = server.asked
        assert (asked.path, asked.headers["authorization"]) == ("/role?a=b", "token")

    def test_the_token_is_read_from_its_file_each_time(
        self, server: ScriptedServer, tmp_path: Path
    ) -> None:
        """Which is renewed behind our back."""
        file = tmp_path / "token"
        variables = self.variables(server, AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE=str(file))
        source = credentials_source(variables)
        for token in ("first", "second"):
            file.write_text(f"{token}\n")
            server.then(answer(200, granted(token)))
            source.refused(Credentials("first", "s", "t"))
            assert source.current().access_key == token
        assert [asked.headers["authorization"] for asked in server.asked] == ["first", "second"]

    @pytest.mark.parametrize(
        "step",
        [
            answer(500),
            answer(200, b"{}"),
            answer(200, b"no JSON"),
            answer(200, granted("k", Expiration="soon")),
            says(b"garbage", stays=False),
            hangs_up,
        ],
    )
    def test_what_cannot_be_had_now_is_transient(self, server: ScriptedServer, step: Step) -> None:
        """The message comes again; no text repeats the answer."""
        server.then(step)
        with pytest.raises(TransientError, match="credentials: "):
            credentials_source(self.variables(server)).current()

    def test_nobody_else_is_asked_without_tls(self) -> None:
        """A variable must not lead credentials' token through a network."""
        source = credentials_source(
            {"AWS_CONTAINER_CREDENTIALS_FULL_URI": "http://example.com/role"}
        )
        with pytest.raises(MisconfiguredError):
            source.current()


class TestRenewal:
    def renewed(self, now_s: list[float], *answers: Credentials | Exception) -> RenewedCredentials:
        left = iter(answers)

        def renew() -> Credentials:
            answer = next(left)
            if isinstance(answer, Exception):
                raise answer
            return answer

        return RenewedCredentials(renew, now_s=lambda: now_s[0])

    def test_they_are_renewed_before_they_expire(self) -> None:
        """A quarter of an hour before."""
        now_s, (first, second) = [0.0], (Credentials("1", "s", None, n * 3600.0) for n in (1, 2))
        source = self.renewed(now_s, first, second)
        assert source.current() == first
        now_s[0] = 44 * MINUTE
        assert source.current() == first
        now_s[0] = 46 * MINUTE
        assert source.current() == second

    def test_an_early_failure_is_nobodys_business(self) -> None:
        """There is time to try again; in the last ten minutes there is none."""
        now_s, first = [0.0], Credentials("1", "s", None, 3600.0)
        source = self.renewed(now_s, first, TransientError(), TransientError())
        source.current()
        now_s[0] = 46 * MINUTE
        assert source.current() == first
        now_s[0] = 51 * MINUTE
        with pytest.raises(TransientError):
            source.current()

    def test_one_thread_asks_for_all(self) -> None:
        """Sixteen calls begin at once, and nobody knows credentials yet."""
        source = self.renewed([0.0], Credentials("1", "s", None, 3600.0))
        with ThreadPoolExecutor(16) as pool:
            found = list(pool.map(lambda _: source.current(), range(64)))
        assert {each.access_key for each in found} == {"1"}

    def test_refused_ones_are_forgotten_once(self) -> None:
        """Whoever is told late must not throw the new ones away."""
        first, second = Credentials("1", "s"), Credentials("2", "s")
        source = self.renewed([0.0], first, second)
        assert source.current() == first
        source.refused(first)
        source.refused(first)
        assert source.current() == second
        source.refused(first)
        assert source.current() == second


class TestProfiles:
    def test_a_profile_is_found_by_botocore(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """On somebody's own machine."""
        file = tmp_path / "credentials"
        file.write_text("[mine]\naws_access_key_id = a\naws_secret_access_key = b\n")
        monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(file))
        monkeypatch.setenv("AWS_PROFILE", "mine")
        monkeypatch.delenv("AWS_ACCESS_KEY_ID")
        assert credentials_source({}).current() == Credentials("a", "b")

    @pytest.mark.parametrize("profile", ["", "no-such-profile"])
    def test_none_at_all_is_misconfigured(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, profile: str
    ) -> None:
        """An operator must act."""
        for name in ("AWS_SHARED_CREDENTIALS_FILE", "AWS_CONFIG_FILE"):
            monkeypatch.setenv(name, str(tmp_path / "none"))
        monkeypatch.setenv("AWS_PROFILE", profile)
        monkeypatch.delenv("AWS_ACCESS_KEY_ID")
        with pytest.raises(MisconfiguredError):
            credentials_source({}).current()


def test_a_silent_host_does_not_hold_a_call_for_ever() -> None:
    """Two seconds, then it is transient."""
    with scripted_server(is_silent) as server, pytest.raises(TransientError):
        credentials_source({"AWS_CONTAINER_CREDENTIALS_FULL_URI": server.url}).current()
