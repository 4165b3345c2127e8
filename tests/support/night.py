"""A night on the local stack: the real state machine, functions that do as they are told."""

import json
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from moto.core.models import DEFAULT_ACCOUNT_ID
from moto.sns.models import sns_backends

from local.connection import REGION
from local.stack import LocalStack
from tests.support.scripted_machine import (
    NIGHT,
    RECIPE,
    REPOSITORY,
    ROWS,
    SCHEMA,
    Json,
    ScriptedMachine,
    rows_as_csv,
    write_template,
)
from tests.support.scripted_spark import deployed

STACK: Final = "nights"
# What the machine needs of the template; the functions are replaced by the one below.
_RESOURCES: Final = (
    "NightlyStateMachine",
    "NightlyStateMachineRole",
    "NightSchedule",
    "NightScheduleRole",
    "ImportRole",
    "LocksTable",
    "NewsTopic",
    "DataKey",
    "ArchiveBucket",
)
_OUTPUTS: Final = (
    "NightlyStateMachineArn",
    "LocksTableName",
    "NewsTopicArn",
    "ArchiveBucketName",
)


def write_project(folder: Path) -> Path:
    """Write the part of our template that the night needs, and functions that are scripted."""
    return write_template(folder, "nightly", _RESOURCES, _OUTPUTS)


def deployed_night(
    stack: LocalStack, folder: Path, *, has_spark: bool = False
) -> Callable[[], "Night"]:
    """Deploy the machine with waits of no length, and give what makes fresh nights of it."""
    outputs = deployed(stack, STACK, write_project(folder), has_spark=has_spark)
    return lambda: Night(stack, folder, outputs)


def states_that_call() -> frozenset[str]:
    """The states that change something outside of the execution; the others leave no trace."""
    definition = json.loads((REPOSITORY / "statemachines" / "nightly.asl.json").read_text())

    def of(part: Any) -> Iterator[str]:
        for name, state in part.get("States", {}).items():
            if state["Type"] == "Task":
                yield name
            for inner in (*state.get("Branches", ()), state.get("ItemProcessor", {})):
                yield from of(inner)

    return frozenset(of(definition))


