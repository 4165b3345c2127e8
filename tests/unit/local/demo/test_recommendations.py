"""Training waits until everything is ACTIVE, or says why it will not be."""

from collections.abc import Mapping
from typing import Any

import pytest

from local.demo.recommendations import Campaign, Trainer, TrainingError, recommend

KINDS = ("solution", "solution_version", "filter", "campaign")


class FakePersonalize:
    """Creates what it is asked for, and shows the statuses it is given, the last one for ever."""

    def __init__(self, statuses: Mapping[str, list[str]]) -> None:
        self.asked: list[str] = []
        self._statuses = {kind: list(statuses.get(kind, ["ACTIVE"])) for kind in KINDS}

    def __getattr__(self, operation: str) -> Any:
        verb, _, kind = operation.partition("_")
        name = "solutionVersion" if kind == "solution_version" else kind
        if verb == "create":
            return lambda **_: {f"{name}Arn": f"arn:{kind}"}
        return lambda **_: {name: self._described(kind)}

    def _described(self, kind: str) -> dict[str, str]:
        self.asked.append(kind)
        statuses = self._statuses[kind]
        status = statuses.pop(0) if len(statuses) > 1 else statuses[0]
        return {"status": status, "failureReason": "too little data"}


def trained(**statuses: list[str]) -> tuple[Campaign, FakePersonalize]:
    personalize = FakePersonalize(statuses)
    return Trainer(personalize, "arn:group", wait=lambda _seconds: None).train(), personalize


def test_training_waits_for_each_step() -> None:
    """A campaign needs a version that is ACTIVE, a version a solution."""
    pending = ["CREATE PENDING", "CREATE IN_PROGRESS", "ACTIVE"]

    campaign, personalize = trained(solution_version=pending)

    assert campaign == Campaign("arn:campaign", "arn:filter")
    assert personalize.asked.count("solution_version") == 3


def test_a_failed_training_says_why() -> None:
    """In Personalize's own words."""
    with pytest.raises(TrainingError, match="CREATE FAILED: too little data"):
        trained(solution_version=["CREATE FAILED"])


def test_training_does_not_wait_for_ever() -> None:
    """A minute is enough here."""
    with pytest.raises(TrainingError, match="campaign is still CREATE PENDING"):
        trained(campaign=["CREATE PENDING"])


class FakeRuntime:
    """Answers with the request, so that a test can see it."""

    def __init__(self) -> None:
        self.request: dict[str, Any] = {}

    def get_recommendations(self, **request: Any) -> dict[str, Any]:
        self.request = request
        return {"itemList": [{"itemId": "film-2", "score": 0.6}, {"itemId": "film-1"}]}


def test_ten_unseen_items_are_asked_for() -> None:
    """The filter leaves out what the viewer has watched."""
    runtime = FakeRuntime()

    items = recommend(runtime, Campaign("arn:campaign", "arn:filter"), "viewer-1")

    assert items == ["film-2", "film-1"]
    assert runtime.request == {
        "campaignArn": "arn:campaign",
        "filterArn": "arn:filter",
        "userId": "viewer-1",
        "numResults": 10,
    }
