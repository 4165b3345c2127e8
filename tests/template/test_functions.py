"""Functions and layers: one name in five spellings, nothing left to a default."""

import importlib
import re
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

type Json = dict[str, Any]

ROOT = Path(__file__).parents[2]
USE_CASES = sorted(
    folder.name for folder in (ROOT / "functions").iterdir() if (folder / "handler.py").exists()
)
GLOBAL_VARIABLES = {
    "AWS_ENDPOINT_URL",
    "POWERTOOLS_SERVICE_NAME",
    "POWERTOOLS_METRICS_NAMESPACE",
    "POWERTOOLS_LOG_LEVEL",
    "PYDANTIC_DISABLE_PLUGINS",
}


def pascal_case(use_case: str) -> str:
    """Return a use case as logical ids and classes spell it."""
    return "".join(word.capitalize() for word in use_case.split("_"))


def package_of(use_case: str) -> str:
    """Return the package that has a use case: that of the night, or that of the ingestion."""
    return "nightly" if find_spec(f"nightly.application.{use_case}") else "ingestion"


def settings_of(use_case: str) -> ModuleType:
    """Return the module that has the settings of a use case."""
    package = package_of(use_case)
    name = f"{package}.settings"
    return importlib.import_module(f"{name}.{use_case}" if package == "ingestion" else name)


def snake_case(logical_id: str) -> str:
    """Return a function's logical id as folders and modules spell it."""
    return re.sub(r"(?<!^)(?=[A-Z])", "_", logical_id.removesuffix("Function")).lower()


def test_every_folder_has_its_function_and_every_function_its_folder(functions: Json) -> None:
    """The template and the folder functions/ name the same use cases."""
    assert sorted(map(snake_case, functions)) == USE_CASES


@pytest.mark.parametrize("use_case", USE_CASES)
def test_one_name_has_five_spellings(use_case: str, functions: Json, source: Json) -> None:
    """Folder, logical id, use case, golden events and settings carry the same name."""
    logical_id = f"{pascal_case(use_case)}Function"
    application = importlib.import_module(f"{package_of(use_case)}.application.{use_case}")

    assert logical_id in functions
    assert source["Resources"][logical_id]["Properties"]["CodeUri"] == f"functions/{use_case}/"
    assert callable(getattr(application, use_case))
    assert list((ROOT / "events" / use_case).glob("*.json"))
    assert hasattr(settings_of(use_case), f"{pascal_case(use_case)}Settings")


@pytest.mark.parametrize("use_case", USE_CASES)
def test_the_handler_can_be_called(use_case: str, functions: Json) -> None:
    """The handler of the template is importable by that very path."""
    handler = functions[f"{pascal_case(use_case)}Function"]["Handler"]
    module, attribute = handler.rsplit(".", 1)

    assert handler == f"functions.{use_case}.handler.lambda_handler"
    assert callable(getattr(importlib.import_module(module), attribute))


@pytest.mark.parametrize("use_case", USE_CASES)
def test_the_build_keeps_the_import_path(use_case: str, source: Json) -> None:
    """The artefact keeps functions/<use case>/, so that handlers are imported as in the tests."""
    metadata = source["Resources"][f"{pascal_case(use_case)}Function"]["Metadata"]

    assert metadata["BuildProperties"] == {
        "ParentPackageMode": "explicit",
        "ParentPackages": f"functions.{use_case}",
    }


@pytest.mark.parametrize("use_case", USE_CASES)
def test_variables_are_the_settings(use_case: str, functions: Json) -> None:
    """A function gets every variable its settings read, and none they do not."""
    variables = functions[f"{pascal_case(use_case)}Function"]["Environment"]["Variables"]
    fields = getattr(settings_of(use_case), f"{pascal_case(use_case)}Settings").model_fields

    assert set(variables) - GLOBAL_VARIABLES == {name.upper() for name in fields}
    assert set(variables) >= GLOBAL_VARIABLES


@pytest.mark.parametrize("use_case", USE_CASES)
def test_the_defaults_are_valid_settings(use_case: str, functions: Json) -> None:
    """What the template's defaults put into the environment is accepted by the settings."""
    variables = functions[f"{pascal_case(use_case)}Function"]["Environment"]["Variables"]
    model = getattr(settings_of(use_case), f"{pascal_case(use_case)}Settings")

    model.model_validate({name: str(value) for name, value in variables.items()})


