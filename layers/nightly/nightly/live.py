"""The live target: the dataset group that recorders send to and that recommendations come from.

It is one parameter, so it changes in one step for everybody, and what it was before stays in it.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, replace
from typing import Any, Final, Protocol, Self, cast

from ingestion.domain.target import tracking_mark

from nightly.domain.errors import UnusableError

_NULLABLE: Final = frozenset({"event_tracker_arn", "solution_arn", "campaign_arn", "previous"})


@dataclass(frozen=True, slots=True)
class LiveTarget:
    """What one dataset group consists of, as far as anybody outside of it has to know.

    Attributes:
        event_tracker_arn: None of a tracker that somebody else made: only its id is known then.
        solution_arn: None before the first night trained.
        campaign_arn: None before the first night deployed.
        previous: What was live before, for a rollback; itself without one.
    """

    dataset_group_arn: str
    dataset_group_name: str
    interactions_dataset_arn: str
    users_dataset_arn: str
    items_dataset_arn: str
    tracking_id: str
    event_tracker_arn: str | None = None
    solution_arn: str | None = None
    campaign_arn: str | None = None
    previous: "LiveTarget | None" = None

    @property
    def tracking_mark(self) -> str:
        """What the rows say that are sent to it."""
        return tracking_mark(self.tracking_id)

    @classmethod
    def of_group(
        cls, dataset_group_arn: str, tracking_id: str, event_tracker_arn: str | None = None
    ) -> Self:
        """The target of a group; Personalize names datasets by their group and kind.

        Raises:
            UnusableError: It is not the ARN of a dataset group.
        """
        before, is_one, name = dataset_group_arn.partition(":dataset-group/")
        if not is_one or not name:
            error = "this is not the ARN of a dataset group"
            raise UnusableError(error)
        dataset = f"{before}:dataset/{name}"
        interactions, users, items = (f"{dataset}/{k}" for k in ("INTERACTIONS", "USERS", "ITEMS"))
        group = (dataset_group_arn, name)
        return cls(*group, interactions, users, items, tracking_id, event_tracker_arn)

    @classmethod
    def of_environment(cls, environment: Mapping[str, str]) -> Self:
        """The stack's own group: DATASET_GROUP_ARN, TRACKING_ID and perhaps EVENT_TRACKER_ARN.

        Raises:
            UnusableError: The stack does not know its dataset group; ExistingDatasetGroupName says
                it.
        """
        arn, tracking_id = environment.get("DATASET_GROUP_ARN"), environment.get("TRACKING_ID")
        if not arn or not tracking_id:
            error = "DATASET_GROUP_ARN and TRACKING_ID must say which dataset group is the stack's"
            raise UnusableError(error)
        return cls.of_group(arn, tracking_id, environment.get("EVENT_TRACKER_ARN") or None)

    def as_dict(self) -> dict[str, Any]:
        """As the parameter holds it."""
        return asdict(self)

    @classmethod
    def from_dict(cls, content: Mapping[str, Any]) -> Self:
        """The opposite of `as_dict`.

        Raises:
            UnusableError: Something is missing, or not text.
        """
        values = {field.name: content.get(field.name) for field in fields(cls)}
        previous = values.pop("previous")
        for name, value in values.items():
            if not isinstance(value, str) and not (value is None and name in _NULLABLE):
                error = f"the live target has no usable {name}"
                raise UnusableError(error)
        found = cls(**cast("dict[str, Any]", values))
        return replace(found, previous=None if previous is None else cls.from_dict(previous))

    @classmethod
    def from_json(cls, text: str) -> Self:
        """The target in the parameter's text; raises as `from_dict`."""
        try:
            content: object = json.loads(text)
        except ValueError:
            content = None
        return cls.from_dict(cast("dict[str, Any]", content) if isinstance(content, dict) else {})

    def succeeded_by(self, successor: "LiveTarget") -> "LiveTarget":
        """The successor as it goes live: with this one to go back to, and nothing before it."""
        return replace(successor, previous=replace(self, previous=None))

    def rolled_back(self) -> "LiveTarget":
        """What was live before, with this one to go back to in turn.

        Raises:
            UnusableError: Nothing was.
        """
        if self.previous is None:
            error = "there is no earlier dataset group to go back to"
            raise UnusableError(error)
        return self.succeeded_by(self.previous)


class LiveTargets(Protocol):
    """Where the live target is kept."""

    def read(self) -> LiveTarget:
        """What is live: as it was last written, or else the stack's own group.

        Raises:
            UnusableError: What is kept there is no target.
        """
        ...

    def switch(self, before: LiveTarget, after: LiveTarget) -> None:
        """Make something else live, in one step.

        Args:
            before: What was read, and decided upon.
            after: What is live from now on.

        Raises:
            ChangedError: Somebody has written something else meanwhile. That stands.
        """
        ...
