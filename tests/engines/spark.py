"""All jobs in one session of Spark: the Java virtual machine takes long to warm up."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tests.engines.jobs import Task
from tests.engines.results import Result, result_of

_REPOSITORY: Final = Path(__file__).parents[2]
# Two cores and little data: two hundred tasks a stage would take minutes for nothing, and so would
# plans that are made anew after each stage. Our statements make more code than Java's compiler has
# room for by default; when it is full nothing is compiled any more, at half the speed.
_SUBMIT: Final = (
    "--master local[2] --driver-memory {memory} --conf spark.sql.shuffle.partitions={partitions}"
    " --conf spark.sql.adaptive.enabled=false --conf spark.local.dir={spill}"
    ' --driver-java-options "-XX:TieredStopAtLevel=1 -XX:ReservedCodeCacheSize=512m"'
    " --conf spark.ui.enabled=false pyspark-shell"
)
_ROWS_A_PARTITION: Final = 500_000
# A trace of Spark's is long, and its cause stands in the middle.
_TOLD: Final = 40_000


@dataclass(frozen=True, slots=True)
class SparkLimits:
    """What the session may take.

    Attributes:
        memory: Of the Java virtual machine.
        minutes: For all jobs together.
    """

    memory: str = "4g"
    minutes: int = 30


def by_spark(tasks: Sequence[Task], rows: int, limits: SparkLimits) -> list[Result]:
    """Do jobs; `rows` is about how many the largest of them has."""
    pairs: list[Path] = []
    for task in tasks:
        task.out.mkdir()
        (task.out / "job.json").write_text(json.dumps(task.job.as_dict()))
        pairs += [task.out / "job.json", task.out / "answers.json"]
    begun = time.time()
    spill = tasks[0].out.with_name("spill")
    partitions = max(2, rows // _ROWS_A_PARTITION)
    submit = _SUBMIT.format(memory=limits.memory, partitions=partitions, spill=spill)
    _run(pairs, tasks[0].out / "spark.log", submit, limits.minutes * 60)
    told = ", ".join(f"{end - begun:.0f} s {name}" for name, end in _ends(tasks))
    sys.stdout.write(f"Spark, all of them: {time.time() - begun:.1f} s (after {told})\n")
    return [result_of(task.out, json.loads(_answers(task).read_text())) for task in tasks]


def _answers(task: Task) -> Path:
    return task.out / "answers.json"


def _ends(tasks: Sequence[Task]) -> list[tuple[str, float]]:
    """When each job had answered."""
    return [(task.name, _answers(task).stat().st_mtime) for task in tasks]


def _run(pairs: list[Path], log: Path, submit: str, longest_s: int) -> None:
    environment = os.environ | {
        "PYTHONPATH": str(_REPOSITORY / "layers/nightly"),
        "PYSPARK_SUBMIT_ARGS": submit,
        "SPARK_LOCAL_IP": "127.0.0.1",
    }
    python = _REPOSITORY / ".venv-spark/bin/python"
    with log.open("w") as errors:
        done = subprocess.run(  # noqa: S603  -- our own program
            [python, "-m", "nightly.adapters.spark_job", *pairs],
            check=False,
            env=environment,
            stdin=subprocess.DEVNULL,
            stderr=errors,
            timeout=longest_s,
        )
    if done.returncode:
        raise RuntimeError("Spark failed:\n" + log.read_text()[-_TOLD:])