class Night(ScriptedMachine):
    """Nights of one deployed machine, and what Personalize has of them.

    Attributes:
        group_arn: The dataset group that is live.
    """

    def __init__(self, stack: LocalStack, folder: Path, outputs: Mapping[str, str]) -> None:
        """Empty Personalize and the table, make a dataset group, and let everything go well."""
        super().__init__(stack, folder, outputs["NightlyStateMachineArn"])
        self._table = outputs["LocksTableName"]
        self._topic = outputs["NewsTopicArn"]
        self.bucket = outputs["ArchiveBucketName"]
        self.location = f"s3://{self.bucket}/nightly/builds/night-{NIGHT}/interactions/"
        stack.personalize.reset()
        for item in self.items():
            stack.client("dynamodb").delete_item(TableName=self._table, Key={"name": item["name"]})
        sns_backends[DEFAULT_ACCOUNT_ID][REGION].topics[self._topic].sent_notifications.clear()
        self.group_arn, self.dataset_arn = self._make_group()
        self.put_rows()
        self.decide()
        self.say("judge_version", accepted=True, reasons=["Better than what is live."])
        self.say("report_night", subject="Night", message="Words.", report="s3://report")

    # ------------------------------------------------------------------------------ the script

    def decide(self, *, night: str = NIGHT, imports: bool = True, **changes: Any) -> None:
        """Let the build decide: import and train, unless something is changed."""
        name = f"night-{night}"
        import_ = {
            "location": self.location,
            "mode": "FULL",
            "rows": ROWS,
            "bytes": 30 * ROWS,
            "days": ["2026-11-20", "2026-11-23"],
            "job_name": f"{name}-interactions",
            "dataset_arn": self.dataset_arn,
        }
        target = {
            "dataset_group_arn": self.group_arn,
            "tracking_mark": "0123456789abcdef",
            "solution_name": "videos-nightly",
            "solution_arn": None,
            "campaign_name": "videos-nightly",
            "campaign_arn": None,
            "recipe_arn": RECIPE,
        }
        decision = {
            "night": night,
            "build": name,
            "outcome": "go",
            "reasons": ["1,200 interactions have not been delivered."],
            "plan": {"kind": "undelivered", "reasons": [], "days": ["2026-11-20", "2026-11-23"]},
            "import": import_ if imports else None,
            "train": True,
            "solution_version_name": name,
            "target": target,
            "gate": {"passed": True, "failures": [], "warnings": []},
            "cost": {},
        }
        self.say("build_datasets", **{**decision, **changes})

    def aim(self, **target: Any) -> None:
        """Change the target of the decision."""
        path = self._folder / "build_datasets.json"
        decision = json.loads(path.read_text())
        path.write_text(json.dumps(decision | {"target": decision["target"] | target}))

    def put_rows(self, rows: int = ROWS, *, users: int = 60, spoilt: bool = False) -> None:
        """Put what is to be imported where the decision says it is."""
        text = rows_as_csv(rows, users=users)
        key = self.location.removeprefix(f"s3://{self.bucket}/") + "part-0.csv"
        body = text.replace("TIMESTAMP", "TIME") if spoilt else text
        self.stack.client("s3").put_object(Bucket=self.bucket, Key=key, Body=body.encode())

    # --------------------------------------------------------------------------- what is there

    def items(self) -> list[Json]:
        """The items of the table of locks."""
        return self.stack.client("dynamodb").scan(TableName=self._table)["Items"]

    def item(self, name: str) -> Json | None:
        """One item of the table of locks, in plain values."""
        found = next((each for each in self.items() if each["name"]["S"] == name), None)
        return None if found is None else {k: next(iter(v.values())) for k, v in found.items()}

    def hold_lock(self, holder: str, **fields: str) -> None:
        """Take the lock as another process does."""
        values = {"name": "personalize", "holder": holder, "purpose": "erasure", **fields}
        self.stack.client("dynamodb").put_item(
            TableName=self._table,
            Item={name: {"S": value} for name, value in values.items()},
            ConditionExpression="attribute_not_exists(holder)",
        )

    def news(self) -> list[tuple[str, str]]:
        """What people were told: subject and message."""
        topic = sns_backends[DEFAULT_ACCOUNT_ID][REGION].topics[self._topic]
        return [(sent[2] or "", sent[1]) for sent in topic.sent_notifications]

    def release_lock(self) -> None:
        """Give the lock back."""
        self.stack.client("dynamodb").delete_item(
            TableName=self._table, Key={"name": {"S": "personalize"}}
        )

    def jobs(self) -> list[Json]:
        """The import jobs of the dataset."""
        return self._personalize.list_dataset_import_jobs(datasetArn=self.dataset_arn)[
            "datasetImportJobs"
        ]

    def versions(self) -> list[Json]:
        """The solution versions of all solutions."""
        solutions = self._personalize.list_solutions(datasetGroupArn=self.group_arn)["solutions"]
        return [
            version
            for solution in solutions
            for version in self._personalize.list_solution_versions(
                solutionArn=solution["solutionArn"]
            )["solutionVersions"]
        ]

    def campaigns(self) -> list[Json]:
        """The campaigns, described."""
        found = self._personalize.list_campaigns()["campaigns"]
        arns = [each["campaignArn"] for each in found]
        return [self._personalize.describe_campaign(campaignArn=arn)["campaign"] for arn in arns]

    def live(self) -> str:
        """The version that is deployed."""
        [campaign] = self.campaigns()
        return campaign["solutionVersionArn"]

    @property
    def _personalize(self) -> Any:
        return self.stack.client("personalize")

    def _make_group(self) -> tuple[str, str]:
        client = self._personalize
        schema = client.create_schema(name="interactions", schema=json.dumps(SCHEMA))["schemaArn"]
        group = client.create_dataset_group(name="videos")["datasetGroupArn"]
        dataset = client.create_dataset(
            name="interactions", datasetGroupArn=group, datasetType="Interactions", schemaArn=schema
        )
        return group, dataset["datasetArn"]
