"""Credentials, and how they are kept valid. Where they are found is in `finding_credentials`."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from threading import Lock
from typing import Final, Protocol

from ingestion.domain.errors import MisconfiguredError, TransientError

# As botocore: from a quarter of an hour before they expire on somebody looks for new ones, and in
# the last ten minutes nobody goes on without.
_RENEW_BEFORE_S: Final = 15 * 60.0
_NEED_BEFORE_S: Final = 10 * 60.0


@dataclass(frozen=True, slots=True)
class Credentials:
    """Credentials of AWS.

    Attributes:
        access_key: Public part.
        secret_key: What signs.
        token: Of a session, if it is one.
        expires_at_s: When it ends in epoch seconds, if that is known.
    """

    access_key: str
    secret_key: str
    token: str | None = None
    expires_at_s: float | None = None

    def __repr__(self) -> str:
        return "Credentials(…)"  # no log may hold them


class CredentialsSource(Protocol):
    """Gives the credentials that are valid now. For any thread."""

    def current(self) -> Credentials:
        """The credentials to sign with.

        Raises:
            MisconfiguredError: There are none.
            TransientError: They cannot be had now.
        """
        ...

    def refused(self, credentials: Credentials) -> None:
        """Note that AWS called these expired, so that others are given if there are any."""
        ...


class EnvironmentCredentials:
    """What the environment says at the moment of the call."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._environment = environment

    def current(self) -> Credentials:
        """See the protocol."""
        secret_key = self._environment.get("AWS_SECRET_ACCESS_KEY")
        if not secret_key:
            error = "AWS_ACCESS_KEY_ID is set and AWS_SECRET_ACCESS_KEY is not"
            raise MisconfiguredError(error)
        token = self._environment.get("AWS_SESSION_TOKEN") or None
        return Credentials(self._environment["AWS_ACCESS_KEY_ID"], secret_key, token)

    def refused(self, credentials: Credentials) -> None:
        """Nothing to do: the environment is read at every call."""


class RenewedCredentials:
    """Credentials that expire, renewed before they do; one thread renews at a time."""

    def __init__(
        self, renew: Callable[[], Credentials], now_s: Callable[[], float] = time.time
    ) -> None:
        """Renew nothing yet.

        Args:
            renew: Gives new ones; raises TransientError when it cannot.
            now_s: Epoch seconds.
        """
        self._renew = renew
        self._now_s = now_s
        self._lock = Lock()
        self._known: Credentials | None = None

    def current(self) -> Credentials:
        """See the protocol."""
        known = self._known
        if known is None or self._ends_within(known, _NEED_BEFORE_S):
            with self._lock:
                return self._newest(_NEED_BEFORE_S)
        if self._ends_within(known, _RENEW_BEFORE_S) and self._lock.acquire(blocking=False):
            try:
                return self._newest(_RENEW_BEFORE_S)
            except TransientError:
                return known  # there is time to try again
            finally:
                self._lock.release()
        return known

    def refused(self, credentials: Credentials) -> None:
        """Forget them, unless they were renewed meanwhile."""
        with self._lock:
            if self._known == credentials:
                self._known = None

    def _newest(self, margin_s: float) -> Credentials:
        """New ones, unless another thread just had them."""
        if self._known is None or self._ends_within(self._known, margin_s):
            self._known = self._renew()
        return self._known

    def _ends_within(self, credentials: Credentials, seconds: float) -> bool:
        expires_at_s = credentials.expires_at_s
        return expires_at_s is not None and self._now_s() > expires_at_s - seconds
