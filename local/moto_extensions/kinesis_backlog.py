"""How much of a stream a reader has before it, asked of moto's state instead of by reading."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, cast

from moto.core.models import DEFAULT_ACCOUNT_ID
from moto.kinesis.models import kinesis_backends

from local.connection import REGION

if TYPE_CHECKING:
    from local.moto_extensions.kinesis import LocalShard


def waiting(stream_name: str, positions: Mapping[str, str | None]) -> tuple[int, float | None]:
    """Count what a reader of a stream has before it, without reading it.

    Args:
        stream_name: The stream, of the default account and region.
        positions: How far the reader has come in each shard it has begun.

    Returns:
        How many records, and when the oldest of them was put, epoch seconds.
    """
    stream = kinesis_backends[DEFAULT_ACCOUNT_ID][REGION].describe_stream(None, stream_name)
    found = [
        cast("LocalShard", shard).waiting_after(int(positions.get(shard_id) or 0))
        for shard_id, shard in tuple(stream.shards.items())
    ]
    oldest_s = [put_at_s for _, put_at_s in found if put_at_s is not None]
    return sum(count for count, _ in found), min(oldest_s, default=None)
