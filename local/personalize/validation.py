"""Checks an operation's input against every constraint of botocore's service model.

botocore's own check stops at required members, types and *minimum* lengths; this one adds maxima,
value ranges, patterns, enumerations and unknown members, and words its findings as AWS does:
"1 validation error detected: Value 'x' at 'eventList.1.member.itemId' failed to satisfy ...".
A check is built once per operation and is a closure, because it stands in front of every event.
"""

import math
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache, partial
from typing import Final

import regex
from botocore.model import ListShape, MapShape, Shape, StringShape, StructureShape

from local.personalize.errors import EmulatedError, Refusal, refused
from local.personalize.service_model import Json, operation_model

type Path = tuple[str, ...]
type Check = Callable[[Json, Path], Iterator[Violation]]


@dataclass(frozen=True, slots=True)
class Violation:
    """One constraint that one value does not meet; `shown` is empty for sensitive values."""

    path: Path
    constraint: str
    shown: str
    reason: Refusal = Refusal.MODEL_CONSTRAINT

    def __str__(self) -> str:
        value = f"Value {self.shown} at" if self.shown else "Value at"
        where = ".".join(self.path)
        return f"{value} '{where}' failed to satisfy constraint: {self.constraint}"


@dataclass(frozen=True, slots=True)
class Limit:
    """A claim about a value of the right type, and AWS's sentence for when it does not hold."""

    holds: Callable[[Json], bool]
    constraint: str
    reason: Refusal = Refusal.MODEL_CONSTRAINT


def validate(service: str, operation: str, parameters: Mapping[str, Json]) -> None:
    """Refuses parameters that break the model.

    Raises:
        EmulatedError: InvalidInputException naming every violation, in the order of the members.
    """
    violations = list(violations_of(service, operation, parameters))
    if violations:
        raise refusal_of(violations)


def violations_of(
    service: str, operation: str, parameters: Mapping[str, Json]
) -> Iterator[Violation]:
    """Yields what is wrong with an operation's input; nothing for an operation without one."""
    check = input_check(service, operation)
    if check is not None:
        yield from check(parameters, ())


def refusal_of(violations: list[Violation]) -> EmulatedError:
    """Joins violations into the one error AWS answers."""
    noun = "error" if len(violations) == 1 else "errors"
    listing = "; ".join(map(str, violations))
    message = f"{len(violations)} validation {noun} detected: {listing}"
    return refused(violations[0].reason, message)


@cache
def input_check(service: str, operation: str) -> Check | None:
    """Builds the check of an operation's input, once."""
    model = operation_model(service, operation)
    if model is None or model.input_shape is None:
        return None
    return check_of(model.input_shape, sensitive=False)


def check_of(shape: Shape, *, sensitive: bool) -> Check:
    """Builds the check of a shape: its type, then its limits, then what is inside of it."""
    inherited = sensitive or bool(shape.metadata.get("sensitive"))
    secret = inherited or is_sensitive(shape)
    accepts, type_name = TYPES[shape.type_name]
    limits = tuple(limits_of(shape))
    descend = descent_of(shape, secret=inherited)

    def check(value: Json, path: Path) -> Iterator[Violation]:
        if not accepts(value):
            limit = not_finite(shape, value) or Limit(
                accepts, f"Member must be of type {type_name}", Refusal.WRONG_TYPE
            )
            yield Violation(path, limit.constraint, shown(value, secret=secret), limit.reason)
            return
        for limit in limits:
            if not limit.holds(value):
                yield Violation(path, limit.constraint, shown(value, secret=secret), limit.reason)
        if descend is not None:
            yield from descend(value, path)

    return check


def is_sensitive(shape: Shape) -> bool:
    """Tells whether showing a value of this shape would show something the model calls sensitive.

    A list of eleven events is too long as a list; its text would still name users and items.
    """
    if shape.metadata.get("sensitive"):
        return True
    return any(map(is_sensitive, shapes_inside(shape)))


def shapes_inside(shape: Shape) -> tuple[Shape, ...]:
    """Lists the shapes of a shape's members; none for a scalar."""
    if isinstance(shape, StructureShape):
        return tuple(shape.members.values())
    if isinstance(shape, ListShape):
        return (shape.member,)
    if isinstance(shape, MapShape):
        return (shape.key, shape.value)
    return ()


def shown(value: object, *, secret: bool) -> str:
    """Shows a value as AWS does: quoted, and sensitive ones not at all."""
    if secret:
        return ""
    return f"'{value}'".encode("utf-8", "backslashreplace").decode()


# --- types ---------------------------------------------------------------------------------------


def is_integer(value: object) -> bool:
    """Accepts integers, but not JSON's true and false."""
    return isinstance(value, int) and not isinstance(value, bool)


def is_number(value: object) -> bool:
    """Accepts integers and floats."""
    return is_integer(value) or isinstance(value, float)


def is_finite(number: float) -> bool:
    """Tells whether a number is one a double can hold; JSON writes integers that are not."""
    try:
        return math.isfinite(number)
    except OverflowError:
        return False


def is_a(*types: type) -> Callable[[object], bool]:
    """Accepts instances of the types."""
    return lambda value: isinstance(value, types)


