"""Kinesis and SQS to real functions: moto's services, our pump, the real awslambdaric."""

from __future__ import annotations

import json
import logging
import uuid
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from moto.server import ThreadedMotoServer

from local.event_source_mappings import EventSourceMappings, Pace
from local.lambda_runtime import FunctionConfiguration, LambdaService
from tests.unit.local.event_source_mappings.fakes import FakeLambda, a_configuration, wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

REGION = "eu-west-1"
ARN = f"arn:aws:lambda:{REGION}:123456789012:function:"
PARTIAL = ["ReportBatchItemFailures"]
# One poller a queue, and messages are sent before there is one: plain moto neither receives nor
# deletes under the queue's lock. `local.moto_extensions.sqs` repairs that; here it is not loaded.
QUICK = Pace(
    supervision_s=0.1, poll_s=0.05, first_backoff_s=0.05, maximum_window_s=0.2, queue_pollers=1
)

# Each function appends to `log` what it gets, one line an invocation; its working directory is
# the folder of its code, which the test reads.
HANDLERS = """
import base64, json, os, pathlib, signal, time

def texts(event):
    for record in event["Records"]:
        kinesis = record.get("kinesis")
        yield base64.b64decode(kinesis["data"]).decode() if kinesis else record["body"]

def identifiers(event):
    for record in event["Records"]:
        kinesis = record.get("kinesis")
        yield kinesis["sequenceNumber"] if kinesis else record["messageId"]

def note(name, text):
    with open(name, "a") as log:
        log.write(text + "\\n")

def is_first(name):
    try:
        pathlib.Path(name).touch(exist_ok=False)
    except FileExistsError:
        return False
    return True

def keep(event, context):
    note("log", json.dumps(list(texts(event))))

def raise_on_poison(event, context):
    keep(event, context)
    if "poison" in texts(event):
        raise ValueError("poison")

def report_poison(event, context):
    keep(event, context)
    failed = [i for i, text in zip(identifiers(event), texts(event)) if text == "poison"]
    return {"batchItemFailures": [{"itemIdentifier": i} for i in failed]}

def report_poison_once(event, context):
    answer = report_poison(event, context)
    return answer if is_first("reported") else None

def die_in_the_middle_once(event, context):
    for at, text in enumerate(texts(event)):
        note("effects", text)
        if at == len(event["Records"]) // 2 and is_first("died"):
            os.kill(os.getpid(), signal.SIGKILL)

def hang_once(event, context):
    keep(event, context)
    if is_first("hung"):
        time.sleep(600)

def raise_once(event, context):
    keep(event, context)
    if is_first("raised"):
        raise ValueError("once")
"""


@pytest.fixture(scope="module")
def endpoint() -> Iterator[str]:
    """Plain moto on a free port."""
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


class World:
    """Services, functions and the pump of one test."""

    def __init__(self, endpoint: str, code: Path) -> None:
        self.endpoint = endpoint
        self.code = code
        self.mappings = FakeLambda()
        self.service = LambdaService(environment={"AWS_REGION": REGION})
        self.pump = EventSourceMappings(client=self.client, invoke=self.service.invoke, pace=QUICK)

    def client(self, service: str) -> Any:
        """Return moto's client, or for Lambda the list of this test's mappings."""
        if service == "lambda":
            return self.mappings
        return boto3.client(service, endpoint_url=self.endpoint, region_name=REGION)  # pyright: ignore[reportCallIssue, reportArgumentType]

    def map(self, source_arn: str, handler: str, **settings: Any) -> str:
        """Put a function behind a source and return the mapping's id."""
        timeout_s = settings.pop("timeout_s", 20)
        name = handler.replace(".", "-")
        self.service.register(
            FunctionConfiguration(name, ARN + name, handler, self.code, (), {}, timeout_s, 128)
        )
        mapping = a_configuration(
            UUID=str(uuid.uuid4()),
            EventSourceArn=source_arn,
            FunctionArn=ARN + name,
            **settings,
        )
        self.mappings.configurations = (*self.mappings.configurations, mapping)
        return mapping["UUID"]

    def stream(self, *texts: str) -> str:
        """Make a stream of one shard with these records and return its ARN."""
        kinesis, name = self.client("kinesis"), f"stream-{uuid.uuid4()}"
        kinesis.create_stream(StreamName=name, ShardCount=1)
        kinesis.put_records(
            StreamName=name,
            Records=[{"Data": text.encode(), "PartitionKey": text} for text in texts],
        )
        return kinesis.describe_stream_summary(StreamName=name)["StreamDescriptionSummary"][
            "StreamARN"
        ]

    def queue(self, **attributes: str) -> tuple[str, str]:
        """Make a queue and return its URL and ARN."""
        sqs = self.client("sqs")
        url = sqs.create_queue(QueueName=f"queue-{uuid.uuid4()}", Attributes=attributes)["QueueUrl"]
        return url, sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])[
            "Attributes"
        ]["QueueArn"]

    def send(self, url: str, *bodies: str) -> None:
        """Send messages."""
        for body in bodies:
            self.client("sqs").send_message(QueueUrl=url, MessageBody=body)

    def bodies(self, url: str) -> list[str]:
        """Take up to ten messages out of a queue."""
        answer = self.client("sqs").receive_message(QueueUrl=url, MaxNumberOfMessages=10)
        return [message["Body"] for message in answer.get("Messages", [])]

    def settle(self) -> None:
        """Wait until everything has been dealt with."""
        wait_until(self.pump.idle, limit_s=60)

    @property
    def invocations(self) -> list[list[Any]]:
        """What each invocation got, in order."""
        log = self.code / "log"
        return [json.loads(line) for line in log.read_text().splitlines()] if log.exists() else []


