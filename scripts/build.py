"""Build the functions and layers with the SAM CLI, and compile what it made.

`sam build` leaves out every .pyc, and /opt and /var/task are read-only in Lambda, so each cold
start would compile all sources again. The compiled files name the paths the sources have in Lambda,
so that tracebacks are right, and no source's time, so that two builds are equal.

Run it with the Python of the functions' runtime: `.venv/bin/python -m scripts.build`.
"""

import argparse
import compileall
import os
import platform
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from py_compile import PycInvalidationMode

ROOT = Path(__file__).resolve().parents[1]
BUILD = ROOT / ".aws-sam" / "build"
SAM = ROOT / ".venv-sam" / "bin" / "sam"
RUNTIME = (3, 13)
# A function with all its layers, unpacked (developer guide, "Lambda quotas").
UNPACKED_LIMIT = 250 * 1024**2

# How the platform module calls the two processors.
ARCHITECTURES = {"aarch64": "arm64", "arm64": "arm64", "AMD64": "x86_64", "x86_64": "x86_64"}

# ELF header, e_machine: bytes 18 and 19, little endian in both architectures.
MACHINES = {"arm64": 0xB7, "x86_64": 0x3E}

# The parameter in the built template, which the SAM CLI dumps with one element of a list a line.
PARAMETER = re.compile(
    r"(^  Architecture:\n    Type: String\n    )Default: \w+\n(    AllowedValues:\n    )"
    r"- arm64\n    - x86_64\n",
    re.MULTILINE,
)

# Of the four hundred services that botocore describes in 22 MB: those that the functions ask, and
# those through which it finds credentials.
SERVICES = frozenset(
    {
        "comprehend",
        "dynamodb",
        "kinesis",
        "personalize",
        "personalize-events",
        "s3",
        "sqs",
        "ssm",
        "signin",
        "sso",
        "sso-oidc",
        "sts",
    }
)

# Of the dependencies, what nothing that runs imports: e2e imports every module of ours over the
# layers alone. Layers and function together may have 250 MB, and the night carries an engine of 80.
LEFT_OUT = {
    "DependenciesLayer": (
        "aws_lambda_powertools/event_handler",  # answers HTTP and GraphQL
        "aws_lambda_powertools/utilities/auth_alpha",
        "aws_lambda_powertools/utilities/circuit_breaker",
        "aws_lambda_powertools/utilities/data_classes",  # the handlers read events themselves
        "aws_lambda_powertools/utilities/feature_flags",
        "aws_lambda_powertools/utilities/idempotency",
        "aws_lambda_powertools/utilities/parameters",
        "aws_lambda_powertools/utilities/parser",  # pydantic is asked without it
        "boto3/data",  # resources; the functions use clients
        "pydantic/v1",  # pydantic as it was before 2
    ),
    "EngineLayer": (
        "duckdb/experimental",  # Spark's interface on top of DuckDB
        "_duckdb-stubs",  # for type checkers
    ),
}

# The functions of the stream, which may start from a snapshot, and where the parameters begin.
STREAM_FUNCTION = re.compile(
    r"^      Handler: functions\.(?:archive_activity|record_playback)\.handler\.lambda_handler\n",
    re.MULTILINE,
)
PARAMETERS = re.compile(r"^Parameters:\n", re.MULTILINE)
SNAP_START = """\
  SnapStart:
    Type: String
    Default: None
    AllowedValues:
    - None
    - PublishedVersions
    Description: PublishedVersions starts new environments of the functions of the stream from a
      snapshot, which Lambda takes at each deployment and charges for.
"""
# A snapshot belongs to a version, so the event sources invoke the newest, by an alias. Old versions
# go: Lambda charges for their snapshots.
PUBLISHED = """\
      AutoPublishAlias: live
      AutoPublishAliasAllProperties: true
      VersionDeletionPolicy: Delete
      SnapStart:
        ApplyOn:
          Ref: SnapStart
"""


class BuildError(Exception):
    """The build cannot be used; the message says why. Whoever started it must act."""


def environment() -> dict[str, str]:
    """Return the environment for the SAM CLI: this Python and its pip first, no telemetry.

    The CLI looks for a `python3.13` with pip on PATH; PIP_REQUIRE_VIRTUALENV would stop that pip.
    """
    kept = {name: value for name, value in os.environ.items() if name != "PIP_REQUIRE_VIRTUALENV"}
    # Not resolved: the python of a virtual environment links to one without its pip.
    path = os.pathsep.join([str(Path(sys.executable).parent), kept.get("PATH", "")])
    return kept | {"PATH": path, "SAM_CLI_TELEMETRY": "0"}


def sam_build(architecture: str) -> None:
    """Run `sam build`; a failure has already been told by the CLI."""
    command = [str(SAM), "build", "--parameter-overrides", f"Architecture={architecture}"]
    result = subprocess.run(command, cwd=ROOT, env=environment(), check=False)  # noqa: S603 - fixed
    if result.returncode:
        message = f"sam build ended with {result.returncode}"
        raise BuildError(message)


def archives(build: Path) -> Iterator[tuple[Path, str]]:
    """Yield each folder that becomes an archive, with the path Lambda unpacks it to."""
    for folder in sorted(path for path in build.iterdir() if path.is_dir()):
        yield folder, "/opt" if folder.name.endswith("Layer") else "/var/task"