# Keyed by botocore's type names. Timestamps travel as epoch seconds in both protocols.
TYPES: Final[Mapping[str, tuple[Callable[[object], bool], str]]] = {
    "structure": (is_a(dict), "structure"),
    "list": (is_a(list, tuple), "list"),
    "map": (is_a(dict), "map"),
    "string": (is_a(str), "string"),
    "boolean": (is_a(bool), "boolean"),
    "integer": (is_integer, "integer"),
    "long": (is_integer, "long"),
    "float": (is_number, "float"),
    "double": (is_number, "double"),
    "timestamp": (is_number, "timestamp"),
}
NUMERIC: Final = frozenset({"integer", "long", "float", "double", "timestamp"})


# --- limits --------------------------------------------------------------------------------------

FINITE: Final = Limit(is_finite, "Member must be a finite number", Refusal.NOT_FINITE)
# How AWS's JSON protocols spell what JSON has no number for, and boto3 with them (Smithy, "JSON
# shape serialization", float and double).
NOT_FINITE: Final = ("NaN", "Infinity", "-Infinity")


def not_finite(shape: Shape, value: object) -> Limit | None:
    """Finds the limit that the spelling of NaN or an infinity breaks, where a float belongs."""
    is_spelled = shape.type_name in {"float", "double"} and value in NOT_FINITE
    return FINITE if is_spelled else None


def limits_of(shape: Shape) -> Iterator[Limit]:
    """Yields the limits the model sets for a shape, and the two it takes for granted."""
    if shape.type_name in NUMERIC:
        yield FINITE
        yield from range_limits(shape, "have value", lambda value: value)
    else:
        yield from range_limits(shape, "have length", len)
    if isinstance(shape, StringShape):
        yield from string_limits(shape)


def range_limits(shape: Shape, what: str, measure: Callable[[Json], float]) -> Iterator[Limit]:
    """Yields the minimum and the maximum of a value or a length, where there is one."""
    least, most = shape.metadata.get("min"), shape.metadata.get("max")
    if least is not None:
        text = f"Member must {what} greater than or equal to {least}"
        yield Limit(lambda value: measure(value) >= least, text)
    if most is not None:
        text = f"Member must {what} less than or equal to {most}"
        yield Limit(lambda value: measure(value) <= most, text)


def string_limits(shape: StringShape) -> Iterator[Limit]:
    r"""Yields the limits of a string's content.

    The pattern must match the whole string, as Java's `matches` has it; `regex` and not `re`,
    because three patterns use properties such as \p{L}.
    """
    yield Limit(is_encodable, "Member must be valid Unicode text", Refusal.UNPAIRED_SURROGATE)
    pattern = shape.metadata.get("pattern")
    if pattern is not None:
        matches = regex.compile(pattern).fullmatch
        text = f"Member must satisfy regular expression pattern: {pattern}"
        yield Limit(lambda value: matches(value) is not None, text)
    if shape.enum:
        allowed = frozenset(shape.enum)
        text = f"Member must satisfy enum value set: [{', '.join(shape.enum)}]"
        yield Limit(lambda value: value in allowed, text)


def is_encodable(text: str) -> bool:
    """Tells whether a string is Unicode text: JSON lets half of a surrogate pair through."""
    if text.isascii():
        return True
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


# --- descents ------------------------------------------------------------------------------------


def descent_of(shape: Shape, *, secret: bool) -> Check | None:
    """Builds the check of what a shape contains, or None where it contains nothing."""
    inner = partial(check_of, sensitive=secret)
    if isinstance(shape, StructureShape):
        members = {name: inner(member) for name, member in shape.members.items()}
        return structure_descent(members, tuple(shape.required_members))
    if isinstance(shape, ListShape):
        return list_descent(inner(shape.member))
    if isinstance(shape, MapShape):
        return map_descent(inner(shape.key), inner(shape.value))
    return None


def structure_descent(members: Mapping[str, Check], required: Iterable[str]) -> Check:
    """Checks the members of a structure; null is the same as absent, as in AWS's JSON protocols."""

    def check(value: Json, path: Path) -> Iterator[Violation]:
        for name in required:
            if value.get(name) is None:
                yield Violation((*path, name), "Member must not be null", "null")
        for name, given in value.items():
            if given is not None:
                yield from members.get(name, refuse_unknown)(given, (*path, str(name)))

    return check


def refuse_unknown(_value: Json, path: Path) -> Iterator[Violation]:
    """Refuses a member the model does not have, which a real client could never send."""
    yield Violation(path, "Member is not known", "", Refusal.UNKNOWN_MEMBER)


def list_descent(member: Check) -> Check:
    """Checks the members of a list, which AWS counts from one."""

    def check(value: Json, path: Path) -> Iterator[Violation]:
        for number, given in enumerate(value, start=1):
            yield from member(given, (*path, str(number), "member"))

    return check


def map_descent(key: Check, value: Check) -> Check:
    """Checks the keys and values of a map, worded as AWS words them."""

    def check(entries: Json, path: Path) -> Iterator[Violation]:
        for entry in entries.items():
            for side, inner, given in zip(("keys", "value"), (key, value), entry, strict=True):
                for found in inner(given, path):
                    text = f"Map {side} must satisfy constraint: [{found.constraint}]"
                    yield Violation(found.path, text, found.shown, found.reason)

    return check
