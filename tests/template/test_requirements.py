"""What the layer of dependencies is built from is what uv.lock says."""

import subprocess
from pathlib import Path

import uv

EXPORT = (
    "export --frozen --offline --no-dev --no-default-groups --no-emit-project --no-header"
    " --format requirements-txt"
)


def test_the_requirements_are_the_lock(root: Path) -> None:
    """The file is generated (make lock) and never edited."""
    exported = subprocess.run(  # noqa: S603 - our own lock, no input from outside
        [uv.find_uv_bin(), *EXPORT.split()], cwd=root, check=True, capture_output=True, text=True
    )

    assert (root / "layers/dependencies/requirements.txt").read_text() == exported.stdout


def test_every_requirement_is_pinned_by_hash(root: Path) -> None:
    """Pip refuses a changed file, and a path where a version belongs."""
    text = (root / "layers/dependencies/requirements.txt").read_text()
    requirements = text.replace("\\\n", "").splitlines()
    pinned = [line for line in requirements if line and not line.lstrip().startswith("#")]

    assert pinned
    assert all("==" in line and "--hash=sha256:" in line for line in pinned)


def test_boto3_and_botocore_are_shipped_together(root: Path) -> None:
    """One without the other would pair with the runtime's copy, of another version."""
    text = (root / "layers/dependencies/requirements.txt").read_text()

    assert "\nboto3==" in text
    assert "\nbotocore==" in text


def test_the_layers_hold_nothing_else(root: Path) -> None:
    """SAM copies whatever lies beside requirements.txt into the layer."""
    names = {path.name for path in (root / "layers/dependencies").iterdir()}

    assert names == {"requirements.txt"}
