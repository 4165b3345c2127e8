"""The local files a template names, and their upload in place of `sam package`."""

import hashlib
import io
import zipfile
from collections.abc import Iterable, Iterator
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from botocore.exceptions import ClientError

from local.deployment.errors import DeploymentError
from local.deployment.template import Template

_CODE_PROPERTIES: Final = {
    "AWS::Serverless::Function": "CodeUri",
    "AWS::Serverless::LayerVersion": "ContentUri",
}
_DEFINITION_TYPE: Final = "AWS::Serverless::StateMachine"
_DEFINITION_PROPERTY: Final = "DefinitionUri"
# Same bytes for same content: archives know no time before 1980, and ours say just that.
_EPOCH: Final = (1980, 1, 1, 0, 0, 0)
_SKIPPED_FOLDERS: Final = frozenset({"__pycache__", ".pytest_cache", ".ruff_cache"})


@dataclass(frozen=True, slots=True)
class Package:
    """One folder of code.

    Attributes:
        logical_id: The function or layer it belongs to.
        property_name: Where the template names it, `CodeUri` or `ContentUri`.
        folder: Where it lies.
    """

    logical_id: str
    property_name: str
    folder: Path


def find_packages(template: Template, root: Path) -> Iterator[Package]:
    """Find the code of all functions and layers.

    Args:
        template: The SAM template.
        root: The folder its paths are relative to.

    Raises:
        DeploymentError: A function or layer names no local folder.
    """
    for logical_id, resource in template["Resources"].items():
        property_name = _CODE_PROPERTIES.get(resource["Type"])
        if property_name is not None:
            location = resource.get("Properties", {}).get(property_name)
            yield Package(logical_id, property_name, _folder(logical_id, location, root))


def _folder(logical_id: str, location: Any, root: Path) -> Path:  # noqa: ANN401 - whatever the template has there
    """Resolve a `CodeUri` or `ContentUri`."""
    folder = root / location if isinstance(location, str) else None
    if folder is None or not folder.is_dir():
        message = f"The code of {logical_id} has to be a local folder; {location!r} is none"
        raise DeploymentError(message)
    return folder


@dataclass(frozen=True, slots=True)
class Definition:
    """The definition of one state machine.

    Attributes:
        logical_id: The state machine.
        path: The file, in Amazon States Language.
    """

    logical_id: str
    path: Path


def find_definitions(template: Template, root: Path) -> Iterator[Definition]:
    """Find the definitions of all state machines.

    Args:
        template: The SAM template.
        root: The folder its paths are relative to.

    Raises:
        DeploymentError: A state machine names no local file.
    """
    for logical_id, resource in template["Resources"].items():
        if resource["Type"] == _DEFINITION_TYPE:
            location = resource.get("Properties", {}).get(_DEFINITION_PROPERTY)
            path = root / location if isinstance(location, str) else None
            if path is None or not path.is_file():
                message = f"The definition of {logical_id} has to be a local file, not {location!r}"
                raise DeploymentError(message)
            yield Definition(logical_id, path)


def zip_folder(folder: Path) -> bytes:
    """Pack a folder, uncompressed (it goes nowhere) and the same for the same files."""
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as packed:
        for path in sorted(folder.rglob("*")):
            if path.is_file() and not _SKIPPED_FOLDERS.intersection(path.parts):
                name = path.relative_to(folder).as_posix()
                packed.writestr(zipfile.ZipInfo(name, _EPOCH), path.read_bytes())
    return archive.getvalue()


class CodeBucket:
    """The bucket uploads go to, as `sam deploy` has one of its own."""

    def __init__(self, s3: Any, name: str) -> None:  # noqa: ANN401 - boto3's clients are made at run time
        """Create the bucket if it is not there.

        Args:
            s3: Client of the local stack's S3.
            name: The bucket's name.
        """
        self._s3 = s3
        self._name = name
        try:
            s3.head_bucket(Bucket=name)
        except ClientError:
            s3.create_bucket(Bucket=name)

    def upload(
        self, template: Template, packages: list[Package], definitions: Iterable[Definition] = ()
    ) -> Template:
        """Upload packages and definitions, and put where they lie into a copy of the template.

        The key is the content's digest, so a resource changes exactly when its code does.
        """
        uploaded = deepcopy(template)
        for package in packages:
            properties = uploaded["Resources"][package.logical_id]["Properties"]
            properties[package.property_name] = self._put(zip_folder(package.folder))
        for definition in definitions:
            properties = uploaded["Resources"][definition.logical_id]["Properties"]
            properties[_DEFINITION_PROPERTY] = self._put(definition.path.read_bytes())
        return uploaded

    def _put(self, content: bytes) -> dict[str, str]:
        key = hashlib.sha256(content).hexdigest()
        self._s3.put_object(Bucket=self._name, Key=key, Body=content)
        return {"Bucket": self._name, "Key": key}
