"""The plan of the PutUsers and PutItems calls: grouped by dataset, cut at ten, within limits."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from itertools import batched
from typing import Final

from ingestion.domain.dataset import Dataset
from ingestion.domain.metadata_record import MetadataRecord, newest

# Limits of the service model (botocore, personalize-events 2018-03-22). boto3 checks minima only,
# so whoever plans a call has to check the maxima; a contract test reads them from the model.
MAX_RECORDS_PER_CALL: Final = 10
MAX_ID_CHARACTERS: Final = 256
MAX_PROPERTIES_CHARACTERS: Final[Mapping[Dataset, int]] = {
    Dataset.USERS: 24_000,
    Dataset.ITEMS: 32_000,
}


@dataclass(frozen=True, slots=True)
class PutMetadataCall:
    """One call: 1 to 10 records of one dataset, no two of the same subject."""

    dataset: Dataset
    records: tuple[MetadataRecord, ...]


type DatasetLane = tuple[PutMetadataCall, ...]


def plan_put_metadata(records: Iterable[MetadataRecord]) -> tuple[DatasetLane, ...]:
    """The fewest calls there can be, a lane for each dataset: each has a quota of its own.

    Of each subject the newest record is sent only, as nothing tells in which order Personalize
    takes the records of one call.
    """
    grouped: dict[Dataset, list[MetadataRecord]] = {}
    for record in newest(records):
        grouped.setdefault(record.dataset, []).append(record)
    return tuple(
        tuple(
            PutMetadataCall(dataset, chunk)
            for chunk in batched(group, MAX_RECORDS_PER_CALL, strict=False)
        )
        for dataset, group in grouped.items()
    )


type _Rule = tuple[str, Callable[[MetadataRecord], bool]]

_RULES: Final[tuple[_Rule, ...]] = (
    ("record_id", lambda record: 1 <= len(record.record_id) <= MAX_ID_CHARACTERS),
    (
        "properties",
        lambda record: 1 <= len(record.properties) <= MAX_PROPERTIES_CHARACTERS[record.dataset],
    ),
)


def broken_limit(record: MetadataRecord) -> str | None:
    """The first limit of the service that the record breaks; None when it keeps them all."""
    return next((name for name, keeps in _RULES if not keeps(record)), None)
