"""Settings of `record_metadata`."""

from enum import StrEnum
from typing import Annotated, Final

from pydantic import BeforeValidator, Field

from ingestion.domain.metadata_record import DatasetColumns, ItemColumn, MetadataRules, UserColumn
from ingestion.domain.target import Target
from ingestion.settings.environment import Bucket, Table
from ingestion.settings.following import FollowingSettings

# As the template lists the columns of a schema: `?` marks one that may be null.
_NULLABLE: Final = "?"


def _columns_of[C: StrEnum](known: type[C]) -> BeforeValidator:
    def columns(value: object) -> object:
        if not isinstance(value, str):
            return value
        listed = [name for name in value.split(",") if name]
        return DatasetColumns(
            declared=frozenset(known(name.removesuffix(_NULLABLE)) for name in listed),
            required=frozenset(known(name) for name in listed if not name.endswith(_NULLABLE)),
        )

    return BeforeValidator(columns)


type _DatasetArn = Annotated[str, Field(max_length=256, pattern=r"^arn:[a-z\d-]+:personalize:")]


class RecordMetadataSettings(FollowingSettings):
    """Settings of `record_metadata`."""

    users_dataset_arn: _DatasetArn
    items_dataset_arn: _DatasetArn
    user_columns: Annotated[DatasetColumns, _columns_of(UserColumn)]
    item_columns: Annotated[DatasetColumns, _columns_of(ItemColumn)]
    archive_bucket: Bucket
    metadata_table: Table
    max_skew_s: Annotated[int, Field(ge=0, le=3600)]
    metadata_calls_per_s: Annotated[float, Field(gt=0, le=1000)]
    max_metadata_concurrency: Annotated[int, Field(ge=2, le=1000)]

    @property
    def rules(self) -> MetadataRules:
        """What becomes of a message."""
        return MetadataRules(self.user_columns, self.item_columns, self.max_skew_s)

    @property
    def own_target(self) -> Target:
        """Where metadata goes until somebody switches."""
        return Target(
            users_dataset_arn=self.users_dataset_arn, items_dataset_arn=self.items_dataset_arn
        )

    @property
    def share_of_calls(self) -> float:
        """Calls a second of one operation, of one of the invocations that may run at once."""
        return self.metadata_calls_per_s / self.max_metadata_concurrency
