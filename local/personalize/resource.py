"""The resources of the control plane, and the one table of what distinguishes their kinds."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from local.personalize.lifecycle import ACTIVE, Transition
from local.personalize.service_model import Body, Json


@dataclass(frozen=True, slots=True)
class Kind:
    """What the operations on one kind of resource have in common.

    Attributes:
        noun: The word in the operation's name: Create*DatasetGroup*.
        name_member: The member that carries its name.
        parent_member: The member that names what it belongs to, by which List selects.
        has_status: Whether it takes time to be created; a schema does not.
        has_unique_name: Whether two may not share a name though their ARNs differ.
    """

    noun: str
    name_member: str = "name"
    parent_member: str | None = None
    has_status: bool = True
    has_unique_name: bool = False

    @property
    def arn_member(self) -> str:
        """Names the member that carries the ARN: datasetGroupArn."""
        return f"{self.noun[0].lower()}{self.noun[1:]}Arn"


SCHEMA: Final = Kind("Schema", has_status=False)
DATASET_GROUP: Final = Kind("DatasetGroup")
DATASET: Final = Kind("Dataset", parent_member="datasetGroupArn")
EVENT_TRACKER: Final = Kind("EventTracker", parent_member="datasetGroupArn", has_unique_name=True)
IMPORT_JOB: Final = Kind("DatasetImportJob", name_member="jobName", parent_member="datasetArn")
EXPORT_JOB: Final = Kind("DatasetExportJob", name_member="jobName", parent_member="datasetArn")
SOLUTION: Final = Kind("Solution", parent_member="datasetGroupArn")
SOLUTION_VERSION: Final = Kind("SolutionVersion", parent_member="solutionArn", has_unique_name=True)
CAMPAIGN: Final = Kind("Campaign", parent_member="solutionArn")
RECOMMENDER: Final = Kind("Recommender", parent_member="datasetGroupArn")
FILTER: Final = Kind("Filter", parent_member="datasetGroupArn")
METRIC_ATTRIBUTION: Final = Kind("MetricAttribution", parent_member="datasetGroupArn")

KINDS: Final[tuple[Kind, ...]] = (
    SCHEMA,
    DATASET_GROUP,
    DATASET,
    EVENT_TRACKER,
    IMPORT_JOB,
    EXPORT_JOB,
    SOLUTION,
    SOLUTION_VERSION,
    CAMPAIGN,
    RECOMMENDER,
    FILTER,
    METRIC_ATTRIBUTION,
)


@dataclass(slots=True, kw_only=True)
class Update:
    """An update of a living resource, which goes on serving as it was until the update is active.

    Attributes:
        member: Where Describe shows it, "latestCampaignUpdate".
        changes: The members it sets.
    """

    member: str
    changes: Body
    transition: Transition
    created_at: float

    def described(self) -> Body:
        """Gives the update as Describe shows it."""
        return visible(
            {
                **self.changes,
                "status": self.transition.status,
                "failureReason": self.transition.failure_reason,
                "creationDateTime": self.created_at,
                "lastUpdatedDateTime": self.transition.finished_at or self.created_at,
            }
        )


@dataclass(slots=True, kw_only=True)
class Resource:
    """One resource: what Describe shows of it, where it is on its way, and what it holds.

    Attributes:
        attributes: The members of Describe that do not change by themselves.
        content: What the kind keeps besides: a parsed schema, a dataset's rows, a trained model.
        transition: Its creation, or its deletion once that has begun.
        update: The latest update and the member of Describe that shows it, if there was one.
    """

    kind: Kind
    arn: str
    name: str
    attributes: Body
    content: Json
    transition: Transition
    created_at: float
    update: Update | None = None
    tags: dict[str, str] = field(default_factory=dict[str, str])

    @property
    def is_active(self) -> bool:
        """Tells whether others may use it."""
        return self.transition.status == ACTIVE

    @property
    def is_underway(self) -> bool:
        """Tells whether it is still being created or deleted."""
        return not self.transition.is_over

    def described(self) -> Body:
        """Gives everything Describe or List could show of it."""
        shown = {
            **self.attributes,
            self.kind.name_member: self.name or None,
            self.kind.arn_member: self.arn,
            "status": self.transition.status,
            "failureReason": self.transition.failure_reason,
            "creationDateTime": self.created_at,
            "lastUpdatedDateTime": self.transition.finished_at or self.created_at,
        }
        if self.update is not None:
            shown[self.update.member] = self.update.described()
        return shown


def visible(members: Mapping[str, Json]) -> Body:
    """Leaves out what is not set: AWS's answers have no nulls."""
    return {name: value for name, value in members.items() if value is not None}


def projected(members: Mapping[str, Json], names: frozenset[str]) -> Body:
    """Keeps the members an answer's shape has."""
    return {name: value for name, value in visible(members).items() if name in names}
