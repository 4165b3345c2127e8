"""What a night needs in the local stack: an archive that a recorder wrote, and a second group."""

import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from nightly.domain.days import Day
from nightly.live import LiveTarget

from tests.support.builders import NOW_MS
from tests.support.nightly import DAY_MS, lines_of

_ROOT = Path(__file__).parents[2]
_RECORD = (
    "import pathlib, sys; from tests.support.recorded_archive import record_archive;"
    " record_archive(pathlib.Path(sys.argv[1]))"
)

# The recorded evenings are over four days, and the last three days of a night have not settled.
NIGHT = str(Day(NOW_MS // DAY_MS).plus(8))
PARAMETERS = {
    "ContextColumns": "DEVICE_TYPE",
    "NightlyGateLimits": (
        "least_interactions=1,least_users_with_two=1,least_import_rows=1,most_rejected=1"
    ),
}


def archive_evenings(s3: Any, bucket: str, folder: Path) -> None:
    """Put an archive that `record_playback` wrote into the bucket, and into a folder.

    It is recorded in a process of its own: moto has one state in each, and begins anew.
    """
    subprocess.run([sys.executable, "-c", _RECORD, str(folder)], check=True, cwd=_ROOT)  # noqa: S603
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        key = path.relative_to(folder).as_posix()
        s3.put_object(Bucket=bucket, Key=key, Body=path.read_bytes())


def second_group(personalize: Any, name: str, outputs: Mapping[str, str]) -> LiveTarget:
    """A dataset group beside the stack's, with the same schema: what a rebuild makes."""
    dataset = personalize.describe_dataset(datasetArn=outputs["InteractionsDatasetArn"])["dataset"]
    group = personalize.create_dataset_group(name=name)["datasetGroupArn"]
    personalize.create_dataset(
        name=f"{name}-interactions",
        datasetType="Interactions",
        datasetGroupArn=group,
        schemaArn=dataset["schemaArn"],
    )
    return LiveTarget.of_group(group, f"tracking-id-of-{name}")


def rebuild_into(target: LiveTarget) -> dict[str, Any]:
    """The request by which everything goes into a group."""
    asked = {"night": NIGHT, "asked": "rebuild", "train": "auto", "attempt": "rebuild"}
    return asked | {"target": target.as_dict()}


def imported_lines(s3: Any, location: str, folder: Path) -> list[str]:
    """The rows that Personalize would import from a place, sorted."""
    bucket, _, prefix = location.removeprefix("s3://").partition("/")
    (folder / "interactions").mkdir(parents=True)
    for found in s3.list_objects_v2(Bucket=bucket, Prefix=prefix)["Contents"]:
        body = s3.get_object(Bucket=bucket, Key=found["Key"])["Body"].read()
        (folder / "interactions" / Path(found["Key"]).name).write_bytes(body)
    return lines_of(folder)
