"""A night on the local stack: the real state machine, functions that do as they are told."""

import json
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from moto.core.models import DEFAULT_ACCOUNT_ID
from moto.sns.models import sns_backends
from samtranslator.yaml_helper import yaml_parse

from local.connection import REGION
from local.moto_extensions.stepfunctions import watching
from local.stack import LocalStack
from tests.support.scripted_spark import SPARK_PARAMETERS, add_spark

type Json = dict[str, Any]

REPOSITORY: Final = Path(__file__).parents[2]
NIGHT: Final = "2026-11-24"
ROWS: Final = 1_200
RECIPE: Final = "arn:aws:personalize:::recipe/aws-user-personalization-v2"
STACK: Final = "nights"
WITHOUT_WAITING: Final = {
    "NightlyPollSeconds": "0",
    "NightlyTrainingPollSeconds": "0",
    "NightlyImportPolls": "5",
    "NightlyTrainingPolls": "5",
    "NightlyDeployPolls": "5",
    "NightlyLockPolls": "5",
}
_PATIENCE_S: Final = 60.0
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
_FUNCTIONS: Final = ("build_datasets", "judge_version", "report_night")
_SCRIPTED: Final = '''
import json
import os
import pathlib


def lambda_handler(event, context):
    """Answer what the script says, and note what was asked."""
    folder = pathlib.Path(os.environ["SCRIPT"])
    with (folder / "calls.jsonl").open("a") as calls:
        calls.write(json.dumps([os.environ["PART"], event]) + "\\n")
    answer = json.loads((folder / f"{os.environ['PART']}.json").read_text())
    if "raises" in answer:
        raise RuntimeError(answer["raises"])
    return answer
'''
SCHEMA: Final = {
    "type": "record",
    "name": "Interactions",
    "namespace": "com.amazonaws.personalize.schema",
    "version": "1.0",
    "fields": [
        {"name": "USER_ID", "type": "string"},
        {"name": "ITEM_ID", "type": "string"},
        {"name": "TIMESTAMP", "type": "long"},
        {"name": "EVENT_TYPE", "type": "string"},
    ],
}


def write_project(folder: Path) -> Path:
    """Write the part of our template that the night needs, and functions that are scripted."""
    source = yaml_parse((REPOSITORY / "template.yaml").read_text())
    machine = REPOSITORY / "statemachines" / "nightly.asl.json"
    (folder / "statemachines").mkdir(parents=True)
    (folder / "statemachines" / machine.name).write_text(machine.read_text())
    resources = {name: source["Resources"][name] for name in _RESOURCES}
    for name in _FUNCTIONS:
        logical_id = "".join(word.capitalize() for word in name.split("_")) + "Function"
        resources[logical_id] = scripted_function(name, folder)
    outputs = ("NightlyStateMachineArn", "LocksTableName", "NewsTopicArn")
    template = {
        "Transform": "AWS::Serverless-2016-10-31",
        "Parameters": source["Parameters"],
        "Conditions": source["Conditions"],
        "Resources": resources,
        "Outputs": {name: source["Outputs"][name] for name in outputs}
        | {"ArchiveBucketName": source["Outputs"]["ArchiveBucketName"]},
    }
    path = folder / "template.yaml"
    path.write_text(json.dumps(template))
    return path


def deployed_night(
    stack: LocalStack, folder: Path, *, has_spark: bool = False
) -> Callable[[], "Night"]:
    """Deploy the machine with waits of no length, and give what makes fresh nights of it."""
    template = write_project(folder)
    parameters = WITHOUT_WAITING
    if has_spark:
        add_spark(template)
        parameters = parameters | SPARK_PARAMETERS
    outputs = stack.deploy(template=template, stack_name=STACK, parameters=parameters)
    return lambda: Night(stack, folder, outputs)


def scripted_function(name: str, folder: Path) -> Json:
    """Write a function that answers by a script, and give its resource."""
    code = folder / "functions" / name
    code.mkdir(parents=True)
    (code / "handler.py").write_text(_SCRIPTED)
    variables = {"SCRIPT": str(folder), "PART": name, "AWS_ENDPOINT_URL": ""}
    return {
        "Type": "AWS::Serverless::Function",
        "Properties": {
            "Runtime": "python3.13",
            "CodeUri": f"functions/{name}",
            "Handler": "handler.lambda_handler",
            "Environment": {"Variables": variables},
        },
    }


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


class Night:
    """Nights of one deployed machine, and what Personalize has of them.

    Attributes:
        stack: The local stack.
        group_arn: The dataset group that is live.
    """

    def __init__(self, stack: LocalStack, folder: Path, outputs: Mapping[str, str]) -> None:
        """Empty Personalize and the table, make a dataset group, and let everything go well."""
        self.stack = stack
        self._folder = folder
        self._machine = outputs["NightlyStateMachineArn"]
        self._table = outputs["LocksTableName"]
        self._topic = outputs["NewsTopicArn"]
        self.bucket = outputs["ArchiveBucketName"]
        self.location = f"s3://{self.bucket}/nightly/builds/night-{NIGHT}/interactions/"
        stack.personalize.reset()
        for item in self.items():
            stack.client("dynamodb").delete_item(TableName=self._table, Key={"name": item["name"]})
        (folder / "calls.jsonl").write_text("")
        sns_backends[DEFAULT_ACCOUNT_ID][REGION].topics[self._topic].sent_notifications.clear()
        self.group_arn, self.dataset_arn = self._make_group()
        self.put_rows()
        self.decide()
        self.say("judge_version", accepted=True, reasons=["Better than what is live."])
        self.say("report_night", subject="Night", message="Words.", report="s3://report")

    # ------------------------------------------------------------------------------ the script

    def say(self, function: str, **answer: Any) -> None:
        """Let a function answer this; `raises` lets it fail."""
        (self._folder / f"{function}.json").write_text(json.dumps(answer))

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
        lines = [f"u{n % users},i{n * 7 % 41},{1_764_000_000 + n},Watch" for n in range(rows)]
        text = "\n".join(["USER_ID,ITEM_ID,TIMESTAMP,EVENT_TYPE", *lines]) + "\n"
        key = self.location.removeprefix(f"s3://{self.bucket}/") + "part-0.csv"
        body = text.replace("TIMESTAMP", "TIME") if spoilt else text
        self.stack.client("s3").put_object(Bucket=self.bucket, Key=key, Body=body.encode())

    # ------------------------------------------------------------------------------ executions

    def start(self, name: str = "", **order: Any) -> str:
        """Start an execution and give its ARN."""
        given = {"night": NIGHT, **order}
        name = name or f"night-{time.monotonic_ns()}"
        return self.stack.client("stepfunctions").start_execution(
            stateMachineArn=self._machine, name=name, input=json.dumps(given)
        )["executionArn"]

    def run(self, **order: Any) -> Json:
        """Run a night to its end, and give what became of the execution."""
        return self.ended(self.start(**order))

    def ended(self, arn: str) -> Json:
        """Wait for an execution to end, and describe it."""
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
        """Stop an execution: nothing of it runs any more, no Catch either."""
        self.stack.client("stepfunctions").stop_execution(executionArn=arn)

    def run_while(self, action: Callable[[str, str], None], **order: Any) -> Json:
        """Run a night, and do something at each state it enters, given its ARN and the state."""
        with watching(action):
            return self.run(**order)

    # --------------------------------------------------------------------------- what is there

    def calls(self, function: str) -> list[Json]:
        """What a function was asked, in order."""
        lines = (self._folder / "calls.jsonl").read_text().splitlines()
        return [event for part, event in map(json.loads, lines) if part == function]

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
