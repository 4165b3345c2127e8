"""A rebuild on the local stack: the real state machine, functions that do as they are told."""

import json
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

from nightly.live import LiveTarget
from samtranslator.yaml_helper import yaml_parse

from local.moto_extensions.stepfunctions import watching
from local.stack import LocalStack
from tests.support.night import RECIPE, REPOSITORY, SCHEMA, WITHOUT_WAITING, scripted_function
from tests.support.scripted_spark import SPARK_PARAMETERS, add_spark

type Json = dict[str, Any]

NIGHT: Final = "2026-11-24"
STACK: Final = "rebuilds"
GROUP: Final = f"{STACK}-r20261124"
ROWS: Final = 1_200
_PATIENCE_S: Final = 60.0
_RESOURCES: Final = (
    "RebuildStateMachine",
    "RebuildStateMachineRole",
    "ImportRole",
    "LocksTable",
    "NewsTopic",
    "DataKey",
    "ArchiveBucket",
)
_FUNCTIONS: Final = ("build_datasets", "judge_version", "report_night")
_OF: Final = {
    "Users": ["USER_ID", "AGE_BAND"],
    "Items": ["ITEM_ID", "GENRES"],
}


def deployed_rebuild(
    stack: LocalStack, folder: Path, *, has_spark: bool = False
) -> Callable[[], "Rebuild"]:
    """Deploy the machine with waits of no length, and give what makes fresh worlds of it."""
    template = _write_project(folder)
    parameters = WITHOUT_WAITING
    if has_spark:
        add_spark(template)
        parameters = parameters | SPARK_PARAMETERS
    outputs = stack.deploy(template=template, stack_name=STACK, parameters=parameters)
    return lambda: Rebuild(stack, folder, outputs)


def _write_project(folder: Path) -> Path:
    source = yaml_parse((REPOSITORY / "template.yaml").read_text())
    machine = REPOSITORY / "statemachines" / "rebuild.asl.json"
    (folder / "statemachines").mkdir(parents=True)
    (folder / "statemachines" / machine.name).write_text(machine.read_text())
    resources = {name: source["Resources"][name] for name in _RESOURCES}
    substitutions = resources["RebuildStateMachine"]["Properties"]["DefinitionSubstitutions"]
    substitutions |= {
        "DatasetGroupName": "videos",
        "TrackingId": "first-id",
        "LiveRefreshSeconds": "0",
        "DrainSeconds": "0",
    }
    for name in _FUNCTIONS:
        logical_id = "".join(word.capitalize() for word in name.split("_")) + "Function"
        resources[logical_id] = scripted_function(name, folder)
    outputs = ("RebuildStateMachineArn", "LiveParameterName", "LocksTableName", "NewsTopicArn")
    template = {
        "Transform": "AWS::Serverless-2016-10-31",
        "Parameters": source["Parameters"],
        "Conditions": source["Conditions"],
        "Resources": resources,
        "Outputs": {name: source["Outputs"][name] for name in (*outputs, "ArchiveBucketName")},
    }
    path = folder / "template.yaml"
    path.write_text(json.dumps(template))
    return path


