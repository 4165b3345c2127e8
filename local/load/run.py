"""One load from beginning to end: send and trouble, let it drain, account for it."""

import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from local.demo.screen import Screen
from local.demo.system import System
from local.load.assignment import LEDGER, SUMMARY, Assignment, Summary
from local.load.audience import DEFAULT_MIX
from local.load.backlog import QUEUES, BacklogWatch, Sample
from local.load.delivery import Doors
from local.load.findings import Findings, find
from local.load.ledger import Entry, read_ledger
from local.load.parcel import Kind
from local.load.reconciliation import Reconciliation, reconcile
from local.load.stories import expected_reasons
from local.load.troubles import Happening, Trouble, Troublemaker, appointments
from local.stack import LocalStack

_REPOSITORY: Final = Path(__file__).parents[2]
_POLL_S: Final = 0.25
_LOG: Final = "log.txt"
# What the process of the producers may take to begin, and to end the stories it has begun.
_BEGIN_S: Final = 60.0
_END_S: Final = 180.0
_DRAIN_S: Final = 180.0


class CrowdError(Exception):
    """The process of the producers did not begin, or not come to its end."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What to do.

    Attributes:
        seconds: How long to send.
        rate: Messages a second.
        producers: How many send side by side.
        viewers: How many watch at one time.
        visibility_s: After which time a message that failed comes again. The template's is six
            times the function's timeout, as Lambda advises: minutes in which a load would only
            wait.
    """

    seconds: float
    rate: float
    seed: int
    producers: int = 8
    viewers: int = 160
    mix: Mapping[Kind, float] = DEFAULT_MIX
    visibility_s: int = 20


@dataclass(frozen=True, slots=True)
class Load:
    """What happened.

    Attributes:
        entries: The ledger.
        drained_after_s: How long the functions took for the rest; None when they did not end.
        struck: How many calls to S3 and DynamoDB met a fault.
    """

    options: Options
    entries: tuple[Entry, ...]
    summary: Summary
    happenings: tuple[Happening, ...]
    samples: tuple[Sample, ...]
    drained_after_s: float | None
    struck: Mapping[Trouble, int]
    findings: Findings
    reconciliation: Reconciliation

    @property
    def adds_up(self) -> bool:
        """Whether everything was dealt with and is accounted for, and no producer gave up."""
        is_over = self.drained_after_s is not None and not self.summary.gave_up
        return is_over and self.reconciliation.adds_up


@dataclass(frozen=True, slots=True)
class _Sent:
    """What is known once everything was sent and the functions had time for the rest."""

    entries: tuple[Entry, ...]
    summary: Summary
    troublemaker: Troublemaker
    watch: BacklogWatch
    drained_after_s: float | None


def run(stack: LocalStack, stack_name: str, options: Options, screen: Screen) -> Load:
    """Put load on a stack of its own name.

    Args:
        stack: The local stack.
        stack_name: Name of the CloudFormation stack that is deployed for it.
        options: What to do.
        screen: Where to show how far it is.

    Raises:
        CrowdError: The producers did not begin, or not come to their end.
    """
    with screen.stage("Deployed template.yaml into a local stack"):
        system = System.deploy(stack, stack_name)
        _hurry(system, options.visibility_s)
    sent = _send(stack, system, options, screen)
    with screen.stage("Read the archive and asked Personalize"):
        return _accounted_for(stack, system, options, sent)


def _send(stack: LocalStack, system: System, options: Options, screen: Screen) -> _Sent:
    watch = BacklogWatch(stack, system)
    troublemaker = Troublemaker(stack, system, appointments(options.seconds, options.seed))
    with tempfile.TemporaryDirectory(prefix="load-") as name:
        folder = Path(name)
        with watch, screen.stage(f"Sent for {options.seconds:.0f} s, with trouble"):
            _send_all(folder, _assignment(stack, system, options), troublemaker)
            drained_after_s = _drained(stack.mappings.idle, max(_DRAIN_S, options.seconds))
        entries, summary = tuple(read_ledger(folder / LEDGER)), Summary.read(folder)
    return _Sent(entries, summary, troublemaker, watch, drained_after_s)


