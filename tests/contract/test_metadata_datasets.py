"""The port `MetadataDatasets`: the fake and boto3 before the emulator keep the same promises."""

import json
from collections.abc import Iterator
from typing import Protocol

import pytest
from ingestion.adapters.datasets import PersonalizeDatasets, datasets_client
from ingestion.domain.dataset import Dataset
from ingestion.domain.errors import MisconfiguredError, RefusedError, TransientError
from ingestion.domain.put_metadata import PutMetadataCall
from ingestion.ports import MetadataDatasets

from local.personalize import PersonalizeEmulator
from tests.support.aws_faults import answering
from tests.support.metadata import FakeDatasets, a_record
from tests.support.personalize import make_datasets, make_tracker, personalize

ITEM = '{"creationTimestamp":1,"genres":"Drama|Comedy","price":3.5,"duration":60.0}'


def users(*record_ids: str, properties: str = '{"ageBand":"25-34"}') -> PutMetadataCall:
    some = [a_record(each, properties=properties) for each in record_ids]
    return PutMetadataCall(Dataset.USERS, tuple(some))


class World(Protocol):
    """Datasets, and what is in them."""

    datasets: MetadataDatasets

    def held(self, dataset: Dataset) -> dict[str, dict[str, object]]:
        """Known properties by id."""
        ...


class MetadataDatasetsContract:
    """What every pair of datasets does."""

    def test_users_and_items_are_kept_apart(self, world: World) -> None:
        """Each dataset takes its own."""
        item = a_record("u-1", dataset=Dataset.ITEMS, properties=ITEM)
        world.datasets.put(users("u-1", "u-2"))
        world.datasets.put(PutMetadataCall(Dataset.ITEMS, (item,)))
        assert set(world.held(Dataset.USERS)) == {"u-1", "u-2"}
        assert world.held(Dataset.ITEMS)["u-1"]["genres"] == "Drama|Comedy"

    def test_a_record_replaces_all_that_was_known(self, world: World) -> None:
        """What the second leaves out is gone."""
        world.datasets.put(users("u-1"))
        world.datasets.put(users("u-1", properties='{"gender":"female"}'))
        assert world.held(Dataset.USERS) == {"u-1": {"gender": "female"}}

    def test_nothing_need_be_known(self, world: World) -> None:
        """A record without a property is one."""
        world.datasets.put(users("u-1", properties="{}"))
        assert world.held(Dataset.USERS) == {"u-1": {}}

    def test_a_refused_call_records_nothing(self, world: World) -> None:
        """All or nothing."""
        with pytest.raises(RefusedError):
            world.datasets.put(users("u-1", "u" * 257))
        assert world.held(Dataset.USERS) == {}

    def test_it_tells_how_long_a_call_may_take(self, world: World) -> None:
        """The deadline guard counts on it."""
        assert 0 < world.datasets.longest_call_s < 10


class _FakeWorld:
    def __init__(self) -> None:
        self.datasets = FakeDatasets(refuses=lambda record: len(record.record_id) > 256)

    def held(self, dataset: Dataset) -> dict[str, dict[str, object]]:
        found = self.datasets.held.items()
        return {name: json.loads(r.properties) for (kind, name), r in found if kind is dataset}


class TestFakeDatasets(MetadataDatasetsContract):
    @pytest.fixture
    def world(self) -> _FakeWorld:
        return _FakeWorld()


class _EmulatedWorld:
    def __init__(self, emulator: PersonalizeEmulator) -> None:
        self.emulator = emulator
        group, _ = make_tracker()
        users_arn, items_arn = make_datasets(group)
        self.arns = {Dataset.USERS: users_arn, Dataset.ITEMS: items_arn}
        self.client = datasets_client()
        self.datasets = PersonalizeDatasets(self.client, self.arns.__getitem__)

    def held(self, dataset: Dataset) -> dict[str, dict[str, object]]:
        records = self.emulator.records(self.arns[dataset])
        return {r.record_id: {_camel(k): v for k, v in r.columns.items()} for r in records}


def _camel(column: str) -> str:
    first, *others = column.lower().split("_")
    return first + "".join(map(str.capitalize, others))


class TestPersonalizeDatasets(MetadataDatasetsContract):
    @pytest.fixture
    def world(self) -> Iterator[_EmulatedWorld]:
        with personalize() as emulator:
            yield _EmulatedWorld(emulator)

    def test_the_limits_are_left_to_the_planner_and_the_service(
        self, world: _EmulatedWorld
    ) -> None:
        """Eleven users leave boto3; Personalize refuses them."""
        with pytest.raises(RefusedError):
            world.datasets.put(users(*(f"u-{n}" for n in range(11))))

    @pytest.mark.parametrize("properties", ['{"colour":"red"}', '{"ageBand":25}'])
    def test_what_the_schema_does_not_have_is_refused(
        self, world: _EmulatedWorld, properties: str
    ) -> None:
        """Hence the settings tell the rules what it has."""
        with pytest.raises(RefusedError):
            world.datasets.put(users("u-1", properties=properties))

    def test_a_dataset_that_is_not_there_is_misconfigured(self, world: _EmulatedWorld) -> None:
        """An operator must act."""
        lost = {each: f"{arn}-lost" for each, arn in world.arns.items()}
        with pytest.raises(MisconfiguredError):
            PersonalizeDatasets(world.client, lost.__getitem__).put(users("u-1"))

    @pytest.mark.parametrize("operation", ["PutUsers", "PutItems"])
    @pytest.mark.parametrize(
        ("status", "code"),
        [
            (400, "ThrottlingException"),
            (409, "ResourceInUseException"),
            (500, "InternalFailure"),
            (503, "ServiceUnavailable"),
        ],
    )
    def test_a_service_that_cannot_now_is_transient_after_one_attempt(
        self, world: _EmulatedWorld, operation: str, status: int, code: str
    ) -> None:
        """Attempts that nobody sees would break the pace."""
        call = {
            "PutUsers": users("u-1"),
            "PutItems": PutMetadataCall(
                Dataset.ITEMS, (a_record(dataset=Dataset.ITEMS, properties=ITEM),)
            ),
        }[operation]
        with answering(world.client, operation, status, code) as requests:
            with pytest.raises(TransientError):
                world.datasets.put(call)
            assert len(requests) == 1

    def test_a_denied_call_is_misconfigured(self, world: _EmulatedWorld) -> None:
        """An operator must act."""
        with (
            answering(world.client, "PutUsers", 400, "AccessDeniedException"),
            pytest.raises(MisconfiguredError),
        ):
            world.datasets.put(users("u-1"))
