from pathlib import Path
from typing import Any

import pytest

from local.deployment.errors import DeploymentError
from local.deployment.functions import FunctionCode, configure, find_code
from local.deployment.packages import find_packages


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A folder with one function, a layer with code, and a layer that is a list of requirements."""
    for path in ("functions/record/handler.py", "layers/shared/ingestion/__init__.py"):
        (tmp_path / path).parent.mkdir(parents=True)
        (tmp_path / path).write_text("")
    (tmp_path / "layers/dependencies").mkdir()
    (tmp_path / "layers/dependencies/requirements.txt").write_text("")
    return tmp_path


def test_a_function_with_parent_packages_runs_from_the_root(checkout: Path) -> None:
    """Its handler is named from there, and the layer with code comes after it."""
    code = _find(checkout, {"ParentPackageMode": "explicit"}, is_built=False)

    assert code == FunctionCode(checkout, (checkout / "layers/shared",))


def test_a_function_without_parent_packages_runs_from_its_folder(checkout: Path) -> None:
    """As Lambda unpacks only that folder."""
    code = _find(checkout, {}, is_built=False)

    assert code.code_path == checkout / "functions/record"


def test_a_built_function_runs_from_its_own_folder(checkout: Path) -> None:
    """After `sam build` the parent packages lie inside, and layers keep code under `python/`."""
    (checkout / "layers/shared/python").mkdir()
    (checkout / "layers/shared/ingestion").rename(checkout / "layers/shared/python/ingestion")

    code = _find(checkout, {"ParentPackageMode": "explicit"}, is_built=True)

    assert code == FunctionCode(checkout / "functions/record", (checkout / "layers/shared/python",))


def test_a_layer_from_elsewhere_is_refused(checkout: Path) -> None:
    """A layer known by ARN cannot be run here, and leaving it out would be another function."""
    template = _template({})
    template["Resources"]["RecordFunction"]["Properties"]["Layers"] = ["arn:aws:lambda:layer:1"]

    with pytest.raises(DeploymentError, match="arn:aws:lambda:layer:1"):
        find_code(template, list(find_packages(template, checkout)), root=checkout, is_built=False)


def test_a_function_is_configured_as_deployed() -> None:
    """Name, handler, limits and variables are those CloudFormation made."""
    configuration = configure(
        "stack-RecordFunction-1",
        FunctionCode(Path("/code"), (Path("/layer"),)),
        {
            "FunctionArn": "arn:aws:lambda:us-east-1:123456789012:function:stack-RecordFunction-1",
            "Handler": "handler.lambda_handler",
            "Timeout": 60,
            "MemorySize": 512,
            "Environment": {"Variables": {"WATCH_RATIO": 0.5}},
        },
    )

    assert configuration.name == "stack-RecordFunction-1"
    assert configuration.handler == "handler.lambda_handler"
    assert configuration.environment == {"WATCH_RATIO": "0.5"}
    assert (configuration.timeout_s, configuration.memory_mb) == (60.0, 512)


def test_limits_a_template_leaves_out_are_lambdas() -> None:
    """Three seconds and 128 MB."""
    deployed = {"FunctionArn": "arn", "Handler": "handler.lambda_handler"}

    configuration = configure("record", FunctionCode(Path("/code"), ()), deployed)

    assert (configuration.timeout_s, configuration.memory_mb) == (3.0, 128)


def _find(root: Path, build_properties: dict[str, str], *, is_built: bool) -> FunctionCode:
    template = _template(build_properties)
    packages = list(find_packages(template, root))
    return find_code(template, packages, root=root, is_built=is_built)["RecordFunction"]


def _template(build_properties: dict[str, str]) -> dict[str, Any]:
    return {
        "Globals": {"Function": {"Layers": [{"Ref": "DependenciesLayer"}]}},
        "Resources": {
            "RecordFunction": {
                "Type": "AWS::Serverless::Function",
                "Metadata": {"BuildProperties": build_properties},
                "Properties": {
                    "CodeUri": "functions/record",
                    "Layers": [{"Ref": "SharedLayer"}],
                },
            },
            "DependenciesLayer": {
                "Type": "AWS::Serverless::LayerVersion",
                "Properties": {"ContentUri": "layers/dependencies"},
            },
            "SharedLayer": {
                "Type": "AWS::Serverless::LayerVersion",
                "Properties": {"ContentUri": "layers/shared"},
            },
        },
    }
