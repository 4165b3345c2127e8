"""What somebody wrote is not kept: messages without the words in them.

Apart from the comments, so that it needs no model of the contract.
"""

from copy import replace
from typing import Any, Final, cast

from pydantic_core import from_json, to_json

from ingestion.domain.aggregation import MAGIC, aggregate_of, user_records
from ingestion.domain.message import Message

_WORDS: Final = "text"
_ESCAPE: Final = b"\\u"  # JSON may spell any name with escapes
_A_COMMENT: Final = b'"comment"'
# What producers put here is theirs, and kept as it is (contract).
_THEIR_OWN: Final = "ext"


def without_words(message: Message) -> Message:
    """The message with what somebody wrote replaced by its length; the same one if nothing was.

    Looks at every object outside `ext`, not only at comments: what is rejected holds words too. A
    body that cannot be read and may hold words is replaced as a whole.
    """
    is_suspicious = _WORDS.encode() in message.body
    if not is_suspicious and _ESCAPE not in message.body:
        return message
    try:
        document: object = from_json(message.body)
    except ValueError:
        redacted = to_json({"redacted_bytes": len(message.body)})
        return replace(message, body=redacted) if is_suspicious else message
    kept = _redacted(document)
    if kept == document:
        return message
    return replace(message, body=to_json(kept, inf_nan_mode="constants"))


def without_stray_words(message: Message) -> Message:
    """The same for a message of the stream, where a comment comes by mistake only.

    Nothing else on the stream is touched, so that what players tell is archived byte for byte. Of
    an aggregate each record is looked at by itself, so that a comment takes no neighbour with it.
    """
    if _A_COMMENT not in message.body:
        return message
    records = user_records(message.body) if message.body.startswith(MAGIC) else None
    if records is None:
        return without_words(message)
    kept = tuple(without_stray_words(replace(message, body=each)).body for each in records)
    return message if kept == records else replace(message, body=aggregate_of(kept))


def _redacted(document: object) -> object:
    if isinstance(document, list):
        return [_redacted(each) for each in cast("list[object]", document)]
    if not isinstance(document, dict):
        return document
    fields = cast("dict[str, Any]", document)
    return {name: _redacted_field(name, value) for name, value in fields.items()}


def _redacted_field(name: str, value: object) -> object:
    if name == _THEIR_OWN:
        return value
    if name == _WORDS and isinstance(value, str):
        return {"redacted_bytes": len(value.encode())}
    return _redacted(value)