class Rebuild:
    """Rebuilds of one deployed machine, and what Personalize and the parameter have of them."""

    def __init__(self, stack: LocalStack, folder: Path, outputs: Mapping[str, str]) -> None:
        """Empty everything, make the group that is live, and let everything go well."""
        self.stack = stack
        self.personalize: Any = stack.client("personalize")
        self.parameter = outputs["LiveParameterName"]
        self.bucket = outputs["ArchiveBucketName"]
        self._folder = folder
        self._machine = outputs["RebuildStateMachineArn"]
        self._table = outputs["LocksTableName"]
        stack.personalize.reset()
        self._forget()
        self.live_group = self._make_live_group()
        self.location = f"s3://{self.bucket}/nightly/builds/rebuild-{NIGHT}/interactions/"
        self._put_rows()
        self.decide()
        self.say("judge_version", accepted=True, reasons=["Better than what is live."])
        self.say("report_night", subject="Rebuild", message="Words.", report="s3://report")

    def say(self, function: str, **answer: Any) -> None:
        """Let a function answer this; `raises` lets it fail."""
        (self._folder / f"{function}.json").write_text(json.dumps(answer))

    def decide(self, **changes: Any) -> None:
        """Let the build decide to go on, unless something is changed."""
        name = f"rebuild-{NIGHT}"
        target = {
            "solution_name": f"{GROUP}-nightly",
            "campaign_name": f"{GROUP}-nightly",
            "recipe_arn": RECIPE,
        }
        decision = {
            "night": NIGHT,
            "build": name,
            "outcome": "go",
            "reasons": ["rebuild was asked for"],
            "plan": {"kind": "rebuild"},
            "import": {"location": self.location, "mode": "FULL", "rows": ROWS, "group": GROUP},
            "users": None,
            "items": None,
            "train": True,
            "solution_version_name": name,
            "target": target,
        }
        self.say("build_datasets", **{**decision, **changes})

    def files_of(self, kind: str, text: str) -> Json:
        """Put a file of users or items into the folder of the build, and say so."""
        self.put_file(f"{kind}/part-0.csv", text)
        location = f"s3://{self.bucket}/nightly/builds/rebuild-{NIGHT}/{kind}/"
        return {"location": location, "rows": 1, "job_name": f"{GROUP}-{kind}"}

    def put_file(self, key: str, text: str) -> None:
        """Put a file into the folder of the build."""
        whole = f"nightly/builds/rebuild-{NIGHT}/{key}"
        self.stack.client("s3").put_object(Bucket=self.bucket, Key=whole, Body=text.encode())

    # ------------------------------------------------------------------------------ executions

    def run(self, action: Callable[[str, str], None] | None = None, **order: Any) -> Json:
        """Run a rebuild to its end, and do something at each state it enters."""
        with watching(action or (lambda _arn, _state: None)):
            arn = self.stack.client("stepfunctions").start_execution(
                stateMachineArn=self._machine,
                name=f"rebuild-{time.monotonic_ns()}",
                input=json.dumps({"night": NIGHT, **order}),
            )["executionArn"]
            deadline_s = time.monotonic() + _PATIENCE_S
            while (described := self.described(arn))["status"] == "RUNNING":
                if time.monotonic() > deadline_s:
                    raise TimeoutError(arn)
                time.sleep(0.02)
            return described

    def described(self, arn: str) -> Json:
        """Describe an execution."""
        return self.stack.client("stepfunctions").describe_execution(executionArn=arn)

    def stop(self, arn: str) -> None:
        """Kill an execution."""
        self.stack.client("stepfunctions").stop_execution(executionArn=arn)

    # --------------------------------------------------------------------------- what is there

    def calls(self, function: str) -> list[Json]:
        """What a function was asked, in order."""
        lines = (self._folder / "calls.jsonl").read_text().splitlines()
        return [event for part, event in map(json.loads, lines) if part == function]

    def live(self) -> LiveTarget | None:
        """What the parameter says; None while there is none."""
        ssm = self.stack.client("ssm")
        try:
            found = ssm.get_parameter(Name=self.parameter)
        except ssm.exceptions.ParameterNotFound:
            return None
        return LiveTarget.from_json(found["Parameter"]["Value"])

    def versions_of_parameter(self) -> int:
        """How often it was written."""
        found = self.stack.client("ssm").get_parameter(Name=self.parameter)
        return found["Parameter"]["Version"]

    def is_locked(self) -> bool:
        """Whether somebody holds the lock."""
        return bool(self.stack.client("dynamodb").scan(TableName=self._table)["Items"])

    def there_is(self) -> dict[str, list[str]]:
        """What there is of the new group, by kind: names of groups, jobs and so on."""
        arn = self.live_group.replace("videos", GROUP)
        solutions = self.personalize.list_solutions(datasetGroupArn=arn)["solutions"]
        jobs = self.personalize.list_dataset_import_jobs()["datasetImportJobs"]
        trackers = self.personalize.list_event_trackers(datasetGroupArn=arn)["eventTrackers"]
        return {
            "groups": sorted(
                each["name"] for each in self.personalize.list_dataset_groups()["datasetGroups"]
            ),
            "datasets": sorted(
                each["name"]
                for each in self.personalize.list_datasets(datasetGroupArn=arn)["datasets"]
            ),
            "trackers": [each["name"] for each in trackers],
            "jobs": sorted(each["jobName"] for each in jobs),
            "solutions": [each["name"] for each in solutions],
            "versions": [
                version["solutionVersionArn"].rpartition("/")[0].rpartition("/")[2]
                for each in solutions
                for version in self.personalize.list_solution_versions(
                    solutionArn=each["solutionArn"]
                )["solutionVersions"]
            ],
            "campaigns": [each["name"] for each in self.personalize.list_campaigns()["campaigns"]],
        }

    # ------------------------------------------------------------------------------------ parts

    def _forget(self) -> None:
        (self._folder / "calls.jsonl").write_text("")
        ssm, s3 = self.stack.client("ssm"), self.stack.client("s3")
        ssm.delete_parameters(Names=[self.parameter])
        dynamodb = self.stack.client("dynamodb")
        for item in dynamodb.scan(TableName=self._table)["Items"]:
            dynamodb.delete_item(TableName=self._table, Key={"name": item["name"]})
        for found in s3.list_objects_v2(Bucket=self.bucket).get("Contents", ()):
            s3.delete_object(Bucket=self.bucket, Key=found["Key"])

    def _make_live_group(self) -> str:
        group = self.personalize.create_dataset_group(name="videos")["datasetGroupArn"]
        for kind in ("Interactions", "Users", "Items"):
            schema = self.personalize.create_schema(
                name=kind.lower(), schema=json.dumps(_schema_of(kind))
            )
            self.personalize.create_dataset(
                name=kind.lower(),
                datasetGroupArn=group,
                datasetType=kind,
                schemaArn=schema["schemaArn"],
            )
        return group

    def _put_rows(self) -> None:
        lines = [f"u{n % 60},i{n * 7 % 41},{1_764_000_000 + n},Watch" for n in range(ROWS)]
        text = "\n".join(["USER_ID,ITEM_ID,TIMESTAMP,EVENT_TYPE", *lines]) + "\n"
        self.put_file("interactions/part-0.csv", text)


def _schema_of(kind: str) -> Json:
    if kind == "Interactions":
        return SCHEMA
    identifier, column = _OF[kind]
    fields: list[Json] = [
        {"name": identifier, "type": "string"},
        {"name": column, "type": ["string", "null"], "categorical": True},
    ]
    return {**SCHEMA, "name": kind, "fields": fields}
