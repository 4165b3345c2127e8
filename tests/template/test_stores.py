"""Stores, queues and keys: encrypted, closed, and kept when the stack goes."""

from collections.abc import Callable
from typing import Any

import pytest

type Json = dict[str, Any]

KEY = "arn:aws:kms:eu-west-1:111122223333:key/DataKey"
BUCKETS = ("ArchiveBucket", "FailedBatchesBucket")
QUEUES = (
    "FeedbackQueue",
    "SettlingQueue",
    "FeedbackDeadLetterQueue",
    "MetadataQueue",
    "MetadataDeadLetterQueue",
)
TABLES = ("VerdictsTable", "MetadataTable", "LocksTable")
STATEFUL = {
    "AWS::DynamoDB::Table",
    "AWS::KMS::Key",
    "AWS::Kinesis::Stream",
    "AWS::S3::Bucket",
    "AWS::SQS::Queue",
}


@pytest.mark.parametrize("name", BUCKETS)
def test_buckets_are_closed(name: str, resources: Json) -> None:
    """No public access, no foreign owner, no overwriting without a trace."""
    bucket = resources[name]["Properties"]

    assert set(bucket["PublicAccessBlockConfiguration"].values()) == {True}
    assert len(bucket["PublicAccessBlockConfiguration"]) == 4
    assert bucket["OwnershipControls"]["Rules"] == [{"ObjectOwnership": "BucketOwnerEnforced"}]
    assert bucket["VersioningConfiguration"] == {"Status": "Enabled"}


@pytest.mark.parametrize("name", BUCKETS)
def test_buckets_are_encrypted_with_the_key_of_the_stack(name: str, resources: Json) -> None:
    """A bucket key keeps the calls to KMS few."""
    [rule] = resources[name]["Properties"]["BucketEncryption"]["ServerSideEncryptionConfiguration"]

    assert rule == {
        "BucketKeyEnabled": True,
        "ServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": KEY},
    }


def test_stream_queues_and_tables_are_encrypted_with_the_key_of_the_stack(resources: Json) -> None:
    """Nothing that holds a viewer's data relies on a key of AWS."""
    stream = resources["ActivityStream"]["Properties"]

    assert stream["StreamEncryption"] == {"EncryptionType": "KMS", "KeyId": KEY}
    for name in TABLES:
        assert resources[name]["Properties"]["SSESpecification"] == {
            "SSEEnabled": True,
            "SSEType": "KMS",
            "KMSMasterKeyId": KEY,
        }
    for name in QUEUES:
        assert resources[name]["Properties"]["KmsMasterKeyId"] == KEY


def test_the_key_rotates(resources: Json) -> None:
    """One key for all data, renewed every year."""
    assert resources["DataKey"]["Properties"]["EnableKeyRotation"] is True


def test_only_the_account_and_its_log_groups_use_the_key(resources: Json) -> None:
    """CloudWatch Logs is bound to this stack's log groups by the encryption context."""
    statements = resources["DataKey"]["Properties"]["KeyPolicy"]["Statement"]
    account, logs = statements

    assert account["Principal"] == {"AWS": "arn:aws:iam::111122223333:root"}
    assert logs["Principal"] == {"Service": "logs.eu-west-1.amazonaws.com"}
    assert "kms:*" not in logs["Action"]
    assert logs["Condition"] == {
        "ArnLike": {
            "kms:EncryptionContext:aws:logs:arn": (
                "arn:aws:logs:eu-west-1:111122223333:log-group:/aws/lambda/stack/*"
            )
        }
    }


def test_the_log_groups_match_what_the_key_allows(of_type: Callable[[str], Json]) -> None:
    """A group outside the pattern could not be created."""
    names = [group["LogGroupName"] for group in of_type("AWS::Logs::LogGroup").values()]

    assert names
    assert all(name.startswith("/aws/lambda/stack/") for name in names)


@pytest.mark.parametrize("name", BUCKETS)
def test_buckets_refuse_plain_http(name: str, resources: Json) -> None:
    """Whoever asks, for whatever, is denied without TLS."""
    policy = resources[f"{name}Policy"]["Properties"]
    statement, *_ = policy["PolicyDocument"]["Statement"]

    assert policy["Bucket"] == name
    assert statement == {
        "Sid": "TlsOnly",
        "Effect": "Deny",
        "Principal": "*",
        "Action": "s3:*",
        "Resource": [f"arn:aws:s3:::{name}", f"arn:aws:s3:::{name}/*"],
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    }


