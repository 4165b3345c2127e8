"""The port `VerdictStore`: the fake and DynamoDB decide alike."""

from collections.abc import Iterator
from itertools import permutations
from typing import Any

import pytest
from ingestion.adapters.dynamodb import dynamodb_client
from ingestion.adapters.verdicts import DynamoVerdictStore
from ingestion.domain.errors import TransientError
from ingestion.domain.feedback import Opinion, Verdict
from ingestion.ports import VerdictStore
from moto import mock_aws

from tests.support.aws_faults import answering
from tests.support.fakes import FakeVerdictStore


def a_verdict(at_ms: int, activity_id: str = "a-1", opinion: Opinion = Opinion.LIKED) -> Verdict:
    return Verdict("user:user-1", "item-1", opinion, at_ms, activity_id)


class VerdictStoreContract:
    """What every store of verdicts does."""

    def opinion(self, store: Any) -> str:
        raise NotImplementedError

    def test_a_first_verdict_stands(self, store: VerdictStore) -> None:
        """Nobody said anything before."""
        assert store.decide(a_verdict(1000))

    def test_a_later_verdict_replaces_an_earlier(self, store: VerdictStore) -> None:
        """People change their minds."""
        store.decide(a_verdict(1000))
        assert store.decide(a_verdict(2000, "a-2", Opinion.DISLIKED))
        assert self.opinion(store) == "disliked"

    def test_an_earlier_verdict_does_not(self, store: VerdictStore) -> None:
        """Delivery may be out of order."""
        store.decide(a_verdict(2000))
        assert not store.decide(a_verdict(1000, "a-2", Opinion.DISLIKED))
        assert self.opinion(store) == "liked"

    def test_the_same_verdict_stands_again(self, store: VerdictStore) -> None:
        """A second delivery is not overtaken by the first."""
        store.decide(a_verdict(1000))
        assert store.decide(a_verdict(1000))

    @pytest.mark.parametrize("order", list(permutations(["a-1", "a-2", "a-3"])))
    def test_at_the_same_millisecond_the_greater_id_stands(
        self, store: VerdictStore, order: tuple[str, ...]
    ) -> None:
        """Whatever the order of delivery, the end is the same."""
        opinions: dict[str, Opinion] = dict(zip(("a-1", "a-2", "a-3"), Opinion, strict=True))
        for activity_id in order:
            store.decide(a_verdict(1000, activity_id, opinions[activity_id]))
        assert self.opinion(store) == opinions["a-3"]


class TestFakeVerdictStore(VerdictStoreContract):
    @pytest.fixture
    def store(self) -> FakeVerdictStore:
        return FakeVerdictStore()

    def opinion(self, store: FakeVerdictStore) -> str:
        (verdict,) = store.verdicts.values()
        return verdict.opinion


class TestDynamoVerdictStore(VerdictStoreContract):
    @pytest.fixture
    def store(self) -> Iterator[DynamoVerdictStore]:
        with mock_aws():
            self.dynamodb = dynamodb_client()
            self.dynamodb.create_table(
                TableName="verdicts",
                BillingMode="PAY_PER_REQUEST",
                KeySchema=[
                    {"AttributeName": "viewer", "KeyType": "HASH"},
                    {"AttributeName": "item_id", "KeyType": "RANGE"},
                ],
                AttributeDefinitions=[
                    {"AttributeName": "viewer", "AttributeType": "S"},
                    {"AttributeName": "item_id", "AttributeType": "S"},
                ],
            )
            yield DynamoVerdictStore(self.dynamodb, "verdicts")

    def opinion(self, store: DynamoVerdictStore) -> str:  # noqa: ARG002  -- read from AWS
        (item,) = self.dynamodb.scan(TableName="verdicts")["Items"]
        return item["opinion"].get("S", "")

    def test_a_throttled_table_is_transient(self, store: DynamoVerdictStore) -> None:
        """The batch is delivered again."""
        code = "ProvisionedThroughputExceededException"
        with answering(self.dynamodb, "PutItem", 400, code), pytest.raises(TransientError):
            store.decide(a_verdict(1000))
