"""Functions of ours in surroundings that are against them; run by the real runtime."""

import resource
import signal
import tempfile
from typing import Any


def with_a_full_disk(event: dict[str, Any], context: Any) -> Any:
    """Archive although no file can have content."""
    from functions.archive_activity.handler import lambda_handler  # noqa: PLC0415

    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, resource.RLIM_INFINITY))
    try:
        with tempfile.TemporaryFile() as file:
            file.write(b"content")
            file.flush()
    except OSError:
        print("the disk is full", flush=True)  # noqa: T201  -- the test reads it
    return lambda_handler(event, context)
