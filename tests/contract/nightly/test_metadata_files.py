"""The files of users and items: what stands, from messages and from somebody's CSV."""

import base64
import gzip
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from ingestion.adapters.archive import S3ActivityArchive
from ingestion.adapters.boto3_bucket import Boto3Bucket, s3_client
from ingestion.domain.archive import ActivityBatch
from ingestion.domain.dataset import Dataset
from ingestion.domain.message import Message
from moto import mock_aws
from nightly.adapters.bucket import Bucket
from nightly.adapters.folder import Folder
from nightly.application.foreign_files import foreign_files
from nightly.application.metadata_files import (
    REPORT,
    MetadataBuild,
    validate_metadata,
    write_metadata,
)
from nightly.application.told_metadata import STANDING
from nightly.domain.errors import BadRowError, OccupiedError, UnusableError
from nightly.domain.job import Dialect
from nightly.domain.metadata_rows import DEFAULT_COLUMNS, SchemaColumns, metadata_mapping

from tests.support.metadata_archive import AT_MS, DAY, archive, entry, profile
from tests.support.nightly import ENGINE
from tests.support.s3 import BUCKET, make_bucket

USERS, ITEMS = (SchemaColumns.read(dataset, DEFAULT_COLUMNS[dataset]) for dataset in Dataset)
ITEMS_MAP = "item_id=id,genres=genres,price=price,duration_s=90,created_at=1,description=title?"


def build(
    out: Path,
    told: Path | None = None,
    files: Mapping[Dataset, tuple[Path, str]] | None = None,
    **fields: Any,
) -> Mapping[str, Any]:
    """Write both files."""
    given = {
        dataset: (
            foreign_files(
                Folder(path.parent), path.name, fields.get("dialect", Dialect(())), ENGINE
            ),
            metadata_mapping(dataset, mapping),
        )
        for dataset, (path, mapping) in (files or {}).items()
    }
    schemas = fields.get("schemas", (USERS, ITEMS))
    part_bytes = fields.get("part_bytes", 50_000_000)
    source = None if told is None else Folder(told)
    return write_metadata(MetadataBuild(source, given, Folder(out), schemas, part_bytes=part_bytes))


def rows(out: Path, dataset: str) -> list[str]:
    """The rows of all parts."""
    parts = sorted((out / dataset).glob("*.csv"))
    return [line for part in parts for line in part.read_text().splitlines()[1:]]


def test_the_latest_of_each_stands(tmp_path: Path) -> None:
    """Whatever the order of arrival; what was told of nothing is nothing."""
    archive(
        tmp_path / "in",
        [
            profile("u-1", age_band="25-34", occurred_at_ms=AT_MS + 1),
            profile("u-1", age_band="18-24", gender="female"),
            profile("u-2", region="ES-MD"),
            entry("i-1", description="Old, very"),
            entry("i-1", description='New, "very"', occurred_at_ms=AT_MS + 1),
        ],
    )
    report = build(tmp_path / "out", tmp_path / "in")
    assert rows(tmp_path / "out", "users") == ["u-1,25-34,,,,", "u-2,,,ES-MD,,"]
    assert rows(tmp_path / "out", "items") == [
        'i-1,5,Drama,,0,60,,,,"New, \\"very\\""',
    ]  # fmt: skip
    assert report["users"]["rows"], report["items"]["rows"] == (2, 1)
    assert report["outcomes"] == {"ok": 5}
    assert json.loads((tmp_path / "out" / REPORT).read_text()) == report


def test_what_makes_no_record_is_counted_by_reason(tmp_path: Path) -> None:
    """Names of rules and places only; activities of players are none of ours."""
    noise = [b'{"kind": "playback", "ext": {"x": "profile"}}', b'"profile"', b"profile", b"{}"]
    archive(
        tmp_path / "in",
        [
            *noise,
            profile("null"),
            entry("i-1", price=None),
            profile("u-3", consent={"state": "denied"}),
            profile("u-4", occurred_at_ms=AT_MS + 400_000),
        ],
    )
    report = build(tmp_path / "out", tmp_path / "in")
    text = json.dumps(report)
    assert not {"u-3", "u-4", "i-1"} & set(text.split('"'))
    assert sum(report["outcomes"].values()) == 4
    assert report["outcomes"]["schema: missing_column: PRICE"] == 1
    assert report["outcomes"]["clock: in_the_future"] == 1
    assert report["outcomes"]["private"] == 1
    assert report["first"]["schema: missing_column: PRICE"] == "m-5"


