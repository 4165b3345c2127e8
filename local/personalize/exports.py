"""The work of a dataset export job: the rows of a dataset as CSV files in S3.

What is documented is kept (developer guide, "Exporting the training data in a dataset to Amazon
S3"; API model, CreateDatasetExportJob): the mode, PUT by default; of rows that are equal in every
field one, but of interactions all in mode ALL; of a user or item the newest; CSV with the columns
of the schema. Not documented are the names of the files, how many there are, and what is written of
a guest: here rows of whoever never signed in are left out, as they are of a training.
"""

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import batched
from typing import Final, Protocol

from local.personalize.imports import ID_COLUMN, Dataset, bucket_and_key
from local.personalize.interactions import BULK, STREAMED, Interaction, InteractionStore
from local.personalize.lifecycle import Commit, Failed
from local.personalize.records import RecordStore
from local.personalize.service_model import Json

ALL: Final = "ALL"
ROWS_A_FILE: Final = 1000

type Row = tuple[Json, ...]


class S3Writer(Protocol):
    """Writes the objects an export job makes."""

    def __call__(self, bucket: str, key: str, content: bytes, /) -> bool:
        """Writes an object; False where there is no such bucket."""
        ...


def no_s3(_bucket: str, _key: str, _content: bytes, /) -> bool:
    """Writes nothing, where there is no S3: every export fails."""
    return False


@dataclass(frozen=True, slots=True)
class ExportJob:
    """One dataset export job, ready to run.

    Attributes:
        location: A folder, "s3://bucket/folder/".
        mode: BULK, PUT or ALL.
    """

    dataset: Dataset
    location: str
    mode: str
    write: S3Writer

    def run(self) -> Commit | Failed:
        """Takes the rows as they are now; the answer writes them, or is the reason why not."""
        bucket, folder = bucket_and_key(self.location)
        files = list(self._files())
        if not all(self.write(bucket, folder + name, content) for name, content in files):
            return Failed(f"Nothing could be written to {self.location}.")
        return lambda: None

    def _files(self) -> Iterator[tuple[str, bytes]]:
        header = [column.name for column in self.dataset.schema.columns]
        parts: Iterable[Sequence[Row]] = batched(self._rows(header), ROWS_A_FILE, strict=False)
        for number, rows in enumerate(parts):
            text = io.StringIO(newline="")
            csv.writer(text, lineterminator="\n").writerows([header, *rows])
            yield f"part-{number:05}.csv", text.getvalue().encode()

    def _rows(self, header: Sequence[str]) -> Sequence[Row]:
        store = self.dataset.store
        if isinstance(store, RecordStore):
            return self._records(store, header)
        rows = [_row(each, header) for each in self._interactions(store)]
        return rows if self.mode == ALL else list(dict.fromkeys(rows))

    def _interactions(self, store: InteractionStore) -> Iterator[Interaction]:
        sources = {BULK, STREAMED} if self.mode == ALL else {self.mode}
        return (each for each in store.for_training() if each.source in sources)

    def _records(self, store: RecordStore, header: Sequence[str]) -> Sequence[Row]:
        id_column = ID_COLUMN[self.dataset.dataset_type]
        wanted = {True: {STREAMED, ALL}, False: {BULK, ALL}}
        return [
            tuple({**each.columns, id_column: each.record_id}.get(name) for name in header)
            for each in store.records.values()
            if self.mode in wanted[each.is_streamed]
        ]


def _row(interaction: Interaction, header: Sequence[str]) -> Row:
    values: dict[str, Json] = {
        **dict(interaction.other),
        "USER_ID": interaction.user_id,
        "ITEM_ID": interaction.item_id,
        "TIMESTAMP": interaction.timestamp,
        "EVENT_TYPE": interaction.event_type,
        "EVENT_VALUE": interaction.event_value,
    }
    return tuple(_cell(values.get(name)) for name in header)


def _cell(value: Json) -> Json:
    """A list as the bulk format has it, `a|b`; all else as `csv` writes it."""
    return "|".join(map(str, value)) if isinstance(value, list) else value
