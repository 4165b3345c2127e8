"""The AWS::Personalize types of CloudFormation, made of the emulator's kinds of resources.

Eight classes that differ in a few names only are built from one table. What CloudFormation does
with them is the service's own API: create, wait until ACTIVE, delete. A change of a property that
the type cannot update is refused, because replacing a resource of a fixed name collides on AWS too.
"""

import sys
from collections.abc import Callable, Mapping
from typing import Any, ClassVar, Final, Self

from botocore.model import ListShape, Shape, StructureShape
from moto.cloudformation.exceptions import UnformattedGetAttTemplateException, ValidationError
from moto.core.common_models import CloudFormationModel

from local.personalize import EmulatedError, PersonalizeEmulator
from local.personalize.resource import (
    CAMPAIGN,
    DATASET,
    DATASET_GROUP,
    EVENT_TRACKER,
    FILTER,
    METRIC_ATTRIBUTION,
    SCHEMA,
    SOLUTION,
    Kind,
)
from local.personalize.service_model import Body, Json, operation_model

type FindEmulator = Callable[[str, str], PersonalizeEmulator]

KINDS: Final = (
    SCHEMA,
    DATASET_GROUP,
    DATASET,
    EVENT_TRACKER,
    SOLUTION,
    CAMPAIGN,
    FILTER,
    METRIC_ATTRIBUTION,
)
# Properties a type can change without a replacement (CloudFormation's resource schemas).
UPDATABLE: Final[Mapping[Kind, frozenset[str]]] = {
    CAMPAIGN: frozenset({"SolutionVersionArn", "MinProvisionedTPS", "CampaignConfig"}),
}
# Attributes besides the ARN, by the member of Describe that holds them.
FURTHER_ATTRIBUTES: Final[Mapping[Kind, Mapping[str, str]]] = {
    EVENT_TRACKER: {"TrackingId": "trackingId"},
    CAMPAIGN: {"Status": "status"},
    FILTER: {"Status": "status"},
}


class PersonalizeResource:
    """One resource of a stack. Subclasses set the kind."""

    kind: ClassVar[Kind]
    find_emulator: ClassVar[FindEmulator]

    def __init__(
        self, arn: str, properties: Mapping[str, Json], account_id: str, region: str
    ) -> None:
        self.physical_resource_id = arn
        self._properties = properties
        self._emulator = type(self).find_emulator(account_id, region)

    @staticmethod
    def cloudformation_name_type() -> str:
        """Names the property that holds the name, which every type has."""
        return "Name"

    @classmethod
    def has_cfn_attr(cls, attr: str) -> bool:
        """Tells whether Fn::GetAtt knows an attribute."""
        return attr == arn_attribute(cls.kind) or attr in FURTHER_ATTRIBUTES.get(cls.kind, {})

    @classmethod
    def create_from_cloudformation_json(
        cls,
        resource_name: str,
        cloudformation_json: Mapping[str, Json],
        account_id: str,
        region_name: str,
        **_kwargs: str,
    ) -> Self:
        """Creates the resource and waits until it is ACTIVE, as CloudFormation does."""
        properties = {"Name": resource_name, **cloudformation_json["Properties"]}
        emulator = cls.find_emulator(account_id, region_name)
        created = call(emulator, f"Create{cls.kind.noun}", properties)
        arn = created[cls.kind.arn_member]
        emulator.complete(arn)
        if "DatasetImportJob" in properties:
            job = {**properties["DatasetImportJob"], "DatasetArn": arn}
            emulator.complete(call(emulator, "CreateDatasetImportJob", job)["datasetImportJobArn"])
        return cls(arn, properties, account_id, region_name)

    @classmethod
    def update_from_cloudformation_json(
        cls,
        original_resource: Self,
        new_resource_name: str,
        cloudformation_json: Mapping[str, Json],
        account_id: str,
        region_name: str,
    ) -> Self:
        """Updates the resource where its type can be updated.

        Raises:
            ValidationError: If the change would need a replacement.
        """
        del account_id, region_name
        name = original_resource._properties.get("Name", new_resource_name)
        original_resource._change({"Name": name, **cloudformation_json["Properties"]})
        return original_resource

    def get_cfn_attribute(self, attribute_name: str) -> str:
        """Resolves Fn::GetAtt."""
        if attribute_name == arn_attribute(self.kind):
            return self.physical_resource_id
        member = FURTHER_ATTRIBUTES.get(self.kind, {}).get(attribute_name)
        if member is None:
            raise UnformattedGetAttTemplateException
        arn = {arn_attribute(self.kind): self.physical_resource_id}
        [described] = call(self._emulator, f"Describe{self.kind.noun}", arn).values()
        return described[member]

    def delete(self, account_id: str, region_name: str) -> None:
        """Deletes the resource and waits until it is gone.

        A filter goes with its dataset group, which moto may delete first: its order is by chance.
        """
        del account_id, region_name
        if not self._emulator.exists(self.physical_resource_id):
            return
        arn = {arn_attribute(self.kind): self.physical_resource_id}
        call(self._emulator, f"Delete{self.kind.noun}", arn)
        self._emulator.complete(self.physical_resource_id)

    def is_created(self) -> bool:
        """Tells whether it is ready, which it is once it exists."""
        return True

    def _change(self, properties: Mapping[str, Json]) -> None:
        names = {*properties, *self._properties} - {"Tags"}
        changed = {name for name in names if properties.get(name) != self._properties.get(name)}
        if not changed <= UPDATABLE.get(self.kind, frozenset()):
            fixed = ", ".join(sorted(changed))
            message = f"{self.physical_resource_id}: {fixed} can only change by a replacement."
            raise ValidationError(message=message)
        if changed:
            new = {name: properties[name] for name in changed if name in properties}
            arn = {arn_attribute(self.kind): self.physical_resource_id}
            call(self._emulator, f"Update{self.kind.noun}", {**arn, **new})
            self._emulator.complete(self.physical_resource_id)
        self._properties = properties


