"""The account of what queues brought and the archive does not show: tables and dead letters do."""

from collections.abc import Iterable, Mapping, Sequence

from ingestion.application.claiming import Claim, is_of_the_stream
from ingestion.domain.conservation import End
from ingestion.domain.metadata_record import MetadataRecord, Subject
from ingestion.ports import DeadLetterQueues, StandingMetadata


def end_of_record(record: MetadataRecord, standing: Mapping[Subject, int]) -> End | None:
    """Where a message of a user or item ended; None when nothing stands that it could be.

    Columns that are declared differently today make another record of the same message, so it is
    the time that is compared: of two records of one millisecond both count as recorded.
    """
    told_at_ms = standing.get(record.subject)
    if told_at_ms is None or told_at_ms < record.occurred_at_ms:
        return None
    return End.RECORDED if told_at_ms == record.occurred_at_ms else End.SUPERSEDED


def standing_of(claims: Iterable[Claim], metadata: StandingMetadata) -> Mapping[Subject, int]:
    """What stands of all users and items that are claimed."""
    return metadata.told_at_ms({each.record.subject for each in claims if each.record is not None})


def dead_among(claims: Sequence[Claim], letters: DeadLetterQueues) -> frozenset[str]:
    """The ids of what was set aside; nobody is asked where nothing of a queue is missing."""
    if all(is_of_the_stream(each.message) for each in claims):
        return frozenset()
    return frozenset(letters.ids()) & {each.message.id for each in claims}
