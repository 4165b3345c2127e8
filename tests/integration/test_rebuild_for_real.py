"""A rebuild as an operator starts it: the deployed machine, the real functions, and real senders.

Every item belongs to one interaction, so the items of a group for training are its interactions.
"""

import gzip
import json
import time
from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from nightly.adapters.bucket import Bucket
from nightly.adapters.live_parameter import LiveParameter
from nightly.application import retire_group
from nightly.application.ledger import read_ledger
from nightly.command_line import main
from nightly.domain.days import Day
from nightly.domain.import_plan import ImportMode, PlanKind
from nightly.live import LiveTarget

from local.connection import connection_variables
from local.stack import LocalStack
from tests.integration.conftest import REPOSITORY
from tests.support.builders import a_start
from tests.support.metadata_archive import archive, entry, profile
from tests.support.nightly import DAY_MS, a_row

pytestmark = pytest.mark.system

TODAY = Day.named(str(datetime.now(UTC).date()))
REBUILT, NEXT = TODAY.plus(4), TODAY.plus(8)
PATIENCE_S = 60.0
STACK = "rebuilt"
PARAMETERS = {
    "LiveRefreshSeconds": "1",
    "NightlyLookbackDays": "1",
    # Of films that nobody else sees there is nothing to be learnt.
    "NightlyMetricFloors": "coverage=0",
    "NightlyMetricDrops": "coverage=1",
    "NightlyPollSeconds": "0",
    "NightlyTrainingPollSeconds": "0",
    "NightlyGateLimits": "volume_failure=1000000,psi_failure=1000000,most_rejected=1",
}


class Operator:
    """What an operator has, and who sends meanwhile."""

    def __init__(self, stack: LocalStack, outputs: Mapping[str, str]) -> None:
        self.stack = stack
        self.outputs = outputs
        self.bucket = outputs["ArchiveBucketName"]
        self.s3: Any = stack.client("s3")
        self.started = 0

    @property
    def live(self) -> LiveTarget:
        """What is live."""
        own = LiveTarget.of_group(self.outputs["DatasetGroupArn"], self.outputs["TrackingId"])
        ssm: Any = self.stack.client("ssm")
        return LiveParameter(ssm, self.outputs["LiveParameterName"], own).read()

    def run(self, machine: str, night: Day) -> dict[str, Any]:
        """Start a machine, and wait for what comes of it."""
        client: Any = self.stack.client("stepfunctions")
        arn = client.start_execution(
            stateMachineArn=self.outputs[f"{machine}StateMachineArn"],
            name=f"{machine.lower()}-{night}",
            input=json.dumps({"night": str(night)}),
        )["executionArn"]
        deadline_s = time.monotonic() + PATIENCE_S
        while (found := client.describe_execution(executionArn=arn))["status"] == "RUNNING":
            assert time.monotonic() < deadline_s
            time.sleep(0.05)
        assert found["status"] == "SUCCEEDED", found
        return json.loads(found["output"])

    def was_told(self, day: Day, count: int, target: LiveTarget) -> None:
        """Rows of a day as recorders leave them, and their events with the tracker."""
        noon_ms = day.number * DAY_MS + DAY_MS // 2
        rows = [
            a_row(
                f"{day}-{number}",
                user_id=f"user-{number % 60}",
                visit_id=f"visit-{number % 60}",
                arrived_at_ms=noon_ms + number,
                tracker=target.tracking_mark,
            )
            for number in range(count)
        ]
        text = "".join(json.dumps(row) + "\n" for row in rows)
        key = f"interactions/{day.partition}/hh=12/shardId-0/rows.jsonl.gz"
        self.s3.put_object(Bucket=self.bucket, Key=key, Body=gzip.compress(text.encode()))
        self._put_events(rows, target)

    def _put_events(self, rows: Iterable[Mapping[str, Any]], target: LiveTarget) -> None:
        for row in rows:
            event = {"eventId": row["event_id"], "eventType": "Watch", "itemId": row["item_id"]}
            event["sentAt"] = row["occurred_at_ms"] // 1000
            call = {"trackingId": target.tracking_id, "userId": row["user_id"]}
            call |= {"sessionId": row["visit_id"], "eventList": [event]}
            self.stack.personalize.handle("personalize-events", "PutEvents", call)

    def starts(self) -> str:
        """A viewer starts a film now: through the stream and the recorder."""
        self.started += 1
        item = f"film-{self.started}"
        activity = a_start(
            occurred_at_ms=time.time_ns() // 1_000_000 - 2_000,
            user_id="viewer",
            playback_id=f"playback-{self.started}",
            item_id=item,
        )
        self.stack.client("kinesis").put_record(
            StreamName=self.outputs["ActivityStreamName"],
            Data=json.dumps(activity).encode(),
            PartitionKey="viewer",
        )
        return item

    def trained_on(self, target: LiveTarget) -> Counter[str]:
        """What a training of the group would see: items, and how often each."""
        held = self.stack.personalize.interactions(target.dataset_group_arn)
        return Counter(interaction.item_id for interaction in held)

    def has(self, target: LiveTarget, item: str) -> None:
        """Wait until a group has an interaction."""
        deadline_s = time.monotonic() + PATIENCE_S
        while item not in self.trained_on(target):
            assert time.monotonic() < deadline_s
            time.sleep(0.05)


