"""Write the JSON Schema of the contract, so that who sends activities can check them.

The models are the only source; a test keeps what is committed equal to them.
"""

import json
from pathlib import Path
from typing import Any, Final

from ingestion.domain.activity import ACTIVITY
from ingestion.domain.metadata import METADATA

_FOLDER: Final = Path(__file__).parents[1] / "docs" / "schemas"
TARGET: Final = _FOLDER / "activity-1.json"
METADATA_TARGET: Final = _FOLDER / "metadata-1.json"


def activity_schema() -> dict[str, Any]:
    """The schema of one activity, JSON Schema 2020-12."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Activity, version 1",
        **ACTIVITY.json_schema(),
    }


def metadata_schema() -> dict[str, Any]:
    """The schema of one profile or catalogue entry, JSON Schema 2020-12."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Metadata, version 1",
        **METADATA.json_schema(),
    }


def text() -> str:
    """The schema of activities as it is committed."""
    return json.dumps(activity_schema(), indent=2) + "\n"


def metadata_text() -> str:
    """The schema of metadata as it is committed."""
    return json.dumps(metadata_schema(), indent=2) + "\n"


if __name__ == "__main__":
    TARGET.parent.mkdir(parents=True, exist_ok=True)
    TARGET.write_text(text())
    METADATA_TARGET.write_text(metadata_text())
