"""Parses filter expressions: EXCLUDE ItemID WHERE Interactions.EVENT_TYPE IN ("Watch").

The grammar is the developer guide's ("Filter expressions"), less what no application here needs:
functions and comparisons of a user's field with an item's.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, NoReturn

import regex

from local.personalize.errors import Refusal, refused

TOKEN: Final = regex.compile(
    r"""\s*(?:
        (?P<string>"(?:[^"\\]|\\.)*")
      | (?P<number>-?\d+(?:\.\d+)?)
      | (?P<placeholder>\$[A-Za-z0-9_]+)
      | (?P<field>(?:Interactions|Items|Users|CurrentUser)\.[A-Za-z0-9_]+)
      | (?P<operator><=|>=|!=|=|<|>)
      | (?P<mark>[(),|])
      | (?P<word>[A-Za-z]+)
    )""",
    regex.VERBOSE | regex.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Placeholder:
    """A value that filterValues gives at every request."""

    name: str


type Operand = str | float | Placeholder


@dataclass(frozen=True, slots=True)
class Clause:
    """One comparison: a dataset's column, how to compare, and with which values."""

    dataset: str
    column: str
    operator: str
    operands: tuple[Operand, ...]


# A condition is a list of alternatives, each of which is a list of clauses that must all hold.
type Condition = tuple[tuple[Clause, ...], ...]


@dataclass(frozen=True, slots=True)
class Statement:
    """INCLUDE or EXCLUDE the items for which `where` holds, for users for whom `only_if` holds."""

    includes: bool
    where: Condition
    only_if: Condition | None


@dataclass(frozen=True, slots=True)
class ParsedFilter:
    """A whole filter: statements that all apply."""

    statements: tuple[Statement, ...]

    @property
    def placeholders(self) -> frozenset[str]:
        """Names the values a request must bring."""
        return frozenset(
            operand.name
            for statement in self.statements
            for condition in (statement.where, statement.only_if or ())
            for alternative in condition
            for clause in alternative
            for operand in clause.operands
            if isinstance(operand, Placeholder)
        )


def parse_filter(text: str) -> ParsedFilter:
    """Parses a filter expression.

    Raises:
        EmulatedError: InvalidInputException for anything the grammar does not have.
    """
    return _Parser(_tokens(text)).filter()


def _tokens(text: str) -> list[tuple[str, str]]:
    tokens: list[tuple[str, str]] = []
    position = 0
    rest = text.rstrip()
    while position < len(rest):
        match = TOKEN.match(rest, position)
        if match is None or match.lastgroup is None:
            _refuse(f"character {position + 1} is not understood")
        tokens.append((match.lastgroup, match[match.lastgroup]))
        position = match.end()
    return tokens


def _refuse(what: str) -> NoReturn:
    raise refused(Refusal.BAD_FILTER, f"Invalid filter expression: {what}.")


def _string(text: str) -> Operand:
    return regex.sub(r"\\(.)", r"\1", text[1:-1])


def _placeholder(text: str) -> Operand:
    return Placeholder(text[1:])


OPERANDS: Final[Mapping[str, Callable[[str], Operand]]] = {
    "string": _string,
    "number": float,
    "placeholder": _placeholder,
}


class _Parser:
    """Reads tokens from left to right, one method for each rule of the grammar."""

    def __init__(self, tokens: Sequence[tuple[str, str]]) -> None:
        self._tokens = tokens
        self._next = 0

    def filter(self) -> ParsedFilter:
        """Reads statements joined by bars, up to the end."""
        statements = [self._statement()]
        while self._take("|"):
            statements.append(self._statement())
        if self._next < len(self._tokens):
            _refuse(f"nothing may follow token {self._next}")
        return ParsedFilter(tuple(statements))

    def _statement(self) -> Statement:
        includes = self._take("INCLUDE")
        if not includes:
            self._expect("EXCLUDE")
        self._expect("ITEMID")
        self._expect("WHERE")
        where = self._condition()
        only_if = self._condition() if self._take("IF") else None
        return Statement(includes, where, only_if)

    def _condition(self) -> Condition:
        alternatives = [self._alternative()]
        while self._take("OR"):
            alternatives.append(self._alternative())
        return tuple(alternatives)

    def _alternative(self) -> tuple[Clause, ...]:
        clauses = [self._clause()]
        while self._take("AND"):
            clauses.append(self._clause())
        return tuple(clauses)

    def _clause(self) -> Clause:
        kind, text = self._advance()
        if kind != "field":
            _refuse(f"token {self._next} is not a field such as Items.GENRES")
        dataset, column = text.split(".")
        operator = self._operator()
        operands = self._list() if operator.endswith("IN") else (self._operand(),)
        return Clause(dataset.upper(), column.upper(), operator, operands)

    def _operator(self) -> str:
        if self._take("NOT"):
            self._expect("IN")
            return "NOT IN"
        if self._take("IN"):
            return "IN"
        kind, text = self._advance()
        if kind != "operator":
            _refuse(f"token {self._next} is not an operator")
        return text

    def _list(self) -> tuple[Operand, ...]:
        self._expect("(")
        operands = [self._operand()]
        while self._take(","):
            operands.append(self._operand())
        self._expect(")")
        return tuple(operands)

    def _operand(self) -> Operand:
        kind, text = self._advance()
        read = OPERANDS.get(kind)
        if read is None:
            _refuse(f"token {self._next} is not a value")
        return read(text)

    def _advance(self) -> tuple[str, str]:
        if self._next >= len(self._tokens):
            _refuse("it ends too early")
        self._next += 1
        return self._tokens[self._next - 1]

    def _take(self, word: str) -> bool:
        is_next = self._next < len(self._tokens) and self._tokens[self._next][1].upper() == word
        self._next += is_next
        return is_next

    def _expect(self, word: str) -> None:
        if not self._take(word):
            _refuse(f"{word} is missing after token {self._next}")
