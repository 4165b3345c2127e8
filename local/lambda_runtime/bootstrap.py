"""What a child process runs: set the import path as Lambda does, then hand over to awslambdaric.

Runs as a plain script in an interpreter that may see nothing but the standard library, so it
imports nothing of this project.

Arguments: the handler, then the folder that holds awslambdaric or "" when it can be imported
anyway, then the folders of the function's code and layers in the order of their search.
"""

from __future__ import annotations

import importlib
import os
import signal
import sys
import threading

# Everything the runtime client needs, some of which it imports only when something goes wrong.
# Loaded early, it stays usable after its folder has been taken off the import path again.
RUNTIME_MODULES = (
    "runtime_client",
    "simplejson",
    "snapshot_restore_py",
    "awslambdaric.bootstrap",
    "awslambdaric.lambda_literals",
    "awslambdaric.lambda_runtime_hooks_runner",
    "awslambdaric.__main__",
)


def main(handler: str, runtime_folder: str, *import_paths: str) -> None:
    """Serve invocations of `handler` until the process is killed."""
    die_with_parent()
    runtime = load_runtime(runtime_folder)
    sys.path[:0] = import_paths
    sys.argv = ["awslambdaric", handler]
    runtime.main(sys.argv)


def load_runtime(folder: str):  # noqa: ANN201 - a module
    """Import awslambdaric, from `folder` if given, without leaving that folder importable.

    `folder` is the site-packages of this project. If it stayed on the path, a dependency missing
    from the built layer would be found there and the fault would show only after deployment.
    """
    if folder:
        sys.path.append(folder)
    modules = [importlib.import_module(name) for name in RUNTIME_MODULES]
    if folder:
        sys.path.remove(folder)
    return modules[-1]


def die_with_parent() -> None:
    """End this process group as soon as the parent is gone, however it went.

    Standard input is a pipe whose other end only the parent holds: end of file means that the
    parent died. Unlike PR_SET_PDEATHSIG this works on every Unix, and it follows the parent
    process, not the one thread in it that happened to start us.
    """
    lifeline = os.dup(0)
    with open(os.devnull) as nothing:  # noqa: PTH123 - pathlib would cost an import per cold start
        os.dup2(nothing.fileno(), 0)
    threading.Thread(target=_end_at_eof, args=(lifeline,), daemon=True).start()


def _end_at_eof(lifeline: int) -> None:
    while os.read(lifeline, 1):
        pass
    if os.getpgrp() == os.getpid():
        os.killpg(0, signal.SIGKILL)
    os._exit(1)


if __name__ == "__main__":
    main(*sys.argv[1:])
