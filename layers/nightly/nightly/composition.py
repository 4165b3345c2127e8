"""What the functions of the night are made of, from their settings."""

import os
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from tempfile import gettempdir
from typing import Final

from ingestion.domain.errors import MisconfiguredError

from nightly.adapters.bucket import Bucket
from nightly.adapters.datasets import PersonalizeDatasets
from nightly.adapters.duckdb_limits import DuckDbLimits, within
from nightly.adapters.emr_serverless import DeferringEngine, SparkJobs, SparkTarget
from nightly.adapters.live_parameter import LiveParameter
from nightly.adapters.price_list import prices
from nightly.adapters.statements import statements
from nightly.application.choosing_engine import ChoosingEngine
from nightly.application.night_parts import NightParts
from nightly.domain.engine_choice import EngineSetting
from nightly.domain.errors import UnusableError
from nightly.live import LiveTarget
from nightly.ports import Storage
from nightly.settings import BuildDatasetsSettings

_MEMORY_VARIABLE: Final = "AWS_LAMBDA_FUNCTION_MEMORY_SIZE"
_GIGABYTE: Final = 1000**3

type PartsOfBuild = Callable[[str], NightParts]
"""Gives what a build of a name works with."""


def night_parts(settings: BuildDatasetsSettings) -> PartsOfBuild:
    """The parts of nights over the bucket of the archive.

    Raises:
        MisconfiguredError: Nobody has told to which dataset group the tracking id belongs.
    """
    embedded = _embedded_parts(settings)
    if settings.engine is EngineSetting.EMBEDDED:
        return lambda _build: embedded
    return lambda build: replace(embedded, engine=_choosing_engine(settings, embedded, build))


def _choosing_engine(
    settings: BuildDatasetsSettings, embedded: NightParts, build: str
) -> ChoosingEngine:
    """Runs are named by the build alone: whoever resumes it finds them."""
    target = SparkTarget(
        settings.spark_application_id,
        settings.spark_job_role_arn,
        settings.archive_bucket,
        settings.spark_code,
    )
    return ChoosingEngine(
        embedded.engine,
        DeferringEngine(SparkJobs.of_environment(target, build)),
        settings.engine,
        int(settings.spark_from_gb * _GIGABYTE),
        embedded.archive,
    )


def _embedded_parts(settings: BuildDatasetsSettings) -> NightParts:
    # DuckDB is loaded here, so that the other functions can do without its layer.
    from nightly.adapters.duckdb_engine import DuckDbEngine  # noqa: PLC0415

    url = f"s3://{settings.archive_bucket}"
    return NightParts(
        archive=Bucket.of_url(url),
        below=lambda prefix: Bucket.of_url(f"{url}/{prefix}"),
        engine=DuckDbEngine(limits(settings)),
        statements=statements(),
        clean_rules=settings.clean_rules,
        build_rules=settings.build_rules,
        schemas=settings.schemas,
        gate_limits=settings.gate_limits,
        prices=prices(),
        ceiling_usd=settings.cost_ceiling_usd,
        live=LiveParameter.named(settings.live_parameter, _own_target()),
        datasets=PersonalizeDatasets.of_environment(),
        recipe_arn=settings.nightly_recipe_arn,
        now=now,
    )


def limits(settings: BuildDatasetsSettings) -> DuckDbLimits:
    """What DuckDB may take: memory as Lambda tells it, disk as the template does."""
    memory_mb = int(os.environ[_MEMORY_VARIABLE])
    return within(memory_mb, settings.nightly_storage_mb, Path(gettempdir()))


def archive(bucket: str) -> Storage:
    """The bucket of the archive."""
    return Bucket.of_url(f"s3://{bucket}")


def now() -> str:
    """The time as ISO 8601 writes it."""
    return datetime.now(UTC).isoformat(timespec="seconds")


def _own_target() -> LiveTarget:
    try:
        return LiveTarget.of_environment(os.environ)
    except UnusableError as error:
        raise MisconfiguredError(str(error)) from None