def arn_attribute(kind: Kind) -> str:
    """Names the attribute that holds the ARN: DatasetGroupArn."""
    return f"{kind.noun}Arn"


def call(emulator: PersonalizeEmulator, operation: str, properties: Mapping[str, Json]) -> Body:
    """Calls an operation with a template's properties.

    Raises:
        ValidationError: With the emulator's words where it refuses; the stack then fails.
    """
    model = operation_model("personalize", operation)
    if model is None or model.input_shape is None:
        message = f"there is no operation {operation} with an input"
        raise LookupError(message)
    known = {name: each for name, each in properties.items() if name not in NOT_IN_API}
    if "tags" not in model.input_shape.members:
        known.pop("Tags", None)
    try:
        return emulator.handle("personalize", operation, members_of(known, model.input_shape))
    except EmulatedError as error:
        raise ValidationError(message=f"{operation}: {error}") from error


def members_of(value: Json, shape: Shape | None) -> Json:
    """Turns properties into the members of a shape: SolutionConfig into solutionConfig.

    A template's parameters are strings, so numbers and booleans are read where the shape has them.
    What the shape does not know is handed on, for the emulator to refuse by name.
    """
    if isinstance(shape, StructureShape) and isinstance(value, Mapping):
        named = {TAGS.get(name, name[0].lower() + name[1:]): each for name, each in value.items()}
        return {name: members_of(each, shape.members.get(name)) for name, each in named.items()}
    if isinstance(shape, ListShape) and isinstance(value, list):
        return [members_of(each, shape.member) for each in value]
    read = READERS.get(shape.type_name) if shape is not None else None
    return read(value) if read is not None and isinstance(value, str) else value


# Properties that stand for further calls, or that only CloudFormation answers.
NOT_IN_API: Final = frozenset({"DatasetImportJob", "DatasetImportJobArn"})
TAGS: Final[Mapping[str, str]] = {"Key": "tagKey", "Value": "tagValue"}
READERS: Final[Mapping[str, Callable[[str], Json]]] = {
    "boolean": lambda text: text.lower() == "true",
    "integer": int,
    "double": float,
}


def type_of(kind: Kind) -> type[PersonalizeResource]:
    """Builds the class of a kind.

    CloudFormation finds types among the *direct* subclasses of CloudFormationModel, and asks them
    for their name by a static method without arguments.
    """
    names: dict[str, Any] = {
        "__doc__": f"AWS::Personalize::{kind.noun}.",
        "__module__": __name__,
        "kind": kind,
        "cloudformation_type": staticmethod(lambda: f"AWS::Personalize::{kind.noun}"),
    }
    return type(f"Personalize{kind.noun}", (PersonalizeResource, CloudFormationModel), names)


RESOURCE_TYPES: Final = tuple(map(type_of, KINDS))


def install(find_emulator: FindEmulator) -> None:
    """Lets stacks use the emulators; moto forgets the types it has listed before."""
    PersonalizeResource.find_emulator = staticmethod(find_emulator)
    parsing: Any = sys.modules.get("moto.cloudformation.parsing")
    if parsing is not None:
        for remembered in (
            parsing.get_model_list,
            parsing.get_model_map,
            parsing.get_name_type_map,
        ):
            remembered.cache_clear()
