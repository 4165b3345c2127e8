"""The validator, against every limit of the three service models."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
import regex
from botocore.model import ListShape, MapShape, Shape, StructureShape
from hypothesis import given
from hypothesis import strategies as st

from local.personalize.errors import EmulatedError, Refusal
from local.personalize.service_model import SERVICES, service_model
from local.personalize.validation import check_of, validate, violations_of

NUMBERS = frozenset({"integer", "long", "float", "double"})


@dataclass(frozen=True)
class Limited:
    """One shape of a model that has a limit of a kind."""

    service: str
    shape: Shape

    def __str__(self) -> str:
        return f"{self.service}-{self.shape.name}"


def all_shapes() -> Iterator[Limited]:
    """Yields every shape inside of an input, once per service."""
    for service in SERVICES:
        seen: dict[str, Shape] = {}
        model = service_model(service)
        for name in model.operation_names:
            collect(model.operation_model(name).input_shape, seen)
        yield from (Limited(service, shape) for shape in seen.values())


def collect(shape: Shape | None, seen: dict[str, Shape]) -> None:
    """Adds a shape and all inside of it."""
    if shape is None or shape.name in seen:
        return
    seen[shape.name] = shape
    for inner in inside(shape):
        collect(inner, seen)


def inside(shape: Shape) -> list[Shape]:
    """Lists the shapes of a shape's members."""
    if isinstance(shape, StructureShape):
        return list(shape.members.values())
    if isinstance(shape, ListShape):
        return [shape.member]
    return [shape.key, shape.value] if isinstance(shape, MapShape) else []


def with_limit(limit: str, *type_names: str) -> list[Any]:
    """Lists the shapes of some types that have a limit, as parameters of a test."""
    return [
        pytest.param(each.shape, id=str(each))
        for each in all_shapes()
        if limit in each.shape.metadata and each.shape.type_name in type_names
    ]


def problems(shape: Shape, value: Any) -> list[str]:
    """Lists which constraints a value breaks, those of its members left out."""
    found = check_of(shape, sensitive=False)(value, ("member",))
    return [each.constraint for each in found if each.path == ("member",)]


def text_of(shape: Shape, length: int) -> str:
    """Makes a text of a length that suits the shape's pattern, if it is one of the usual ones."""
    pattern = regex.compile(shape.metadata.get("pattern", ".*"), regex.DOTALL)
    for beginning in ("", "arn:aws:personalize:r:a:", "arn:aws:iam::123456789012:role/", "s3://b/"):
        text = beginning.ljust(length, "a")
        if len(text) == length and pattern.fullmatch(text):
            return text
    if pattern.pattern.startswith("rate"):
        return f"rate({'1' * (length - len('rate( days)'))} days)"
    if pattern.pattern.startswith("arn"):
        head, tail = "arn:aws:kms:r:123456789012:key/", ""
        return (head + tail).ljust(length, "a")
    return "a" * length


@pytest.mark.parametrize("shape", with_limit("max", "string"))
def test_a_text_of_the_greatest_length_passes_and_a_longer_one_does_not(shape: Shape) -> None:
    """Every maximum length of the three models is enforced, to the character."""
    longest = shape.metadata["max"]
    too_long = f"Member must have length less than or equal to {longest}"

    assert problems(shape, text_of(shape, longest)) == []
    assert too_long in problems(shape, text_of(shape, longest) + "a")


@pytest.mark.parametrize("shape", with_limit("min", "string"))
def test_a_text_of_the_least_length_passes_and_a_shorter_one_does_not(shape: Shape) -> None:
    """Every minimum length of the three models is enforced."""
    shortest = shape.metadata["min"]
    if shortest == 0:
        assert problems(shape, "") == []
        return
    found = problems(shape, "a" * (shortest - 1))

    assert f"Member must have length greater than or equal to {shortest}" in found


@pytest.mark.parametrize("shape", with_limit("max", *NUMBERS))
def test_the_greatest_number_passes_and_a_greater_one_does_not(shape: Shape) -> None:
    """Every maximum value of the three models is enforced."""
    most = shape.metadata["max"]

    assert problems(shape, most) == []
    assert problems(shape, most + 1) == [f"Member must have value less than or equal to {most}"]


@pytest.mark.parametrize("shape", with_limit("min", *NUMBERS))
def test_the_least_number_passes_and_a_lesser_one_does_not(shape: Shape) -> None:
    """Every minimum value of the three models is enforced."""
    least = shape.metadata["min"]

    assert problems(shape, least) == []
    found = problems(shape, least - 1)
    assert found == [f"Member must have value greater than or equal to {least}"]


@pytest.mark.parametrize("shape", with_limit("max", "list", "map"))
def test_the_longest_collection_passes_and_a_longer_one_does_not(shape: Shape) -> None:
    """Every maximum number of members of the three models is enforced."""
    most = shape.metadata["max"]
    numbers = range(most + 1)
    full: Any = list(numbers) if isinstance(shape, ListShape) else dict.fromkeys(map(str, numbers))

    found = check_of(shape, sensitive=False)(full, ("member",))
    assert next(found).constraint == f"Member must have length less than or equal to {most}"
    fitting = full[:-1] if isinstance(full, list) else dict(list(full.items())[:-1])
    first = next(iter(check_of(shape, sensitive=False)(fitting, ("member",))), None)
    assert first is None or "length less than" not in first.constraint or "keys" in str(first)


