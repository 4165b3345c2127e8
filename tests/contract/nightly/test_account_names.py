"""Two stacks of one account do not take each other's pieces of Amazon Personalize for their own.

An account has one solution, campaign, import job or dataset group of a name in a region: the name
is all of the ARN. Of versions, datasets and event trackers, whose ARNs have more, the reference
does not say it; CreateSolutionVersion, CreateDataset and CreateEventTracker know
ResourceAlreadyExistsException too, so no name of theirs is given twice either.
"""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest

from tests.support.live import FakeLiveTargets, a_target
from tests.support.prepared_nights import NIGHT, UNSENT, night_parts, prepared, watch

_MACHINES: Final = tuple((Path(__file__).parents[3] / "statemachines").glob("*.asl.json"))
_CREATES: Final = re.compile(
    r'aws-sdk:personalize:create\w+",\s*"Parameters": (\{.*?\}),\n', re.DOTALL
)
_NAMES: Final = re.compile(r'"(?:Job)?Name\.?\$?": "([^"]+)"')
_ASSIGNED: Final = re.compile(r'"(group|import_name|version_name)\.\$": "([^"]+)"')

# What has the name of the dataset group in it, in words of the state machines.
_OF_GROUP: Final = {
    "$group",
    "States.Format('{}-{}', $group, $.key)",
    "$import_name",
    "$version_name",
    "$decision.target.solution_name",
    "$decision.target.campaign_name",
}
_BEGINNINGS: Final = {
    "group": ("States.Format('${StackName}-r{}{}{}{}', ", "$group"),
    "import_name": (
        "$decision.import.job_name",
        "States.Format('{}-{}', $decision.import.job_name,",
    ),
    "version_name": (
        "$decision.solution_version_name",
        "States.Format('{}-{}', $decision.solution_version_name,",
    ),
}
_LONGEST: Final = 63


@pytest.mark.parametrize("machine", _MACHINES, ids=lambda machine: machine.stem)
def test_whatever_a_machine_creates_is_named_by_its_group(machine: Path) -> None:
    """A state that creates another thing has to be thought of here."""
    text = machine.read_text()
    created = _CREATES.findall(text)
    assert len(created) == text.count("aws-sdk:personalize:create")
    names = [_NAMES.findall(parameters) for parameters in created]
    assert [len(each) for each in names] == [1] * len(created)
    assert {name for each in names for name in each} <= _OF_GROUP
    for variable, expression in _ASSIGNED.findall(text):
        assert expression.startswith(_BEGINNINGS[variable])


@pytest.mark.parametrize("asked", [{}, {"asked": "rebuild"}], ids=["night", "rebuild"])
def test_two_stacks_derive_no_common_name(tmp_path: Path, asked: dict[str, Any]) -> None:
    """On one night, of the same rows."""
    films, videos = (set(_names(tmp_path / stack, stack, asked)) for stack in ("films", "videos"))
    assert len(films) == len(videos) == 3
    assert films & videos == set()


def test_two_rebuilds_of_one_date_derive_no_common_name(tmp_path: Path) -> None:
    """With another serial there is another group of the same stack."""
    first, second = (
        set(_names(tmp_path / f"a{serial}", "films", {"asked": "rebuild"}, serial))
        for serial in ("", "b")
    )
    assert first & second == set()


def _names(root: Path, stack: str, asked: dict[str, Any], serial: str = "") -> Iterator[str]:
    """All names that the machines take from a decision, with what they may append to one."""
    watch(root, 1200, tracker=UNSENT)
    parts = night_parts(root, live=FakeLiveTargets(a_target(f"{stack}-v1")))
    new = a_target(f"{stack}-r20261124{serial}", solution_arn=None, campaign_arn=None)
    target = {"target": new.as_dict(), "train": "always"} if asked else {}
    decision = json.loads(json.dumps(prepared(parts, **asked, **target)))
    assert (decision["night"], decision["outcome"]) == (NIGHT, "go")
    version = decision["solution_version_name"]
    assert len(f"{version}-12345678") <= _LONGEST
    yield from (decision["import"]["job_name"], version)
    yield from (decision["target"][f"{kind}_name"] for kind in ("solution", "campaign"))
