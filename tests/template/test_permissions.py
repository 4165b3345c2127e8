"""Each role may do what its table says, and nothing else.

Every action of the services around us, taken from botocore's models, is asked of every role against
our resources and against foreign ones. What is allowed must equal allowed_actions.json. To accept a
changed policy: run this file with UPDATE_ALLOWED_ACTIONS=1 and read the difference.
"""

import json
import os
import re
from collections import defaultdict
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any, cast

import botocore.session
import pytest

type Json = dict[str, Any]
type Allowed = dict[str, list[str]]

GOLDEN = Path(__file__).with_name("allowed_actions.json")

# botocore's name of a service and the prefix of its actions.
SERVICES = {
    "cloudformation": "cloudformation",
    "cloudwatch": "cloudwatch",
    "comprehend": "comprehend",
    "dynamodb": "dynamodb",
    "events": "events",
    "iam": "iam",
    "kinesis": "kinesis",
    "kms": "kms",
    "lambda": "lambda",
    "logs": "logs",
    "personalize": "personalize",
    "personalize-events": "personalize",
    "personalize-runtime": "personalize",
    "s3": "s3",
    "secretsmanager": "secretsmanager",
    "sns": "sns",
    "sqs": "sqs",
    "ssm": "ssm",
    "stepfunctions": "states",
    "sts": "sts",
    "xray": "xray",
}
HERE = "eu-west-1:111122223333"
ARNS = {
    "ActivityStream": f"arn:aws:kinesis:{HERE}:stream/ActivityStream",
    "ArchiveActivityFunction": f"arn:aws:lambda:{HERE}:function:ArchiveActivityFunction",
    "ArchiveActivityLogGroup": f"arn:aws:logs:{HERE}:log-group:ArchiveActivityLogGroup:*",
    "ArchiveActivityRole": "arn:aws:iam::111122223333:role/ArchiveActivityRole",
    "ArchiveBucket": "arn:aws:s3:::ArchiveBucket",
    "ArchiveBucket/activities/": "arn:aws:s3:::ArchiveBucket/activities/x",
    "ArchiveBucket/clean/": "arn:aws:s3:::ArchiveBucket/clean/x",
    "ArchiveBucket/elsewhere/": "arn:aws:s3:::ArchiveBucket/elsewhere/x",
    "ArchiveBucket/interactions/": "arn:aws:s3:::ArchiveBucket/interactions/x",
    "ArchiveBucket/nightly/builds/": "arn:aws:s3:::ArchiveBucket/nightly/builds/x",
    "ArchiveBucket/nightly/imports/": "arn:aws:s3:::ArchiveBucket/nightly/imports/x",
    "ArchiveBucket/rejections/": "arn:aws:s3:::ArchiveBucket/rejections/x",
    "BuildDatasetsLogGroup": f"arn:aws:logs:{HERE}:log-group:BuildDatasetsLogGroup:*",
    "DataKey": f"arn:aws:kms:{HERE}:key/DataKey",
    "EventTracker": f"arn:aws:personalize:{HERE}:event-tracker/EventTracker",
    "FailedBatchesBucket": "arn:aws:s3:::FailedBatchesBucket",
    "FailedBatchesBucket/aws/lambda/": "arn:aws:s3:::FailedBatchesBucket/aws/lambda/x",
    "FailedBatchesBucket/elsewhere/": "arn:aws:s3:::FailedBatchesBucket/elsewhere/x",
    "FeedbackDeadLetterQueue": f"arn:aws:sqs:{HERE}:FeedbackDeadLetterQueue",
    "FeedbackQueue": f"arn:aws:sqs:{HERE}:FeedbackQueue",
    "InteractionsDataset by its name": f"arn:aws:personalize:{HERE}:dataset/stack-v1/INTERACTIONS",
    "InteractionsSchema": f"arn:aws:personalize:{HERE}:schema/stack-interactions-v1",
    "ItemsDataset": f"arn:aws:personalize:{HERE}:dataset/ItemsDataset",
    "JudgeVersionLogGroup": f"arn:aws:logs:{HERE}:log-group:JudgeVersionLogGroup:*",
    "LiveParameter": f"arn:aws:ssm:{HERE}:parameter/stack/live",
    "MetadataDeadLetterQueue": f"arn:aws:sqs:{HERE}:MetadataDeadLetterQueue",
    "MetadataQueue": f"arn:aws:sqs:{HERE}:MetadataQueue",
    "MetadataTable": f"arn:aws:dynamodb:{HERE}:table/MetadataTable",
    "ReconcileArchiveLogGroup": f"arn:aws:logs:{HERE}:log-group:ReconcileArchiveLogGroup:*",
    "RecordMetadataLogGroup": f"arn:aws:logs:{HERE}:log-group:RecordMetadataLogGroup:*",
    "ReportNightLogGroup": f"arn:aws:logs:{HERE}:log-group:ReportNightLogGroup:*",
    "SettlingQueue": f"arn:aws:sqs:{HERE}:SettlingQueue",
    "PlaybackStatesTable": f"arn:aws:dynamodb:{HERE}:table/PlaybackStatesTable",
    "RecordFeedbackLogGroup": f"arn:aws:logs:{HERE}:log-group:RecordFeedbackLogGroup:*",
    "RecordPlaybackLogGroup": f"arn:aws:logs:{HERE}:log-group:RecordPlaybackLogGroup:*",
    "a rebuilt items dataset": f"arn:aws:personalize:{HERE}:dataset/stack-r20261124/ITEMS",
    "a rebuilt users dataset": f"arn:aws:personalize:{HERE}:dataset/stack-r20261124/USERS",
    "UsersDataset": f"arn:aws:personalize:{HERE}:dataset/UsersDataset",
    "VerdictsTable": f"arn:aws:dynamodb:{HERE}:table/VerdictsTable",
    "BuildDatasetsFunction": f"arn:aws:lambda:{HERE}:function:BuildDatasetsFunction",
    "ImportRole": "arn:aws:iam::111122223333:role/ImportRole",
    "JudgeVersionFunction": f"arn:aws:lambda:{HERE}:function:JudgeVersionFunction",
    "LocksTable": f"arn:aws:dynamodb:{HERE}:table/LocksTable",
    "NewsTopic": "NewsTopic",
    "NightlyStateMachine": f"arn:aws:states:{HERE}:stateMachine:NightlyStateMachine",
    "ReportNightFunction": f"arn:aws:lambda:{HERE}:function:ReportNightFunction",
    "a night": f"arn:aws:states:{HERE}:execution:stack-nightly:x",
    "a rebuild": f"arn:aws:states:{HERE}:execution:stack-rebuild:x",
    "the machine of rebuilds": f"arn:aws:states:{HERE}:stateMachine:stack-rebuild",
    "the campaign of the night": f"arn:aws:personalize:{HERE}:campaign/stack-v1-nightly",
    "the dataset group": f"arn:aws:personalize:{HERE}:dataset-group/stack-v1",
    "the datasets of the group": f"arn:aws:personalize:{HERE}:dataset/stack-v1/INTERACTIONS",
    "the imports of nights": f"arn:aws:personalize:{HERE}:dataset-import-job/night-2026-11-24",
    "the solution of the night": f"arn:aws:personalize:{HERE}:solution/stack-v1-nightly/x",
    "a rebuilt dataset group": f"arn:aws:personalize:{HERE}:dataset-group/stack-r20261124",
    "the imports of rebuilds": f"arn:aws:personalize:{HERE}:dataset-import-job/stack-r20261124-x",
    "an event tracker": f"arn:aws:personalize:{HERE}:event-tracker/x",
    "a schema": f"arn:aws:personalize:{HERE}:schema/x",
    # Nothing of ours: whoever may act on these may act on anything.
    "a foreign campaign": f"arn:aws:personalize:{HERE}:campaign/foreign",
    "a foreign execution": f"arn:aws:states:{HERE}:execution:foreign:x",
    "a foreign function": f"arn:aws:lambda:{HERE}:function:foreign",
    "a foreign role": "arn:aws:iam::111122223333:role/foreign",
    "a foreign solution": f"arn:aws:personalize:{HERE}:solution/foreign",
    "a foreign bucket": "arn:aws:s3:::foreign",
    "a foreign dataset": f"arn:aws:personalize:{HERE}:dataset/foreign",
    "a foreign key": f"arn:aws:kms:{HERE}:key/foreign",
    "a foreign log group": f"arn:aws:logs:{HERE}:log-group:foreign:*",
    "a foreign object": "arn:aws:s3:::foreign/activities/x",
    "a foreign parameter": f"arn:aws:ssm:{HERE}:parameter/stack/foreign",
    "a foreign queue": f"arn:aws:sqs:{HERE}:foreign",
    "a foreign stream": f"arn:aws:kinesis:{HERE}:stream/foreign",
    "a foreign table": f"arn:aws:dynamodb:{HERE}:table/foreign",
    "anything": "*",
}
# Actions that know no resource: allowed on "*" is as narrow as they get.
WITHOUT_RESOURCE = {
    "personalize:ListEventTrackers",
    "personalize:ListRecommenders",
    "personalize:ListSolutionVersions",
    "personalize:PutEvents",
    "xray:PutTelemetryRecords",
    "xray:PutTraceSegments",
}
# Where the functions run, and the services through which they touch the key.
SERVED = {
    "iam:PassedToService": ["personalize.amazonaws.com"],
    "aws:RequestedRegion": ["eu-west-1"],
    "kms:ViaService": [f"{name}.eu-west-1.amazonaws.com" for name in ("dynamodb", "kinesis", "s3")],
}
# Who is not called by Lambda: Step Functions, Personalize, the scheduler.
NIGHTLY_ROLES = {
    "ImportRole": "personalize.amazonaws.com",
    "NightScheduleRole": "scheduler.amazonaws.com",
    "NightlyStateMachineRole": "states.amazonaws.com",
    "RebuildStateMachineRole": "states.amazonaws.com",
}
ELSEWHERE = {"iam:PassedToService": [], "aws:RequestedRegion": ["us-east-1"], "kms:ViaService": []}


