"""The bucket of failed batches, as Lambda writes to it."""

import json
from dataclasses import dataclass, field
from typing import Any

type Json = dict[str, Any]


@dataclass
class SimulatedBucket:
    """Keeps documents by key; the part of an S3 client that the on-failure destination needs."""

    documents: dict[str, Json] = field(default_factory=dict)

    def put_object(self, *, Key: str, Body: bytes, **_rest: Any) -> None:  # noqa: N803
        """Keep a document."""
        self.documents[Key] = json.loads(Body)

    def of(self, mapping_uuid: str) -> list[Json]:
        """The documents that one mapping gave up, in the order of doing so."""
        prefix = f"aws/lambda/{mapping_uuid}/"
        return [each for key, each in self.documents.items() if key.startswith(prefix)]
