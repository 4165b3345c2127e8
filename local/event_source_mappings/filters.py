"""FilterCriteria: which elements of a source reach the function at all.

Syntax: https://docs.aws.amazon.com/lambda/latest/dg/invocation-eventfiltering.html. An operator
that table does not list is refused by name.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from local.event_source_mappings.errors import UnsupportedMappingError

OPERATORS: Final = frozenset(
    {"prefix", "suffix", "exists", "numeric", "anything-but", "equals-ignore-case"}
)
COMPARISONS: Final = frozenset({"=", "<", "<=", ">", ">="})


@dataclass(frozen=True)
class Filter:
    """The patterns of one mapping; an element passes when any of them fits, or there are none."""

    patterns: tuple[Mapping[str, Any], ...] = ()

    @classmethod
    def read(cls, criteria: Mapping[str, Any] | None) -> Filter:
        """Read a FilterCriteria document.

        Raises:
            UnsupportedMappingError: A pattern uses an operator that is not emulated.
        """
        documents = (criteria or {}).get("Filters") or ()
        patterns = tuple(json.loads(each["Pattern"]) for each in documents if each.get("Pattern"))
        for pattern in patterns:
            _check(pattern)
        return cls(patterns)

    def passes(self, envelope: Mapping[str, Any]) -> bool:
        """Whether an element with this envelope reaches the function."""
        if not self.patterns:
            return True
        subject = _subject(envelope)
        return any(_fits(pattern, subject) for pattern in self.patterns)


def _subject(envelope: Mapping[str, Any]) -> dict[str, Any]:
    """Return what patterns are held against: the metadata, and the content as JSON if it is JSON.

    Kinesis patterns name `data` and the other members of `kinesis` at the top level.
    """
    if "kinesis" in envelope:
        kinesis = envelope["kinesis"]
        content = base64.b64decode(kinesis["data"])
        return {**envelope, **kinesis, "data": _content(content)}
    return {**envelope, "body": _content(envelope["body"])}


def _content(text: str | bytes) -> Any:  # noqa: ANN401 - JSON
    try:
        return json.loads(text)
    except ValueError:
        return text.decode(errors="replace") if isinstance(text, bytes) else text


def _fits(pattern: Mapping[str, Any], subject: Any) -> bool:  # noqa: ANN401 - JSON
    """Whether every key of `pattern` fits; an object pattern never fits a plain value."""
    if not isinstance(subject, Mapping):
        return False
    return all(_fits_key(key, rule, subject) for key, rule in pattern.items())


def _fits_key(key: str, rule: Any, subject: Mapping[str, Any]) -> bool:  # noqa: ANN401 - JSON
    if key == "$or":
        return any(_fits(alternative, subject) for alternative in rule)
    if isinstance(rule, Mapping):
        return _fits(rule, subject.get(key))
    return any(_meets(condition, key, subject) for condition in rule)


def _meets(condition: Any, key: str, subject: Mapping[str, Any]) -> bool:  # noqa: ANN401 - JSON
    if isinstance(condition, Mapping) and "exists" in condition:
        return (key in subject) is condition["exists"]
    if key not in subject:
        return False
    value = subject[key]
    values = value if isinstance(value, list) else [value]
    return any(_meets_value(condition, each) for each in values)


def _meets_value(condition: Any, value: Any) -> bool:  # noqa: ANN401 - JSON
    if not isinstance(condition, Mapping):
        return _equals(condition, value)
    [(operator, operand)] = condition.items()
    match operator:
        case "numeric":
            return _is_number(value) and _compares(operand, value)
        case "anything-but":
            return not _excluded(operand, value)
        case _:
            return isinstance(value, str) and _text_meets(operator, operand, value)


def _equals(expected: Any, value: Any) -> bool:  # noqa: ANN401 - JSON
    # 1 == True in Python, not in JSON.
    return expected == value and isinstance(expected, bool) is isinstance(value, bool)


def _excluded(operand: Any, value: Any) -> bool:  # noqa: ANN401 - JSON
    alternatives = operand if isinstance(operand, list) else [operand]
    return any(_meets_value(alternative, value) for alternative in alternatives)


def _text_meets(operator: str, operand: str, value: str) -> bool:
    match operator:
        case "prefix":
            return value.startswith(operand)
        case "suffix":
            return value.endswith(operand)
        case _:
            return value.casefold() == operand.casefold()


def _is_number(value: Any) -> bool:  # noqa: ANN401 - JSON
    return isinstance(value, int | float) and not isinstance(value, bool)


def _compares(terms: list[Any], value: float) -> bool:
    """Hold `value` against pairs of comparison and number: `[">", 0, "<=", 5]`."""
    return all(_compares_once(terms[at], value, terms[at + 1]) for at in range(0, len(terms), 2))


def _compares_once(comparison: str, value: float, bound: float) -> bool:
    match comparison:
        case "=":
            return value == bound
        case "<":
            return value < bound
        case "<=":
            return value <= bound
        case ">":
            return value > bound
        case _:
            return value >= bound


def _check(pattern: Mapping[str, Any]) -> None:
    for key, rule in pattern.items():
        if isinstance(rule, Mapping):
            _check(rule)
        elif key == "$or":
            for alternative in rule:
                _check(alternative)
        else:
            _check_conditions(key, rule)


def _check_conditions(key: str, conditions: Any) -> None:  # noqa: ANN401 - JSON
    if not isinstance(conditions, list):
        message = f"FilterCriteria: the rule for {key!r} must be a list or an object"
        raise UnsupportedMappingError(message)
    for condition in conditions:
        for operator, operand in condition.items() if isinstance(condition, Mapping) else ():
            _check_operator(operator, operand)


def _check_operator(operator: str, operand: Any) -> None:  # noqa: ANN401 - JSON
    if operator not in OPERATORS:
        message = f"FilterCriteria: the operator {operator!r} is not emulated"
        raise UnsupportedMappingError(message)
    if operator == "numeric" and not COMPARISONS.issuperset(operand[::2]):
        message = f"FilterCriteria: numeric {operand[::2]} is not a comparison"
        raise UnsupportedMappingError(message)
    if operator == "anything-but" and isinstance(operand, Mapping):
        for inner, inner_operand in operand.items():
            _check_operator(inner, inner_operand)
