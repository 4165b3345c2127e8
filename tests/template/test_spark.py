"""Spark in the template: all of it, or nothing that anybody would miss."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from nightly.settings import BuildDatasetsSettings

type Json = dict[str, Any]

CODE = "s3://code/of-spark/"
MACHINE = "arn:aws:states:eu-west-1:111122223333:stateMachine:stack-spark"
EXECUTIONS = "arn:aws:states:eu-west-1:111122223333:execution:stack-spark"
OF_SPARK = {"SparkApplication", "SparkJobRole", "SparkBuildStateMachine", "SparkBuildRole"}


@pytest.fixture
def with_spark(deploy: Callable[..., Json]) -> Json:
    """Return what a stack with Spark has."""
    return deploy(Engine="auto", SparkCode=CODE)


def statements(resources: Json, role: str) -> dict[str, Json]:
    """Return the statements of a role by their names."""
    [policy] = resources[role]["Properties"]["Policies"]
    return {each["Sid"]: each for each in policy["PolicyDocument"]["Statement"]}


def test_embedded_is_without_spark(resources: Json, with_spark: Json) -> None:
    """Nothing of it exists, and nobody may call it."""
    assert OF_SPARK & set(resources) == set()
    assert set(with_spark) - set(resources) == OF_SPARK
    for role in ("NightlyStateMachineRole", "RebuildStateMachineRole"):
        added = set(statements(with_spark, role)) - set(statements(resources, role))
        assert added == {"StartSpark", "LookAtSpark"}


@pytest.mark.parametrize("name", ["Nightly", "Rebuild"])
def test_the_machine_of_spark_is_called_by_the_name_of_the_stack(
    with_spark: Json, resources: Json, name: str
) -> None:
    """It need not exist for the others to be deployed; and where it does, they may call it."""
    for deployed in (resources, with_spark):
        properties = deployed[f"{name}StateMachine"]["Properties"]
        substitutions = properties["DefinitionSubstitutions"]
        assert substitutions["SparkMachineArn"] == MACHINE
        assert substitutions["SparkExecutionArn"] == EXECUTIONS
    machine = with_spark["SparkBuildStateMachine"]["Properties"]
    assert MACHINE.endswith(f":{machine['StateMachineName']}")
    allowed = statements(with_spark, f"{name}StateMachineRole")
    assert allowed["StartSpark"]["Resource"] == MACHINE
    assert allowed["LookAtSpark"]["Resource"] == f"{EXECUTIONS}:*"


def test_the_function_is_told_what_it_has_to_know(
    with_spark: Json, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its settings take what the template says."""
    function = with_spark["BuildDatasetsFunction"]["Properties"]
    for name, value in function["Environment"]["Variables"].items():
        monkeypatch.setenv(name, str(value))
    settings = BuildDatasetsSettings.from_environment()
    assert (settings.engine, settings.spark_code, settings.spark_from_gb) == ("auto", CODE, 10)
    assert settings.spark_job_role_arn == "arn:aws:iam::111122223333:role/SparkJobRole"


def test_memory_goes_with_the_cpus(deploy: Callable[..., Json], source: Json) -> None:
    """Four gigabytes each, which is a worker of EMR Serverless as Spark asks for it."""
    for cpus in source["Parameters"]["SparkMaximumCpus"]["AllowedValues"]:
        deployed = deploy(Engine="spark", SparkCode=CODE, SparkMaximumCpus=cpus)
        most = deployed["SparkApplication"]["Properties"]["MaximumCapacity"]
        assert most == {"Cpu": f"{cpus} vCPU", "Memory": f"{4 * int(cpus)} GB"}


def test_a_run_may_read_whatever_a_night_reads(with_spark: Json) -> None:
    """Of the four sections whose files stand in jobs."""
    read = statements(with_spark, "SparkJobRole")["ReadArchive"]["Resource"]
    for section in ("clean", "history", "interactions", "rejections"):
        assert f"arn:aws:s3:::ArchiveBucket/{section}/*" in read


def test_nights_and_rebuilds_treat_spark_alike(root: Path) -> None:
    """The same states, but for who fails and what comes next; and what is tried again."""
    night, rebuild = (
        (root / "statemachines" / f"{name}.asl.json").read_text() for name in ("nightly", "rebuild")
    )
    rebuild = rebuild.replace("Rebuild.Spark", "Night.Spark").replace("IsToBeImported", "Work")
    ours, theirs = (json.loads(text)["States"] for text in (night, rebuild))
    names = list(ours)
    names = names[names.index("WhoWorks") : names.index("Work")]
    assert "StartSpark" in names
    assert {name: ours[name] for name in names} == {name: theirs[name] for name in names}
    assert ours["BuildDatasets"]["Retry"] == theirs["BuildDatasets"]["Retry"]
