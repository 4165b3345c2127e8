"""What a dataset group consists of, in the order in which it can be deleted."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class PieceKind(StrEnum):
    """A kind of resource of Amazon Personalize; declared in the order of their deletion.

    A solution goes after its campaigns, a group after all that is in it (API reference,
    DeleteSolution and DeleteDatasetGroup). Of recommenders, filters and metric attributions the
    reference does not say it; they belong to one group and are of no use without it. Versions go
    with their solution, and import jobs with their dataset. Schemas belong to nobody.
    """

    CAMPAIGN = "campaign"
    RECOMMENDER = "recommender"
    SOLUTION = "solution"
    EVENT_TRACKER = "event tracker"
    FILTER = "filter"
    METRIC_ATTRIBUTION = "metric attribution"
    DATASET = "dataset"
    DATASET_GROUP = "dataset group"


_GOING: Final = "DELETE "


@dataclass(frozen=True, slots=True)
class Piece:
    """One resource.

    Attributes:
        status: In Personalize's words, `ACTIVE`.
    """

    kind: PieceKind
    name: str
    arn: str
    status: str

    @property
    def is_going(self) -> bool:
        """Whether it is being deleted already."""
        return self.status.startswith(_GOING) and not self.status.endswith("FAILED")

    def __str__(self) -> str:
        return f"{self.kind} {self.name}"
