"""A hundred times kill -9, at random, of whatever function runs: no final count changes.

The whole template in the local stack, the same load twice: once in peace, and once while processes
of the functions are killed. `make kills` runs it and shows the counts.
"""

import random
import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, Self

import pytest

from local.demo.stores import StoreReader, digest
from local.stack import LocalStack
from tests.faults.evening import Round, rounds
from tests.faults.shard import wait_until
from tests.faults.world import REPOSITORY
from tests.support.functions import metadata_of

KILLS: Final = 100
_SEED: Final = 9
_PATIENCE_S: Final = 300.0
# Messages whose function was killed are visible again after this, not after seven minutes.
_VISIBILITY_S: Final = "10"
_LONGEST_PAUSE_S: Final = 0.6
_SHARE_OF_BUSY: Final = 0.8


@dataclass(frozen=True)
class Ends:
    """Where everything is in the end, in a form that two runs can be compared by.

    Attributes:
        given_up: Messages in dead-letter queues and failed batches.
    """

    archived: Counter[bytes]
    interactions: frozenset[tuple[str, int]]
    rejected: Counter[tuple[str, str]]
    trained_on: Counter[tuple[str, str, str, int]]
    verdicts: Mapping[tuple[str, str], str]
    metadata: Mapping[str, list[dict[str, Any]]]
    given_up: int

    def counts(self) -> str:
        """Write the totals in one line."""
        return (
            f"{self.archived.total()} archived, {len(self.interactions)} interactions, "
            f"{self.trained_on.total()} trained on, {self.rejected.total()} rejected, "
            f"{len(self.verdicts)} verdicts, "
            f"{sum(map(len, self.metadata.values()))} users and items, {self.given_up} given up"
        )


class Killer:
    """Kills a process of the functions after each round."""

    def __init__(self, stack: LocalStack, seed: int) -> None:
        self._stack = stack
        self._chance = random.Random(seed)  # noqa: S311  -- whom it meets is nobody's secret
        self.killed: Counter[str] = Counter()
        self.busy = 0

    def strike(self) -> None:
        """Wait for a moment at random, and kill a process at random, rather one that works."""
        time.sleep(self._chance.uniform(0, _LONGEST_PAUSE_S))
        wait_until(lambda: bool(self._stack.lambda_service.running()))
        running = self._stack.lambda_service.running()
        busy = [each for each in running if each.is_busy]
        among = busy if busy and self._chance.random() < _SHARE_OF_BUSY else running
        if not among:
            return self.strike()
        victim = self._chance.choice(among)
        self.busy += victim.is_busy
        self.killed[victim.function.rpartition("-")[0]] += 1
        victim.kill()
        return None


@pytest.mark.kills
def test_a_hundred_kills_change_no_final_count(capsys: pytest.CaptureFixture[str]) -> None:
    """Archive, interactions, rejections, datasets and verdicts are those of a run in peace."""
    began_ms = time.time_ns() // 1_000_000
    with Run(began_ms) as run:
        peaceful = run.ends(lambda: None)
    with Run(began_ms) as run:
        killer = Killer(run.stack, _SEED)
        killed = run.ends(killer.strike)
    with capsys.disabled():
        print(f"\nin peace: {peaceful.counts()}\n  killed: {killed.counts()}")  # noqa: T201
        print(f"{killer.killed.total()} kills, {killer.busy} at work: {dict(killer.killed)}")  # noqa: T201
    assert killer.killed.total() == KILLS
    assert killed == peaceful
    assert peaceful.archived == everything(began_ms)
    assert peaceful.given_up == 0


def everything(began_ms: int) -> Counter[bytes]:
    """Digests of all bodies that are sent."""
    return Counter(
        digest(body)
        for each in rounds(KILLS, began_ms)
        for body in (
            *(body for body, _ in each.stream),
            *(text.encode() for text in (*each.feedback, *each.metadata)),
        )
    )


class Run:
    """The template in a stack of its own, and the load sent to it."""

    def __init__(self, began_ms: int) -> None:
        self._began_ms = began_ms
        self.stack = LocalStack.start()
        self._outputs = self.stack.deploy(
            template=REPOSITORY / "template.yaml",
            stack_name="kills",
            parameters={"SettleDelaySeconds": "1"},
        )
        sqs = self.stack.client("sqs")
        for name in ("FeedbackQueueUrl", "SettlingQueueUrl", "MetadataQueueUrl"):
            attributes = {"VisibilityTimeout": _VISIBILITY_S}
            sqs.set_queue_attributes(QueueUrl=self._outputs[name], Attributes=attributes)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stack.stop()

    def ends(self, after_each_round: Callable[[], object]) -> Ends:
        """Send everything, wait until it has been dealt with, and look where it is."""
        for each in rounds(KILLS, self._began_ms):
            self._send(each)
            after_each_round()
        wait_until(self.stack.mappings.idle, _PATIENCE_S)
        stores = StoreReader(self.stack.client, self._outputs).read()
        group = self._outputs["DatasetGroupArn"]
        return Ends(
            archived=Counter(each.digest for each in stores.activities),
            interactions=frozenset((r["event_id"], r["version"]) for r in stores.interactions),
            rejected=Counter((r["reason"], r["body"]) for r in stores.rejections.values()),
            trained_on=Counter(
                (str(i.user_id), i.item_id, str(i.event_type), i.timestamp)
                for i in self.stack.personalize.interactions(group)
            ),
            verdicts=stores.verdicts,
            metadata=metadata_of(self.stack.personalize, group),
            given_up=stores.given_up,
        )

    def _send(self, sent: Round) -> None:
        records = [{"Data": body, "PartitionKey": key} for body, key in sent.stream]
        answer = self.stack.client("kinesis").put_records(
            StreamName=self._outputs["ActivityStreamName"], Records=records
        )
        assert answer["FailedRecordCount"] == 0
        self._queue("FeedbackQueueUrl", sent.feedback)
        self._queue("MetadataQueueUrl", sent.metadata)

    def _queue(self, name: str, bodies: tuple[str, ...]) -> None:
        entries = [{"Id": str(n), "MessageBody": body} for n, body in enumerate(bodies)]
        answer = self.stack.client("sqs").send_message_batch(
            QueueUrl=self._outputs[name], Entries=entries
        )
        assert not answer.get("Failed")
