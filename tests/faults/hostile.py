"""Functions of ours in surroundings that are against them; run by the real runtime.

What happens once in a test happens at the first invocation: a file of the test's remembers it.
"""

import os
import resource
import signal
import tempfile
import threading
from pathlib import Path
from typing import Any, NoReturn

from functions.archive_activity import handler as archive_activity
from functions.record_playback import handler as record_playback
from tests.support.lambda_context import FakeLambdaContext

MARKER = "HOSTILE_MARKER"
_HEADROOM_BYTES = 48 * 1024 * 1024
_HOG_BYTES = 4 * 1024 * 1024


def with_a_full_disk(event: dict[str, Any], context: Any) -> Any:
    """Archive although no file can have content."""
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, resource.RLIM_INFINITY))
    try:
        with tempfile.TemporaryFile() as file:
            file.write(b"content")
            file.flush()
    except OSError:
        print("the disk is full", flush=True)  # noqa: T201  -- the test reads it
    return archive_activity.lambda_handler(event, context)


def running_out_of_memory(event: dict[str, Any], context: Any) -> Any:
    """Record while something eats the memory; the process is killed when there is no more."""
    if _is_first():
        threading.Thread(target=_eat, daemon=True).start()
    return _record(event, context)


def exiting(event: dict[str, Any], context: Any) -> Any:
    """Record, and leave in the middle of it."""
    if _is_first():
        signal.signal(signal.SIGALRM, _exit)
        signal.setitimer(signal.ITIMER_REAL, 0.1)
    return _record(event, context)


def believing_in_plenty_of_time(event: dict[str, Any], _context: Any) -> Any:
    """Record as if the end of the invocation were far, so that it comes in the middle."""
    return _record(event, FakeLambdaContext(remaining_ms=600_000))


def failing_to_start(event: dict[str, Any], context: Any) -> Any:
    """Record; see the end of this module."""
    return _record(event, context)


def _record(event: dict[str, Any], context: Any) -> Any:
    return record_playback.lambda_handler(event, context)


def _is_first() -> bool:
    try:
        Path(os.environ[MARKER]).touch(exist_ok=False)
    except FileExistsError:
        return False
    return True


def _eat() -> None:
    pages = int(Path("/proc/self/statm").read_text().split()[0])
    limit = pages * resource.getpagesize() + _HEADROOM_BYTES
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
    eaten: list[bytes] = []
    try:
        while True:
            eaten.append(b"x" * _HOG_BYTES)
    except MemoryError:
        # As the kernel does it, from outside and without a word.
        os.kill(os.getpid(), signal.SIGKILL)


def _exit(_signal: int, _frame: object) -> NoReturn:
    raise SystemExit(1)


if os.environ.get("HOSTILE_START") and _is_first():
    message = "not this time"
    raise RuntimeError(message)
