"""A world for each test."""

import json
from collections import Counter
from collections.abc import Callable, Iterator

import pytest

from local.stack import LocalStack
from tests.faults.pumped import Pumped
from tests.faults.shard import Shard, mapping_of
from tests.faults.world import World
from tests.support.night import Night, deployed_night

type Metrics = Callable[[], Counter[str]]


@pytest.fixture
def sender(request: pytest.FixtureRequest) -> str:
    """What the functions send with: our own signature, where a test asks for no other."""
    return getattr(request, "param", "signed")


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch, sender: str) -> Iterator[World]:
    """A system that works until the test breaks it; functions in this process see it too."""
    with World(sender) as world:
        for name, value in {**world.variables, **world.connection}.items():
            monkeypatch.setenv(name, value)
        yield world


@pytest.fixture
def archiver(world: World) -> Shard:
    """A shard before `archive_activity`, in this process."""
    return Shard(mapping_of("archive_activity"), world.in_process("archive_activity"))


@pytest.fixture
def recorder(world: World) -> Shard:
    """A shard before `record_playback`, in this process."""
    return Shard(mapping_of("record_playback"), world.in_process("record_playback"))


@pytest.fixture
def pumped(world: World) -> Iterator[Pumped]:
    """The recorder behind a stream, under the real runtime."""
    with Pumped(world) as pumped:
        yield pumped


@pytest.fixture
def metrics(capsys: pytest.CaptureFixture[str]) -> Metrics:
    """The sums of what functions in this process published since they were asked for last."""

    def sums() -> Counter[str]:
        found: Counter[str] = Counter()
        for line in capsys.readouterr().out.splitlines():
            published = json.loads(line) if '"_aws":' in line else {}
            names = [
                metric["Name"]
                for directive in published.get("_aws", {}).get("CloudWatchMetrics", [])
                for metric in directive["Metrics"]
            ]
            for name in names:
                value = published[name]
                found[name] += int(sum(value) if isinstance(value, list) else value)
        return found

    return sums


@pytest.fixture(scope="module")
def night_stack() -> Iterator[LocalStack]:
    """A stack for the machines of nights; it is made once, as nights are many."""
    with LocalStack.start() as stack:
        yield stack


@pytest.fixture(scope="module")
def deployed(
    night_stack: LocalStack, tmp_path_factory: pytest.TempPathFactory
) -> Callable[[], Night]:
    """The machine of the template, and a night before which nothing has happened."""
    return deployed_night(night_stack, tmp_path_factory.mktemp("night"))


@pytest.fixture
def night(deployed: Callable[[], Night]) -> Night:
    """A night before which nothing has happened."""
    return deployed()
