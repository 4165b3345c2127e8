"""The port `MetadataStore`: the fake and DynamoDB decide alike."""

from collections.abc import Iterator
from itertools import permutations
from typing import Any

import pytest
from ingestion.adapters.dynamodb import dynamodb_client
from ingestion.adapters.metadata import DynamoMetadataStore, DynamoStandingMetadata
from ingestion.domain.dataset import Dataset
from ingestion.domain.errors import TransientError
from ingestion.ports import MetadataStore
from moto import mock_aws

from tests.support.aws_faults import answering
from tests.support.metadata import FakeMetadataStore, a_record


class MetadataStoreContract:
    """What every store of metadata does."""

    def test_a_first_record_stands(self, store: MetadataStore) -> None:
        """Nothing was known before."""
        record = a_record()
        assert store.standing(record) is None
        assert store.decide(record) == record
        assert store.standing(record) == record

    def test_a_later_record_replaces_an_earlier(self, store: MetadataStore) -> None:
        """People move."""
        later = a_record(at_ms=2000, properties="{}")
        store.decide(a_record(at_ms=1000))
        assert store.decide(later) == later
        assert store.standing(a_record(at_ms=1000)) == later

    def test_an_earlier_record_is_told_what_stands(self, store: MetadataStore) -> None:
        """Delivery may be out of order."""
        later = a_record(at_ms=2000, properties='{"region":"España"}')
        store.decide(later)
        assert store.decide(a_record(at_ms=1000)) == later

    def test_the_same_record_stands_again(self, store: MetadataStore) -> None:
        """A second delivery is not overtaken by the first."""
        store.decide(a_record())
        assert store.decide(a_record()) == a_record()

    def test_times_may_lie_before_the_epoch(self, store: MetadataStore) -> None:
        """A clock of another century makes an old record, not a fault."""
        assert store.decide(a_record(at_ms=-5)) == a_record(at_ms=-5)

    def test_a_user_and_an_item_of_one_id_are_two(self, store: MetadataStore) -> None:
        """The dataset is part of the key."""
        item = a_record(at_ms=1000, dataset=Dataset.ITEMS)
        store.decide(a_record(at_ms=2000))
        assert store.decide(item) == item

    @pytest.mark.parametrize("order", list(permutations(range(3))))
    def test_at_the_same_millisecond_every_order_ends_alike(
        self, store: MetadataStore, order: tuple[int, ...]
    ) -> None:
        """What the records say decides."""
        told = [a_record(properties=f'{{"gender":"{n}"}}') for n in range(3)]
        for index in order:
            store.decide(told[index])
        assert store.standing(told[0]) == max(told, key=lambda record: record.fingerprint)


class TestFakeMetadataStore(MetadataStoreContract):
    @pytest.fixture
    def store(self) -> FakeMetadataStore:
        return FakeMetadataStore()


class TestDynamoMetadataStore(MetadataStoreContract):
    @pytest.fixture
    def store(self) -> Iterator[DynamoMetadataStore]:
        with mock_aws():
            self.dynamodb = dynamodb_client()
            self.dynamodb.create_table(
                TableName="metadata",
                BillingMode="PAY_PER_REQUEST",
                KeySchema=[
                    {"AttributeName": "record_id", "KeyType": "HASH"},
                    {"AttributeName": "dataset", "KeyType": "RANGE"},
                ],
                AttributeDefinitions=[
                    {"AttributeName": "record_id", "AttributeType": "S"},
                    {"AttributeName": "dataset", "AttributeType": "S"},
                ],
            )
            yield DynamoMetadataStore(self.dynamodb, "metadata")

    @pytest.mark.parametrize("operation", ["PutItem", "GetItem"])
    def test_a_throttled_table_is_transient(
        self, store: DynamoMetadataStore, operation: str
    ) -> None:
        """The batch is delivered again."""
        do = {"PutItem": store.decide, "GetItem": store.standing}[operation]
        code = "ProvisionedThroughputExceededException"
        with answering(self.dynamodb, operation, 400, code), pytest.raises(TransientError):
            do(a_record())

    def test_what_stands_is_told_for_many_at_once(self, store: DynamoMetadataStore) -> None:
        """More than one call reads; who is unknown is left out, and nobody is asked for nothing."""
        told = [a_record(at_ms=n, record_id=f"user-{n}") for n in range(150)]
        for record in told:
            store.decide(record)
        standing = DynamoStandingMetadata(lambda: self.dynamodb, "metadata")
        subjects = {record.subject for record in told} | {(Dataset.ITEMS, "user-1")}
        found = standing.told_at_ms(subjects)
        assert found == {record.subject: record.occurred_at_ms for record in told}
        assert DynamoStandingMetadata(self._nobody, "").told_at_ms(set()) == {}

    @staticmethod
    def _nobody() -> Any:
        pytest.fail("there is nothing to ask for")