def compile_archive(folder: Path, runtime_path: str) -> None:
    """Compile all sources of an archive in place, in a fixed order."""
    is_compiled = compileall.compile_dir(
        folder,
        quiet=1,
        force=True,
        stripdir=str(folder),
        prependdir=runtime_path,
        invalidation_mode=PycInvalidationMode.UNCHECKED_HASH,
    )
    if not is_compiled:
        message = f"a source of {folder.name} does not compile"
        raise BuildError(message)


def check_architecture(build: Path, architecture: str) -> None:
    """Refuse binaries of another processor, of which SAM only warns."""
    for library in sorted(build.rglob("*.so")):
        with library.open("rb") as file:
            machine = int.from_bytes(file.read(20)[18:20], "little")
        if machine != MACHINES[architecture]:
            message = f"{library.relative_to(build)} is not made for {architecture}"
            raise BuildError(message)


def leave_out_services(build: Path) -> None:
    """Remove from botocore what describes services that no function asks."""
    described = build / "DependenciesLayer" / "python" / "botocore" / "data"
    if not described.is_dir():
        message = "the layer of dependencies has no botocore where pip puts it"
        raise BuildError(message)
    for folder in described.iterdir():
        if folder.is_dir() and folder.name not in SERVICES:
            shutil.rmtree(folder)


def leave_out_parts(build: Path) -> None:
    """Remove from the dependencies what no function imports."""
    for layer, parts in LEFT_OUT.items():
        for part in parts:
            folder = build / layer / "python" / part
            if not folder.is_dir():
                message = f"{layer} has no {part} to leave out"
                raise BuildError(message)
            shutil.rmtree(folder)


def stamp_template(template: Path, architecture: str) -> None:
    """Leave the built template only the architecture that it was built for.

    `sam deploy` and `sam local` then take it by themselves, and CloudFormation refuses the other.
    """
    text = template.read_text()
    stamped = PARAMETER.sub(rf"\g<1>Default: {architecture}\n\g<2>- {architecture}\n", text)
    if stamped == text:
        message = f"{template.name} has no parameter Architecture as the SAM CLI writes it"
        raise BuildError(message)
    template.write_text(stamped)


def publish_versions(template: Path) -> None:
    """Let the functions of the stream start from snapshots, by the parameter SnapStart.

    In the built template only: the local stack deploys template.yaml, and knows no versions.
    """
    text, parameters = PARAMETERS.subn(rf"\g<0>{SNAP_START}", template.read_text())
    text, functions = STREAM_FUNCTION.subn(rf"\g<0>{PUBLISHED}", text)
    if (parameters, functions) != (1, 2):
        message = f"{template.name} has no functions of the stream as the SAM CLI writes them"
        raise BuildError(message)
    template.write_text(text)


def unpacked_size(folder: Path) -> int:
    """Bytes of a folder as Lambda unpacks it."""
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def zipped_size(folder: Path) -> int:
    """Bytes of a folder as `sam deploy` uploads it: a deflated archive."""
    with tempfile.TemporaryDirectory() as place:
        return Path(shutil.make_archive(f"{place}/archive", "zip", folder)).stat().st_size


def share_of_limit(build: Path) -> float:
    """How much of what Lambda unpacks the largest function takes with every layer."""
    layers = sum(map(unpacked_size, build.glob("*Layer")))
    return (layers + max(map(unpacked_size, build.glob("*Function")))) / UNPACKED_LIMIT


def show_sizes(build: Path) -> None:
    """Print what is uploaded, and that it is compiled."""
    for folder, _ in archives(build):
        sources, compiled = (len(list(folder.rglob(f"*.{kind}"))) for kind in ("py", "pyc"))
        zipped_kb, unpacked_kb = zipped_size(folder) / 1000, unpacked_size(folder) / 1000
        sys.stdout.write(f"{folder.name:<26}{zipped_kb:>10,.1f} kB zipped, ")
        sys.stdout.write(f"{unpacked_kb:>10,.1f} kB unpacked, ")
        sys.stdout.write(f"{compiled} of {sources} sources compiled\n")
    sys.stdout.write(
        f"A function with every layer: {share_of_limit(build):.1%} of Lambda's limit\n"
    )


def build_all(architecture: str) -> None:
    """Build, check and compile everything into .aws-sam/build."""
    if sys.version_info[:2] != RUNTIME:
        message = f"run this with Python {RUNTIME[0]}.{RUNTIME[1]}: .pyc files fit one version only"
        raise BuildError(message)
    sam_build(architecture)
    check_architecture(BUILD, architecture)
    stamp_template(BUILD / "template.yaml", architecture)
    publish_versions(BUILD / "template.yaml")
    leave_out_services(BUILD)
    leave_out_parts(BUILD)
    for folder, runtime_path in archives(BUILD):
        compile_archive(folder, runtime_path)
    show_sizes(BUILD)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; return the exit code."""
    parser = argparse.ArgumentParser(description="Build the functions and layers.")
    parser.add_argument(
        "--architecture",
        choices=sorted(MACHINES),
        default=ARCHITECTURES.get(platform.machine()),
        help="processor to build for: this machine's unless said otherwise, so that it runs here",
    )
    try:
        build_all(parser.parse_args(arguments).architecture)
    except BuildError as error:
        sys.stderr.write(f"build failed: {error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