def listed(value: Any) -> list[Any]:
    """Return a list of one or many, as policies allow both."""
    return cast("list[Any]", value) if isinstance(value, list) else [value]


@cache
def pattern(text: str) -> re.Pattern[str]:
    """Compile a policy's pattern: `*` is any text, `?` any character, nothing else is special."""
    return re.compile(re.escape(text).replace(r"\*", ".*").replace(r"\?", "."), re.DOTALL)


def matches(patterns: Any, text: str) -> bool:
    """Say whether one of the patterns matches all of the text."""
    return any(pattern(each).fullmatch(text) for each in listed(patterns))


def condition_holds(condition: Json, context: dict[str, list[str]]) -> bool:
    """Evaluate StringEquals, the one operator the roles use; any other is an error of the test."""
    assert set(condition) <= {"StringEquals"}
    return all(
        set(listed(wanted)) & set(context[key])
        for key, wanted in condition.get("StringEquals", {}).items()
    )


def names_action(statement: Json, action: str) -> bool:
    """Say whether a statement names the action. IAM compares actions without case."""
    return matches([each.lower() for each in listed(statement["Action"])], action.lower())


def allows(statement: Json, action: str, arn: str, context: dict[str, list[str]]) -> bool:
    """Say whether an Allow statement covers the request."""
    assert statement["Effect"] == "Allow"
    return (
        names_action(statement, action)
        and matches(statement["Resource"], arn)
        and condition_holds(statement.get("Condition", {}), context)
    )


