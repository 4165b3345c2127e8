"""What our repairs of moto are for: each fault is in plain moto and not in ours.

A canary that fails on plain moto says: moto repaired it, drop the repair. The faults of plain moto
are looked for in a process of its own, which runs this file as a script, because the repairs hold
for a whole process.
"""

import json
import os
import subprocess
import sys
import threading
import uuid
import warnings
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError
from moto.core.models import DEFAULT_ACCOUNT_ID
from moto.sqs.models import Message, Queue, sqs_backends

from local.connection import REGION, Clients
from local.server import InspectableApplication, LocalServer
from tests.support import faulty_step_functions as step_functions

if TYPE_CHECKING:  # importing it would give CloudFormation the types that plain moto lacks
    from local.stack import LocalStack

type Client = Callable[[str], Any]

_LOW, _HIGH = "0", str(2**127)
_MIDDLE = str(2**126)


def writes_to_closed_shards(client: Client) -> bool:
    """After a split, a record of the old range goes to the shard that is closed."""
    kinesis, stream = client("kinesis"), _stream(client)
    parent = _put(client, stream, _LOW)["ShardId"]
    kinesis.split_shard(StreamName=stream, ShardToSplit=parent, NewStartingHashKey=_MIDDLE)
    return _put(client, stream, _LOW)["ShardId"] == parent


def copies_records_on_a_merge(client: Client) -> bool:
    """What was in the merged shards is in the new one as well."""
    kinesis, stream = client("kinesis"), _stream(client, shards=2)
    low, high = (_put(client, stream, key)["ShardId"] for key in (_LOW, _HIGH))
    kinesis.merge_shards(StreamName=stream, ShardToMerge=low, AdjacentShardToMerge=high)
    return bool(_read(client, stream, "shardId-000000000002")["Records"])


def closed_shards_never_end(client: Client) -> bool:
    """The last record of a closed shard comes with another iterator and without its children."""
    kinesis, stream = client("kinesis"), _stream(client)
    parent = _put(client, stream, _LOW)["ShardId"]
    kinesis.split_shard(StreamName=stream, ShardToSplit=parent, NewStartingHashKey=_MIDDLE)
    answer = _read(client, stream, parent)
    children = [shard["ShardId"] for shard in answer.get("ChildShards", [])]
    has_ended = "NextShardIterator" not in answer
    return not (has_ended and children == ["shardId-000000000001", "shardId-000000000002"])


def sequence_numbers_collide(client: Client) -> bool:
    """Two records of two shards have the same number."""
    stream = _stream(client, shards=2)
    low, high = (_put(client, stream, key)["SequenceNumber"] for key in (_LOW, _HIGH))
    return low == high


def iterators_by_arn_are_broken(client: Client) -> bool:
    """GetShardIterator by ARN gives an iterator that GetRecords does not take."""
    kinesis, stream = client("kinesis"), _stream(client)
    arn = kinesis.describe_stream(StreamName=stream)["StreamDescription"]["StreamARN"]
    iterator = kinesis.get_shard_iterator(
        StreamARN=arn, ShardId="shardId-000000000000", ShardIteratorType="TRIM_HORIZON"
    )["ShardIterator"]
    return _is_refused(lambda: kinesis.get_records(ShardIterator=iterator))


def counts_the_queue_for_every_message(client: Client) -> bool:
    """Receiving three messages looks through the whole queue more than three times."""
    url, queue = _queue(client)
    sends_per_receive = 3
    for _ in range(sends_per_receive):
        client("sqs").send_message(QueueUrl=url, MessageBody="body")
    queue._messages = counted = _Counted(queue._messages)  # noqa: SLF001 - the cost is inside
    client("sqs").receive_message(QueueUrl=url, MaxNumberOfMessages=sends_per_receive)
    return counted.times > sends_per_receive


class _Counted(list[Message]):
    """Messages that count how often somebody looks at all of them."""

    times = 0

    def __iter__(self) -> Iterator[Message]:
        self.times += 1
        return super().__iter__()


def deleting_loses_what_is_sent_meanwhile(client: Client) -> bool:
    """A message that arrives while another one is deleted is gone."""
    url, queue = _queue(client)
    client("sqs").send_message(QueueUrl=url, MessageBody="first")
    received = client("sqs").receive_message(QueueUrl=url)["Messages"][0]
    send = threading.Thread(
        target=lambda: client("sqs").send_message(QueueUrl=url, MessageBody="second")
    )
    queue._messages = _Interrupted(queue._messages, send)  # noqa: SLF001 - the race is inside
    client("sqs").delete_message(QueueUrl=url, ReceiptHandle=received["ReceiptHandle"])
    send.join()
    return [message.body for message in queue._messages] != ["second"]  # noqa: SLF001


class _Interrupted(list[Message]):
    """Messages that are joined by another one when somebody has just looked at all of them."""

    def __init__(self, messages: Iterable[Message], send: threading.Thread) -> None:
        super().__init__(messages)
        self._send = send

    def __iter__(self) -> Iterator[Message]:
        yield from super().__iter__()
        if self._send.ident is None:
            self._send.start()
            # Where sending waits for the deletion this ends by the timeout, else by the thread.
            self._send.join(timeout=0.5)


