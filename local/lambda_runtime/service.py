"""The Lambda service of this machine: functions by name, and `Invoke`."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Final

from local.lambda_runtime.errors import FunctionNotFound
from local.lambda_runtime.execution_environment import ExecutionEnvironment
from local.lambda_runtime.pool import EnvironmentPool

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from local.lambda_runtime.configuration import FunctionConfiguration, InvocationResult

# Lambda throttles at once. A second of patience keeps a handful of environments busy on a laptop
# instead of sending callers, who start at most a few more invocations, into their back-off.
THROTTLE_WAIT_S: Final = 1.0


class LambdaService:
    """Runs registered functions. Every method may be called from any thread."""

    def __init__(
        self,
        *,
        environment: Mapping[str, str],
        log_sink: Callable[[str, str], None] | None = None,
    ) -> None:
        """Prepare a service without functions.

        Args:
            environment: Variables every function gets: endpoint, region and dummy keys.
            log_sink: Called with function name and line for all that functions write.
        """
        self._variables = dict(environment)
        self._log_sink = log_sink
        self._lock = threading.Lock()
        self._pools: dict[str, EnvironmentPool[ExecutionEnvironment]] = {}

    def register(self, configuration: FunctionConfiguration) -> None:
        """Add a function, or replace the one of the same name as a deployment does."""
        pool = EnvironmentPool(
            lambda: self._start(configuration),
            limit=configuration.max_environments,
            wait_s=THROTTLE_WAIT_S,
        )
        with self._lock:
            replaced = self._pools.get(configuration.name)
            self._pools[configuration.name] = pool
        if replaced is not None:
            replaced.retire()

    def invoke(self, name_or_arn: str, payload: bytes) -> InvocationResult:
        """Invoke a function and wait for its answer.

        Raises:
            FunctionNotFound: No such function is registered.
            TooManyRequests: All its environments are busy.
        """
        name = function_name(name_or_arn)
        with self._lock:
            pool = self._pools.get(name)
        if pool is None:
            raise FunctionNotFound(name)
        with pool.borrow() as environment:
            return environment.invoke(payload)

    def environments(self, name_or_arn: str) -> tuple[ExecutionEnvironment, ...]:
        """List the execution environments of a function, busy ones first; there may be none."""
        with self._lock:
            pool = self._pools.get(function_name(name_or_arn))
        return () if pool is None else pool.members()

    def running(self) -> tuple[ExecutionEnvironment, ...]:
        """The execution environments whose process runs now, of all functions."""
        with self._lock:
            pools = tuple(self._pools.values())
        return tuple(each for pool in pools for each in pool.members() if each.is_usable)

    def kill_all(self) -> None:
        """Send SIGKILL to every process, in the middle of whatever it does."""
        for environment in self.running():
            environment.kill()

    def close(self) -> None:
        """Forget every function and kill what runs."""
        with self._lock:
            pools, self._pools = self._pools, {}
        for pool in pools.values():
            pool.close()

    def _start(self, configuration: FunctionConfiguration) -> ExecutionEnvironment:
        return ExecutionEnvironment(
            configuration, self._variables, lambda line: self._log(configuration.name, line)
        )

    def _log(self, name: str, line: str) -> None:
        if self._log_sink is not None:
            self._log_sink(name, line)


def function_name(name_or_arn: str) -> str:
    """Return the bare name of a function given by name, partial ARN or ARN, with a version or not.

    https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html, parameter FunctionName.
    """
    parts = name_or_arn.split(":")
    return parts[parts.index("function") + 1] if "function" in parts else parts[0]
