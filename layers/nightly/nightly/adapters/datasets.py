"""What Personalize knows of datasets."""

import json
from typing import TYPE_CHECKING

import boto3

if TYPE_CHECKING:
    from types_boto3_personalize.client import PersonalizeClient


class PersonalizeDatasets:
    """Datasets of Amazon Personalize; see the port `Datasets`."""

    def __init__(self, client: "PersonalizeClient") -> None:
        self._client = client

    @classmethod
    def of_environment(cls) -> "PersonalizeDatasets":
        """With the credentials and the endpoint of the environment."""
        return cls(boto3.client("personalize"))  # pyright: ignore[reportUnknownMemberType]

    def columns(self, dataset_arn: str) -> tuple[str, ...]:
        """See the port."""
        dataset = self._client.describe_dataset(datasetArn=dataset_arn)["dataset"]
        answer = self._client.describe_schema(schemaArn=dataset.get("schemaArn", ""))
        schema = json.loads(answer["schema"].get("schema", "{}"))
        return tuple(column["name"] for column in schema["fields"])