@pytest.fixture
def world(endpoint: str, tmp_path: Path) -> Iterator[World]:
    """A pump that runs, without mappings yet."""
    (tmp_path / "handlers.py").write_text(HANDLERS)
    (tmp_path / "broken.py").write_text("import nothing_of_that_name\n")
    world = World(endpoint, tmp_path)
    world.pump.start()
    yield world
    world.pump.stop()
    world.service.close()


def test_records_and_messages_reach_their_functions(world: World) -> None:
    """The happy path of both sources, and the idle that follows."""
    url, queue_arn = world.queue()
    world.send(url, "m1", "m2")
    world.map(queue_arn, "handlers.keep")
    world.map(world.stream("r1", "r2"), "handlers.keep")

    world.settle()

    assert sorted(text for batch in world.invocations for text in batch) == ["m1", "m2", "r1", "r2"]


def test_a_partial_failure_of_a_stream_brings_back_the_rest(world: World) -> None:
    """From the checkpoint on, and nothing before it."""
    world.map(
        world.stream("a", "b", "poison", "c"),
        "handlers.report_poison_once",
        FunctionResponseTypes=PARTIAL,
    )

    world.settle()

    assert world.invocations == [["a", "b", "poison", "c"], ["poison", "c"]]


def test_bisecting_ends_at_the_poison(world: World) -> None:
    """The destination gets the metadata of exactly one record; all others are processed."""
    failed_url, failed_arn = world.queue()
    texts = [f"r{at}" for at in range(16)]
    texts[5] = "poison"
    world.map(
        world.stream(*texts),
        "handlers.raise_on_poison",
        BisectBatchOnFunctionError=True,
        MaximumRetryAttempts=1,
        DestinationConfig={"OnFailure": {"Destination": failed_arn}},
    )

    world.settle()

    [body] = world.bodies(failed_url)
    record = json.loads(body)
    assert record["requestContext"]["condition"] == "RetryAttemptsExhausted"
    assert record["KinesisBatchInfo"]["batchSize"] == 1
    processed = [text for batch in world.invocations if "poison" not in batch for text in batch]
    assert processed == [text for text in texts if text != "poison"]


def test_a_bucket_gets_the_whole_event_of_a_discarded_batch(world: World) -> None:
    """Under the documented key, with the records inside, so that they can be replayed."""
    s3, bucket = world.client("s3"), f"failed-{uuid.uuid4()}"
    s3.create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": REGION})
    mapping_id = world.map(
        world.stream("a", "poison"),
        "handlers.raise_on_poison",
        MaximumRetryAttempts=1,
        DestinationConfig={"OnFailure": {"Destination": f"arn:aws:s3:::{bucket}"}},
    )

    world.settle()

    [listed] = s3.list_objects_v2(Bucket=bucket)["Contents"]
    assert listed["Key"].startswith(f"aws/lambda/{mapping_id}/shardId-000000000000/")
    record = json.loads(s3.get_object(Bucket=bucket, Key=listed["Key"])["Body"].read())
    assert record["requestContext"]["approximateInvokeCount"] == 2
    assert [each["kinesis"]["partitionKey"] for each in record["payload"]["Records"]] == [
        "a",
        "poison",
    ]
    assert world.invocations == [["a", "poison"]] * 2


def test_a_topic_gets_the_metadata(world: World) -> None:
    """Published to SNS, seen by a queue that is subscribed."""
    sns, (url, queue_arn) = world.client("sns"), world.queue()
    topic_arn = sns.create_topic(Name=f"failed-{uuid.uuid4()}")["TopicArn"]
    sns.subscribe(
        TopicArn=topic_arn,
        Protocol="sqs",
        Endpoint=queue_arn,
        Attributes={"RawMessageDelivery": "true"},
    )
    world.map(
        world.stream("poison"),
        "handlers.raise_on_poison",
        MaximumRetryAttempts=0,
        DestinationConfig={"OnFailure": {"Destination": topic_arn}},
    )

    world.settle()

    [body] = world.bodies(url)
    assert json.loads(body)["requestContext"]["approximateInvokeCount"] == 1


