"""One record of a stream → the messages in it.

Most records are one activity, and are handed on at once. A record may also carry many: a JSON
array, a batch of Segment's (`{"batch": […], "sentAt": …}`), a post of a Snowplow tracker
(`payload_data`), or an aggregate of the Kinesis Producer Library, whose user records may again be
each of these. Every element becomes a message of its own with its own bytes, cut out of the record
and not written anew, so that one bad element harms no neighbour and its rejection shows what came.
"""

import re
from collections.abc import Iterator, Sequence
from json import JSONDecoder
from typing import Final, cast

from pydantic_core import from_json

from ingestion.domain.aggregation import MAGIC, user_records
from ingestion.domain.dialects.reading import Document, as_document
from ingestion.domain.message import Message
from ingestion.domain.parsing import MAX_MESSAGE_BYTES
from ingestion.domain.rejection import Rejection, RejectionReason

# As many as a batch of the event source mapping has records.
MAX_ELEMENTS: Final = 500

type Unpacked = tuple[Message | Rejection, ...]

# Lenient where only an element is at fault: numbers of 5,000 digits, control characters, and (see
# `_text`) bytes that are no UTF-8. The element is judged when it is parsed.
_DECODER: Final = JSONDecoder(parse_int=float, strict=False)
_SPACES: Final = re.compile(r"[ \t\r\n]*")
# How an activity of ours begins as a rule. To search all others costs 2 µs, a tenth of parsing.
_SINGLE: Final = (b'{"schema_version"', b'{"kind"')
_SNOWPLOW_POST: Final = "/payload_data/"


def unpack(message: Message) -> Unpacked:
    """The messages that a record carries; the record itself when it carries one.

    Returns:
        Messages in order; a rejection in place of what cannot be taken apart, or carries nothing
        or too much. Never empty, never raises.
    """
    if message.body.startswith(_SINGLE):
        return (message,)
    if not message.body.startswith(MAGIC):
        return _elements(message)
    records = user_records(message.body)
    if records is None:
        return (Rejection(message, RejectionReason.ENCODING, "kpl_aggregate_damaged"),)
    carried = _carried(message, records)
    elements = tuple(each for record in carried for each in _elements_or_fault(record))
    return elements if len(elements) <= MAX_ELEMENTS else _too_many(message)


def _elements_or_fault(carried: Message | Rejection) -> Unpacked:
    return (carried,) if isinstance(carried, Rejection) else _elements(carried)


def _elements(message: Message) -> Unpacked:
    """The elements of a JSON record that is a list or a known batch, or else the record."""
    if not _may_carry_many(message.body):
        return (message,)
    text = _text(message.body)
    try:
        document: object = _DECODER.decode(text)
        found = _list_in(document, text)
        if found is None:
            return (message,)
        common = _common(document, text)
    except (ValueError, RecursionError):
        return (Rejection(message, RejectionReason.JSON, "json_invalid"),)
    if len(common) > MAX_MESSAGE_BYTES:
        return (Rejection(message, RejectionReason.SIZE, "common_fields_too_large"),)
    return _carried(message, [_bytes(text[start:end]) for start, end in found], common)


def _may_carry_many(body: bytes) -> bool:
    """A look at the bytes, before anything is decoded."""
    return body.lstrip()[:1] == b"[" or b'"batch"' in body or b"/payload_data/" in body


def _carried(message: Message, bodies: Sequence[bytes], common: bytes = b"") -> Unpacked:
    """A message for each body: `<id>.<n>`, delivered again with the record it lies in."""
    if not bodies:
        return (Rejection(message, RejectionReason.SCHEMA, "empty_batch"),)
    if len(bodies) > MAX_ELEMENTS:
        return _too_many(message)
    return tuple(
        Message(
            id=f"{message.id}.{number}",
            origin=message.origin,
            body=body,
            arrived_at_ms=message.arrived_at_ms,
            carrier_id=message.delivery_id,
            common=common,
        )
        for number, body in enumerate(bodies)
    )


def _too_many(message: Message) -> Unpacked:
    return (Rejection(message, RejectionReason.SIZE, f"over_{MAX_ELEMENTS}_elements"),)


type _Bounds = tuple[int, int]


def _list_in(document: object, text: str) -> Sequence[_Bounds] | None:
    """Where the elements of a batch stand in its text; None when it is no batch."""
    if isinstance(document, list):
        return list(_elements_of_list(text, _skip_space(text, 0)))
    name = _name_of_list(as_document(document))
    if name is None:
        return None
    starts = {key: start for key, start, _ in _members(text)}
    return list(_elements_of_list(text, starts[name]))


def _name_of_list(document: Document) -> str | None:
    """The member of an object that holds its batch."""
    if isinstance(document.get("batch"), list):
        return "batch"
    is_post = _SNOWPLOW_POST in str(document.get("schema"))
    return "data" if is_post and isinstance(document.get("data"), list) else None


_COMMON: Final = {"sentat": "sentAt", "context": "context"}


def _common(document: object, text: str) -> bytes:
    """What a Segment batch says of all its elements: the time of sending, and their context.

    Raises:
        ValueError: It is JSON for the lenient reader only, so no element could be read with it.
    """
    if "batch" not in as_document(document):
        return b""
    members = {
        _COMMON[name]: text[start:end]
        for key, start, end in _members(text)
        if (name := key.replace("_", "").lower()) in _COMMON
    }
    common = _bytes("{" + ",".join(f'"{name}":{value}' for name, value in members.items()) + "}")
    from_json(common)
    return common if members else b""


# The two scanners below read text that the decoder has already found to be sound.


def _members(text: str) -> Iterator[tuple[str, int, int]]:
    """Key and bounds of the value of each member of the object that a text is."""
    at = _skip_space(text, _skip_space(text, 0) + 1)
    while text[at] != "}":
        key, at = _DECODER.raw_decode(text, at)
        start = _skip_space(text, _skip_space(text, at) + 1)
        _, end = _DECODER.raw_decode(text, start)
        yield key, start, end
        at = _after_comma(text, end)


def _elements_of_list(text: str, at: int) -> Iterator[_Bounds]:
    """The bounds of each element of the list that begins there."""
    at = _skip_space(text, at + 1)
    while text[at] != "]":
        _, end = _DECODER.raw_decode(text, at)
        yield at, end
        at = _after_comma(text, end)


def _after_comma(text: str, at: int) -> int:
    at = _skip_space(text, at)
    return _skip_space(text, at + 1) if text[at] == "," else at


def _skip_space(text: str, at: int) -> int:
    return cast("re.Match[str]", _SPACES.match(text, at)).end()


def _text(body: bytes) -> str:
    """The bytes as text, such that `_bytes` gives back the very same."""
    return body.decode("utf-8", "surrogateescape")


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape")
