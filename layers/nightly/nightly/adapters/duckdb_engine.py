"""DuckDB: the engine inside this process. Nothing is downloaded while it runs.

The S3 extension comes from PyPI beside DuckDB, fits exactly this version, and is loaded by its
path: INSTALL would want the network and a home directory, and a Lambda function has neither.
"""

import os
from collections.abc import Iterable, Mapping
from importlib.resources import as_file, files
from typing import Any, Final
from urllib.parse import urlsplit

import duckdb

from nightly.adapters.duckdb_limits import DuckDbLimits
from nightly.adapters.foreign_files import foreign_view
from nightly.adapters.views import CLEAN_TYPES, REFUSED_TYPES, RESENT_TYPES, ROW_TYPES
from nightly.domain.columns import context_column
from nightly.domain.job import Answers, Export, Format, Job, Section, Source

_EXTENSION: Final = f"extensions/v{duckdb.__version__}/httpfs.duckdb_extension"
_TYPED: Final = {
    Section.ARCHIVE: ROW_TYPES,
    Section.REFUSED: REFUSED_TYPES,
    Section.CLEAN: CLEAN_TYPES,
    Section.RESENT: RESENT_TYPES,
}
_DAY: Final = "CAST(date_diff('day', DATE '1970-01-01', CAST(dt AS DATE)) AS INTEGER) AS day"


class DuckDbEngine:
    """DuckDB; see the port `Engine`. Each job has a database of its own, in memory."""

    def __init__(self, limits: DuckDbLimits) -> None:
        self._limits = limits

    def run(self, job: Job) -> Answers:
        """Do a job; see the port."""
        with duckdb.connect(config=_config(self._limits, job)) as database:
            if any(_is_remote(place) for place in _places(job)):
                _open_s3(database)
            for source in job.sources:
                database.execute(f"CREATE TEMP VIEW {source.section} AS {_view(source)}")
            for step in job.steps:
                kind = "TABLE" if step.keeps else "VIEW"
                database.execute(f"CREATE TEMP {kind} {step.name} AS {step.select}")
            for export in job.exports:
                database.execute(_copy(export))
            return {name: _rows(database, name) for name in job.asks}


def _config(limits: DuckDbLimits, job: Job) -> dict[str, Any]:
    """Order is kept only where a statement asks for it, so that results can stream.

    The rows of a history are numbered as they stand in their files.
    """
    numbers_rows = any(source.section is Section.HISTORY for source in job.sources)
    chosen = {
        "memory_limit": limits.memory,
        "temp_directory": None if limits.temporary is None else str(limits.temporary),
        "threads": limits.threads,
        "max_temp_directory_size": limits.disk,
    }
    return {
        "preserve_insertion_order": numbers_rows,
        "autoinstall_known_extensions": False,
        "autoload_known_extensions": False,
    } | {name: value for name, value in chosen.items() if value is not None}


def _places(job: Job) -> Iterable[str]:
    yield from (file for source in job.sources for file in source.files)
    yield from (export.place for export in job.exports)


def _is_remote(place: str) -> bool:
    return place.startswith("s3://")


def _open_s3(database: duckdb.DuckDBPyConnection) -> None:
    with as_file(files("duckdb_extension_httpfs") / _EXTENSION) as extension:
        database.execute(f"LOAD {_text(str(extension))}")
    fields = ", ".join(f"{name} {_text(value)}" for name, value in _secret().items())
    database.execute(f"CREATE SECRET archive (TYPE s3, {fields})")


def _secret() -> Mapping[str, str]:
    """What boto3 would sign with, so that roles and sessions work without another extension."""
    # Half a second that a build over folders need not take.
    import boto3  # noqa: PLC0415

    session = boto3.Session()
    found = session.get_credentials()
    if found is None:
        return {}
    keys = found.get_frozen_credentials()
    secret: dict[str, str] = {
        "KEY_ID": keys.access_key or "",
        "SECRET": keys.secret_key or "",
        "SESSION_TOKEN": keys.token or "",
        "REGION": session.region_name or "us-east-1",
    }
    return secret | _endpoint(os.environ.get("AWS_ENDPOINT_URL", ""))


