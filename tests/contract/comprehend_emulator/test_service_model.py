"""What the emulator answers is what botocore's model of Comprehend says, also through moto."""

from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from botocore import xform_name
from botocore.config import Config
from botocore.exceptions import ClientError
from moto import mock_aws
from moto.comprehend.responses import ComprehendResponse

from local.comprehend.emulator import OPERATIONS
from local.comprehend.faults import MESSAGES
from local.moto_extensions import comprehend
from local.personalize.errors import HTTP_STATUS
from local.personalize.service_model import COMPREHEND, operation_model
from local.personalize.validation import check_of

ACCOUNT = "123456789012"
REGION = "eu-west-1"
UNCHECKED = Config(parameter_validation=False, retries={"total_max_attempts": 1})
TEXTS = ["Me encantó, es maravillosa.", "No me gustó nada.", "¿Dónde se rodó?", "👍"]
# Errors that any operation of AWS may answer, so that no model lists them.
COMMON = {"ValidationException", "SerializationException", *MESSAGES} - {"InternalServerException"}


@pytest.fixture
def client() -> Iterator[Any]:
    """A client that checks nothing itself, so that what we refuse reaches us."""
    comprehend.install()
    with mock_aws():
        yield boto3.client("comprehend", region_name=REGION, config=UNCHECKED)


def a_call(operation: str, **more: Any) -> dict[str, Any]:
    """Builds an input that the operation takes."""
    texts = {"TextList": TEXTS} if operation.startswith("Batch") else {"Text": TEXTS[0]}
    language = {"LanguageCode": "es"} if operation.endswith("Sentiment") else {}
    return {**texts, **language, **more}


def call(client: Any, operation: str, **parameters: Any) -> dict[str, Any]:
    """Calls an operation by its name in the model."""
    return getattr(client, xform_name(operation))(**parameters)


def code_of(error: ClientError) -> str:
    """Gives the error code that a caller sees."""
    return error.response.get("Error", {}).get("Code", "")


@pytest.mark.parametrize("operation", OPERATIONS)
def test_answers_have_the_shape_of_the_model(client: Any, operation: str) -> None:
    """Types, required members, enumerations; nothing the model does not know."""
    comprehend.emulator(ACCOUNT, REGION).faults.fail_items(["Dónde"])
    answer = call(client, operation, **a_call(operation))
    del answer["ResponseMetadata"]

    model = operation_model(COMPREHEND, operation)
    assert model is not None
    assert model.output_shape is not None
    assert list(check_of(model.output_shape, sensitive=False)(answer, ())) == []
    if operation.startswith("Batch"):
        assert [each["Index"] for each in answer["ResultList"]] == [0, 1, 3]
        assert [each["Index"] for each in answer["ErrorList"]] == [2]


@pytest.mark.parametrize("operation", OPERATIONS)
def test_refusals_are_errors_of_the_model(client: Any, operation: str) -> None:
    """Their code is modelled for the operation, or common to all of AWS."""
    is_batch = operation.startswith("Batch")
    wrong = [
        {},
        *([a_call(operation, LanguageCode="fr")] if operation.endswith("Sentiment") else []),
        a_call(operation, **({"TextList": ["x"] * 26} if is_batch else {"Text": ""})),
        a_call(
            operation, **({"TextList": ["x" * 100_001]} if is_batch else {"Text": "x" * 100_001})
        ),
    ]
    model = operation_model(COMPREHEND, operation)
    assert model is not None
    modelled = {shape.name for shape in model.error_shapes}

    codes = set()
    for parameters in wrong:
        with pytest.raises(ClientError) as caught:
            call(client, operation, **parameters)
        codes.add(code_of(caught.value))

    assert codes <= modelled | COMMON
    assert "TextSizeLimitExceededException" in codes


@pytest.mark.parametrize("code", MESSAGES)
def test_injected_faults_reach_the_client(client: Any, code: str) -> None:
    """With the code and the status that boto3 decides by whether to try again."""
    comprehend.emulator(ACCOUNT, REGION).faults.fail_next(1, code)

    with pytest.raises(ClientError) as caught:
        call(client, "DetectSentiment", **a_call("DetectSentiment"))
    assert code_of(caught.value) == code
    status = caught.value.response.get("ResponseMetadata", {}).get("HTTPStatusCode")
    assert status == HTTP_STATUS[code]
    call(client, "DetectSentiment", **a_call("DetectSentiment"))


def test_moto_forgets_and_the_emulator_with_it() -> None:
    """Time and again; whoever holds the emulator holds the one that serves."""
    comprehend.install()
    held = comprehend.emulator(ACCOUNT, REGION)
    for _ in range(3):
        with mock_aws():
            client: Any = boto3.client("comprehend", region_name=REGION)
            client.detect_dominant_language(Text="hello")
            assert held.counters()["DetectDominantLanguage"].calls == 1
            held.faults.throttle()
    with mock_aws():
        boto3.client("comprehend", region_name=REGION).detect_dominant_language(Text="hello")
        assert comprehend.emulator(ACCOUNT, REGION) is held


def test_regions_know_nothing_of_each_other(client: Any) -> None:
    """Each has faults and counters of its own."""
    comprehend.emulator(ACCOUNT, "us-east-1").faults.throttle()

    call(client, "DetectSentiment", **a_call("DetectSentiment"))
    assert comprehend.emulator(ACCOUNT, "us-east-1").counters()["DetectSentiment"].calls == 0


def test_what_moto_has_of_comprehend_still_works(client: Any) -> None:
    """Classifiers, tags, jobs and the other detections are moto's."""
    arn = client.create_document_classifier(
        DocumentClassifierName="genres",
        DataAccessRoleArn=f"arn:aws:iam::{ACCOUNT}:role/reader",
        InputDataConfig={"S3Uri": "s3://bucket/key"},
        LanguageCode="en",
        Tags=[{"Key": "a", "Value": "b"}],
    )["DocumentClassifierArn"]

    assert client.describe_document_classifier(DocumentClassifierArn=arn)
    assert client.list_tags_for_resource(ResourceArn=arn)["Tags"] == [{"Key": "a", "Value": "b"}]
    assert client.detect_key_phrases(Text="a long walk", LanguageCode="en")["KeyPhrases"]
    assert client.detect_pii_entities(Text="a long walk", LanguageCode="en")["Entities"]


def test_only_the_four_operations_were_put_into_moto() -> None:
    """And they are there under the names by which moto looks for them."""
    comprehend.install()

    ours = {name for name, value in vars(ComprehendResponse).items() if is_ours(value)}
    assert ours == set(map(xform_name, OPERATIONS))


def is_ours(value: object) -> bool:
    """Tells a function of our extension from moto's own."""
    return getattr(value, "__module__", None) == comprehend.__name__
