"""What each deployed function runs, and with which resolved variables."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from local.deployment.errors import DeploymentError
from local.deployment.packages import Package
from local.deployment.template import Template
from local.function_variables import resolved_variables
from local.lambda_runtime import FunctionConfiguration

_FUNCTION_TYPE: Final = "AWS::Serverless::Function"
# Lambda's own defaults: https://docs.aws.amazon.com/lambda/latest/api/API_CreateFunction.html
_DEFAULT_TIMEOUT_S: Final = 3
_DEFAULT_MEMORY_MB: Final = 128


@dataclass(frozen=True, slots=True)
class FunctionCode:
    """Where a function's code lies.

    Attributes:
        code_path: The folder that becomes the function's task root.
        layer_paths: The folders its layers bring, in order.
    """

    code_path: Path
    layer_paths: tuple[Path, ...]


def find_code(
    template: Template, packages: list[Package], *, root: Path, is_built: bool
) -> Mapping[str, FunctionCode]:
    """Find what each function of a template runs.

    Args:
        template: The SAM template as written, or as `sam build` wrote it.
        packages: The folders of its functions and layers.
        root: The folder of the template.
        is_built: Whether `sam build` made the folders. Then every folder is what Lambda would have;
            otherwise a function with explicit parent packages runs from the root, which is where
            `sam build` would take those packages from.

    Returns:
        The code by the function's logical id.
    """
    folders = {package.logical_id: package.folder for package in packages}
    shared_layers = template.get("Globals", {}).get("Function", {}).get("Layers", [])
    code: dict[str, FunctionCode] = {}
    for logical_id, resource in template["Resources"].items():
        if resource["Type"] == _FUNCTION_TYPE:
            runs_from_root = not is_built and _has_parent_packages(resource)
            layers = [*shared_layers, *resource["Properties"].get("Layers", [])]
            code[logical_id] = FunctionCode(
                code_path=root if runs_from_root else folders[logical_id],
                layer_paths=_layer_paths(logical_id, layers, folders),
            )
    return code


def _has_parent_packages(resource: Mapping[str, Any]) -> bool:
    properties = resource.get("Metadata", {}).get("BuildProperties", {})
    return properties.get("ParentPackageMode") == "explicit"


def _layer_paths(
    logical_id: str, layers: list[Any], folders: Mapping[str, Path]
) -> tuple[Path, ...]:
    """Resolve a function's layers to folders with Python code in them.

    A built layer has its code under `python/`. One that is still only a list of requirements has
    none; what it would bring is installed in the environment that runs the local stack.
    """
    paths: list[Path] = []
    for layer in layers:
        folder = folders.get(layer.get("Ref", "")) if isinstance(layer, dict) else None
        if folder is None:
            message = f"{logical_id} has a layer that is none of the template's: {layer}"
            raise DeploymentError(message)
        built = folder / "python"
        path = built if built.is_dir() else folder
        if next(path.rglob("*.py"), None) is not None:
            paths.append(path)
    return tuple(paths)


def configure(name: str, code: FunctionCode, deployed: Mapping[str, Any]) -> FunctionConfiguration:
    """Put a function's code together with what CloudFormation made of its properties.

    Args:
        name: The function's physical name.
        code: What it runs.
        deployed: The answer of GetFunctionConfiguration.

    Raises:
        UnresolvedVariableError: A variable has no plain value.
    """
    return FunctionConfiguration(
        name=name,
        arn=deployed["FunctionArn"],
        handler=deployed["Handler"],
        code_path=code.code_path,
        layer_paths=code.layer_paths,
        environment=resolved_variables(name, deployed),
        timeout_s=float(deployed.get("Timeout", _DEFAULT_TIMEOUT_S)),
        memory_mb=int(deployed.get("MemorySize", _DEFAULT_MEMORY_MB)),
    )