@cache
def actions() -> tuple[str, ...]:
    """Return every action of the services, as `prefix:Operation`.

    IAM's names differ from the operations' for S3 (ListObjectsV2 is s3:ListBucket), so the actions
    the roles name are asked as well, and nothing they hold is missed.
    """
    session = botocore.session.get_session()
    return tuple(
        f"{prefix}:{operation}"
        for service, prefix in SERVICES.items()
        for operation in session.get_service_model(service).operation_names
    )


def statements_of(role: Json) -> list[Json]:
    """Return all statements of a role's policies."""
    return [
        statement
        for policy in role["Properties"]["Policies"]
        for statement in policy["PolicyDocument"]["Statement"]
    ]


def allowed(role: Json, context: dict[str, list[str]]) -> Allowed:
    """Return what the role may do: action to the names of resources, sorted."""
    statements = statements_of(role)
    named = {action for each in statements for action in listed(each["Action"])}
    found: defaultdict[str, list[str]] = defaultdict(list)
    for action in sorted({*actions(), *(name for name in named if "*" not in name)}):
        concerned = [each for each in statements if names_action(each, action)]
        for name, arn in ARNS.items():
            if any(allows(each, action, arn, context) for each in concerned):
                found[action].append(name)
    return {
        action: ["anything"] if "anything" in names else names for action, names in found.items()
    }


@pytest.fixture(scope="module")
def roles(resources: Json) -> Json:
    """Return the roles by logical id."""
    return {name: body for name, body in resources.items() if body["Type"] == "AWS::IAM::Role"}