def test_bytes_that_are_no_text_are_passed_over(tmp_path: Path) -> None:
    """They were rejected when they came."""
    path = tmp_path / "in/activities" / DAY / "hh=10/q/a.jsonl.gz"
    path.parent.mkdir(parents=True)
    row = {"id": "m", "origin": "profile", "arrived_at_ms": 1}
    row["body_base64"] = base64.b64encode(b"\xff").decode()
    path.write_bytes(gzip.compress(json.dumps(row).encode() + b"\n"))
    assert build(tmp_path / "out", tmp_path / "in")["outcomes"] == {}


def test_what_stands_outlives_the_messages(tmp_path: Path) -> None:
    """Raw messages expire; a user who was told of once is still known."""
    archive(tmp_path / "in", [profile("u-1", age_band="25-34"), profile("u-2")])
    build(tmp_path / "one", tmp_path / "in")
    (tmp_path / "in/activities" / DAY / "hh=10/metadata/a.jsonl.gz").unlink()
    archive(
        tmp_path / "in", [profile("u-2", gender="x", occurred_at_ms=AT_MS + 1)], "dt=2026-12-24"
    )
    build(tmp_path / "two", tmp_path / "in")
    assert rows(tmp_path / "two", "users") == ["u-1,25-34,,,,", "u-2,,x,,,"]
    before = (tmp_path / "in" / STANDING).read_bytes()
    build(tmp_path / "three", tmp_path / "in")
    assert (tmp_path / "in" / STANDING).read_bytes() == before
    assert rows(tmp_path / "three", "users") == rows(tmp_path / "two", "users")


def test_only_new_days_are_read_again(tmp_path: Path) -> None:
    """And three before them; all of them once there are other columns."""
    archive(tmp_path / "in", [profile("u-1", age_band="25-34")], "dt=2026-11-01")
    archive(tmp_path / "in", [profile("u-2", age_band="25-34")], "dt=2026-11-24")
    assert build(tmp_path / "one", tmp_path / "in")["outcomes"] == {"ok": 2}
    assert build(tmp_path / "two", tmp_path / "in")["outcomes"] == {"ok": 1}
    schemas = (SchemaColumns.read(Dataset.USERS, "AGE_BAND"), ITEMS)
    other = build(tmp_path / "three", tmp_path / "in", schemas=schemas)
    assert other["outcomes"] == {"ok": 2}
    assert rows(tmp_path / "three", "users") == ["u-1,25-34", "u-2,25-34"]


def test_a_standing_of_another_format_is_refused(tmp_path: Path) -> None:
    """Rather than misread."""
    (tmp_path / "metadata").mkdir()
    (tmp_path / STANDING).write_bytes(gzip.compress(b'{"format": 9}\n'))
    with pytest.raises(UnusableError, match="another format"):
        build(tmp_path / "out", tmp_path)


def test_a_catalogue_comes_from_csv(tmp_path: Path) -> None:
    """Each bad row by reason with the first of its kind; a message overtakes a row."""
    (tmp_path / "items.csv").write_text(
        "\ufeffid;genres;price;title\n"
        "i-1;Drama|War;1;Said twice\n"
        "i-2;Drama|War;1.5;'One; two'\n"
        "i-3;Drama;free;No price\n"
        "i-4;Drama\n"
        "\n"
        "i-5;;1;No genre\n"
        "hidden;Drama;1;Left out\n"
    )
    archive(tmp_path / "in", [entry("i-1", description="Told")])
    mapping = ITEMS_MAP.replace("item_id=id", 'item_id=skip if id = "hidden" else id')
    dialect = Dialect((), ";", "'", "'")
    report = build(
        tmp_path / "out",
        tmp_path / "in",
        {Dataset.ITEMS: (tmp_path / "items.csv", mapping)},
        dialect=dialect,
    )
    assert rows(tmp_path / "out", "items") == [
        "i-1,5,Drama,,0,60,,,,Told",
        "i-2,1,Drama|War,,1.5,90,,,,One; two",
    ]
    assert report["outcomes"] == {
        "ok": 3, "malformed": 1, "left_out": 1, "schema: missing_column: GENRES": 1,
        "schema: finite_number: catalogue.price": 1,
    }  # fmt: skip
    assert report["first"]["malformed"] == "items.csv row 5"
    assert report["first"]["schema: finite_number: catalogue.price"] == "items.csv row 4"