def takes_bodies_with_nul(client: Client) -> bool:
    """A character SQS does not carry is carried."""
    url, _ = _queue(client)
    return not _is_refused(lambda: client("sqs").send_message(QueueUrl=url, MessageBody="\0"))


def denies_everything_to_a_bucket_for_tls(client: Client) -> bool:
    """A policy against plain HTTP is taken as one against everything."""
    s3, bucket = client("s3"), f"bucket-{uuid.uuid4()}"
    s3.create_bucket(Bucket=bucket)
    statement = {
        "Effect": "Deny",
        "Principal": "*",
        "Action": "s3:*",
        "Resource": [f"arn:aws:s3:::{bucket}", f"arn:aws:s3:::{bucket}/*"],
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    }
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    s3.put_bucket_policy(Bucket=bucket, Policy=policy)
    return _is_refused(lambda: s3.put_object(Bucket=bucket, Key="key", Body=b""))


def pushes_to_functions(client: Client) -> bool:
    """A queue with an event source mapping invokes inside SendMessage."""
    _, queue = _queue(client)
    client("lambda").create_event_source_mapping(
        EventSourceArn=queue.queue_arn, FunctionName=_function(client)
    )
    return bool(queue.lambda_event_source_mappings)


def skips_alarms_of_a_template(client: Client) -> bool:
    """The stack is complete and has no alarm."""
    alarm = f"alarm-{uuid.uuid4()}"
    properties = {
        "AlarmName": alarm,
        "MetricName": "Errors",
        "Namespace": "AWS/Lambda",
        "ComparisonOperator": "GreaterThanThreshold",
        "EvaluationPeriods": 1,
        "Period": 60,
        "Threshold": 0,
        "Statistic": "Sum",
    }
    _create(client, {"Alarm": {"Type": "AWS::CloudWatch::Alarm", "Properties": properties}})
    return not client("cloudwatch").describe_alarms(AlarmNames=[alarm])["MetricAlarms"]


