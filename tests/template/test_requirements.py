"""What the layer of dependencies is built from is what uv.lock says."""

import re
import subprocess
import tomllib
from pathlib import Path

import pytest
import uv

EXPORT = "export --frozen --offline --no-emit-project --no-header --format requirements-txt"
GROUPS = {"dependencies": "--no-dev --no-default-groups", "engine": "--only-group nightly"}


@pytest.mark.parametrize(("layer", "groups"), GROUPS.items())
def test_the_requirements_are_the_lock(root: Path, layer: str, groups: str) -> None:
    """The file is generated (make lock) and never edited."""
    exported = subprocess.run(  # noqa: S603 - our own lock, no input from outside
        [uv.find_uv_bin(), *EXPORT.split(), *groups.split()],
        cwd=root, check=True, capture_output=True, text=True,
    )  # fmt: skip

    assert (root / "layers" / layer / "requirements.txt").read_text() == exported.stdout


@pytest.mark.parametrize("layer", GROUPS)
def test_every_requirement_is_pinned_by_hash(root: Path, layer: str) -> None:
    """Pip refuses a changed file, and a path where a version belongs."""
    text = (root / "layers" / layer / "requirements.txt").read_text()
    requirements = text.replace("\\\n", "").splitlines()
    pinned = [line for line in requirements if line and not line.lstrip().startswith("#")]

    assert pinned
    assert all("==" in line and "--hash=sha256:" in line for line in pinned)


def test_boto3_and_botocore_are_shipped_together(root: Path) -> None:
    """One without the other would pair with the runtime's copy, of another version."""
    text = (root / "layers/dependencies/requirements.txt").read_text()

    assert "\nboto3==" in text
    assert "\nbotocore==" in text


@pytest.mark.parametrize("architecture", ["x86_64", "aarch64"])
def test_the_engine_has_wheels_for_both_processors(root: Path, architecture: str) -> None:
    """A source would be compiled for an hour, if at all; the versions of both have to be one."""
    lock = tomllib.loads((root / "uv.lock").read_text())
    engine = {p["name"]: p for p in lock["package"] if p["name"].startswith("duckdb")}
    wheels = [wheel["url"] for package in engine.values() for wheel in package["wheels"]]
    fitting = [
        url for url in wheels if re.search(rf"(cp313-cp313|py3-none)-many.*{architecture}", url)
    ]

    assert len(fitting) == 2
    assert len({package["version"] for package in engine.values()}) == 1


@pytest.mark.parametrize("layer", GROUPS)
def test_the_layers_hold_nothing_else(root: Path, layer: str) -> None:
    """SAM copies whatever lies beside requirements.txt into the layer."""
    names = {path.name for path in (root / "layers" / layer).iterdir()}

    assert names == {"requirements.txt"}
