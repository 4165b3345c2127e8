"""The users or the items of one dataset, by their id."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from local.personalize.service_model import Body


@dataclass(frozen=True, slots=True)
class Record:
    """One user or item: its columns without the id, and whether it came one by one."""

    record_id: str
    columns: Body
    is_streamed: bool


class RecordStore:
    """The newest record of every id; a record with a known id replaces the old one."""

    def __init__(self) -> None:
        self._records: dict[str, Record] = {}

    @property
    def records(self) -> Mapping[str, Record]:
        """Gives the records by id."""
        return self._records

    def put(self, records: Iterable[Record]) -> None:
        """Adds records or replaces those of the same id: PutUsers, PutItems, INCREMENTAL."""
        for record in records:
            self._records[record.record_id] = record

    def replace_bulk(self, records: Iterable[Record]) -> None:
        """Puts new bulk records in place of all bulk records: a FULL import.

        Records that came one by one stay, as the API model says of the import mode.
        """
        streamed = {key: each for key, each in self._records.items() if each.is_streamed}
        self._records = {each.record_id: each for each in records} | streamed
