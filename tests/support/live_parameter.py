"""What recorders read of the live target, and how it is written."""

import json
from dataclasses import dataclass

from ingestion.domain.errors import TransientError
from ingestion.domain.target import Target

OWN = Target("own-id", "own-users", "own-items")
OTHER = Target("other-id", "other-users", "other-items")


def as_text(target: Target) -> str:
    """The part of the parameter that recorders read, and a field that they do not."""
    return json.dumps(
        {
            "tracking_id": target.tracking_id,
            "users_dataset_arn": target.users_dataset_arn,
            "items_dataset_arn": target.items_dataset_arn,
            "campaign_arn": None,
        }
    )


@dataclass
class FakeLiveParameter:
    """Holds a text, and counts who asks."""

    text: str | None = None
    is_down: bool = False
    reads: int = 0

    def read(self) -> str | None:
        """The text, or a fault."""
        self.reads += 1
        if self.is_down:
            message = "down"
            raise TransientError(message)
        return self.text