@pytest.fixture(scope="module")
def statements(roles: Json) -> list[Json]:
    """Return the statements of all roles."""
    return [statement for role in roles.values() for statement in statements_of(role)]


def test_roles_may_do_what_the_table_says_and_nothing_else(roles: Json) -> None:
    """A wider or a narrower policy changes the table."""
    table = {name: allowed(role, SERVED) for name, role in sorted(roles.items())}

    if os.environ.get("UPDATE_ALLOWED_ACTIONS"):
        GOLDEN.write_text(json.dumps(table, indent=2) + "\n")
    assert table == json.loads(GOLDEN.read_text())


def test_every_statement_allows_something_in_the_table(statements: list[Json]) -> None:
    """A resource that the table does not know would pass through it unseen."""
    unseen = [
        statement["Sid"]
        for statement in statements
        if not any(
            allows(statement, action, arn, SERVED | {"kms:ViaService": _all_services()})
            for action in listed(statement["Action"])
            for arn in ARNS.values()
        )
    ]
    assert unseen == []


def _all_services() -> list[str]:
    return [f"{name}.eu-west-1.amazonaws.com" for name in SERVICES]


def test_only_actions_without_resources_are_allowed_on_anything(roles: Json) -> None:
    """PutEvents and X-Ray know no resource; every other action names what it touches."""
    wide = {
        action
        for role in roles.values()
        for action, names in allowed(role, SERVED).items()
        if "anything" in names
    }

    assert wide == WITHOUT_RESOURCE


def test_only_who_reads_comments_may_ask_comprehend(deploy: Callable[..., Json]) -> None:
    """Two operations, which know no resource, in this region, and only where it is switched on."""
    reader = deploy(CommentSentiment="true")["RecordFeedbackRole"]
    silent = deploy(CommentSentiment="false")["RecordFeedbackRole"]

    here, elsewhere = (
        {action for action in allowed(reader, context) if action.startswith("comprehend:")}
        for context in (SERVED, ELSEWHERE)
    )
    assert here == {"comprehend:BatchDetectDominantLanguage", "comprehend:BatchDetectSentiment"}
    assert elsewhere == set()
    assert set(allowed(reader, SERVED)) - set(allowed(silent, SERVED)) == here


def test_who_accounts_for_the_archive_changes_nothing(roles: Json) -> None:
    """Its own log and traces apart, it only reads: a dead letter that it saw it shows again."""
    may = set(allowed(roles["ReconcileArchiveRole"], SERVED))
    logs = {"logs:CreateLogStream", "logs:PutLogEvents"}
    traces = {"xray:PutTelemetryRecords", "xray:PutTraceSegments"}
    reads = {"dynamodb:BatchGetItem", "kms:Decrypt", "s3:GetObject", "s3:ListBucket"}
    looks = {"sqs:ReceiveMessage", "sqs:ChangeMessageVisibility"}
    assert may - logs - traces == reads | looks


def test_no_role_touches_what_is_not_ours(roles: Json) -> None:
    """No pattern reaches a neighbour's stream, queue, bucket, table, key or log group."""
    tables = [allowed(role, SERVED) for role in roles.values()]
    touched = {name for table in tables for names in table.values() for name in names}

    assert not {name for name in touched if "foreign" in name or "elsewhere" in name}


def test_conditions_bind_region_and_key(roles: Json) -> None:
    """In another region nothing is sent, and without a service in between nothing is decrypted."""
    lost = {
        name: set(allowed(role, SERVED)) - set(allowed(role, ELSEWHERE))
        for name, role in roles.items()
    }

    key = {"kms:Decrypt", "kms:GenerateDataKey"}
    assert lost == {
        "ArchiveActivityRole": key,
        "RecordPlaybackRole": key | {"personalize:PutEvents"},
        "RecordFeedbackRole": key | {"personalize:PutEvents"},
        "RecordMetadataRole": key,
        "ReconcileArchiveRole": {"kms:Decrypt"},
        "BuildDatasetsRole": key,
        "JudgeVersionRole": set(),
        "ReportNightRole": key,
        "ImportRole": {"kms:Decrypt"},
        "NightScheduleRole": set(),
        "NightlyStateMachineRole": key | {"iam:PassRole", "personalize:ListSolutionVersions"},
        "RebuildStateMachineRole": key
        | {"iam:PassRole", "personalize:ListEventTrackers", "personalize:ListRecommenders"},
    }


