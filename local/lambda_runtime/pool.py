"""How many execution environments a function has, and who may use one."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Protocol

from local.lambda_runtime.errors import TooManyRequests

if TYPE_CHECKING:
    from collections.abc import Callable, Generator


class Environment(Protocol):
    """What a pool needs to know of an execution environment."""

    @property
    def is_usable(self) -> bool:
        """Whether it can run another invocation."""
        ...

    def close(self) -> None:
        """End it, even in the middle of an invocation."""
        ...


class EnvironmentPool[E: Environment]:
    """Keeps warm environments for reuse and never has more than `limit` of them."""

    def __init__(self, create: Callable[[], E], *, limit: int, wait_s: float) -> None:
        """Prepare an empty pool.

        Args:
            create: Starts a new environment.
            limit: The most environments at one time.
            wait_s: Seconds to wait for a busy one before the caller is throttled.
        """
        self._create = create
        self._limit = limit
        self._wait_s = wait_s
        self._changed = threading.Condition()
        self._idle: list[E] = []
        self._busy: set[E] = set()
        self._starting = 0
        self._is_retired = False

    @contextmanager
    def borrow(self) -> Generator[E]:
        """Lend an environment for one invocation.

        Raises:
            TooManyRequests: All are busy, or this pool takes no more work.
        """
        environment = self._take_idle() or self._start()
        try:
            yield environment
        finally:
            self._give_back(environment)

    def members(self) -> tuple[E, ...]:
        """List the environments there are now, busy ones first."""
        with self._changed:
            return (*self._busy, *self._idle)

    def retire(self) -> None:
        """Take no more work; idle environments end now, busy ones after their invocation."""
        with self._changed:
            self._is_retired = True
            idle, self._idle = self._idle, []
            self._changed.notify_all()
        for environment in idle:
            environment.close()

    def close(self) -> None:
        """End every environment now, the busy ones too."""
        self.retire()
        with self._changed:
            busy = tuple(self._busy)
        for environment in busy:
            environment.close()

    def _take_idle(self) -> E | None:
        """Return a warm environment, or None when the caller may start a new one."""
        with self._changed:
            if not self._changed.wait_for(self._has_room, self._wait_s) or self._is_retired:
                raise TooManyRequests
            while self._idle:
                # The one used last is the warmest; the others are left to grow old.
                environment = self._idle.pop()
                if environment.is_usable:
                    self._busy.add(environment)
                    return environment
                environment.close()
            self._starting += 1
            return None

    def _has_room(self) -> bool:
        in_use = len(self._busy) + self._starting
        return self._is_retired or bool(self._idle) or in_use < self._limit

    def _start(self) -> E:
        try:
            environment = self._create()
        finally:
            with self._changed:
                self._starting -= 1
                self._changed.notify()
        with self._changed:
            if not self._is_retired:
                self._busy.add(environment)
                return environment
        environment.close()
        raise TooManyRequests

    def _give_back(self, environment: E) -> None:
        with self._changed:
            self._busy.discard(environment)
            is_kept = environment.is_usable and not self._is_retired
            if is_kept:
                self._idle.append(environment)
            self._changed.notify()
        if not is_kept:
            environment.close()
