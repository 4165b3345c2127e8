"""Playback states in DynamoDB: one item a key, version-checked, with compressed JSON."""

import zlib
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import TYPE_CHECKING, Any, Final

from pydantic import TypeAdapter

from ingestion.adapters.dynamodb import Condition, items_of, put_if
from ingestion.domain.playback_state import Playback, PlaybackState

if TYPE_CHECKING:
    from types_boto3_dynamodb.client import DynamoDBClient
    from types_boto3_dynamodb.type_defs import AttributeValueTypeDef

_UNLESS_ANOTHER_VERSION_STANDS: Final = "attribute_not_exists(playback_key) OR version = :read"

# Moments repeat each other but for their times: the fastest level makes a tenth of them.
_COMPRESSION_LEVEL: Final = 1

_PLAYBACKS: Final = TypeAdapter(dict[str, Playback])


class DynamoPlaybackStates:
    """Reads consistently and in batches; writes by condition, so that no state is lost.

    It takes what makes the client, not the client: where all players send totals there is none.
    """

    def __init__(self, client: "Callable[[], DynamoDBClient]", table: str) -> None:
        self._client = cache(client)
        self._table = table

    def load(self, keys: Sequence[str]) -> Mapping[str, PlaybackState]:
        """The states that there are; see the port."""
        named = ({"playback_key": {"S": key}} for key in dict.fromkeys(keys))
        items = items_of(self._client(), self._table, named, doing="read playback states")
        return {state.key: state for state in map(_state_of, items)}

    def save(self, state: PlaybackState) -> bool:
        """Keep a state unless another version stands; see the port."""
        read: dict[str, AttributeValueTypeDef] = {":read": {"N": str(state.version)}}
        condition = Condition(_UNLESS_ANOTHER_VERSION_STANDS, read)
        return put_if(self._client(), self._table, _item_of(state), condition)


def _item_of(state: PlaybackState) -> "dict[str, AttributeValueTypeDef]":
    text = _PLAYBACKS.dump_json(dict(state.playbacks), exclude_defaults=True)
    return {
        "playback_key": {"S": state.key},
        "version": {"N": str(state.version + 1)},
        "expires_at_s": {"N": str(state.expires_at_s)},
        "playbacks": {"B": zlib.compress(text, _COMPRESSION_LEVEL)},
    }


def _state_of(item: dict[str, Any]) -> PlaybackState:
    return PlaybackState(
        key=item["playback_key"]["S"],
        version=int(item["version"]["N"]),
        playbacks=_PLAYBACKS.validate_json(zlib.decompress(item["playbacks"]["B"])),
        expires_at_s=int(item["expires_at_s"]["N"]),
    )
