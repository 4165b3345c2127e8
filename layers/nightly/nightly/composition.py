"""What the functions of the night are made of, from their settings."""

import os
from pathlib import Path
from tempfile import gettempdir
from typing import Final

from nightly.adapters.bucket import Bucket
from nightly.adapters.duckdb_engine import DuckDbEngine
from nightly.adapters.duckdb_limits import within
from nightly.adapters.statements import statements
from nightly.application.clean_day import Cleaning
from nightly.settings import BuildDatasetsSettings

_MEMORY_VARIABLE: Final = "AWS_LAMBDA_FUNCTION_MEMORY_SIZE"


def cleaning(settings: BuildDatasetsSettings) -> Cleaning:
    """The day step over the bucket of the archive."""
    bucket = Bucket.of_url(f"s3://{settings.archive_bucket}")
    return Cleaning(bucket, bucket, engine(settings), statements(), settings.clean_rules)


def engine(settings: BuildDatasetsSettings) -> DuckDbEngine:
    """DuckDB within what the function has: memory as Lambda tells it, disk as the template."""
    memory_mb = int(os.environ[_MEMORY_VARIABLE])
    return DuckDbEngine(within(memory_mb, settings.nightly_storage_mb, Path(gettempdir())))
