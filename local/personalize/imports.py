"""The work of a dataset import job: read, check everything, and only then change the dataset."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final, Protocol
from urllib.parse import urlsplit

from local.personalize.csv_rows import CsvError, rows_in
from local.personalize.event_types import too_many_event_types
from local.personalize.interactions import BULK, InteractionStore, interaction_of
from local.personalize.lifecycle import Commit, Failed
from local.personalize.quotas import Quotas
from local.personalize.records import Record, RecordStore
from local.personalize.schema_text import ITEMS, USERS, DatasetSchema
from local.personalize.service_model import Body

FULL: Final = "FULL"
INCREMENTAL: Final = "INCREMENTAL"

ID_COLUMN: Final[Mapping[str, str]] = {USERS: "USER_ID", ITEMS: "ITEM_ID"}


class S3Reader(Protocol):
    """Reads the objects an import job names."""

    def __call__(self, bucket: str, key: str, /) -> Sequence[tuple[str, bytes]]:
        """Reads objects as (key, content), in the order of their keys.

        Args:
            bucket: The bucket's name.
            key: The key of one object; or, ending in "/" or empty, a folder whose objects are
                meant, without those of its sub-folders: whether an import reads those is not
                documented, so nobody should rely on it.

        Returns:
            Nothing where there is no such bucket or object.
        """
        ...


@dataclass(frozen=True, slots=True)
class Dataset:
    """What a dataset holds: how its rows look, and where they are kept."""

    schema: DatasetSchema
    dataset_type: str
    store: InteractionStore | RecordStore


@dataclass(frozen=True, slots=True)
class ImportJob:
    """One dataset import job, ready to run."""

    dataset: Dataset
    location: str
    mode: str
    read: S3Reader
    quotas: Quotas

    def run(self) -> Commit | Failed:
        """Reads and checks the files; the answer is what changes the dataset, or the reason."""
        try:
            rows = list(self._rows())
        except CsvError as error:
            return Failed(str(error))
        if isinstance(self.dataset.store, InteractionStore):
            return self._interactions(self.dataset.store, rows)
        return self._records(self.dataset.store, rows)

    def _rows(self) -> Iterable[Body]:
        bucket, key = bucket_and_key(self.location)
        objects = self.read(bucket, key)
        if not objects:
            message = f"No object could be read at {self.location}."
            raise CsvError(message)
        for name, content in objects:
            yield from rows_in(name, content, self.dataset.schema, self.quotas)

    def _interactions(self, store: InteractionStore, rows: list[Body]) -> Commit | Failed:
        minimum = self.quotas.rows_per_interactions_import
        if len(rows) < minimum:
            return Failed(
                f"An import job of interactions must have at least {minimum} rows, "
                f"and this one has {len(rows)}."
            )
        interactions = [interaction_of(row, source=BULK) for row in rows]
        excess = too_many_event_types(self.dataset.schema, interactions, self.quotas)
        if excess is not None:
            return Failed(excess)
        change = store.replace_bulk if self.mode == FULL else store.append_bulk
        return partial[None](change, interactions)

    def _records(self, store: RecordStore, rows: list[Body]) -> Commit:
        id_column = ID_COLUMN[self.dataset.dataset_type]
        records = [record_of(row, id_column, is_streamed=False) for row in rows]
        change = store.replace_bulk if self.mode == FULL else store.put
        return partial[None](change, records)


def record_of(row: Body, id_column: str, *, is_streamed: bool) -> Record:
    """Splits a row of a users or items dataset into its id and the rest."""
    columns = {name: value for name, value in row.items() if name != id_column}
    return Record(str(row[id_column]), columns, is_streamed)


def bucket_and_key(location: str) -> tuple[str, str]:
    """Splits "s3://bucket/key"."""
    parts = urlsplit(location)
    return parts.netloc, parts.path.removeprefix("/")
