"""Reads a training file back as bytes, and finds the first row that Personalize would not take.

It shares nothing with what writes the file: neither a CSV library nor the checks of the SQL. What
needs a quotation mark is wrong here, so a comma always parts fields and a line feed always parts
rows. (Developer guide, "Preparing training data": header first, a record a line, epoch seconds;
"Quotas": 256 characters of an id, 1,000 of a category or of impressions.)
"""

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Final

_FIELD: Final = rb"[ !#-+\--\[\]-~]"  # printable ASCII without quotation mark, comma, backslash
_ID: Final = rb"[!#-+\--\[\]-~]{1,256}"
_SHOWN: Final = rb"[!#-+\--\[\]-{}~]{1,256}"  # an id without the bar that parts impressions
_COLUMNS: Final = {
    "USER_ID": _ID,
    "ITEM_ID": _ID,
    # Seconds since 2001 or so at least have nine digits; milliseconds have thirteen.
    "TIMESTAMP": rb"[1-9][0-9]{0,10}",
    "EVENT_TYPE": _FIELD + rb"{1,256}",
    "EVENT_VALUE": rb"(?:-?[0-9]{1,9}(?:\.[0-9]{1,9})?)?",
    "RECOMMENDATION_ID": _FIELD + rb"{0,40}",
    "IMPRESSION": rb"(?![^,\n]{1001})(?:" + _SHOWN + rb"(?:\|" + _SHOWN + rb"){0,24})?",
    "EVENT_ATTRIBUTION_SOURCE": _FIELD + rb"{0,1000}",
}
_CONTEXT: Final = _FIELD + rb"{0,1000}"
_REQUIRED: Final = ("USER_ID", "ITEM_ID", "TIMESTAMP", "EVENT_TYPE")
_LONGEST_ROW: Final = 65_536


@dataclass(frozen=True, slots=True)
class Fault:
    """Where a file is wrong.

    Attributes:
        row: Its number in the file; the header is row 1, as a spreadsheet counts.
        rule: What is wrong; the name of a column if its field is.
    """

    row: int
    rule: str


@dataclass(frozen=True, slots=True)
class Reading:
    """What a good file has, header and all.

    Attributes:
        rows: Without the header.
    """

    rows: int
    size_bytes: int


def read(chunks: Iterable[bytes], names: tuple[str, ...]) -> Reading | Fault:
    """Go through a file piece by piece.

    Args:
        chunks: The bytes of the file, cut anywhere.
        names: The columns that it must have, in order.
    """
    pieces = _whole_lines(chunks)
    header, _, rest = next(pieces, b"").partition(b"\n")
    if header != ",".join(names).encode():
        return Fault(1, "header")
    row = re.compile(rb",".join(map(_pattern, names)) + rb"\n")
    good = re.compile(rb"(?:" + row.pattern + rb")*+")
    row_number, size = 2, len(header) + 1
    for piece in _after(rest, pieces):
        end = _end(good, piece)
        row_number += piece.count(b"\n", 0, end)
        size += len(piece)
        if end < len(piece):
            line = piece[end:].partition(b"\n")
            return Fault(row_number, _rule(line[0], is_whole=bool(line[1]), names=names))
    return Reading(row_number - 2, size)


def header_of(start: bytes) -> tuple[str, ...]:
    """The columns that the beginning of a file names; empty when they are not those of ours."""
    names = tuple(start.partition(b"\n")[0].decode("ascii", "replace").split(","))
    known = [name for name in _COLUMNS if name in names]
    own = names[len(known) :]
    is_ours = names[: len(known)] == tuple(known) and set(_REQUIRED) <= set(known)
    return (
        names if is_ours and all(re.fullmatch(r"[A-Z]+(?:_[A-Z]+)*", name) for name in own) else ()
    )


def _pattern(name: str) -> bytes:
    return _COLUMNS.get(name, _CONTEXT)


def _end(good: re.Pattern[bytes], piece: bytes) -> int:
    match = good.match(piece)
    return 0 if match is None else match.end()


def _after(rest: bytes, pieces: Iterator[bytes]) -> Iterator[bytes]:
    if rest:
        yield rest
    yield from pieces


def _whole_lines(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """The same bytes, cut after line feeds; what stands after the last one comes last."""
    kept = b""
    for chunk in chunks:
        lines, feed, kept = (kept + chunk).rpartition(b"\n")
        if feed:
            yield lines + feed
        if len(kept) > _LONGEST_ROW:
            break
    if kept:
        yield kept


_SIGNS: Final[tuple[tuple[str, Callable[[bytes], bool]], ...]] = (
    ("quotation_mark", lambda line: b'"' in line),
    ("carriage_return", lambda line: b"\r" in line),
    ("backslash", lambda line: b"\\" in line),
    ("empty_row", lambda line: not line),
    ("not_printable_ascii", lambda line: re.fullmatch(rb"[ -~]*", line) is None),
)


def _rule(line: bytes, *, is_whole: bool, names: tuple[str, ...]) -> str:
    sign = next((name for name, shows in _SIGNS if shows(line)), None)
    if sign is not None:
        return sign
    fields = line.split(b",")
    if len(fields) != len(names):
        return "number_of_fields"
    pairs = zip(names, fields, strict=True)
    wrong = (name for name, field in pairs if re.fullmatch(_pattern(name), field) is None)
    return next(wrong, "" if is_whole else "no_line_feed")
