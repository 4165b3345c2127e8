"""What each function of the night reads from its environment: typed, checked, at first use.

The variables are the upper-cased field names; a test holds them equal to the template's.
"""

from collections.abc import Callable, Mapping
from typing import Annotated, Final, Self

from ingestion.domain.dataset import Dataset
from ingestion.settings.environment import SPLIT, Bucket, Settings, Share
from pydantic import BeforeValidator, Field, model_validator

from nightly.domain.columns import TrainingColumns
from nightly.domain.engine_choice import EngineSetting
from nightly.domain.errors import UnusableError
from nightly.domain.gate_limits import GateLimits
from nightly.domain.judgement import MetricLimits
from nightly.domain.metadata_rows import SchemaColumns
from nightly.domain.rules import BuildRules, CleanRules


def _pairs(value: object) -> object:
    """`coverage=0.01,…` by name."""
    if not isinstance(value, str):
        return value
    pairs = (pair.partition("=") for pair in value.split(",") if pair)
    return {name: number for name, _, number in pairs}


def _schema_of(dataset: Dataset) -> Callable[[object], object]:
    def read(value: object) -> object:
        try:
            return SchemaColumns.read(dataset, value) if isinstance(value, str) else value
        except UnusableError as error:
            raise ValueError(str(error)) from None

    return read


# s3://bucket/folders/, as `scripts.spark_code` prints it.
_SPARK_CODE: Final = r"^$|^s3://[a-z0-9.-]{3,63}/([A-Za-z0-9._-]+/)+$"

type _Words = Annotated[tuple[str, ...], SPLIT]
type _Figures = Annotated[
    Mapping[str, Annotated[float, Field(ge=0, le=1)]], BeforeValidator(_pairs)
]


class BuildDatasetsSettings(Settings):
    """Settings of `build_datasets`.

    Attributes:
        live_parameter: Names the parameter that says what is live.
        tracking_id: With `dataset_group_arn` and `event_tracker_arn` what is live until somebody
            has switched.
        nightly_storage_mb: The function's disk: Lambda does not tell it.
        nightly_cost_ceiling_usd: What a night may cost; 0 for anything.
        nightly_gate_limits: Those that are not the default, `most_lost=0.5,psi_failure=0.4`.
        spark_from_gb: With `auto`, from how many gigabytes (10^9) that a job reads Spark does it.
        spark_code: As `SparkTarget.code`; like the two below empty without Spark.
    """

    archive_bucket: Bucket
    live_parameter: Annotated[str, Field(min_length=1, max_length=1011)]
    tracking_id: Annotated[str, Field(min_length=1, max_length=256)]
    event_tracker_arn: Annotated[str, Field(max_length=256)]
    dataset_group_arn: Annotated[str, Field(max_length=256)]
    nightly_storage_mb: Annotated[int, Field(ge=512, le=10_240)]
    nightly_lookback_days: Annotated[int, Field(ge=1, le=14)]
    nightly_recipe_arn: Annotated[str, Field(min_length=1, max_length=256)]
    nightly_cost_ceiling_usd: Annotated[float, Field(ge=0)]
    nightly_gate_limits: Annotated[GateLimits, BeforeValidator(_pairs)]
    interaction_columns: _Words
    context_columns: _Words
    user_columns: Annotated[SchemaColumns, BeforeValidator(_schema_of(Dataset.USERS))]
    item_columns: Annotated[SchemaColumns, BeforeValidator(_schema_of(Dataset.ITEMS))]
    train_guests: bool
    max_lateness_s: Annotated[int, Field(ge=60)]
    max_skew_s: Annotated[int, Field(ge=0, le=3600)]
    watch_ratio: Share
    watch_cap_s: Annotated[float, Field(gt=0)]
    watch_unknown_duration_s: Annotated[float, Field(gt=0)]
    complete_ratio: Share
    engine: EngineSetting
    spark_from_gb: Annotated[float, Field(ge=0)]
    spark_code: Annotated[str, Field(pattern=_SPARK_CODE)]
    spark_application_id: Annotated[str, Field(max_length=64)]
    spark_job_role_arn: Annotated[str, Field(max_length=2048)]

    @model_validator(mode="after")
    def _spark_is_complete(self) -> Self:
        of_spark = (self.spark_code, self.spark_application_id, self.spark_job_role_arn)
        if self.engine is not EngineSetting.EMBEDDED and not all(of_spark):
            error = f"ENGINE {self.engine} needs code, application and role of Spark"
            raise ValueError(error)
        return self

    @property
    def clean_rules(self) -> CleanRules:
        """How a day is checked."""
        return CleanRules(
            self.nightly_lookback_days, self.max_lateness_s, self.max_skew_s, self.context_columns
        )

    @property
    def build_rules(self) -> BuildRules:
        """What of the clean days is trained on."""
        return BuildRules(
            TrainingColumns(frozenset(self.interaction_columns), self.context_columns),
            lookback_days=self.nightly_lookback_days,
            guests_as_users=self.train_guests,
            watch_ratio=self.watch_ratio,
            watch_cap_s=self.watch_cap_s,
            watch_unknown_duration_s=self.watch_unknown_duration_s,
            complete_ratio=self.complete_ratio,
        )

    @property
    def schemas(self) -> tuple[SchemaColumns, SchemaColumns]:
        """Users and items."""
        return self.user_columns, self.item_columns

    @property
    def gate_limits(self) -> GateLimits:
        """What a build is asked for."""
        return self.nightly_gate_limits

    @property
    def cost_ceiling_usd(self) -> float | None:
        """What a night may cost; None for anything."""
        return self.nightly_cost_ceiling_usd or None


class JudgeVersionSettings(Settings):
    """Settings of `judge_version`, by name of the metric."""

    nightly_metric_floors: _Figures
    nightly_metric_drops: _Figures

    @property
    def limits(self) -> MetricLimits:
        """What is asked of a version."""
        return MetricLimits(self.nightly_metric_floors, self.nightly_metric_drops)


class ReportNightSettings(Settings):
    """Settings of `report_night`."""

    archive_bucket: Bucket
