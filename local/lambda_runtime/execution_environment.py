"""One execution environment: a child process, its Runtime API and its log."""

from __future__ import annotations

import os
import queue
import signal
import subprocess
import threading
import time
import uuid
from contextlib import suppress
from typing import TYPE_CHECKING, Final

from local.lambda_runtime import child_process, faults
from local.lambda_runtime.configuration import InvocationResult
from local.lambda_runtime.log_pipe import LogPipe
from local.lambda_runtime.runtime_api import (
    Exited,
    Failed,
    Invocation,
    Responded,
    RuntimeApi,
    Signal,
    Taken,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from local.lambda_runtime.configuration import FunctionConfiguration

# "Initialization is limited to 10 seconds"; after that Lambda starts it once more within the
# invocation, limited by the function's timeout.
# https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html
INIT_ALLOWANCE_S: Final = 10.0
UNHANDLED: Final = "Unhandled"


class ExecutionEnvironment:
    """Runs invocations of one function, one at a time, in a process of its own.

    Attributes:
        is_busy: Whether an invocation is under way.
    """

    def __init__(
        self,
        configuration: FunctionConfiguration,
        service_variables: Mapping[str, str],
        log_sink: Callable[[str], None],
    ) -> None:
        """Start the child; it imports the handler while the caller goes on."""
        self._configuration = configuration
        self._log = LogPipe(log_sink)
        self._api = RuntimeApi()
        self._is_broken = False
        self.is_busy = False
        variables = child_process.variables(configuration, service_variables, self._api.address)
        self._process = self._start(variables)
        self._log.start()
        self._watcher = threading.Thread(target=self._watch, name="lambda-child", daemon=True)
        self._watcher.start()

    @property
    def is_usable(self) -> bool:
        """Whether another invocation can be given to this environment."""
        return not self._is_broken and self._process.poll() is None

    @property
    def function(self) -> str:
        """Name of the function that runs here."""
        return self._configuration.name

    def invoke(self, payload: bytes) -> InvocationResult:
        """Run one invocation and wait for its end, whatever that is."""
        self.is_busy = True
        try:
            return self._run(payload)
        finally:
            self.is_busy = False

    def _run(self, payload: bytes) -> InvocationResult:
        request_id = str(uuid.uuid4())
        self._log.begin_tail()
        timeout_s = self._configuration.timeout_s
        self._api.offer(Invocation(request_id, payload, self._configuration.arn, timeout_s))
        return self._conclude(request_id, self._wait_for_end())

    def kill(self) -> None:
        """Kill the child as the kernel would, in the middle of whatever it does."""
        self._process.kill()

    def close(self) -> None:
        """Kill the child and everything it started. May be called more than once."""
        self._is_broken = True
        if self._process.poll() is None:
            self._kill_group()
        self._watcher.join()

    def _start(self, variables: Mapping[str, str]) -> subprocess.Popen[bytes]:
        # The pipe on standard input is the child's lifeline: see bootstrap.die_with_parent.
        return subprocess.Popen(  # noqa: S603 - our own bootstrap, and a handler name as argument
            child_process.command(self._configuration),
            cwd=self._configuration.code_path,
            env=dict(variables),
            stdin=subprocess.PIPE,
            stdout=self._log.write_end,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )

    def _watch(self) -> None:
        return_code = self._process.wait()
        # Nothing that the child started may outlive it, and until the last of them is gone the
        # group's id cannot be somebody else's.
        self._kill_group()
        self._api.signals.put(Exited(return_code))
        self._api.close()
        if self._process.stdin is not None:
            self._process.stdin.close()

    def _kill_group(self) -> None:
        with suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)

    def _wait_for_end(self) -> Signal | None:
        """Return what ended the invocation, or None when its time was over first."""
        limit_s = INIT_ALLOWANCE_S + self._configuration.timeout_s
        while True:
            received = self._next_signal(limit_s)
            if not isinstance(received, Taken):
                return received
            limit_s = self._configuration.timeout_s

    def _next_signal(self, limit_s: float) -> Signal | None:
        try:
            return self._api.signals.get(timeout=limit_s)
        except queue.Empty:
            return None

    def _conclude(self, request_id: str, end: Signal | None) -> InvocationResult:
        match end:
            case Responded(payload):
                return InvocationResult(payload, None, self._log.tail())
            case Failed(payload, is_fatal):
                self._is_broken = is_fatal
                return InvocationResult(payload, UNHANDLED, self._log.tail())
            case Exited(return_code):
                return self._killed(faults.exited(request_id, return_code))
            case _:
                return self._killed(faults.timed_out(request_id, self._configuration.timeout_s))

    def _killed(self, document: bytes) -> InvocationResult:
        self.close()
        self._log.drain()
        self._log.write(
            f"{time.strftime('%Y-%m-%dT%H:%M:%SZ', time.gmtime())} {faults.message(document)}"
        )
        return InvocationResult(document, UNHANDLED, self._log.tail())