def _endpoint(url: str) -> dict[str, str]:
    parts = urlsplit(url)
    if not parts.netloc:
        return {}
    is_secure = str(parts.scheme == "https").lower()
    return {"ENDPOINT": parts.netloc, "URL_STYLE": "path", "USE_SSL": is_secure}


def _view(source: Source) -> str:
    """The view of a source, also when it has no file."""
    if source.section is Section.HISTORY:
        return foreign_view(source)
    parquet = tuple(file for file in source.files if file.endswith(".parquet"))
    lines = tuple(file for file in source.files if not file.endswith(".parquet"))
    parts = [
        *([_parquet_view(source, parquet)] if parquet else []),
        *([_json_view(source, lines)] if lines else []),
    ]
    return " UNION ALL ".join(parts) or _empty_view(source)


def _names(source: Source) -> dict[str, str]:
    typed = dict(_TYPED[source.section])
    return typed | {context_column(name): "STRING" for name in source.context}


def _with_day(source: Source, columns: Iterable[str]) -> str:
    return ", ".join([*columns, *([] if source.section is Section.REFUSED else [_DAY])])


def _empty_view(source: Source) -> str:
    nothing = [f"CAST(NULL AS {kind}) AS {name}" for name, kind in _names(source).items()]
    return f"SELECT {', '.join(nothing)}, CAST(NULL AS INTEGER) AS day WHERE false"


def _parquet_view(source: Source, paths: tuple[str, ...]) -> str:
    columns = [f"CAST({name} AS {kind}) AS {name}" for name, kind in _names(source).items()]
    return (
        f"SELECT {_with_day(source, columns)} FROM read_parquet({_list(paths)},"
        " hive_partitioning = true, hive_types = {'dt': 'VARCHAR'})"
    )


def _json_view(source: Source, paths: tuple[str, ...]) -> str:
    if source.section is Section.REFUSED:
        types = {"refused_event_ids": "STRING[]", "refused_from_ms": "BIGINT"}
        types |= {"refused_until_ms": "BIGINT"}
        columns = ["unnest(refused_event_ids) AS event_id", "refused_from_ms AS from_ms"]
        columns += ["refused_until_ms AS until_ms"]
    else:
        types = ROW_TYPES | {"impressions": "STRING[]", "context": "MAP(STRING, STRING)"}
        columns = [_from_json(name) for name in ROW_TYPES]
        columns += [f"context['{n.lower()}'] AS {context_column(n)}" for n in source.context]
    described = ", ".join(f"{_text(name)}: {_text(kind)}" for name, kind in types.items())
    return (
        f"SELECT {_with_day(source, columns)} FROM read_json({_list(paths)},"
        f" format = 'newline_delimited', columns = {{{described}}},"
        " hive_partitioning = true, hive_types = {'dt': 'VARCHAR', 'hh': 'VARCHAR'})"
    )


def _from_json(name: str) -> str:
    if name != "impressions":
        return name
    return (
        "CASE WHEN len(impressions) > 0 THEN array_to_string(impressions, '|') END AS impressions"
    )


def _copy(export: Export) -> str:
    order = f" ORDER BY {export.order}" if export.order else ""
    rows = f"(SELECT * FROM {export.step}{order})"
    place = _text(export.place)
    if export.format is Format.PARQUET:
        return f"COPY {rows} TO {place} (FORMAT parquet, COMPRESSION zstd)"
    return (
        f"COPY {rows} TO {place} (FORMAT csv, HEADER true, OVERWRITE_OR_IGNORE true,"
        f" FILE_SIZE_BYTES {export.part_bytes}, FILENAME_PATTERN 'part-{{i}}')"
    )


def _rows(database: duckdb.DuckDBPyConnection, step: str) -> list[dict[str, Any]]:
    result = database.execute(f"SELECT * FROM {step}")
    names = [column[0] for column in result.description or ()]
    return [dict(zip(names, row, strict=True)) for row in result.fetchall()]


def _list(paths: Iterable[str]) -> str:
    return f"[{', '.join(map(_text, paths))}]"


def _text(value: str) -> str:
    quoted = value.replace("'", "''")
    return f"'{quoted}'"
