"""What foreign trackers send still means the same: each payload with what is understood of it.

`GOLDEN=write make test` writes what is expected; read the difference before you commit it.
"""

import json
import os
from pathlib import Path
from typing import Any

import pytest
from ingestion.domain.dialects.detection import NotPlayback, understand
from ingestion.domain.dialects.reading import DialectRules
from ingestion.domain.message import Message
from ingestion.domain.rejection import Rejection
from ingestion.domain.unpacking import unpack
from pydantic_core import to_jsonable_python

from tests.support.builders import WINDOW, a_message

FOLDER = Path(__file__).parent / "dialects"
UNDERSTOOD = ".understood.json"
CASES = sorted(
    str(path.relative_to(FOLDER).with_suffix(""))
    for path in FOLDER.glob("*/*.json")
    if not path.name.endswith(UNDERSTOOD)
)
RULES = DialectRules(snowplow_item_path="com.example/media_item:id")


def told(message: Message | Rejection) -> dict[str, Any]:
    """Everything that is understood of one message."""
    if isinstance(message, Rejection):
        return {"rejected": message.reason, "detail": message.detail}
    understood = understand(message, WINDOW, RULES)
    if isinstance(understood, Rejection):
        return {"rejected": understood.reason, "detail": understood.detail}
    if isinstance(understood, NotPlayback):
        return {"not_playback": understood.dialect}
    activity = understood.activity.model_dump(mode="json", exclude_none=True)
    return {
        "viewer": understood.viewer,
        "corrected_ms": understood.occurred_at_ms,
        "is_private": understood.activity.is_private,
        **activity,
    }


@pytest.mark.parametrize("case", CASES)
def test_payload(case: str) -> None:
    """A payload is understood as is written beside it."""
    record = a_message((FOLDER / f"{case}.json").read_bytes())
    found = to_jsonable_python([told(each) for each in unpack(record)])
    expected = FOLDER / f"{case}{UNDERSTOOD}"
    if os.environ.get("GOLDEN") == "write":
        expected.write_text(json.dumps(found, indent=2) + "\n")
    assert json.loads(expected.read_text()) == found
