"""Load, small: some seconds of it, with every kind of trouble, and all of it is accounted for."""

import io

import pytest
from rich.console import Console

from local.demo.screen import Screen
from local.load.parcel import Kind
from local.load.reconciliation import Fate
from local.load.report import report
from local.load.run import Load, Options, run
from local.load.troubles import Trouble
from local.stack import LocalStack

pytestmark = pytest.mark.system

# So much of each kind that a slow machine, which sends less, still sends some of it.
MIX = {
    Kind.NATIVE: 40.0,
    Kind.FOREIGN: 20.0,
    Kind.FEEDBACK: 16.0,
    Kind.METADATA: 8.0,
    Kind.DUPLICATE: 8.0,
    Kind.POISON: 8.0,
}
OPTIONS = Options(seconds=12, rate=60, seed=29, producers=2, viewers=8, mix=MIX, visibility_s=4)


@pytest.fixture(scope="module")
def load(stack: LocalStack) -> Load:
    """One load for all tests, on a stack of its own name."""
    return run(stack, "load", OPTIONS, Screen(Console(file=io.StringIO())))


def test_everything_acknowledged_is_accounted_for(load: Load) -> None:
    """Though shards were split and merged, calls refused, processes killed, a mapping disabled."""
    assert [check for check in load.reconciliation.checks if not check.holds] == []
    assert load.drained_after_s is not None
    assert load.adds_up


def test_every_kind_was_sent_and_ended_somewhere(load: Load) -> None:
    """Received is the sum of the fates."""
    for account in load.reconciliation.kinds:
        assert account.acknowledged == account.received == account.fates.total() > 0
        assert account.fates[Fate.UNEXPLAINED] == account.fates[Fate.FAILED] == 0
    assert {account.kind for account in load.reconciliation.kinds} == set(Kind)


def test_there_was_trouble(load: Load) -> None:
    """Each kind of it, at least once; whom it met is another run's chance."""
    assert {happening.trouble for happening in load.happenings} == set(Trouble)


def test_nothing_is_behind_at_the_end(load: Load) -> None:
    """Neither in the stream nor in the queues."""
    last = load.samples[-1]

    assert (last.records, last.age_s, last.messages) == (0, 0.0, 0)


def test_no_trouble_stays(stack: LocalStack, load: Load) -> None:
    """The stack is left as it was found."""
    request = {"HTTP_AUTHORIZATION": "Credential=test/20261124/us-east-1/s3/aws4_request"}
    sources = stack.client("lambda").list_event_source_mappings()["EventSourceMappings"]

    assert load.happenings
    assert {source["State"] for source in sources} == {"Enabled"}
    assert stack.service_faults.strike(request) is None


def test_the_report_says_that_it_adds_up(load: Load) -> None:
    """With the conservation table."""
    console = Console(file=io.StringIO(), width=140)
    console.print(report(load))
    printed = console.file.getvalue()  # pyright: ignore[reportAttributeAccessIssue]

    assert "It adds up" in printed
    assert "Conservation" in printed
