"""A share of a core for this process, as Lambda gives it by memory: a control group of Linux.

Lambda gives a whole core at 1,769 MB (developer guide, "Configure Lambda function memory"). The
kernel's scheduler is told the same share in periods of 20 ms, by version 1 or 2 of its interface.
Needs root; the group is removed again.
"""

import os
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

WHOLE_CORE_MB: Final = 1769
_PERIOD_US: Final = 20_000
_ROOT: Final = Path("/sys/fs/cgroup")
_NAME: Final = "benchmark-{pid}"


class NoCpuShareError(Exception):
    """This machine cannot make one; the message says why."""


@contextmanager
def share_of_core(memory_mb: int) -> Generator[None]:
    """Run this process on the share of a core that Lambda gives for so much memory.

    Raises:
        NoCpuShareError: No control groups, or no right to make one.
    """
    is_first_version = (_ROOT / "cpu").is_dir()
    parent = _ROOT / "cpu" if is_first_version else _ROOT
    group = parent / _NAME.format(pid=os.getpid())
    quota_us = _PERIOD_US * memory_mb // WHOLE_CORE_MB
    try:
        group.mkdir()
    except OSError as error:
        message = f"cannot make a control group in {parent}: {error.strerror}; it takes root"
        raise NoCpuShareError(message) from error
    try:
        _limit(group, quota_us, is_first_version=is_first_version)
        yield
    finally:
        _move(parent)
        group.rmdir()


def _limit(group: Path, quota_us: int, *, is_first_version: bool) -> None:
    try:
        if is_first_version:
            (group / "cpu.cfs_period_us").write_text(str(_PERIOD_US))
            (group / "cpu.cfs_quota_us").write_text(str(quota_us))
        else:
            (group / "cpu.max").write_text(f"{quota_us} {_PERIOD_US}")
        _move(group)
    except OSError as error:
        message = f"cannot limit the CPU in {group}: {error.strerror}"
        raise NoCpuShareError(message) from error


def _move(group: Path) -> None:
    (group / "cgroup.procs").write_text(str(os.getpid()))