@pytest.mark.parametrize("shape", with_limit("enum", "string"))
def test_only_the_values_of_an_enumeration_pass(shape: Shape) -> None:
    """Every enumeration of the three models is enforced, case included."""
    allowed = shape.metadata["enum"]

    assert [problems(shape, value) for value in allowed] == [[]] * len(allowed)
    expected = [f"Member must satisfy enum value set: [{', '.join(allowed)}]"]
    assert problems(shape, allowed[0].lower()) == expected


@pytest.mark.parametrize("shape", with_limit("pattern", "string"))
def test_a_pattern_must_match_the_whole_text(shape: Shape) -> None:
    """A control character and an accent in front fit none of the patterns."""
    pattern = shape.metadata["pattern"]
    expected = f"Member must satisfy regular expression pattern: {pattern}"

    assert expected in problems(shape, "\x00é" + text_of(shape, 40))


def test_every_input_of_the_three_models_can_be_checked() -> None:
    """An empty request names exactly the required members of each operation."""
    for service in SERVICES:
        model = service_model(service)
        for name in model.operation_names:
            shape = model.operation_model(name).input_shape
            missing = [each.path[0] for each in violations_of(service, name, {})]
            assert missing == (list(shape.required_members) if shape else [])


def put_events(**event: Any) -> dict[str, Any]:
    """Builds a call with one event."""
    whole = {"eventType": "Watch", "itemId": "i", "sentAt": 1, **event}
    return {"trackingId": "t", "sessionId": "s", "eventList": [whole]}


def refusal_of(parameters: dict[str, Any]) -> EmulatedError:
    """Validates a PutEvents call that has to be refused."""
    with pytest.raises(EmulatedError) as caught:
        validate("personalize-events", "PutEvents", parameters)
    return caught.value


@pytest.mark.parametrize(
    ("event", "where", "reason"),
    [
        ({"itemId": 5}, "itemId", Refusal.WRONG_TYPE),
        ({"sentAt": "1764000000"}, "sentAt", Refusal.WRONG_TYPE),
        ({"sentAt": True}, "sentAt", Refusal.WRONG_TYPE),
        ({"properties": {"a": 1}}, "properties", Refusal.WRONG_TYPE),
        ({"eventValue": float("nan")}, "eventValue", Refusal.NOT_FINITE),
        ({"eventValue": float("inf")}, "eventValue", Refusal.NOT_FINITE),
        ({"sentAt": float("-inf")}, "sentAt", Refusal.NOT_FINITE),
        ({"itemId": "\ud83d"}, "itemId", Refusal.UNPAIRED_SURROGATE),
        ({"watchSeconds": 3}, "watchSeconds", Refusal.UNKNOWN_MEMBER),
        ({"eventType": None}, "eventType", Refusal.MODEL_CONSTRAINT),
        ({"impression": ["i"] * 26}, "impression", Refusal.MODEL_CONSTRAINT),
    ],
)
def test_what_json_lets_through_is_refused(
    event: dict[str, Any], where: str, reason: Refusal
) -> None:
    """Types, numbers that are none, half characters and unknown members are all found."""
    error = refusal_of(put_events(**event))

    assert error.code == "InvalidInputException"
    assert error.http_status == 400
    assert error.reason == reason
    assert f"'eventList.1.member.{where}'" in error.message


def test_the_text_is_that_of_aws() -> None:
    """Several violations are counted and listed in one sentence."""
    error = refusal_of({"trackingId": "t" * 257, "eventList": []})

    assert error.message == (
        "3 validation errors detected: "
        "Value null at 'sessionId' failed to satisfy constraint: Member must not be null; "
        f"Value '{'t' * 257}' at 'trackingId' failed to satisfy constraint: "
        "Member must have length less than or equal to 256; "
        "Value at 'eventList' failed to satisfy constraint: "
        "Member must have length greater than or equal to 1"
    )


def test_map_keys_and_values_are_named() -> None:
    """A broken key of a map is found inside the map's sentence."""
    parameters = {"campaignArn": "arn:aws:personalize:r:a:campaign/c", "context": {"a b": "x"}}
    [violation] = violations_of("personalize-runtime", "GetRecommendations", parameters)

    assert str(violation) == (
        "Value 'a b' at 'context' failed to satisfy constraint: Map keys must satisfy constraint: "
        r"[Member must satisfy regular expression pattern: [A-Za-z\d_]+]"
    )


@given(st.text(min_size=1))
def test_sensitive_values_are_never_shown(secret: str) -> None:
    """Neither an id nor a list that contains one appears in an error."""
    marked = f"<{secret}>"
    event = {
        "eventType": "Watch",
        "itemId": marked * 257,
        "sentAt": "x",
        "properties": marked * 1025,
    }
    calls = (
        put_events(**event),
        {**put_events(), "eventList": [event] * 11, "userId": marked * 257},
    )

    assert all(marked not in refusal_of(call).message for call in calls)


@given(st.recursive(st.none() | st.booleans() | st.floats() | st.text(), st.lists, max_leaves=5))
def test_any_json_is_either_accepted_or_refused(value: Any) -> None:
    """No value of any type makes the validator itself fail."""
    for member in ("trackingId", "eventList"):
        list(violations_of("personalize-events", "PutEvents", {**put_events(), member: value}))
    for member in put_events()["eventList"][0]:
        call = put_events(**{member: value})
        list(violations_of("personalize-events", "PutEvents", call))
