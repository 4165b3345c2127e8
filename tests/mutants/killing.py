"""Apply mutants to copies of the project, one after the other, and run the tests that kill them."""

import os
import shlex
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Collection, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Final

from tests.mutants.mutant import ROOT, Mutant
from tests.profiles import MUTANTS

_LEFT_OUT: Final = shutil.ignore_patterns(
    ".*_cache", ".aws-sam", ".coverage", ".git", ".hypothesis", ".state", ".venv*", "__pycache__"
)
# Minutes, for a busy machine: a tenth of it is the rule.
_LONGEST_S: Final = 300


class End(StrEnum):
    """What became of a mutant."""

    KILLED = "killed"
    SURVIVED = "SURVIVED"
    NOT_JUDGED = "NOT JUDGED"  # it does not apply, or the tests could not be run, or in no time


@dataclass(frozen=True, slots=True)
class Judgement:
    """A mutant and what became of it.

    Attributes:
        told: What pytest said, for a mutant that was not killed.
    """

    mutant: Mutant
    end: End
    seconds: float
    told: str = ""


def judge_all(mutants: Collection[Mutant], *, at_once: int) -> Iterator[Judgement]:
    """Judge mutants side by side, each as it comes to its end."""
    with ThreadPoolExecutor(at_once) as pool:
        judging = [pool.submit(judge, mutant) for mutant in mutants]
        for each in as_completed(judging):
            yield each.result()


def judge(mutant: Mutant) -> Judgement:
    """Judge one mutant in a copy of its own."""
    begun = time.monotonic()
    with _copy_of_the_project() as root:
        try:
            mutant.apply(root)
            code, told = _run(root, shlex.split(mutant.killed_by))
        except (ValueError, subprocess.TimeoutExpired) as error:
            return Judgement(mutant, End.NOT_JUDGED, time.monotonic() - begun, str(error))
    seconds = time.monotonic() - begun
    match code:
        case 1:
            return Judgement(mutant, End.KILLED, seconds)
        case 0:
            return Judgement(mutant, End.SURVIVED, seconds, told)
        case _:
            return Judgement(mutant, End.NOT_JUDGED, seconds, told)


def why_unmutated_code_fails(mutants: Iterable[Mutant]) -> str | None:
    """What fails without any mutant: then nothing could be said of mutants. None when all is well.

    Also proves that a copy runs its own code and not that of the project.
    """
    words = [word for mutant in mutants for word in shlex.split(mutant.killed_by)]
    files = sorted({word.partition("::")[0] for word in words if "/" in word})
    with _copy_of_the_project() as root:
        for package in ("ingestion", "nightly", "tests"):
            seen = _python(root, "-c", f"import {package}; print({package}.__file__)")
            if not seen.stdout.startswith(str(root)):
                return f"a copy does not run its own code but {seen.stdout}{seen.stderr}"
        code, told = _run(root, files, "-n", "2", "--dist", "loadfile")
    return None if code == 0 else told


@contextmanager
def _copy_of_the_project() -> Iterator[Path]:
    """A copy without environments and caches; the working tree is never touched."""
    with tempfile.TemporaryDirectory(prefix="mutant-") as folder:
        root = Path(folder).resolve() / "project"
        shutil.copytree(ROOT, root, ignore=_LEFT_OUT)
        yield root


def _run(root: Path, selected: Collection[str], *options: str) -> tuple[int, str]:
    """Run tests of a copy until the first fails; the exit code, and what pytest said last."""
    all_options = ("-x", "-q", "--no-header", "--tb=line", "-p", "no:cacheprovider", *options)
    ended = _python(root, "-m", "pytest", *all_options, *selected)
    return ended.returncode, ended.stdout[-2000:] + ended.stderr[-2000:]


def _python(root: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    # Before the environment's own path, which leads to the working tree.
    folders = (root / "layers" / "shared", root / "layers" / "nightly", root)
    own_code = os.pathsep.join(map(str, folders))
    environment = os.environ | {
        "HYPOTHESIS_PROFILE": MUTANTS,
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONPATH": own_code,
    }
    return subprocess.run(  # noqa: S603  -- our own interpreter and arguments
        [sys.executable, *arguments],
        cwd=root,
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=_LONGEST_S,
        check=False,
    )
