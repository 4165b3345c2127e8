"""A rebuild on the local stack: the real state machine, functions that do as they are told."""

import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from nightly.live import LiveTarget

from local.stack import LocalStack
from tests.support.scripted_machine import (
    NIGHT,
    RECIPE,
    ROWS,
    SCHEMA,
    Json,
    ScriptedMachine,
    rows_as_csv,
    write_template,
)
from tests.support.scripted_spark import deployed

STACK: Final = "rebuilds"
GROUP: Final = f"{STACK}-r20261124"
_RESOURCES: Final = (
    "RebuildStateMachine",
    "RebuildStateMachineRole",
    "ImportRole",
    "LocksTable",
    "NewsTopic",
    "DataKey",
    "ArchiveBucket",
)
_OUTPUTS: Final = (
    "RebuildStateMachineArn",
    "LiveParameterName",
    "LocksTableName",
    "NewsTopicArn",
    "ArchiveBucketName",
)
_SUBSTITUTIONS: Final = {
    "DatasetGroupName": "videos",
    "TrackingId": "first-id",
    "LiveRefreshSeconds": "0",
    "DrainSeconds": "0",
}
_OF: Final = {
    "Users": ["USER_ID", "AGE_BAND"],
    "Items": ["ITEM_ID", "GENRES"],
}


def deployed_rebuild(
    stack: LocalStack, folder: Path, *, has_spark: bool = False
) -> Callable[[], "Rebuild"]:
    """Deploy the machine with waits of no length, and give what makes fresh worlds of it."""
    outputs = deployed(stack, STACK, _write_project(folder), has_spark=has_spark)
    return lambda: Rebuild(stack, folder, outputs)


def _write_project(folder: Path) -> Path:
    return write_template(folder, "rebuild", _RESOURCES, _OUTPUTS, _SUBSTITUTIONS)


class Rebuild(ScriptedMachine):
    """Rebuilds of one deployed machine, and what Personalize and the parameter have of them."""

    def __init__(self, stack: LocalStack, folder: Path, outputs: Mapping[str, str]) -> None:
        """Empty everything, make the group that is live, and let everything go well."""
        super().__init__(stack, folder, outputs["RebuildStateMachineArn"])
        self.personalize: Any = stack.client("personalize")
        self.parameter = outputs["LiveParameterName"]
        self.bucket = outputs["ArchiveBucketName"]
        self._table = outputs["LocksTableName"]
        stack.personalize.reset()
        self._forget()
        self.live_group = self._make_live_group()
        self.location = f"s3://{self.bucket}/nightly/builds/rebuild-{NIGHT}/interactions/"
        self._put_rows()
        self.decide()
        self.say("judge_version", accepted=True, reasons=["Better than what is live."])
        self.say("report_night", subject="Rebuild", message="Words.", report="s3://report")

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

    def lacks(self, kind: str) -> str:
        """Take a dataset from the group that is live, and give the schema that it had."""
        arn = self.live_group.replace(":dataset-group/", ":dataset/") + f"/{kind.upper()}"
        schema = self.personalize.describe_dataset(datasetArn=arn)["dataset"]["schemaArn"]
        self.personalize.delete_dataset(datasetArn=arn)
        return schema

    def put_file(self, key: str, text: str) -> None:
        """Put a file into the folder of the build."""
        whole = f"nightly/builds/rebuild-{NIGHT}/{key}"
        self.stack.client("s3").put_object(Bucket=self.bucket, Key=whole, Body=text.encode())

    # --------------------------------------------------------------------------- what is there

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
        ssm, s3 = self.stack.client("ssm"), self.stack.client("s3")
        ssm.delete_parameters(Names=[self.parameter])
        dynamodb = self.stack.client("dynamodb")
        for item in dynamodb.scan(TableName=self._table)["Items"]:
            dynamodb.delete_item(TableName=self._table, Key={"name": item["name"]})
        for found in s3.list_objects_v2(Bucket=self.bucket).get("Contents", ()):
            s3.delete_object(Bucket=self.bucket, Key=found["Key"])

    def make_live_domain_group(self) -> str:
        """Make a group for video on demand live; gives its ARN."""
        group = self._make_group("films", "VIDEO_ON_DEMAND", ("Interactions",))
        value = json.dumps(LiveTarget.of_group(group, "first-id").as_dict())
        self.stack.client("ssm").put_parameter(Name=self.parameter, Value=value, Type="String")
        return group

    def _make_live_group(self) -> str:
        return self._make_group("videos", None, ("Interactions", "Users", "Items"))

    def _make_group(self, name: str, domain: str | None, kinds: Sequence[str]) -> str:
        of_domain = {} if domain is None else {"domain": domain}
        group = self.personalize.create_dataset_group(name=name, **of_domain)["datasetGroupArn"]
        for kind in kinds:
            called = kind.lower() if domain is None else f"{name}-{kind.lower()}"
            schema = self.personalize.create_schema(
                name=called, schema=json.dumps(_schema_of(kind)), **of_domain
            )
            self.personalize.create_dataset(
                name=called,
                datasetGroupArn=group,
                datasetType=kind,
                schemaArn=schema["schemaArn"],
            )
        return group

    def _put_rows(self) -> None:
        self.put_file("interactions/part-0.csv", rows_as_csv())


def _schema_of(kind: str) -> Json:
    if kind == "Interactions":
        return SCHEMA
    identifier, column = _OF[kind]
    fields: list[Json] = [
        {"name": identifier, "type": "string"},
        {"name": column, "type": ["string", "null"], "categorical": True},
    ]
    return {**SCHEMA, "name": kind, "fields": fields}
