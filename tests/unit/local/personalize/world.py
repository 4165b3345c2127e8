"""A Personalize to test, with a clock, an S3 of a dictionary, and builders with defaults."""

import json
from collections.abc import Callable, Iterable, Sequence
from itertools import count
from typing import Any

import pytest

from local.personalize import EmulatedError, PersonalizeEmulator, Progress, Quotas

START = 1_764_000_000
ROLE = "arn:aws:iam::123456789012:role/Import"
RECIPE = "arn:aws:personalize:::recipe/"

EVENT_VALUE = {"name": "EVENT_VALUE", "type": ["float", "null"]}
INTERACTION_FIELDS = [
    {"name": "USER_ID", "type": "string"},
    {"name": "ITEM_ID", "type": "string"},
    {"name": "TIMESTAMP", "type": "long"},
    {"name": "EVENT_TYPE", "type": "string"},
    EVENT_VALUE,
]
ITEM_FIELDS = [
    {"name": "ITEM_ID", "type": "string"},
    {"name": "GENRES", "type": ["string", "null"], "categorical": True},
    {"name": "CREATION_TIMESTAMP", "type": "long"},
]
USER_FIELDS = [
    {"name": "USER_ID", "type": "string"},
    {"name": "AGE", "type": ["int", "null"]},
]

# Small enough for a test to see through, in the proportions of the real ones.
SMALL = Quotas(
    rows_per_interactions_import=3,
    interactions_to_train=40,
    users_with_two_interactions=5,
)


def avro(fields: Iterable[dict[str, Any]], name: str = "Interactions", **record: Any) -> str:
    """Writes a schema."""
    return json.dumps(
        {
            "type": "record",
            "name": name,
            "namespace": "com.amazonaws.personalize.schema",
            "fields": list(fields),
            "version": "1.0",
            **record,
        }
    )


class Clock:
    """A clock that goes when it is told to."""

    def __init__(self) -> None:
        self.now = float(START)

    def __call__(self) -> float:
        return self.now

    def advance(self, seconds: float) -> None:
        """Lets time pass."""
        self.now += seconds