def _send_all(folder: Path, assignment: Assignment, troublemaker: Troublemaker) -> None:
    """Let the producers send to the end, with trouble from the first message on."""
    with _crowd(folder, assignment) as crowd:
        crowd.wait_for_begin()
        with troublemaker:
            crowd.wait_for_end()


def _accounted_for(stack: LocalStack, system: System, options: Options, sent: _Sent) -> Load:
    findings = find(stack, system)
    return Load(
        options=options,
        entries=sent.entries,
        summary=sent.summary,
        happenings=tuple(sent.troublemaker.happenings),
        samples=tuple(sent.watch.samples),
        drained_after_s=sent.drained_after_s,
        struck=_struck(stack),
        findings=findings,
        reconciliation=reconcile(sent.entries, findings, expected_reasons()),
    )


def _struck(stack: LocalStack) -> Mapping[Trouble, int]:
    return {
        Trouble.STORAGE: stack.service_faults.struck("s3"),
        Trouble.DATABASE: stack.service_faults.struck("dynamodb"),
    }


def _hurry(system: System, visibility_s: int) -> None:
    for output in QUEUES:
        system.client("sqs").set_queue_attributes(
            QueueUrl=system.outputs[output], Attributes={"VisibilityTimeout": str(visibility_s)}
        )


def _assignment(stack: LocalStack, system: System, options: Options) -> Assignment:
    outputs = system.outputs
    return Assignment(
        endpoint_url=stack.endpoint_url,
        doors=Doors(
            stream_name=outputs["ActivityStreamName"],
            feedback_queue_url=outputs["FeedbackQueueUrl"],
            metadata_queue_url=outputs["MetadataQueueUrl"],
        ),
        seconds=options.seconds,
        rate=options.rate,
        producers=options.producers,
        viewers=options.viewers,
        mix=dict(options.mix),
        seed=options.seed,
    )


class _Crowd:
    """The process of the producers, seen from outside."""

    def __init__(self, process: subprocess.Popen[bytes], folder: Path, seconds: float) -> None:
        self._process = process
        self._folder = folder
        self._seconds = seconds

    def wait_for_begin(self) -> None:
        """Wait until the first message is acknowledged."""
        ledger, deadline_s = self._folder / LEDGER, time.monotonic() + _BEGIN_S
        while not (ledger.exists() and ledger.stat().st_size):
            if self._process.poll() is not None or time.monotonic() > deadline_s:
                raise CrowdError(self._told("did not begin"))
            time.sleep(_POLL_S)

    def wait_for_end(self) -> None:
        """Wait until everything was sent."""
        try:
            status = self._process.wait(self._seconds + _END_S)
        except subprocess.TimeoutExpired as error:
            raise CrowdError(self._told("did not end")) from error
        if not (self._folder / SUMMARY).exists():
            raise CrowdError(self._told(f"ended with {status}"))

    def _told(self, what: str) -> str:
        log = (self._folder / _LOG).read_text(encoding="utf-8", errors="replace")
        return f"The producers {what}\n{log}"


@contextmanager
def _crowd(folder: Path, assignment: Assignment) -> Generator[_Crowd]:
    """Let the producers begin. They never outlive the block."""
    assignment.write(folder)
    with (folder / _LOG).open("wb") as sink:
        process = subprocess.Popen(  # noqa: S603 -- our own module
            [sys.executable, "-m", "local.load.crowd", str(folder)],
            cwd=_REPOSITORY,
            stdin=subprocess.DEVNULL,
            stdout=sink,
            stderr=subprocess.STDOUT,
        )
    try:
        yield _Crowd(process, folder, assignment.seconds)
    finally:
        process.kill()
        process.wait()


def _drained(is_idle: Callable[[], bool], patience_s: float) -> float | None:
    """Wait until the functions have dealt with everything; say how long that took."""
    began_s = time.monotonic()
    while not is_idle():
        if time.monotonic() - began_s > patience_s:
            return None
        time.sleep(_POLL_S)
    return time.monotonic() - began_s
