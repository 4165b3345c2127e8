"""`import-history`: interactions of the time before, from CSV or Parquet."""

import argparse
from datetime import UTC, datetime

from nightly.adapters.statements import statements
from nightly.application.foreign_files import foreign_files
from nightly.application.import_history import HistoryImport, import_history
from nightly.commands.places import add_engine, engine, file_in, names, storage, tell
from nightly.domain import mapping_text
from nightly.domain.days import Day
from nightly.domain.history import FIELDS, PRESETS, history_mapping
from nightly.domain.job import Dialect
from nightly.domain.rules import CleanRules


def add(parser: argparse.ArgumentParser) -> None:
    """Give the command its options."""
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    presets = "\n".join(f"    {name}: {text}" for name, text in PRESETS.items())
    parser.description = (
        f"{__doc__}\n\nA mapping:\n\n{mapping_text.__doc__}\nFields: {', '.join(FIELDS)}"
        f" and the context columns.\n\nPresets:\n{presets}"
    )
    parser.add_argument("--from", required=True, dest="origin", metavar="FILE-OR-FOLDER")
    parser.add_argument("--archive", required=True, metavar="PLACE", help="gets history/NAME/…")
    parser.add_argument("--name", required=True, help="of the history: a-z, 0-9 and -")
    parser.add_argument("--preset", choices=sorted(PRESETS))
    parser.add_argument("--map", default="", dest="mapping", metavar="FIELD=…,…")
    parser.add_argument("--add", action="store_true", help="beside other content of this name")
    parser.add_argument("--most-refused", type=float, default=0.05, metavar="SHARE")
    parser.add_argument("--day", type=Day.named, default=None, metavar="YYYY-MM-DD")
    parser.add_argument("--context-columns", type=names, default=(), metavar="A,B")
    add_dialect(parser)
    add_engine(parser)
    parser.set_defaults(do=_import)


def add_dialect(parser: argparse.ArgumentParser) -> None:
    """How the CSV files are written."""
    parser.add_argument("--delimiter", default=",", metavar="CHARACTER", help="a tab for .tsv")
    parser.add_argument("--quote", default='"', metavar="CHARACTER", help="empty: none")
    parser.add_argument("--escape", default='"', metavar="CHARACTER", help="before a quote")


def dialect_of(options: argparse.Namespace) -> Dialect:
    """As the options say."""
    return Dialect((), options.delimiter, options.quote, options.escape if options.quote else "")


def _import(options: argparse.Namespace) -> None:
    mapping = history_mapping(options.preset, options.mapping, options.context_columns)
    origin, key = file_in(options.origin)
    duckdb = engine(options)
    done = import_history(
        HistoryImport(
            options.name,
            foreign_files(origin, key, dialect_of(options), duckdb),
            mapping,
            storage(options.archive),
            duckdb,
            statements(),
            CleanRules(context=options.context_columns),
            options.day or Day.named(datetime.now(UTC).date().isoformat()),
            options.add,
            options.most_refused,
        )
    )
    tell({"published": done.is_new} | done.manifest.as_dict())
