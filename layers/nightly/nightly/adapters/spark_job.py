"""Spark: the same job where one machine is too small. Needs pyspark and `views.py`, no more.

    spark-submit --py-files nightly.zip spark_job.py JOB.json ANSWERS.json [JOB.json ANSWERS.json …]

The job is `nightly.domain.job.Job` as JSON, so that the statements are made in one place. Job,
answers and every place in the job may be anywhere that Spark's file systems reach: `s3://` on EMR
Serverless, a path on a laptop. It runs with the Python of the cluster, so it keeps to 3.9.
"""

from __future__ import annotations

import json
import sys
from functools import reduce
from typing import TYPE_CHECKING, Any, Final

from pyspark.sql import DataFrame, SparkSession

from nightly.adapters.views import CLEAN_TYPES, REFUSED_TYPES, RESENT_TYPES, ROW_TYPES

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_TYPED: Final = {
    "archive": ROW_TYPES,
    "refused": REFUSED_TYPES,
    "clean": CLEAN_TYPES,
    "resent": RESENT_TYPES,
}
_DAY: Final = "datediff(CAST(dt AS DATE), DATE '1970-01-01') AS day"

# Spark trims by default, writes `""` for an empty text and a file _SUCCESS beside the parts.
_CSV: Final = {
    "header": "true",
    "escape": '"',
    "emptyValue": "",
    "ignoreLeadingWhiteSpace": "false",
    "ignoreTrailingWhiteSpace": "false",
}


def session() -> SparkSession:
    """A session in which a partition's name stays text and a day is a day of UTC."""
    return (
        SparkSession.builder.appName("nightly")
        .config("spark.sql.session.timeZone", "UTC")
        .config("spark.sql.sources.partitionColumnTypeInference.enabled", "false")
        .config("spark.hadoop.mapreduce.fileoutputcommitter.marksuccessfuljobs", "false")
        .getOrCreate()
    )


def run(spark: SparkSession, job: Mapping[str, Any]) -> dict[str, list[dict[str, Any]]]:
    """Do a job: views over the sources, steps, exports, and the rows of what it asks."""
    for source in job["sources"]:
        _view(spark, source).createOrReplaceTempView(source["section"])
    for step in job["steps"]:
        frame = spark.sql(step["select"])
        (frame.persist() if step["keeps"] else frame).createOrReplaceTempView(step["name"])
    for export in job["exports"]:
        _write(spark, export)
    return {name: [row.asDict() for row in spark.table(name).collect()] for name in job["asks"]}


def _view(spark: SparkSession, source: Mapping[str, Any]) -> DataFrame:
    typed = dict(_TYPED[source["section"]])
    typed |= {f"context_{name.lower()}": "STRING" for name in source["context"]}
    parts = [_read(spark, source, typed, group) for group in _by_root(source["files"])]
    if not parts:
        schema = ", ".join(f"{name} {kind}" for name, kind in typed.items())
        return spark.createDataFrame([], f"{schema}, day INT")
    return reduce(DataFrame.unionByName, parts)


def _by_root(files: Iterable[str]) -> Iterable[tuple[str, list[str]]]:
    """Files by the folder above their partitions, and by how they are written."""
    groups: dict[tuple[str, bool], list[str]] = {}
    for file in files:
        key = (file.partition("/dt=")[0], file.endswith(".parquet"))
        groups.setdefault(key, []).append(file)
    return [(root, paths) for (root, _), paths in groups.items()]


def _read(
    spark: SparkSession,
    source: Mapping[str, Any],
    typed: Mapping[str, str],
    group: tuple[str, list[str]],
) -> DataFrame:
    root, paths = group
    reader = spark.read.option("basePath", root)
    day = [] if source["section"] == "refused" else [_DAY]
    if paths[0].endswith(".parquet"):
        return reader.parquet(*paths).selectExpr(*_casts(typed), *day)
    if source["section"] == "refused":
        schema = "refused_event_ids ARRAY<STRING>, refused_from_ms BIGINT, refused_until_ms BIGINT"
        rows = reader.schema(schema).option("mode", "FAILFAST").json(paths)
        columns = ("explode(refused_event_ids) AS event_id", "refused_from_ms AS from_ms")
        return rows.selectExpr(*columns, "refused_until_ms AS until_ms")
    types = ROW_TYPES | {"impressions": "ARRAY<STRING>", "context": "MAP<STRING, STRING>"}
    schema = ", ".join(f"{name} {kind}" for name, kind in types.items())
    rows = reader.schema(f"{schema}, dt STRING").option("mode", "FAILFAST").json(paths)
    own = [f"context['{n.lower()}'] AS context_{n.lower()}" for n in source["context"]]
    return rows.selectExpr(*map(_from_json, ROW_TYPES), *own, *day)


def _casts(typed: Mapping[str, str]) -> list[str]:
    return [f"CAST({name} AS {kind}) AS {name}" for name, kind in typed.items()]


def _from_json(name: str) -> str:
    if name != "impressions":
        return name
    return "CASE WHEN size(impressions) > 0 THEN array_join(impressions, '|') END AS impressions"


def _write(spark: SparkSession, export: Mapping[str, Any]) -> None:
    """Write a folder of parts, also where one file is wanted: then it has one part.

    A sorted file is sorted by one task, on its disk where it must be: parts that are joined after
    a parallel sort come in no order that Spark promises.
    """
    rows = spark.table(export["step"])
    if export["format"] == "parquet":
        rows = rows.repartition(1)
        if export["order"]:
            rows = rows.sortWithinPartitions(*export["order"].split(", "))
        rows.write.mode("overwrite").option("compression", "zstd").parquet(export["place"])
    else:
        rows.write.mode("overwrite").options(**_CSV).csv(export["place"])


def _read_text(spark: SparkSession, place: str) -> str:
    """A small file, by the file system of its address."""
    return spark.sparkContext.wholeTextFiles(place).values().first()


def _write_text(spark: SparkSession, place: str, text: str) -> None:
    """Write a small file in one piece: on S3 an object is there when its stream is closed."""
    java = spark.sparkContext._jvm  # noqa: SLF001 - the one way to Hadoop's file systems
    path = java.org.apache.hadoop.fs.Path(place)
    system = path.getFileSystem(spark.sparkContext._jsc.hadoopConfiguration())  # noqa: SLF001
    stream = system.create(path, True)  # noqa: FBT003 - overwrite, of a Java method
    stream.write(bytearray(text.encode()))
    stream.close()


def main(arguments: list[str]) -> None:
    """Read each job, do it, write what it answers."""
    spark = session()
    try:
        for job, answers in zip(arguments[::2], arguments[1::2]):  # noqa: B905 - Python 3.9
            done = run(spark, json.loads(_read_text(spark, job)))
            _write_text(spark, answers, json.dumps(done))
            spark.catalog.clearCache()
    finally:
        spark.stop()


if __name__ == "__main__":
    main(sys.argv[1:])