@pytest.mark.parametrize("name", QUEUES)
def test_queues_refuse_plain_http(name: str, resources: Json) -> None:
    """SQS would answer it otherwise."""
    policy = resources[f"{name}Policy"]["Properties"]
    [statement] = policy["PolicyDocument"]["Statement"]

    assert policy["Queues"] == [name]
    assert statement == {
        "Sid": "TlsOnly",
        "Effect": "Deny",
        "Principal": "*",
        "Action": "sqs:*",
        "Resource": f"arn:aws:sqs:eu-west-1:111122223333:{name}",
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    }


def test_resource_policies_open_nothing(resources: Json) -> None:
    """Policies on buckets and queues deny, but for imports, for which Personalize needs one."""
    policies = [
        body["Properties"]["PolicyDocument"]
        for body in resources.values()
        if body["Type"] in {"AWS::S3::BucketPolicy", "AWS::SQS::QueuePolicy"}
    ]

    opened = [
        (statement["Principal"], statement["Action"], statement["Resource"], statement["Condition"])
        for policy in policies
        for statement in policy["Statement"]
        if statement["Effect"] != "Deny"
    ]
    here = {"StringEquals": {"aws:SourceAccount": "111122223333"}}
    imports = {"Service": "personalize.amazonaws.com"}
    assert opened == [
        (imports, "s3:GetObject", "arn:aws:s3:::ArchiveBucket/nightly/builds/*", here),
        (imports, "s3:ListBucket", "arn:aws:s3:::ArchiveBucket", here),
    ]


def test_what_holds_data_survives_the_stack(resources: Json) -> None:
    """Deleting or replacing the stack keeps data; a failed first deployment leaves nothing."""
    kept = {
        name: (body.get("DeletionPolicy"), body.get("UpdateReplacePolicy"))
        for name, body in resources.items()
        if body["Type"] in STATEFUL or body["Type"].startswith("AWS::Personalize::")
    }

    assert len(kept) == 21
    assert set(kept.values()) == {("RetainExceptOnCreate", "Retain")}


def test_the_stream_is_a_week_of_buffer_that_grows_by_itself(resources: Json) -> None:
    """An outage of six days loses nothing."""
    stream = resources["ActivityStream"]["Properties"]

    assert stream["RetentionPeriodHours"] == 168
    assert stream["StreamModeDetails"] == {"StreamMode": "ON_DEMAND"}


def test_metadata_is_kept_by_id_and_dataset(resources: Json) -> None:
    """One item for each user and item, restorable to any second of the last 35 days."""
    table = resources["MetadataTable"]["Properties"]

    assert table["KeySchema"] == [
        {"AttributeName": "record_id", "KeyType": "HASH"},
        {"AttributeName": "dataset", "KeyType": "RANGE"},
    ]
    assert table["BillingMode"] == "PAY_PER_REQUEST"
    assert table["PointInTimeRecoverySpecification"] == {"PointInTimeRecoveryEnabled": True}


def test_verdicts_are_kept_by_viewer_and_item(resources: Json) -> None:
    """One item per pair, restorable to any second of the last 35 days."""
    table = resources["VerdictsTable"]["Properties"]

    assert table["KeySchema"] == [
        {"AttributeName": "viewer", "KeyType": "HASH"},
        {"AttributeName": "item_id", "KeyType": "RANGE"},
    ]
    assert table["BillingMode"] == "PAY_PER_REQUEST"
    assert table["PointInTimeRecoverySpecification"] == {"PointInTimeRecoveryEnabled": True}


@pytest.mark.parametrize(
    ("bucket", "prefixes"),
    [
        (
            "ArchiveBucket",
            {
                "activities/",
                "interactions/",
                "rejections/",
                "redrives/",
                "clean/",
                "nightly/builds/",
                "nightly/jobs/",
            },
        ),
        ("FailedBatchesBucket", {"aws/lambda/"}),
    ],
)
def test_every_prefix_has_an_end(bucket: str, prefixes: set[str], resources: Json) -> None:
    """Nothing about a viewer is kept for ever, not even as an old version."""
    rules = resources[bucket]["Properties"]["LifecycleConfiguration"]["Rules"]
    expiring = {rule["Prefix"] for rule in rules if "ExpirationInDays" in rule}

    assert expiring == prefixes
    assert {rule["Status"] for rule in rules} == {"Enabled"}
    assert any("NoncurrentVersionExpiration" in rule for rule in rules)
