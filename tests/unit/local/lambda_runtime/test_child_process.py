"""Command line and variables of an execution environment."""

import sysconfig
from pathlib import Path

from local.lambda_runtime import FunctionConfiguration
from local.lambda_runtime.child_process import command, variables


def a_function(
    code_path: Path = Path("/repository"),
    layer_paths: tuple[Path, ...] = (Path("/repository/layers/shared"),),
    environment: dict[str, str] | None = None,
) -> FunctionConfiguration:
    """Build a function of source code."""
    return FunctionConfiguration(
        name="record",
        arn="arn:aws:lambda:eu-west-1:123456789012:function:record",
        handler="functions.record.handler.lambda_handler",
        code_path=code_path,
        layer_paths=layer_paths,
        environment=environment or {},
        timeout_s=3,
        memory_mb=256,
    )


def test_built_code_sees_neither_site_packages_nor_python_variables() -> None:
    """Isolated, without `site`, and awslambdaric from a folder that is named."""
    built = a_function(
        Path("/repository/.aws-sam/build/Record"),
        (Path("/repository/.aws-sam/build/Layer/python"),),
    )

    line = command(built)

    assert line[1:4] == ["-I", "-S", "-B"]
    assert line[-3:] == [
        sysconfig.get_path("platlib"),
        "/repository/.aws-sam/build/Record",
        "/repository/.aws-sam/build/Layer/python",
    ]


def test_source_code_sees_the_virtual_environment() -> None:
    """No isolation, and no folder for awslambdaric: it is importable."""
    line = command(a_function())

    assert line[1] == "-P"
    assert line[-4:] == [
        "functions.record.handler.lambda_handler",
        "",
        "/repository",
        "/repository/layers/shared",
    ]


def test_the_services_variables_win_over_the_functions() -> None:
    """The template's empty AWS_ENDPOINT_URL must not hide the local stack's."""
    function = a_function(
        environment={"AWS_ENDPOINT_URL": "", "TABLE": "t", "AWS_LAMBDA_FUNCTION_NAME": "x"}
    )

    seen = variables(function, {"AWS_ENDPOINT_URL": "http://127.0.0.1:1"}, "127.0.0.1:2")

    assert seen["AWS_ENDPOINT_URL"] == "http://127.0.0.1:1"
    assert seen["TABLE"] == "t"
    assert seen["AWS_LAMBDA_FUNCTION_NAME"] == "record"
    assert seen["AWS_LAMBDA_RUNTIME_API"] == "127.0.0.1:2"


def test_either_region_variable_sets_both() -> None:
    """boto3 reads AWS_DEFAULT_REGION, other code reads AWS_REGION; Lambda sets both."""
    seen = variables(a_function(), {"AWS_DEFAULT_REGION": "eu-west-1"}, "")

    assert (seen["AWS_REGION"], seen["AWS_DEFAULT_REGION"]) == ("eu-west-1", "eu-west-1")


def test_nothing_is_inherited_but_the_search_path() -> None:
    """A developer's keys and profile stay out of the functions."""
    seen = variables(a_function(), {}, "")

    assert "AWS_ACCESS_KEY_ID" not in seen
    assert "HOME" not in seen
    assert seen["AWS_CONFIG_FILE"] == "/dev/null"
