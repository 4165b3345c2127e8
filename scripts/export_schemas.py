"""Write the JSON Schema of the contract, so that who sends activities can check them.

The models are the only source; a test keeps what is committed equal to them.
"""

import json
from pathlib import Path
from typing import Any, Final

from ingestion.domain.activity import ACTIVITY

TARGET: Final = Path(__file__).parents[1] / "docs" / "schemas" / "activity-1.json"


def activity_schema() -> dict[str, Any]:
    """The schema of one activity, JSON Schema 2020-12."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Activity, version 1",
        **ACTIVITY.json_schema(),
    }


def text() -> str:
    """The schema as it is committed."""
    return json.dumps(activity_schema(), indent=2) + "\n"


if __name__ == "__main__":
    TARGET.parent.mkdir(parents=True, exist_ok=True)
    TARGET.write_text(text())
