"""Train on what arrived, and ask for recommendations: plain calls of Amazon Personalize's API."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

RECIPE_ARN: Final = "arn:aws:personalize:::recipe/aws-user-personalization-v2"
# Nobody wants to be shown what they have just watched.
_UNSEEN_ONLY: Final = 'EXCLUDE ItemID WHERE Interactions.EVENT_TYPE IN ("Click","Watch","Complete")'
SHOWN: Final = 10
_POLL_S, _PATIENCE_S = 0.2, 60.0
_FAILED: Final = "FAILED"


class TrainingError(Exception):
    """Something at Personalize did not become ACTIVE; the message gives its reason."""


@dataclass(frozen=True, slots=True)
class Campaign:
    """A deployed solution version, and the filter to ask it with."""

    arn: str
    filter_arn: str


class Trainer:
    """Creates what recommendations need, and waits until it is ACTIVE."""

    def __init__(
        self,
        client: Any,  # noqa: ANN401 -- boto3
        dataset_group_arn: str,
        *,
        wait: Callable[[float], None] = time.sleep,
    ) -> None:
        """Prepare to train.

        Args:
            client: A boto3 client for Personalize.
            dataset_group_arn: Where the interactions are.
            wait: Waits so many seconds.
        """
        self._client = client
        self._group_arn = dataset_group_arn
        self._wait = wait

    def train(self) -> Campaign:
        """Train a solution version on everything that arrived, and deploy it.

        Raises:
            TrainingError: There was too little to train on, or something else is wrong.
        """
        solution = self._client.create_solution(
            name="demo",
            datasetGroupArn=self._group_arn,
            recipeArn=RECIPE_ARN,
            # It is on by default, and would train every week for ever.
            performAutoTraining=False,
        )["solutionArn"]
        self._active("solution", solution)
        version = self._client.create_solution_version(solutionArn=solution)["solutionVersionArn"]
        self._active("solutionVersion", version)
        unseen = self._client.create_filter(
            name="demo-unseen", datasetGroupArn=self._group_arn, filterExpression=_UNSEEN_ONLY
        )["filterArn"]
        campaign = self._client.create_campaign(name="demo", solutionVersionArn=version)
        self._active("filter", unseen)
        self._active("campaign", campaign["campaignArn"])
        return Campaign(campaign["campaignArn"], unseen)

    def _active(self, kind: str, arn: str) -> None:
        """Wait until something is ACTIVE."""
        name = "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in kind)
        describe = getattr(self._client, f"describe_{name}")
        status = ""
        for _ in range(round(_PATIENCE_S / _POLL_S)):
            described = describe(**{f"{kind}Arn": arn})[kind]
            status = described["status"]
            if status == "ACTIVE":
                return
            if _FAILED in status:
                message = f"{kind} is {status}: {described.get('failureReason', 'no reason given')}"
                raise TrainingError(message)
            self._wait(_POLL_S)
        message = f"{kind} is still {status} after {_PATIENCE_S:.0f} s"
        raise TrainingError(message)


def recommend(runtime: Any, campaign: Campaign, user_id: str) -> list[str]:  # noqa: ANN401 -- boto3
    """Ask for the ten items that somebody should see next.

    Args:
        runtime: A boto3 client for Personalize's runtime.
        campaign: What to ask.
        user_id: For whom.
    """
    answer = runtime.get_recommendations(
        campaignArn=campaign.arn, userId=user_id, numResults=SHOWN, filterArn=campaign.filter_arn
    )
    return [item["itemId"] for item in answer["itemList"]]
