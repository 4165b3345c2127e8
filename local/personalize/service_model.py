"""botocore's models of the services we emulate: the source of every name and limit."""

from functools import cache
from typing import Any

from botocore.loaders import Loader
from botocore.model import ListShape, OperationModel, ServiceModel, Shape, StructureShape

# What JSON decodes to. Only the service model knows which of it is right where, so that is checked
# by `validation` at run time and not by the type checker.
type Json = Any
type Body = dict[str, Json]

SERVICES = ("personalize", "personalize-events", "personalize-runtime")
COMPREHEND = "comprehend"


@cache
def service_model(service: str) -> ServiceModel:
    """Loads the model of one service as botocore ships it."""
    return ServiceModel(Loader().load_service_model(service, "service-2"), service)


@cache
def operation_model(service: str, operation: str) -> OperationModel | None:
    """Finds an operation, or None where the service has none of that name."""
    if service not in {*SERVICES, COMPREHEND} or (
        operation not in service_model(service).operation_names
    ):
        return None
    return service_model(service).operation_model(operation)


@cache
def described_members(noun: str) -> tuple[str, frozenset[str]]:
    """Names the wrapper of a Describe answer, and the members inside of it."""
    output = output_members(f"Describe{noun}")
    [(wrapper, shape)] = output.items()
    return wrapper, frozenset(members_of(shape))


@cache
def listed_members(noun: str) -> tuple[str, frozenset[str]]:
    """Names the list of a List answer, and the members of its summaries."""
    output = output_members(f"List{noun}s")
    [(wrapper, shape)] = [item for item in output.items() if item[0] != "nextToken"]
    if not isinstance(shape, ListShape):
        msg = f"{wrapper} is not a list"
        raise TypeError(msg)
    return wrapper, frozenset(members_of(shape.member))


def output_members(operation: str) -> dict[str, Shape]:
    """Lists the members of a control plane operation's answer."""
    model = operation_model("personalize", operation)
    if model is None or model.output_shape is None:
        msg = f"{operation} has no answer"
        raise KeyError(msg)
    return members_of(model.output_shape)


def members_of(shape: Shape) -> dict[str, Shape]:
    """Lists the members of a structure by name."""
    if not isinstance(shape, StructureShape):
        msg = f"{shape.name} is not a structure"
        raise TypeError(msg)
    return dict(shape.members)
