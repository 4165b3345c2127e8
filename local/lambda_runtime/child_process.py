"""How the child process of one execution environment is called, and what it sees."""

from __future__ import annotations

import os
import sys
import sysconfig
import uuid
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

    from local.lambda_runtime.configuration import FunctionConfiguration

BOOTSTRAP: Final = Path(__file__).with_name("bootstrap.py")


def command(configuration: FunctionConfiguration) -> list[str]:
    """Return the command line that serves the function.

    Built code runs with `-I -S -B`: no environment variables for Python, no working directory and
    no site-packages on the import path, so that only the artefact and the standard library are
    found; and no bytecode is written into the artefact, as Lambda's task root is read-only.
    Source code runs with the whole virtual environment behind it; `-P` keeps the bootstrap's own
    folder off the path.
    """
    flags = ["-I", "-S", "-B"] if configuration.is_built else ["-P"]
    runtime_folder = sysconfig.get_path("platlib") if configuration.is_built else ""
    paths = [str(path) for path in (configuration.code_path, *configuration.layer_paths)]
    return [sys.executable, *flags, str(BOOTSTRAP), configuration.handler, runtime_folder, *paths]


def variables(
    configuration: FunctionConfiguration, service: Mapping[str, str], runtime_api: str
) -> dict[str, str]:
    """Return the whole environment of the child; nothing is inherited but the search path.

    The service's variables win over the function's, as `sam local --env-vars` does: the template
    declares AWS_ENDPOINT_URL empty, and here it must lead to the local stack. Lambda's reserved
    variables win over both.
    """
    return {
        **_machine(),
        **configuration.environment,
        **service,
        **_region(service),
        **_reserved(configuration, runtime_api),
    }


def _machine() -> dict[str, str]:
    # The developer's own profile must not decide which account a function talks to.
    return {
        "PATH": os.environ.get("PATH", os.defpath),
        "LANG": "en_US.UTF-8",
        "TZ": ":UTC",
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "AWS_EC2_METADATA_DISABLED": "true",
    }


def _region(service: Mapping[str, str]) -> dict[str, str]:
    region = service.get("AWS_REGION") or service.get("AWS_DEFAULT_REGION") or "us-east-1"
    return {"AWS_REGION": region, "AWS_DEFAULT_REGION": region}


def _reserved(configuration: FunctionConfiguration, runtime_api: str) -> dict[str, str]:
    # https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html
    return {
        "_HANDLER": configuration.handler,
        "AWS_EXECUTION_ENV": "AWS_Lambda_python3.13",
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(configuration.memory_mb),
        "AWS_LAMBDA_FUNCTION_NAME": configuration.name,
        "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
        "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
        "AWS_LAMBDA_LOG_GROUP_NAME": f"/aws/lambda/{configuration.name}",
        "AWS_LAMBDA_LOG_STREAM_NAME": f"{datetime.now(UTC):%Y/%m/%d}/[$LATEST]{uuid.uuid4().hex}",
        "AWS_LAMBDA_RUNTIME_API": runtime_api,
        "LAMBDA_RUNTIME_DIR": str(BOOTSTRAP.parent),
        "LAMBDA_TASK_ROOT": str(configuration.code_path),
    }