def test_users_come_from_csv_without_quotation(tmp_path: Path) -> None:
    """A quotation mark is a character as any then, and needs quoting here."""
    (tmp_path / "users.csv").write_text('u,r\nu-1,"so called\nu-2,\n')
    files = {Dataset.USERS: (tmp_path / "users.csv", "user_id=u,region=r")}
    build(tmp_path / "out", None, files, dialect=Dialect((), ",", "", ""))
    assert rows(tmp_path / "out", "users") == ['u-1,,,"\\"so called",,', "u-2,,,,,"]


def test_a_stray_quotation_mark_is_told(tmp_path: Path) -> None:
    """It would make one field of the rest of the file."""
    (tmp_path / "users.csv").write_text('u,r\nu-1,"' + "x\n" * 100_000)
    files = {Dataset.USERS: (tmp_path / "users.csv", "user_id=u,region=r")}
    with pytest.raises(UnusableError, match=r"users.csv row 2: cannot be read as CSV"):
        build(tmp_path / "out", None, files)


@pytest.mark.parametrize(
    ("name", "told"),
    [("items.parquet", "items are read from CSV"), ("items.csv", "no column genres")],
)
def test_a_file_that_does_not_fit_is_told(tmp_path: Path, name: str, told: str) -> None:
    """Before anything is written."""
    if name.endswith("csv"):
        (tmp_path / name).write_text("x\n1\n")
    else:
        import duckdb  # noqa: PLC0415 -- to make one

        duckdb.execute(f"COPY (SELECT 1 AS id) TO '{tmp_path / name}' (FORMAT parquet)")
    with pytest.raises(UnusableError, match=told):
        build(tmp_path / "out", None, {Dataset.ITEMS: (tmp_path / name, ITEMS_MAP)})
    assert not (tmp_path / "out").exists()


def test_parts_are_cut_and_read_back(tmp_path: Path) -> None:
    """Each with the header; what an attempt before has left is gone."""
    archive(tmp_path / "in", [profile(f"u-{number}") for number in range(30)])
    (tmp_path / "out/users").mkdir(parents=True)
    (tmp_path / "out/users/part-99.csv").write_text("half")
    report = build(tmp_path / "out", tmp_path / "in", part_bytes=100)
    parts = sorted((tmp_path / "out/users").iterdir())
    assert len(parts) == report["users"]["parts"] > 2
    assert {part.read_text().partition("\n")[0] for part in parts} == {",".join(USERS.header)}
    assert len(rows(tmp_path / "out", "users")) == report["users"]["rows"] == 30
    with pytest.raises(OccupiedError):
        build(tmp_path / "out", tmp_path / "in")


def test_a_bad_row_is_named_with_its_file(tmp_path: Path) -> None:
    """Also an id that another part has."""
    header = ",".join(USERS.header)
    for number in range(2):
        (tmp_path / f"part-{number}.csv").write_text(f"{header}\nu-1,,,,,\n")
    with pytest.raises(BadRowError, match=r"part-1.csv row 2: repeated_id"):
        validate_metadata(Folder(tmp_path), "", USERS)
    with pytest.raises(BadRowError, match="users/ row 1: no_file"):
        validate_metadata(Folder(tmp_path), "users/", USERS)


def test_the_archive_is_read_as_the_recorder_writes_it(tmp_path: Path) -> None:
    """From its own writer, in S3."""
    with mock_aws():
        s3 = s3_client()
        make_bucket(s3)
        messages = (Message("m-1", "MetadataQueue", profile("u-1", gender="x"), AT_MS),)
        S3ActivityArchive(Boto3Bucket(s3, BUCKET)).store(ActivityBatch(messages))
        build_of = MetadataBuild(Bucket(s3, BUCKET), {}, Folder(tmp_path), (USERS, ITEMS))
        write_metadata(build_of)
    assert rows(tmp_path, "users") == ["u-1,,x,,,"]
