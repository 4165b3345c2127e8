"""The engine of each job: in this process, or Spark where that is asked for or too much is read."""

from collections.abc import Iterable
from dataclasses import dataclass

from nightly.application.clean_day import CLEAN
from nightly.domain.engine_choice import EngineKind, EngineSetting, choose_engine
from nightly.domain.history import HISTORY
from nightly.domain.job import Answers, Job
from nightly.ports import Engine, Storage


@dataclass(frozen=True, slots=True)
class ChoosingEngine:
    """Two engines in one; see the port `Engine`.

    The same job has the same files and so the same size, or it is another job: whoever asks again
    is answered by the same engine.

    Attributes:
        setting: What the operator wants.
        spark_from_bytes: With `auto`, from how many bytes a job is Spark's.
        archive: Where the files of jobs are.
    """

    embedded: Engine
    spark: Engine
    setting: EngineSetting
    spark_from_bytes: int
    archive: Storage

    def run(self, job: Job) -> Answers:
        """Do a job; raises what the engine that it chose raises."""
        size = size_of(job, self.archive) if self.setting is EngineSetting.AUTO else 0
        kind = choose_engine(self.setting, size, self.spark_from_bytes)
        return (self.spark if kind is EngineKind.SPARK else self.embedded).run(job)


def size_of(job: Job, archive: Storage) -> int:
    """Bytes of all files of an archive that a job reads, found by listing."""
    wanted = {file for source in job.sources for file in source.files}
    return sum(
        file.size_bytes
        for folder in _folders(wanted, archive)
        for file in archive.files(folder)
        if file.location in wanted
    )


def _folders(locations: Iterable[str], archive: Storage) -> set[str]:
    root = archive.location("")
    return {_folder(location.removeprefix(root).lstrip("/")) for location in locations}


def _folder(key: str) -> str:
    """What is listed to find a file: raw rows by the day, as a day has many files; else all."""
    section, _, rest = key.partition("/")
    day = "" if section in {CLEAN, HISTORY} else f"{rest.partition('/')[0]}/"
    return f"{section}/{day}"