def test_a_process_killed_in_mid_batch_loses_no_record(world: World) -> None:
    """SIGKILL after some effects: a hundred records all arrive, those before the kill twice."""
    texts = [f"r{at}" for at in range(100)]
    world.map(world.stream(*texts), "handlers.die_in_the_middle_once", BatchSize=40)

    world.settle()

    effects = (world.code / "effects").read_text().split()
    assert set(effects) == set(texts)
    assert len(effects) > len(texts)


def test_a_batch_that_timed_out_is_delivered_again(world: World) -> None:
    """The environment is killed and a new one takes the same batch."""
    world.map(world.stream("a", "b"), "handlers.hang_once", timeout_s=0.5)

    world.settle()

    assert world.invocations == [["a", "b"]] * 2


def test_a_function_that_cannot_start_sends_its_batch_to_the_destination(world: World) -> None:
    """An import error is a function error: it is retried, and then the records are given up."""
    failed_url, failed_arn = world.queue()
    world.map(
        world.stream("a", "b"),
        "broken.handler",
        MaximumRetryAttempts=1,
        DestinationConfig={"OnFailure": {"Destination": failed_arn}},
    )

    world.settle()

    [body] = world.bodies(failed_url)
    record = json.loads(body)
    assert record["KinesisBatchInfo"]["batchSize"] == 2
    assert record["requestContext"]["approximateInvokeCount"] == 2


def test_a_poisonous_message_ends_in_the_dead_letter_queue(world: World) -> None:
    """Its neighbours are deleted; it comes back as often as the queue's redrive policy says."""
    dead_url, dead_arn = world.queue()
    redrive = json.dumps({"deadLetterTargetArn": dead_arn, "maxReceiveCount": 2})
    url, queue_arn = world.queue(VisibilityTimeout="2", RedrivePolicy=redrive)
    world.send(url, "a", "poison", "b")
    world.map(queue_arn, "handlers.report_poison", FunctionResponseTypes=PARTIAL)

    world.settle()

    assert world.bodies(dead_url) == ["poison"]
    delivered = [text for batch in world.invocations for text in batch]
    assert (delivered.count("a"), delivered.count("poison"), delivered.count("b")) == (1, 2, 1)


def test_messages_of_a_failed_invocation_come_back(world: World) -> None:
    """A function error deletes nothing: the visibility timeout brings all of them back."""
    url, queue_arn = world.queue(VisibilityTimeout="2")
    world.send(url, "a", "b")
    world.map(queue_arn, "handlers.raise_once")

    world.settle()

    delivered = [text for batch in world.invocations for text in batch]
    assert sorted(delivered) == ["a", "a", "b", "b"]


def test_a_batch_larger_than_ten_is_gathered_in_its_window(world: World) -> None:
    """ReceiveMessage gives ten at most; the window collects them."""
    url, queue_arn = world.queue()
    world.send(url, *[str(at) for at in range(25)])
    world.map(
        queue_arn,
        "handlers.keep",
        BatchSize=25,
        MaximumBatchingWindowInSeconds=5,
    )

    world.settle()

    assert [len(batch) for batch in world.invocations] == [25]


def test_messages_that_a_filter_leaves_out_are_deleted(world: World) -> None:
    """As Lambda does, without an invocation."""
    url, queue_arn = world.queue()
    pattern = json.dumps({"body": {"kind": ["play"]}})
    world.send(url, '{"kind": "pause"}', '{"kind": "play"}')
    world.map(queue_arn, "handlers.keep", FilterCriteria={"Filters": [{"Pattern": pattern}]})

    world.settle()

    assert world.invocations == [['{"kind": "play"}']]


def test_message_attributes_reach_the_function(world: World) -> None:
    """All system attributes are asked for, and the sender's own."""
    url, queue_arn = world.queue()
    (world.code / "whole.py").write_text(
        "import json\n"
        "def handler(event, context):\n"
        "    open('log', 'a').write(json.dumps(event['Records']) + '\\n')\n"
    )
    world.client("sqs").send_message(
        QueueUrl=url,
        MessageBody="m",
        MessageAttributes={"source": {"DataType": "String", "StringValue": "tests"}},
    )
    world.map(queue_arn, "whole.handler")

    world.settle()

    [[message]] = world.invocations
    assert message["attributes"].keys() >= {
        "ApproximateReceiveCount",
        "SentTimestamp",
        "SenderId",
        "ApproximateFirstReceiveTimestamp",
    }
    assert message["messageAttributes"]["source"]["stringValue"] == "tests"
