"""CSV and Parquet of somebody else, as DuckDB reads them: every column as text, row by row."""

from collections.abc import Iterator

from nightly.domain.job import PLACES, Dialect, Source
from nightly.domain.mapping_sql import quoted


def foreign_view(source: Source) -> str:
    """The view of a history.

    Rows are numbered in the order of the file, so the job has to keep it. A line that is no row is
    kept aside in `reject_errors`; it harms no other.
    """
    if source.dialect is None:
        (first, *_) = source.files
        return f"SELECT * FROM read_parquet({quoted(first)})"
    return " UNION ALL ".join(_files(source, source.dialect))


def _files(source: Source, dialect: Dialect) -> Iterator[str]:
    for number, file in enumerate(source.files):
        if file.endswith(".parquet"):
            names, rows = _parquet(file, dialect)
        else:
            names, rows = _csv(file, dialect)
        yield f"SELECT {number * PLACES} + row_number() OVER () AS place, {names} FROM {rows}"


def _csv(file: str, dialect: Dialect) -> tuple[str, str]:
    names = [f"c{number}" for number in range(len(dialect.header))]
    columns = ", ".join(f"'{name}': 'VARCHAR'" for name in names)
    written = (dialect.delimiter, dialect.quote, dialect.escape)
    delimiter, quote, escape = map(quoted, written)
    return ", ".join(names), (
        f"read_csv({quoted(file)}, auto_detect = false, header = true, delim = {delimiter},"
        f" quote = {quote}, escape = {escape}, columns = {{{columns}}}, store_rejects = true,"
        " rejects_limit = 0)"
    )


def _parquet(file: str, dialect: Dialect) -> tuple[str, str]:
    names = [name.replace('"', '""') for name in dialect.header]
    columns = [f'CAST("{name}" AS VARCHAR) AS c{number}' for number, name in enumerate(names)]
    return ", ".join(columns), f"read_parquet({quoted(file)})"
