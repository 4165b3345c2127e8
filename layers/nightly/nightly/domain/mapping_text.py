r"""Reads a mapping: `user_id=userId,event_type="Like" if rating >= 4 else skip`.

mapping = field "=" expression {"," field "=" expression}
text    = part {"+" part} ["if" test "else" text] | "skip"
part    = column | '"' constant '"'
test    = column ("=" | "!=" | "<" | "<=" | ">" | ">=") (number | '"' constant '"')
number  = literal | (column | "(" column ("+" | "-") literal ")") [("*" | "/") literal]
time    = column | ("s" | "ms" | "iso") "(" column ")"           seconds without a unit
column  = (word | "[" any name "]") ["?"]                        ?: a file may lack it
"""

import re
from collections.abc import Mapping
from typing import Final, NoReturn

from nightly.domain.column_mapping import (
    Amount,
    Choice,
    Column,
    ColumnMapping,
    Comparison,
    Constant,
    Expression,
    Instant,
    Joined,
    Kind,
    Scaled,
    Skip,
    Text,
    Unit,
)
from nightly.domain.errors import UnusableError

_TOKEN: Final = re.compile(
    r"""\s*(?: (?P<constant>"[^"]*") | (?P<name>\[[^\[\]]+\]) | (?P<word>[A-Za-z_][A-Za-z0-9_.]*)
         | (?P<number>[0-9]+(?:\.[0-9]+)?) | (?P<sign>>=|<=|!=|[=<>+\-*/(),?]) | (?P<end>$) )""",
    re.VERBOSE,
)
_KEYWORDS: Final = frozenset({"if", "else", "skip"})
_MOST_CHARACTERS: Final = 4000
_MOST_CHOICES: Final = 50


def read_mapping(text: str, fields: Mapping[str, Kind]) -> ColumnMapping:
    """Read a mapping.

    Args:
        text: As somebody wrote it.
        fields: What may stand on the left, and what each holds.

    Raises:
        UnusableError: Says where it cannot be read, and what would be right there.
    """
    tokens = _Tokens(text)
    mapping: dict[str, Expression] = {}
    while not tokens.take("end", ""):
        field = tokens.expect("word", what="a field")
        tokens.expect("sign", "=")
        if field not in fields or field in mapping:
            problem = "twice" if field in mapping else f"no field; there are {', '.join(fields)}"
            tokens.refuse(f"{field} is {problem}")
        mapping[field] = _READERS[fields[field]](tokens)
        if not tokens.take("sign", ","):
            tokens.expect("end", what="a comma, or the end")
            break
    return mapping


class _Tokens:
    """The pieces of a text, one at a time."""

    def __init__(self, text: str) -> None:
        if len(text) > _MOST_CHARACTERS:
            error = f"a mapping has at most {_MOST_CHARACTERS} characters"
            raise UnusableError(error)
        self._text = text
        self._at = 0
        self._kind, self._value, self._next = self._read(0)

    def take(self, kind: str, value: str) -> bool:
        """Whether this piece comes next; then it is taken."""
        is_next = (self._kind, self._value) == (kind, value)
        if is_next:
            self._advance()
        return is_next

    def take_any(self, kind: str) -> str | None:
        """The next piece if it is of this kind; then it is taken."""
        if self._kind != kind:
            return None
        value = self._value
        self._advance()
        return value

    def expect(self, kind: str, value: str | None = None, *, what: str | None = None) -> str:
        """Take a piece that has to come next, or raise."""
        if self._kind != kind or value not in {None, self._value}:
            self.refuse(f"expected {what or value}")
        found = self._value
        self._advance()
        return found

    def is_at(self, kind: str) -> bool:
        """Whether a piece of this kind comes next."""
        return self._kind == kind

    def comes(self, kind: str, *values: str) -> bool:
        """Whether one of these comes next."""
        return self._kind == kind and self._value in values

    def refuse(self, problem: str) -> NoReturn:
        """Say what is wrong, and where."""
        error = f"the mapping before character {self._at + 1}: {problem}"
        raise UnusableError(error)

    def _advance(self) -> None:
        if self._kind != "end":
            self._kind, self._value, self._next = self._read(self._next)

    def _read(self, at: int) -> tuple[str, str, int]:
        match = _TOKEN.match(self._text, at)
        self._at = at
        if match is None:
            self.refuse("cannot be read")
        kind = match.lastgroup or "end"
        self._at = match.start(kind)
        return kind, match[kind], match.end()