def test_each_role_reaches_the_key_only_through_the_services_it_uses(roles: Json) -> None:
    """Who reads the stream has no business with the table's data key, and the other way round."""

    def services(role: Json) -> Iterator[str]:
        for statement in statements_of(role):
            if statement["Sid"] == "UseDataKey":
                hosts = statement["Condition"]["StringEquals"]["kms:ViaService"]
                yield from (host.removesuffix(".eu-west-1.amazonaws.com") for host in hosts)

    assert {name: sorted(services(role)) for name, role in roles.items()} == {
        "ArchiveActivityRole": ["kinesis", "s3"],
        "RecordPlaybackRole": ["dynamodb", "kinesis", "s3"],
        "RecordFeedbackRole": ["dynamodb", "s3", "sqs"],
        "RecordMetadataRole": ["dynamodb", "s3", "sqs"],
        "ReconcileArchiveRole": ["dynamodb", "s3", "sqs"],
        "BuildDatasetsRole": ["s3"],
        "JudgeVersionRole": [],
        "ReportNightRole": ["s3"],
        "ImportRole": ["s3"],
        "NightScheduleRole": [],
        "NightlyStateMachineRole": ["dynamodb"],
        "RebuildStateMachineRole": ["dynamodb"],
    }


def test_no_action_has_a_wildcard(statements: list[Json]) -> None:
    """An action that AWS adds tomorrow is not granted today."""
    names = [action for statement in statements for action in listed(statement["Action"])]

    assert names
    assert not [name for name in names if "*" in name or "?" in name]


def test_every_statement_says_what_it_is_for(statements: list[Json]) -> None:
    """Statements allow by name: no NotAction, no NotResource, and an id each."""
    keys = {key for statement in statements for key in statement}

    assert all(statement["Sid"] for statement in statements)
    assert keys <= {"Sid", "Effect", "Action", "Resource", "Condition"}


def test_no_role_has_a_managed_policy(roles: Json) -> None:
    """Neither a policy of AWS, which changes without us, nor one from elsewhere."""
    assert not [role for role in roles.values() if "ManagedPolicyArns" in role["Properties"]]


def test_every_function_has_a_role_of_its_own(functions: Json, roles: Json) -> None:
    """No role is shared, none is unused, and SAM made none."""
    used = {name: function["Role"].rsplit("/")[-1] for name, function in functions.items()}

    assert used == {name: f"{name.removesuffix('Function')}Role" for name in functions}
    assert set(used.values()) == set(roles) - set(NIGHTLY_ROLES)


def test_only_who_it_is_for_may_take_a_role(roles: Json) -> None:
    """No account, no person: Lambda takes those of functions, the night's parts take theirs."""
    for name, role in roles.items():
        [statement] = role["Properties"]["AssumeRolePolicyDocument"]["Statement"]
        service = NIGHTLY_ROLES.get(name, "lambda.amazonaws.com")
        assert statement["Principal"] == {"Service": service}
        assert statement["Action"] == "sts:AssumeRole"
        if name in NIGHTLY_ROLES:  # of this account: services act for many
            account = {"aws:SourceAccount": "111122223333"}
            assert statement["Condition"]["StringEquals"] == account


def test_no_function_may_be_called_from_outside(of_type: Callable[[str], Json]) -> None:
    """Event source mappings poll; only our own schedule may invoke, and what it is for."""
    assert list(of_type("AWS::Lambda::Permission").values()) == [
        {
            "Action": "lambda:InvokeFunction",
            "FunctionName": "ReconcileArchiveFunction",
            "Principal": "events.amazonaws.com",
            "SourceArn": "ReconcileArchiveFunctionEveryHour.Arn",
        }
    ]
    assert not of_type("AWS::Lambda::Url")


def test_the_evaluator_sees_a_widened_policy(roles: Json) -> None:
    """The table would not show a wildcard if matching were broken."""
    wide = json.loads(json.dumps(roles["ArchiveActivityRole"]))
    statements_of(wide)[0]["Action"] = "kinesis:*"
    statements_of(wide)[1]["Resource"] = "arn:aws:s3:::ArchiveBucket/*"

    now, before = allowed(wide, SERVED), allowed(roles["ArchiveActivityRole"], SERVED)
    assert "kinesis:DeleteStream" in now
    assert "kinesis:DeleteStream" not in before
    assert "ArchiveBucket/rejections/" in now["s3:PutObject"]
    assert "ArchiveBucket/rejections/" not in before["s3:PutObject"]
