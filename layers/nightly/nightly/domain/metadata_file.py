r"""Reads a file of users or items back as bytes, by rules of its own.

Here a quotation mark is needed, as a description has commas: a field is either plain, or in
quotation marks with `\"` and `\\` in it. (Developer guide, "Formatting your data": text with
commas, quotation marks and backslashes; "Items dataset requirements": 1,000 characters of a
category, 20,000 of a textual value.)
"""

import re
from collections.abc import Iterable, Iterator
from typing import Final

from nightly.domain.training_file import Fault, Reading

_FIELD: Final = re.compile(rb'(?:"((?:[^"\\]|\\["\\])*)"|([^",\\]*))(,|\Z)')
_ESCAPED: Final = re.compile(rb"\\(.)", re.DOTALL)
_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")
_ID: Final = r"[!#-+\--\[\]-~]{1,256}"
_NUMBER: Final = r"[0-9]{1,10}(?:\.[0-9]{1,6})?"
_CATEGORY: Final = r"(?!\s)[^\x00]{1,1000}(?<!\s)"
_NUMBERS: Final = frozenset({"PRICE", "DURATION", "AVERAGE_RATING"})
_LONGEST_ROW: Final = 1 << 20


def read_metadata(
    chunks: Iterable[bytes],
    header: tuple[str, ...],
    required: frozenset[str],
    known: set[bytes] | None = None,
) -> Reading | Fault:
    """Go through a file, line by line.

    Args:
        chunks: The bytes of the file, cut anywhere.
        header: The columns that it must have, in order; the first is the id.
        required: Those that may not be empty; the id is one anyway.
        known: Ids of the parts before; those of this one are added.
    """
    seen = set[bytes]() if known is None else known
    size, number = 0, 0
    for number, line in enumerate(_lines(chunks), 1):
        size += len(line)
        rule = (
            _header_rule(line, header) if number == 1 else _row_rule(line, header, required, seen)
        )
        if rule:
            return Fault(number, rule)
    return Reading(number - 1, size) if number else Fault(1, "header")


def _lines(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """Lines with their line feeds; one that never ends is cut."""
    kept = b""
    for chunk in chunks:
        *whole, kept = (kept + chunk).split(b"\n")
        yield from (line + b"\n" for line in whole)
        if len(kept) > _LONGEST_ROW:
            break
    if kept:
        yield kept


def _header_rule(line: bytes, header: tuple[str, ...]) -> str:
    return "" if line == ",".join(header).encode() + b"\n" else "header"


def _row_rule(
    line: bytes, header: tuple[str, ...], required: frozenset[str], seen: set[bytes]
) -> str:
    fields = _fields(line)
    if isinstance(fields, str):
        return fields
    if len(fields) != len(header):
        return "number_of_fields"
    if fields[0] in seen:
        return "repeated_id"
    seen.add(fields[0])
    pairs = zip(header, fields, strict=True)
    must = {header[0], *required}
    return next((name for name, field in pairs if not _is_good(name, field, must)), "")


def _fields(line: bytes) -> list[bytes] | str:
    """The fields without their quotation marks, or the rule that the line breaks."""
    if not line.endswith(b"\n"):
        return "no_line_feed"
    if line == b"\n":
        return "empty_row"
    fields: list[bytes] = []
    at, text = 0, line[:-1]
    while True:
        match = _FIELD.match(text, at)
        if match is None:
            return "quotation"
        plain = match[2]
        fields.append(_ESCAPED.sub(rb"\1", match[1]) if plain is None else plain)
        at = match.end()
        if not match[3]:
            return fields


def _is_good(name: str, field: bytes, must: set[str]) -> bool:
    if not field:
        return name not in must
    try:
        text = field.decode()
    except UnicodeDecodeError:
        return False
    return _CONTROL.search(text) is None and re.fullmatch(_pattern(name), text) is not None


def _pattern(name: str) -> str:
    if name in {"USER_ID", "ITEM_ID"}:
        return _ID
    if name == "CREATION_TIMESTAMP":
        return r"[0-9]{1,11}"
    if name in _NUMBERS:
        return _NUMBER
    return r"[^\x00]{1,20000}" if name == "PRODUCT_DESCRIPTION" else _CATEGORY
