"""Archive what arrived, as it arrived, and never wait for Personalize."""

from collections import defaultdict
from collections.abc import Sequence

from ingestion.domain.archive import ActivityBatch
from ingestion.domain.message import Message
from ingestion.domain.redacting import without_stray_words
from ingestion.ports import ActivityArchive


def archive_activity(messages: Sequence[Message], *, archive: ActivityArchive) -> int:
    """Keep the messages of a batch, one object for each shard in it.

    A comment does not belong on the stream; should one come there, its words are not kept.

    Returns:
        How many batches stand beside another content of the same name: none, unless a batch is
        delivered again with other borders, and then somebody should look.

    Raises:
        TransientError: The batch is delivered again, as a whole and with the same name.
    """
    shards: defaultdict[str, list[Message]] = defaultdict(list)
    for message in messages:
        shards[message.origin].append(message)
    stored = [
        archive.store(ActivityBatch(tuple(map(without_stray_words, shard))))
        for shard in shards.values()
    ]
    return stored.count(False)