class World:
    """An emulator and everything around it."""

    def __init__(self, *, progress: Progress | None = None, quotas: Quotas = SMALL) -> None:
        self.clock = Clock()
        self.files: dict[str, bytes] = {}
        self.emulator = PersonalizeEmulator(
            s3_reader=self.read_s3,
            s3_writer=self.write_s3,
            clock=self.clock,
            progress=progress or Progress(),
            quotas=quotas,
        )
        self._numbers = count(1)

    def read_s3(self, bucket: str, key: str) -> Sequence[tuple[str, bytes]]:
        """Reads `files`, whose keys are "bucket/key"."""
        path = f"{bucket}/{key}"
        if path in self.files:
            return [(key, self.files[path])]
        inside = sorted(name for name in self.files if name.startswith(path) and path[-1] == "/")
        return [(name.removeprefix(f"{bucket}/"), self.files[name]) for name in inside]

    def write_s3(self, bucket: str, key: str, content: bytes) -> bool:
        """Writes `files`; every bucket is there but the one called "gone"."""
        self.files[f"{bucket}/{key}"] = content
        return bucket != "gone"

    def control(self, operation: str, **parameters: Any) -> Any:
        """Calls the control plane."""
        return self.emulator.handle("personalize", operation, parameters)

    def events(self, operation: str, **parameters: Any) -> Any:
        """Calls the events service."""
        return self.emulator.handle("personalize-events", operation, parameters)

    def runtime(self, operation: str, **parameters: Any) -> Any:
        """Calls the runtime."""
        return self.emulator.handle("personalize-runtime", operation, parameters)

    def name(self, prefix: str = "name") -> str:
        """Makes a name nobody has."""
        return f"{prefix}-{next(self._numbers)}"

    def group(self, **parameters: Any) -> str:
        """Creates a dataset group."""
        created = self.control("CreateDatasetGroup", **{"name": self.name(), **parameters})
        return created["datasetGroupArn"]

    def schema(self, fields: Iterable[dict[str, Any]], name: str = "Interactions") -> str:
        """Creates a schema."""
        text = avro(fields, name)
        return self.control("CreateSchema", name=self.name("schema"), schema=text)["schemaArn"]

    def dataset(
        self,
        group: str,
        fields: Iterable[dict[str, Any]] = INTERACTION_FIELDS,
        dataset_type: str = "Interactions",
    ) -> str:
        """Creates a dataset with a schema of its own."""
        return self.control(
            "CreateDataset",
            name=self.name("dataset"),
            datasetGroupArn=group,
            datasetType=dataset_type,
            schemaArn=self.schema(fields, dataset_type),
        )["datasetArn"]

    def tracker(self, group: str) -> str:
        """Creates an event tracker and gives its tracking id."""
        name = self.name("tracker")
        return self.control("CreateEventTracker", name=name, datasetGroupArn=group)["trackingId"]

    def live_group(self, fields: Iterable[dict[str, Any]] = INTERACTION_FIELDS) -> tuple[str, str]:
        """Creates a group that takes events, and gives its ARN and tracking id."""
        group = self.group()
        self.dataset(group, fields)
        return group, self.tracker(group)

    def put(self, tracking_id: str, *events: dict[str, Any], **parameters: Any) -> Any:
        """Puts events of one user and session."""
        call = {"userId": "u1", "sessionId": "s1", **parameters}
        call = {name: value for name, value in call.items() if value is not None}
        return self.events(
            "PutEvents", trackingId=tracking_id, eventList=list(events or [an_event()]), **call
        )

    def fill(self, tracking_id: str, *, users: int = 10, each: int = 8, **event: Any) -> None:
        """Lets users watch: even users watch a0, a1, ..., odd ones b0, b1, ..., one item apart."""
        for user in range(users):
            side = "ab"[user % 2]
            events = [
                an_event(f"{side}{(user // 2 + n) % 12}", at=START - 1_000 + n, **event)
                for n in range(each)
            ]
            self.put(tracking_id, *events, userId=f"u{user}", sessionId=f"s{user}")

    def solution(self, group: str, recipe: str = "aws-user-personalization-v2", **more: Any) -> str:
        """Creates a solution."""
        return self.control(
            "CreateSolution",
            name=self.name("solution"),
            datasetGroupArn=group,
            recipeArn=RECIPE + recipe,
            **more,
        )["solutionArn"]

    def version(self, solution: str, **parameters: Any) -> str:
        """Creates a solution version."""
        created = self.control("CreateSolutionVersion", solutionArn=solution, **parameters)
        return created["solutionVersionArn"]

    def campaign(self, version: str, **parameters: Any) -> str:
        """Creates a campaign."""
        return self.control(
            "CreateCampaign",
            name=self.name("campaign"),
            solutionVersionArn=version,
            **parameters,
        )["campaignArn"]

    def metric_attribution(self, group: str, *expressions: str, **parameters: Any) -> str:
        """Creates a metric attribution that applies each expression to Watch."""
        metrics = [
            {"eventType": "Watch", "metricName": f"m{number}", "expression": expression}
            for number, expression in enumerate(expressions or ["SAMPLECOUNT()"])
        ]
        created = self.control(
            "CreateMetricAttribution",
            **{
                "name": self.name("attribution"),
                "datasetGroupArn": group,
                "metrics": metrics,
                "metricsOutputConfig": {"roleArn": ROLE},
            }
            | parameters,
        )
        return created["metricAttributionArn"]

    def described(self, noun: str, arn: str) -> dict[str, Any]:
        """Describes a resource."""
        member = f"{noun[0].lower()}{noun[1:]}Arn"
        [shown] = self.control(f"Describe{noun}", **{member: arn}).values()
        return shown

    def status(self, noun: str, arn: str) -> str:
        """Gives the status of a resource."""
        return self.described(noun, arn)["status"]

    def export(self, dataset: str, path: str = "s3://out/", **parameters: Any) -> dict[str, Any]:
        """Exports a dataset and describes the job."""
        job = self.control(
            "CreateDatasetExportJob",
            jobName=self.name("job"),
            datasetArn=dataset,
            roleArn=ROLE,
            jobOutput={"s3DataDestination": {"path": path}},
            **parameters,
        )["datasetExportJobArn"]
        return self.described("DatasetExportJob", job)

    def import_csv(self, dataset: str, *lines: str, mode: str = "FULL") -> dict[str, Any]:
        """Imports the lines of a CSV file and describes the job."""
        key = self.name("file")
        self.files[f"bucket/{key}.csv"] = "\n".join([*lines, ""]).encode()
        return self.import_location(dataset, f"s3://bucket/{key}.csv", mode=mode)

    def import_location(self, dataset: str, location: str, mode: str = "FULL") -> dict[str, Any]:
        """Imports what is at a location and describes the job."""
        job = self.control(
            "CreateDatasetImportJob",
            jobName=self.name("job"),
            datasetArn=dataset,
            dataSource={"dataLocation": location},
            roleArn=ROLE,
            importMode=mode,
        )["datasetImportJobArn"]
        return self.described("DatasetImportJob", job)

    def recommended(self, campaign: str, **parameters: Any) -> list[str]:
        """Gets recommendations and gives the items."""
        answer = self.runtime("GetRecommendations", campaignArn=campaign, **parameters)
        return [item["itemId"] for item in answer["itemList"]]


def an_event(item_id: str | None = "i1", *, at: Any = START, **members: Any) -> dict[str, Any]:
    """Builds an event; a member given as None is left out."""
    event = {"eventType": "Watch", "itemId": item_id, "sentAt": at, **members}
    return {name: value for name, value in event.items() if value is not None}


def refusal(call: Callable[..., object], *arguments: Any, **named: Any) -> EmulatedError:
    """Makes a call that has to be refused and gives the error."""
    with pytest.raises(EmulatedError) as caught:
        call(*arguments, **named)
    return caught.value