@pytest.fixture
def operator(stack: LocalStack, tmp_path: Path) -> Operator:
    """The whole template; only that nobody waits for invocations of AWS to end."""
    project = tmp_path / "project"
    project.mkdir()
    for name in ("functions", "layers", "statemachines"):
        (project / name).symlink_to(REPOSITORY / name)
    text = (REPOSITORY / "template.yaml").read_text()
    assert text.count('DrainSeconds: "65"') == 1
    template = project / "template.yaml"
    template.write_text(text.replace('DrainSeconds: "65"', 'DrainSeconds: "0"'))
    outputs = stack.deploy(template=template, stack_name=STACK, parameters=PARAMETERS)
    return Operator(stack, outputs)


def test_a_rebuild_a_night_and_a_rollback_train_on_each_interaction_once(
    operator: Operator,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Whoever sent it to whom, and whatever was imported."""
    for name, value in connection_variables(operator.stack.endpoint_url).items():
        monkeypatch.setenv(name, value)
    first = operator.live
    operator.was_told(TODAY.plus(-1), 1_200, first)
    tell_of_users_and_items(operator, tmp_path)
    operator.has(first, operator.starts())
    before = operator.trained_on(first)
    assert before.total() == len(before) == 1_201

    command = ["rebuild", "--stack", STACK, "--night", str(REBUILT), "--poll-seconds", "0.05"]
    assert main(command) == 0
    assert operator.live == first
    assert main([*command, "--yes", "--follow"]) == 0
    said = capsys.readouterr().out
    assert f" rebuild-{REBUILT} ended: accepted\n" in said
    assert " Switch\n" in said
    second = operator.live
    assert second.dataset_group_name != first.dataset_group_name
    assert operator.trained_on(second) == before
    assert [len(operator.stack.personalize.records(arn)) for arn in metadata_of(second)] == [2, 1]
    archived = Bucket.of_url(f"s3://{operator.bucket}")
    [noted] = read_ledger(archived, second.dataset_group_name).imports
    assert (noted.kind, noted.mode, noted.rows) == (PlanKind.REBUILD, ImportMode.FULL, 1_201)
    assert noted.job_name == f"{second.dataset_group_name}-interactions"

    item = operator.starts()
    operator.has(second, item)
    operator.was_told(REBUILT, 1_100, first)
    streamed = Counter([item])
    ended = operator.run("Nightly", NEXT)
    assert ended["outcome"] in {"accepted", "kept"}, ended["reasons"]
    everything = before + streamed + Counter(f"item-{REBUILT}-{n}" for n in range(1_100))
    assert operator.trained_on(second) == everything
    kinds = [each.kind for each in read_ledger(archived, second.dataset_group_name).imports]
    assert kinds == [PlanKind.REBUILD, PlanKind.UNDELIVERED]

    assert main(["rollback", "--parameter", operator.outputs["LiveParameterName"], "--yes"]) == 0
    assert operator.live.dataset_group_name == first.dataset_group_name
    time_of_switch_s = time.monotonic()
    while time.monotonic() < time_of_switch_s + PATIENCE_S:
        item = operator.starts()
        if goes_to(operator, item, first, second) is first:
            break
    assert operator.trained_on(first).total() == len(operator.trained_on(first))
    retires_what_is_not_live(operator, first, second, capsys)


def retires_what_is_not_live(
    operator: Operator, live: LiveTarget, other: LiveTarget, capsys: pytest.CaptureFixture[str]
) -> None:
    """Not while recorders drain; then all of it, after which there is no way back."""
    retire = ["retire", "--stack", STACK, "--yes", "--poll-seconds", "0.05"]
    rollback = ["rollback", "--parameter", operator.outputs["LiveParameterName"]]
    assert main(retire) == 1
    assert "recorders may still send to" in capsys.readouterr().err
    assert main(rollback) == 0
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(retire_group, "DRAIN", timedelta(0))
        assert main(retire) == 0
    said = capsys.readouterr().out.splitlines()
    name = other.dataset_group_name
    assert f"a rollback to {name} is no longer possible" in said
    assert said[-1] == f"dataset group {name} is deleted"
    assert [line.split()[0] for line in said if line.endswith(" is deleted")] == [
        *("campaign", "solution", "event", "dataset", "dataset", "dataset", "dataset")
    ]
    personalize: Any = operator.stack.client("personalize")
    left = {each["name"] for each in personalize.list_dataset_groups()["datasetGroups"]}
    assert left & {live.dataset_group_name, name} == {live.dataset_group_name}
    assert main(rollback) == 1
    assert main(["rebuild", "--stack", STACK, "--night", str(REBUILT), "--yes"]) == 1
    assert f"has made {name} live; --serial b makes another" in capsys.readouterr().err
    operator.has(live, operator.starts())


def goes_to(operator: Operator, item: str, *targets: LiveTarget) -> LiveTarget:
    """Whose tracker gets an interaction in the end."""
    deadline_s = time.monotonic() + PATIENCE_S
    while True:
        for target in targets:
            if item in operator.trained_on(target):
                return target
        assert time.monotonic() < deadline_s
        time.sleep(0.05)


def tell_of_users_and_items(operator: Operator, folder: Path) -> None:
    """Two profiles and a catalogue entry, as the archive has them."""
    told = folder / "told"
    archive(told, [profile("user-1", age_band="25-34"), profile("user-2"), entry("film-1")])
    for path in (each for each in told.rglob("*") if each.is_file()):
        key = path.relative_to(told).as_posix()
        operator.s3.put_object(Bucket=operator.bucket, Key=key, Body=path.read_bytes())


def metadata_of(target: LiveTarget) -> tuple[str, str]:
    """The datasets of users and of items."""
    return target.users_dataset_arn, target.items_dataset_arn
