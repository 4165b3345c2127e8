"""Spark beside a machine whose functions are scripted: its runs do as a test says."""

import json
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final, Protocol

from moto.emrserverless.models import JobRun
from nightly.adapters.emr_serverless import SparkJobs, SparkTarget
from samtranslator.yaml_helper import yaml_parse

from local.moto_extensions import emr_serverless
from local.stack import LocalStack
from tests.support.scripted_machine import REPOSITORY, WITHOUT_WAITING
from tests.support.spark_runs import JOB, ROLE

SPARK_PARAMETERS: Final = {
    "Engine": "spark",
    "SparkCode": "s3://code/of-spark/",
    "NightlySparkPolls": "60",
}
_RESOURCES: Final = (
    "SparkApplication",
    "SparkJobRole",
    "SparkBuildStateMachine",
    "SparkBuildRole",
)


class Build(Protocol):
    """A night, or a rebuild."""

    stack: LocalStack
    bucket: str

    def say(self, function: str, **answer: Any) -> None:
        """Let a function answer this."""
        ...

    def decide(self) -> None:
        """Let the build decide to go on."""
        ...


def deployed(stack: LocalStack, name: str, template: Path, *, has_spark: bool) -> Mapping[str, str]:
    """Deploy a machine with waits of no length, with Spark or without; gives the outputs."""
    if not has_spark:
        return stack.deploy(template=template, stack_name=name, parameters=WITHOUT_WAITING)
    _add_spark(template)
    parameters = WITHOUT_WAITING | SPARK_PARAMETERS
    return stack.deploy(template=template, stack_name=name, parameters=parameters)


def _add_spark(template: Path) -> None:
    """Give a template that has a machine that of a run of Spark as well."""
    source = yaml_parse((REPOSITORY / "template.yaml").read_text())
    machine = REPOSITORY / "statemachines" / "spark_build.asl.json"
    (template.parent / "statemachines" / machine.name).write_text(machine.read_text())
    content = json.loads(template.read_text())
    content["Mappings"] = source["Mappings"]
    content["Resources"] |= {name: source["Resources"][name] for name in _RESOURCES}
    template.write_text(json.dumps(content))


class ScriptedSpark:
    """Runs of Spark, each of which does what a test says.

    Attributes:
        tokens: Of the runs that were started, in order.
        does: What a run does; raises RuntimeError to fail.
    """

    def __init__(self, build: Build, job: str) -> None:
        self.tokens: list[str] = []
        self._build = build
        self._job = job
        self.does: Callable[[], None] = build.decide

    def is_wanted(self) -> None:
        """Let the build have a job for Spark, until a run has done it."""
        build = self._build
        # Any will do, as nothing really runs.
        found = build.stack.client("emr-serverless").list_applications()["applications"][0]
        target = SparkTarget(found["id"], ROLE, build.bucket, SPARK_PARAMETERS["SparkCode"])
        request = SparkJobs(build.stack.client("s3"), target, self._job).request(JOB)
        build.say(
            "build_datasets", outcome="spark", night="2026-11-24", build=self._job, request=request
        )

    def takes_long(self) -> threading.Event:
        """Let a run go on until this is set."""
        may_end = threading.Event()

        def go_on() -> None:
            may_end.wait(60)
            self._build.decide()

        self.does = go_on
        return may_end

    @contextmanager
    def running(self) -> Iterator[None]:
        """Let runs run for a while."""
        with emr_serverless.runs_by(self._run):
            yield

    def _run(self, job_run: JobRun) -> None:
        self.tokens.append(job_run.client_token)
        self.does()
