"""Records that the Kinesis Producer Library has aggregated ↔ the user records in them.

The format is published: four magic bytes, a protobuf message, and the MD5 sum of that message.

    message AggregatedRecord {           message Record {
      repeated string partition_key = 1;   required uint64 partition_key_index = 1;
      repeated string hash_key = 2;        optional uint64 explicit_hash_key_index = 2;
      repeated Record records = 3;         required bytes data = 3;
    }                                      repeated Tag tags = 4;
                                         }

Only `data` matters here, so this reads two levels of length-delimited fields and passes over the
rest. Why no library does it: ADR 0016.

https://github.com/awslabs/amazon-kinesis-producer/blob/master/aggregation-format.md
"""

import hashlib
from collections.abc import Iterable, Iterator
from typing import Final

MAGIC: Final = b"\xf3\x89\x9a\xc2"

_DIGEST_BYTES: Final = 16
_RECORDS: Final = 3
_DATA: Final = 3
_VARINT, _FIXED_64, _DELIMITED, _FIXED_32 = 0, 1, 2, 5
_FIXED_BYTES: Final = {_FIXED_64: 8, _FIXED_32: 4}
_MAX_VARINT_BYTES: Final = 10


def user_records(aggregate: bytes) -> tuple[bytes, ...] | None:
    """The user records in order, or None when the aggregate is damaged."""
    message, digest = aggregate[len(MAGIC) : -_DIGEST_BYTES], aggregate[-_DIGEST_BYTES:]
    if hashlib.md5(message, usedforsecurity=False).digest() != digest:
        return None
    try:
        return tuple(
            data for record in _delimited(message, _RECORDS) for data in _delimited(record, _DATA)
        )
    except IndexError:
        return None


def aggregate_of(records: Iterable[bytes]) -> bytes:
    """An aggregate of user records, in order; what they were called by, their keys, is left out."""
    message = b"".join(_field(_RECORDS, b"\x08\x00" + _field(_DATA, each)) for each in records)
    return MAGIC + message + hashlib.md5(message, usedforsecurity=False).digest()


def _field(number: int, value: bytes) -> bytes:
    """A length-delimited field: its key, its length in base 128, its value."""
    length, size = bytearray(), len(value)
    while size >= 0x80:  # noqa: PLR2004  -- the continuation bit
        length.append(size & 0x7F | 0x80)
        size >>= 7
    length.append(size)
    return bytes([number << 3 | _DELIMITED]) + bytes(length) + value


def _delimited(message: bytes, wanted: int) -> Iterator[bytes]:
    """The length-delimited fields of one number.

    Raises:
        IndexError: The message ends within a field, or has a wire type that protobuf gave up.
    """
    at = 0
    while at < len(message):
        key, at = _varint(message, at)
        number, wire_type = key >> 3, key & 7
        start, at = _field_bounds(message, at, wire_type)
        if number == wanted and wire_type == _DELIMITED:
            yield message[start:at]


def _field_bounds(message: bytes, at: int, wire_type: int) -> tuple[int, int]:
    """Where a field's value begins and ends."""
    if wire_type == _VARINT:
        return at, _varint(message, at)[1]
    if wire_type == _DELIMITED:
        length, at = _varint(message, at)
    elif wire_type in _FIXED_BYTES:
        length = _FIXED_BYTES[wire_type]
    else:
        raise IndexError
    if at + length > len(message):
        raise IndexError
    return at, at + length


def _varint(message: bytes, at: int) -> tuple[int, int]:
    """A number in base 128, lowest digits first, and where it ends."""
    value = 0
    for digit in range(_MAX_VARINT_BYTES):
        byte = message[at + digit]
        value |= (byte & 0x7F) << (7 * digit)
        if byte < 0x80:  # noqa: PLR2004  -- the continuation bit
            return value, at + digit + 1
    raise IndexError
