"""A live target to begin with, and a place to keep it."""

from dataclasses import dataclass, field

from nightly.domain.errors import ChangedError
from nightly.live import LiveTarget

GROUP_ARN = "arn:aws:personalize:eu-west-1:123456789012:dataset-group/videos"


def a_target(name: str = "videos", **changes: str | None) -> LiveTarget:
    """A group of this name, with its solution and campaign."""
    arn = GROUP_ARN.replace("videos", name)
    target = LiveTarget.of_group(arn, f"tracking-id-of-{name}", f"{arn}/tracker")
    values = {"solution_arn": f"{arn}/solution", "campaign_arn": f"{arn}/campaign", **changes}
    return LiveTarget.from_dict(target.as_dict() | values)


@dataclass
class FakeLiveTargets:
    """Keeps the target, and counts who asks."""

    target: LiveTarget = field(default_factory=a_target)
    writes: int = 0

    def read(self) -> LiveTarget:
        """What is live."""
        return self.target

    def switch(self, before: LiveTarget, after: LiveTarget) -> None:
        """Make something else live."""
        if before != self.target:
            error = "somebody else has changed it meanwhile"
            raise ChangedError(error)
        self.target = after
        self.writes += 1
