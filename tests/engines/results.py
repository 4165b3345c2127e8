"""What an engine made of a job, and whether another made the same."""

import json
from dataclasses import dataclass
from pathlib import Path

import duckdb
from nightly.domain.job import Answers

from tests.engines.jobs import TABLES
from tests.support.nightly import BUILD_RULES, digest_of


@dataclass(frozen=True, slots=True)
class Result:
    """What an engine made.

    Attributes:
        training: SHA-256 of the sorted rows of the file.
        rows: How many these are.
        figures: SHA-256 of all that was asked.
        out: Where the tables lie.
    """

    training: str
    rows: int
    figures: str
    out: Path


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two results of one job.

    Attributes:
        differing: By table how many rows only one of the engines made.
    """

    name: str
    duck: Result
    spark: Result
    differing: dict[str, int]

    @property
    def is_same(self) -> bool:
        """Whether file, figures and tables are the same."""
        ours = (self.duck.training, self.duck.figures)
        return ours == (self.spark.training, self.spark.figures) and not any(
            self.differing.values()
        )

    def __str__(self) -> str:
        """One line."""
        rows = ", ".join(f"{table} {number}" for table, number in self.differing.items())
        return (
            f"{self.name}: {'same' if self.is_same else 'DIFFERENT'}; {self.duck.rows} rows, sha256"
            f" {self.duck.training[:16]} and {self.spark.training[:16]}, figures"
            f" {self.duck.figures[:16]} and {self.spark.figures[:16]}, rows that differ: {rows}"
        )


def compare(name: str, duck: Result, spark: Result) -> Comparison:
    """Look at every row of both."""
    differing = {table: _differing(duck.out, spark.out, table) for table in TABLES}
    return Comparison(name, duck, spark, differing)


def result_of(out: Path, answers: Answers) -> Result:
    """Read what a job wrote."""
    lines = _lines(out / "interactions")
    return Result(digest_of(lines), len(lines), digest_of(_figures(answers)), out)


def _lines(parts: Path) -> list[str]:
    """All rows of all parts as bytes have them, sorted; nothing else may lie there."""
    files = [path for path in parts.iterdir() if not path.name.endswith(".crc")]
    lines = [path.read_bytes().decode().split("\n") for path in files]
    headers = {each[0] for each in lines}
    if headers != {",".join(BUILD_RULES.columns.names)}:
        error = f"headers: {sorted(headers)}"
        raise ValueError(error)
    return sorted(line for each in lines for line in each[1:] if line)


def _figures(answers: Answers) -> list[str]:
    return sorted(
        json.dumps([name, {key: _plain(value) for key, value in row.items()}], sort_keys=True)
        for name, rows in answers.items()
        for row in rows
    )


def _plain(value: object) -> object:
    return value if value is None or isinstance(value, str) else int(str(value))


def _differing(one: Path, other: Path, table: str) -> int:
    """Rows of a table that only one of the engines made; none if the job does not write it."""
    places = [out / f"{table}.parquet" for out in (one, other)]
    if not any(place.exists() for place in places):
        return 0
    with duckdb.connect() as database:
        described = database.execute(f"DESCRIBE FROM '{_glob(places[0])}'").fetchall()
        columns = ", ".join(str(column[0]) for column in described)
        a, b = (f"SELECT {columns} FROM '{_glob(place)}'" for place in places)
        query = f"({a} EXCEPT ALL {b}) UNION ALL ({b} EXCEPT ALL {a})"
        return len(database.execute(query).fetchall())


def _glob(path: Path) -> str:
    return f"{path}/*.parquet" if path.is_dir() else str(path)
