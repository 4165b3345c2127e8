"""`metadata`: the files of users and items, from what was told and from CSV."""

import argparse
from collections.abc import Mapping

from ingestion.domain.dataset import Dataset

from nightly.application.foreign_files import ForeignFiles, foreign_files
from nightly.application.metadata_files import MetadataBuild, validate_metadata, write_metadata
from nightly.commands.import_history import add_dialect, dialect_of
from nightly.commands.places import add_engine, engine, file_in, storage, tell
from nightly.domain import mapping_text
from nightly.domain.column_mapping import ColumnMapping
from nightly.domain.errors import UnusableError
from nightly.domain.metadata_rows import DEFAULT_COLUMNS, FIELDS, SchemaColumns, metadata_mapping


def add(parser: argparse.ArgumentParser) -> None:
    """Give the command its options."""
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    fields = "\n".join(f"    {dataset}: {', '.join(FIELDS[dataset])}" for dataset in Dataset)
    parser.description = f"{__doc__}\n\nA mapping:\n\n{mapping_text.__doc__}\nFields:\n{fields}"
    parser.add_argument("--archive", metavar="PLACE", help="with activities/…")
    parser.add_argument("--out", required=True, metavar="PLACE", help="gets users/ and items/")
    for dataset in Dataset:
        parser.add_argument(f"--{dataset}-csv", metavar="FILE-OR-FOLDER")
        parser.add_argument(f"--{dataset}-map", default="", metavar="FIELD=…,…")
    parser.add_argument("--max-skew-s", type=int, default=300, metavar="N")
    parser.add_argument("--part-bytes", type=int, default=50_000_000, metavar="N")
    add_columns(parser)
    add_dialect(parser)
    add_engine(parser)
    parser.set_defaults(do=_write)


def add_validation(parser: argparse.ArgumentParser) -> None:
    """The options of the command that reads such files back."""
    parser.add_argument("place", metavar="PLACE", help="what `metadata` wrote to")
    add_columns(parser)
    parser.set_defaults(do=_validate)


def add_columns(parser: argparse.ArgumentParser) -> None:
    """The columns of the two schemas, as in the template's parameters."""
    for dataset in Dataset:
        parser.add_argument(
            f"--{dataset.removesuffix('s')}-columns",
            default=DEFAULT_COLUMNS[dataset],
            metavar="A,B?",
        )


def _schemas(options: argparse.Namespace) -> tuple[SchemaColumns, SchemaColumns]:
    return (
        SchemaColumns.read(Dataset.USERS, options.user_columns),
        SchemaColumns.read(Dataset.ITEMS, options.item_columns),
    )


def _write(options: argparse.Namespace) -> None:
    archive = None if options.archive is None else storage(options.archive)
    files = _files(options)
    if archive is None and not files:
        error = "nothing to read: --archive, --users-csv or --items-csv"
        raise UnusableError(error)
    build = MetadataBuild(
        archive,
        files,
        storage(options.out),
        _schemas(options),
        options.max_skew_s,
        options.part_bytes,
    )
    tell(write_metadata(build))


def _files(
    options: argparse.Namespace,
) -> Mapping[Dataset, tuple[ForeignFiles, ColumnMapping]]:
    given = {Dataset.USERS: options.users_csv, Dataset.ITEMS: options.items_csv}
    mappings = {Dataset.USERS: options.users_map, Dataset.ITEMS: options.items_map}
    found: dict[Dataset, tuple[ForeignFiles, ColumnMapping]] = {}
    for dataset, place in given.items():
        if place is not None:
            mapping = metadata_mapping(dataset, mappings[dataset])
            origin, key = file_in(place)
            files = foreign_files(origin, key, dialect_of(options), engine(options))
            found[dataset] = (files, mapping)
    return found


def _validate(options: argparse.Namespace) -> None:
    place = storage(options.place)
    found = [schema for schema in _schemas(options) if place.files(f"{schema.dataset}/")]
    tell({s.dataset: validate_metadata(place, f"{s.dataset}/", s) for s in found})