def test_the_local_endpoint_is_declared_and_empty(functions: Json) -> None:
    """Only a declared variable can be overridden locally; an empty one means nothing to boto3."""
    endpoints = {
        function["Environment"]["Variables"]["AWS_ENDPOINT_URL"] for function in functions.values()
    }

    assert endpoints == {""}


def test_timeout_and_memory_are_written_at_each_function(functions: Json) -> None:
    """No function takes Lambda's three seconds; more than a minute only what nobody waits for."""
    patient = {"ReconcileArchiveFunction", "BuildDatasetsFunction"}
    for name, properties in functions.items():
        assert 10 <= properties["Timeout"] <= (900 if name in patient else 60)
        assert properties["MemorySize"] >= 512


def test_functions_are_traced_without_an_sdk(functions: Json, root: Path) -> None:
    """Lambda traces, and the package that is at its end of support is not deployed."""
    requirements = (root / "layers/dependencies/requirements.txt").read_text()

    assert {function["TracingConfig"]["Mode"] for function in functions.values()} == {"Active"}
    assert "aws-xray-sdk" not in requirements


def test_every_function_logs_to_a_group_of_its_own(
    functions: Json, of_type: Callable[[str], Json]
) -> None:
    """The group exists before the first invocation, with retention and key."""
    groups = of_type("AWS::Logs::LogGroup")

    for name, function in functions.items():
        group = groups[f"{name.removesuffix('Function')}LogGroup"]
        assert groups[function["LoggingConfig"]["LogGroup"]] is group
        assert group["RetentionInDays"] == 30
        assert group["KmsKeyId"] == "arn:aws:kms:eu-west-1:111122223333:key/DataKey"


@pytest.mark.parametrize("architecture", ["arm64", "x86_64"])
def test_functions_and_layers_agree_on_the_architecture(
    architecture: str, deploy: Callable[..., Json], source: Json
) -> None:
    """One parameter decides for functions, layers and the build of the layers."""
    deployed = deploy(Architecture=architecture).values()
    built = {
        tuple(body["Metadata"]["BuildArchitecture"].items())
        for body in source["Resources"].values()
        if body["Type"] == "AWS::Serverless::LayerVersion"
    }

    for body in deployed:
        if body["Type"] == "AWS::Lambda::Function":
            assert body["Properties"]["Architectures"] == [architecture]
        if body["Type"] == "AWS::Lambda::LayerVersion":
            assert body["Properties"]["CompatibleArchitectures"] == [architecture]
    assert built == {(("Ref", "Architecture"),)}


def test_functions_and_layers_agree_on_the_runtime(
    functions: Json, of_type: Callable[[str], Json], root: Path
) -> None:
    """Lambda, the layers and the developers run the same Python."""
    runtime = f"python{(root / '.python-version').read_text().strip()}"
    layers = of_type("AWS::Lambda::LayerVersion").values()

    assert {function["Runtime"] for function in functions.values()} == {runtime}
    assert {tuple(layer["CompatibleRuntimes"]) for layer in layers} == {(runtime,)}


def test_every_function_has_the_layers_it_needs(functions: Json) -> None:
    """Dependencies and our packages come from layers; only who builds carries the engine."""
    own = {
        "BuildDatasetsFunction": ["NightlyLayer", "EngineLayer"],
        "JudgeVersionFunction": ["NightlyLayer"],
        "ReportNightFunction": ["NightlyLayer"],
    }
    for logical_id, function in functions.items():
        names = [re.sub(r"[0-9a-f]{10}$", "", layer) for layer in function["Layers"]]
        assert names == ["DependenciesLayer", "SharedLayer", *own.get(logical_id, [])]


def test_environment_variables_are_encrypted_with_the_key_of_the_stack(functions: Json) -> None:
    """Whoever may read a function's configuration still needs the key for the tracking id."""
    keys = {function["KmsKeyArn"] for function in functions.values()}

    assert keys == {"arn:aws:kms:eu-west-1:111122223333:key/DataKey"}
