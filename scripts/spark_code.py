"""Put the code of a Spark run into S3, in a folder named by its content.

    .venv/bin/python -m scripts.spark_code s3://bucket/prefix/

Prints the folder, which is the template's parameter SparkCode. It is made of three files that need
nothing but what a cluster has, so `sam deploy` cannot bring it: no function uses it. The same code
has the same folder, and a folder is never changed, so a run under way keeps the code it began with.
"""

import argparse
import hashlib
import io
import sys
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

import boto3

if TYPE_CHECKING:
    from types_boto3_s3.client import S3Client

PACKAGE: Final = Path(__file__).resolve().parents[1] / "layers/nightly"
MODULES: Final = (
    "nightly/__init__.py",
    "nightly/adapters/__init__.py",
    "nightly/adapters/views.py",
)
ENTRY_POINT: Final = "nightly/adapters/spark_job.py"
_LONG_AGO: Final = (1980, 1, 1, 0, 0, 0)


def files() -> Mapping[str, bytes]:
    """What goes into the folder, by name; the same bytes each time."""
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as package:
        for module in MODULES:
            package.writestr(zipfile.ZipInfo(module, _LONG_AGO), (PACKAGE / module).read_bytes())
    return {
        "spark_job.py": (PACKAGE / ENTRY_POINT).read_bytes(),
        "nightly.zip": archive.getvalue(),
    }


def upload(s3: "S3Client", url: str) -> str:
    """Put the files below an address; answers the folder."""
    content = files()
    digest = hashlib.sha256(b"".join(content.values())).hexdigest()[:16]
    bucket, _, prefix = url.removeprefix("s3://").partition("/")
    folder = f"{prefix.strip('/')}/{digest}/".lstrip("/")
    for name, body in content.items():
        s3.put_object(Bucket=bucket, Key=folder + name, Body=body)
    return f"s3://{bucket}/{folder}"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; return the exit code."""
    parser = argparse.ArgumentParser(description="Put the code of a Spark run into S3.")
    parser.add_argument("place", metavar="s3://BUCKET/PREFIX/")
    place: str = parser.parse_args(arguments).place
    s3: S3Client = boto3.client("s3")
    sys.stdout.write(upload(s3, place) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