def skips_policies_of_a_template(client: Client) -> bool:
    """The stack is complete and neither bucket nor queue has its policy."""
    statement = {"Effect": "Deny", "Principal": "*", "Action": "s3:PutObject", "Resource": "*"}
    document = {"Version": "2012-10-17", "Statement": [statement]}
    bucket, queue = f"bucket-{uuid.uuid4()}", f"queue-{uuid.uuid4()}"
    resources = {
        "Bucket": {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": bucket}},
        "BucketPolicy": {
            "Type": "AWS::S3::BucketPolicy",
            "Properties": {"Bucket": {"Ref": "Bucket"}, "PolicyDocument": document},
        },
        "Queue": {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": queue}},
        "QueuePolicy": {
            "Type": "AWS::SQS::QueuePolicy",
            "Properties": {"Queues": [{"Ref": "Queue"}], "PolicyDocument": document},
        },
    }
    _create(client, resources)
    has_no_bucket_policy = _is_refused(lambda: client("s3").get_bucket_policy(Bucket=bucket))
    url = client("sqs").get_queue_url(QueueName=queue)["QueueUrl"]
    attributes = client("sqs").get_queue_attributes(QueueUrl=url, AttributeNames=["Policy"])
    return has_no_bucket_policy or "Policy" not in attributes.get("Attributes", {})


def ignores_the_mode_of_a_stream(client: Client) -> bool:
    """A stream on demand of a template is a provisioned one, without encryption."""
    stream = f"stream-{uuid.uuid4()}"
    properties = {
        "Name": stream,
        "StreamModeDetails": {"StreamMode": "ON_DEMAND"},
        "StreamEncryption": {"EncryptionType": "KMS", "KeyId": "alias/aws/kinesis"},
    }
    _create(client, {"Stream": {"Type": "AWS::Kinesis::Stream", "Properties": properties}})
    summary = client("kinesis").describe_stream_summary(StreamName=stream)
    described = summary["StreamDescriptionSummary"]
    return (
        described["StreamModeDetails"]["StreamMode"],
        described["OpenShardCount"],
        described["EncryptionType"],
    ) != ("ON_DEMAND", 4, "KMS")


def layers_have_no_arn(client: Client) -> bool:
    """`Ref` of a layer is not what other properties take for a layer."""
    content = {"S3Bucket": "code", "S3Key": "layer"}
    if "code" not in {b["Name"] for b in client("s3").list_buckets()["Buckets"]}:
        client("s3").create_bucket(Bucket="code")
    client("s3").put_object(Bucket="code", Key="layer", Body=b"layer")
    name = _create(
        client,
        {"Layer": {"Type": "AWS::Lambda::LayerVersion", "Properties": {"Content": content}}},
        outputs={"Layer": {"Value": {"Ref": "Layer"}}},
    )
    stack = client("cloudformation").describe_stacks(StackName=name)["Stacks"][0]
    return not stack["Outputs"][0]["OutputValue"].startswith("arn:aws:lambda:")


def judges_every_text_alike(client: Client) -> bool:
    """Praise and blame have the same sentiment."""
    texts = ("What a wonderful film, I loved it!", "The worst film ever, I hated it.")
    judged = [client("comprehend").detect_sentiment(Text=text, LanguageCode="en") for text in texts]
    return judged[0]["Sentiment"] == judged[1]["Sentiment"]


def skips_schedules_of_a_template(client: Client) -> bool:
    """The stack is complete and has no schedule."""
    name = f"schedule-{uuid.uuid4()}"
    properties = {
        "Name": name,
        "ScheduleExpression": "rate(1 day)",
        "FlexibleTimeWindow": {"Mode": "OFF"},
        "Target": {"Arn": "arn:aws:states:::any", "RoleArn": "arn:aws:iam::123456789012:role/any"},
    }
    _create(client, {"Schedule": {"Type": "AWS::Scheduler::Schedule", "Properties": properties}})
    return _is_refused(lambda: client("scheduler").get_schedule(Name=name))


_FAULTS: tuple[Callable[[Client], bool], ...] = (
    writes_to_closed_shards,
    copies_records_on_a_merge,
    closed_shards_never_end,
    sequence_numbers_collide,
    iterators_by_arn_are_broken,
    counts_the_queue_for_every_message,
    deleting_loses_what_is_sent_meanwhile,
    takes_bodies_with_nul,
    denies_everything_to_a_bucket_for_tls,
    pushes_to_functions,
    skips_alarms_of_a_template,
    skips_policies_of_a_template,
    judges_every_text_alike,
    ignores_the_mode_of_a_stream,
    layers_have_no_arn,
    skips_schedules_of_a_template,
    *step_functions.FAULTS,
)


@pytest.fixture(scope="module")
def plain_moto() -> dict[str, bool]:
    """By its name, whether plain moto shows a fault."""
    root = str(Path(__file__).parents[2])
    shown = subprocess.run(  # noqa: S603 - this file
        [sys.executable, __file__],
        env={**os.environ, "PYTHONPATH": root},
        check=True,
        capture_output=True,
        text=True,
        timeout=120,
    )
    return json.loads(shown.stdout)


@pytest.mark.parametrize("fault", _FAULTS, ids=lambda fault: fault.__name__)
def test_plain_moto_has_the_fault(
    fault: Callable[[Client], bool], plain_moto: dict[str, bool]
) -> None:
    """If not, moto repaired it: drop our repair."""
    assert plain_moto[fault.__name__]


@pytest.mark.parametrize("fault", _FAULTS, ids=lambda fault: fault.__name__)
def test_our_moto_has_not(fault: Callable[[Client], bool], stack: "LocalStack") -> None:
    """The repair does what it is there for."""
    assert not fault(stack.client)


def _stream(client: Client, shards: int = 1) -> str:
    name = f"stream-{uuid.uuid4()}"
    client("kinesis").create_stream(StreamName=name, ShardCount=shards)
    return name


def _put(client: Client, stream: str, hash_key: str) -> dict[str, Any]:
    return client("kinesis").put_record(
        StreamName=stream, Data=b"data", PartitionKey="key", ExplicitHashKey=hash_key
    )


def _read(client: Client, stream: str, shard_id: str) -> dict[str, Any]:
    iterator = client("kinesis").get_shard_iterator(
        StreamName=stream, ShardId=shard_id, ShardIteratorType="TRIM_HORIZON"
    )["ShardIterator"]
    return client("kinesis").get_records(ShardIterator=iterator)


def _queue(client: Client) -> tuple[str, Queue]:
    """Make a queue and give its URL and moto's object behind it."""
    name = f"queue-{uuid.uuid4()}"
    url = client("sqs").create_queue(QueueName=name)["QueueUrl"]
    return url, sqs_backends[DEFAULT_ACCOUNT_ID][REGION].get_queue(name)


def _function(client: Client) -> str:
    name = f"function-{uuid.uuid4()}"
    role = client("iam").create_role(RoleName=name, AssumeRolePolicyDocument="{}")["Role"]["Arn"]
    client("lambda").create_function(
        FunctionName=name,
        Runtime="python3.13",
        Handler="handler.lambda_handler",
        Role=role,
        Code={"ZipFile": b"never unpacked"},
    )
    return name


def _create(
    client: Client, resources: dict[str, Any], outputs: dict[str, Any] | None = None
) -> str:
    name = f"stack-{uuid.uuid4()}"
    template = {"Resources": resources, "Outputs": outputs or {}}
    client("cloudformation").create_stack(StackName=name, TemplateBody=json.dumps(template))
    return name


def _is_refused(call: Callable[[], object]) -> bool:
    try:
        call()
    except ClientError:
        return True
    return False


def _show_faults_of_plain_moto() -> None:
    """Print which of the faults moto has without our repairs."""
    warnings.simplefilter("ignore")
    with LocalServer(InspectableApplication(), host="127.0.0.1", port=0) as server:
        clients = Clients(server.url)
        shown = {fault.__name__: fault(clients) for fault in _FAULTS}
    sys.stdout.write(json.dumps(shown))


if __name__ == "__main__":
    _show_faults_of_plain_moto()
