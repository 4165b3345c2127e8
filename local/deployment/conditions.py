"""Whether a condition of a template holds for the given parameters."""

from collections.abc import Mapping
from typing import Any


def holds(condition: Any, conditions: Mapping[str, Any], parameters: Mapping[str, str]) -> bool:  # noqa: ANN401 - as the template has it
    """Evaluate a condition by its name, or as it is written out.

    What is compared are texts and parameters; anything else is taken to differ from everything.
    """
    if isinstance(condition, str):
        return holds(conditions[condition], conditions, parameters)
    [(function, of)] = condition.items()
    match function:
        case "Condition":
            return holds(of, conditions, parameters)
        case "Fn::Equals":
            left, right = (_value(each, parameters) for each in of)
            return left is not None and left == right
        case _:
            found = [holds(each, conditions, parameters) for each in of]
            return {"Fn::Not": not found[0], "Fn::And": all(found), "Fn::Or": any(found)}[function]


def _value(of: Any, parameters: Mapping[str, str]) -> str | None:  # noqa: ANN401 - as above
    return parameters.get(of.get("Ref", "")) if isinstance(of, dict) else str(of)  # pyright: ignore[reportUnknownMemberType, reportUnknownArgumentType]