def _text(tokens: _Tokens) -> Text:
    """A text; choices in a row are read in a loop, so that no text makes it recurse deeply."""
    chosen: list[tuple[Comparison, Text]] = []
    while True:
        text = Skip() if tokens.take("word", "skip") else _joined(tokens)
        if not tokens.take("word", "if"):
            break
        chosen.append((_test(tokens), text))
        tokens.expect("word", "else")
        if len(chosen) > _MOST_CHOICES:
            tokens.refuse(f"more than {_MOST_CHOICES} choices")
    result: Text = text
    for test, then in reversed(chosen):
        result = Choice(test, then, result)
    return result


def _joined(tokens: _Tokens) -> Joined:
    parts = [_part(tokens)]
    while tokens.take("sign", "+"):
        parts.append(_part(tokens))
    return Joined(tuple(parts))


def _part(tokens: _Tokens) -> Column | Constant:
    constant = tokens.take_any("constant")
    return _column(tokens) if constant is None else Constant(constant[1:-1])


def _column(tokens: _Tokens) -> Column:
    bracketed = tokens.take_any("name")
    if bracketed is not None:
        return Column(bracketed[1:-1], tokens.take("sign", "?"))
    if tokens.comes("word", *_KEYWORDS):
        tokens.refuse("expected a column; write [if] for a column of that name")
    name = tokens.expect("word", what="a column")
    return Column(name, tokens.take("sign", "?"))


def _test(tokens: _Tokens) -> Comparison:
    column = _column(tokens)
    operator = tokens.expect("sign", what="a comparison")
    if operator in {"=", "!="}:
        constant = tokens.take_any("constant")
        return Comparison(
            column, operator, _literal(tokens) if constant is None else constant[1:-1]
        )
    if operator not in {"<", "<=", ">", ">="}:
        tokens.refuse("expected a comparison before it")
    return Comparison(column, operator, _literal(tokens))


def _literal(tokens: _Tokens) -> float:
    sign = -1.0 if tokens.take("sign", "-") else 1.0
    return sign * float(tokens.expect("number", what="a number"))


def _number(tokens: _Tokens) -> Amount | Scaled:
    if tokens.is_at("number") or tokens.comes("sign", "-"):
        return Amount(_literal(tokens))
    if not tokens.take("sign", "("):
        return _scaled(tokens, _column(tokens), 0.0)
    column = _column(tokens)
    plus = 1.0 if tokens.take("sign", "+") else -1.0
    if plus < 0:
        tokens.expect("sign", "-", what="+ or -")
    plus *= float(tokens.expect("number", what="a number"))
    tokens.expect("sign", ")")
    return _scaled(tokens, column, plus)


def _scaled(tokens: _Tokens, column: Column, plus: float) -> Scaled:
    if tokens.take("sign", "*"):
        return Scaled(column, plus, times=_literal(tokens))
    if not tokens.take("sign", "/"):
        return Scaled(column, plus)
    divisor = _literal(tokens)
    if divisor == 0:
        tokens.refuse("cannot divide by 0")
    return Scaled(column, plus, by=divisor)


def _time(tokens: _Tokens) -> Instant | Amount:
    if tokens.is_at("number"):
        return Amount(_literal(tokens) * 1000)
    column = _column(tokens)
    if not tokens.take("sign", "("):
        return Instant(column, Unit.SECONDS)
    if column.name not in set(Unit):
        tokens.refuse("a time is a column, s(column), ms(column) or iso(column)")
    inner = _column(tokens)
    tokens.expect("sign", ")")
    return Instant(inner, Unit(column.name))


_READERS: Final = {Kind.TEXT: _text, Kind.NUMBER: _number, Kind.TIME: _time}
