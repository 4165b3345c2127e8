"""The commands: options in, use case, tables out."""

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from itertools import islice
from pathlib import Path
from typing import Final

import click
from ingestion.adapters.archive_reader import S3ArchiveReader
from ingestion.adapters.clock import MonotonicClock
from ingestion.application.pacing import TokenBucket
from rich.console import Console

from operations.clients import Clients
from operations.console import Screen, console
from operations.dead_letters import DeadLetterQueue, DeadLetterRedrive, SqsDeadLetters
from operations.deployed import Deployed
from operations.failed_batches import FailedBatchRedrive, S3FailedBatches, invocation_record
from operations.foresight import Foresight, foresight
from operations.front_door import LambdaFrontDoor
from operations.journal import S3Journal
from operations.options import Run, fixes_from, run_options, selection_options, span_options
from operations.redelivery import Redelivery
from operations.rejections import HourOfRejections, Redrive, Selection, hours_of_rejections
from operations.replay import Period, Replay
from operations.replaying import players_for
from operations.rows import StoredRejection, json_of
from operations.tally import Tally

_STACK: Final = "personalize-video-ingest"
_LISTED: Final = 50
# Of the 64 characters of an id; enough to tell millions apart, and to find one by.
_ID_LENGTH: Final = 16
_HOUR_MS: Final = 3_600_000


@dataclass(frozen=True, slots=True)
class Place:
    """Where a command works: the stack, how to reach it, and the operator's screen."""

    clients: Clients
    deployed: Deployed
    console: Console

    @property
    def reader(self) -> S3ArchiveReader:
        """The archive."""
        return S3ArchiveReader(self.clients("s3"), self.deployed.archive_bucket)

    @property
    def journal(self) -> S3Journal:
        """What was done."""
        return S3Journal(self.clients, self.deployed.archive_bucket)

    def delivery(self, run: Run) -> Redelivery | None:
        """How to hand messages over; not at all in a dry run."""
        if run.is_dry:
            return None
        clock = MonotonicClock()
        door = LambdaFrontDoor(self.clients, self.deployed.function)
        return Redelivery(door, TokenBucket(run.per_second, clock), clock)

    def foresight(self, use_case: str) -> Foresight:
        """Who foretells what a function does."""
        return foresight(use_case, self.deployed.environment(use_case))


def _named(_context: click.Context, _parameter: click.Parameter, names: Sequence[str]) -> object:
    pairs = [name.partition("=") for name in names]
    if any(not (key and equals and value) for key, equals, value in pairs):
        message = "a name is given as KEY=VALUE"
        raise click.BadParameter(message)
    return {key: value for key, _, value in pairs}


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.option(
    "--stack", default=_STACK, show_default=True, envvar="INGEST_STACK", help="The stack's name."
)
@click.option(
    "--name",
    "names",
    multiple=True,
    callback=_named,
    metavar="OUTPUT=VALUE",
    help="A name in place of the stack's output, ArchiveBucketName=… for example; may be repeated.",
)
@click.pass_context
def operations(context: click.Context, stack: str, names: dict[str, str]) -> None:
    """Look at what was put aside, mend it, and give it back.

    Credentials, region and endpoint come from the environment, as for every tool of AWS.
    """
    clients = Clients()
    context.obj = Place(clients, Deployed(clients, stack, names), console())


@operations.group()
def rejections() -> None:
    """Messages that could never succeed."""


@rejections.command("list")
@selection_options
@click.option("--limit", default=_LISTED, show_default=True, help="How many to name at most.")
@click.pass_obj
def list_rejections(place: Place, selection: Selection, limit: int) -> None:
    """Count rejections and name them; never their bodies."""
    hours = list(hours_of_rejections(place.reader, place.journal, selection))
    listed = [(each, len(hour.sent.get(each.id, ()))) for hour in hours for each in hour.rejections]
    by_reason = Counter((each.recorded_by, each.reason, each.detail) for each, _ in listed)
    screen = Screen(place.console)
    counts = [(*key, number) for key, number in by_reason.most_common()]
    screen.table("Rejections", ("recorded by", "reason", "detail", "number"), counts)
    rows = [
        (each.id[:_ID_LENGTH], _moment(each), each.reason, each.detail, redrives)
        for each, redrives in listed[:limit]
    ]
    columns = ("rejection", "arrived", "reason", "detail", "redrives")
    screen.table(f"{len(rows)} of {len(listed)}", columns, rows)


def _moment(rejection: StoredRejection) -> str:
    at_s = rejection.message.arrived_at_ms // 1000
    return datetime.fromtimestamp(at_s, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


@rejections.command("show")
@click.argument("rejection_id")
@click.option("--body", "with_body", is_flag=True, help="Print the body too: somebody's data.")
@click.pass_obj
def show_rejection(place: Place, rejection_id: str, *, with_body: bool) -> None:
    """Show one rejection, by its id or how it begins."""
    hours = hours_of_rejections(place.reader, place.journal, Selection())
    found = list(islice(_starting(rejection_id, hours), 2))
    if len(found) != 1:
        message = f"{'several rejections begin' if found else 'no rejection begins'} so"
        raise click.UsageError(message)
    rejection, hour = found[0]
    sent = hour.sent.get(rejection.id, set())
    place.console.print_json(_as_json(rejection, sent, with_body=with_body))


def _starting(
    rejection_id: str, hours: Iterator[HourOfRejections]
) -> Iterator[tuple[StoredRejection, HourOfRejections]]:
    yield from (
        (each, hour)
        for hour in hours
        for each in hour.rejections
        if each.id.startswith(rejection_id)
    )


def _as_json(rejection: StoredRejection, sent: set[str], *, with_body: bool) -> str:
    """The envelope; the body escaped, so that no byte of it reaches the terminal as it is."""
    message = rejection.message
    envelope = {
        "rejection_id": rejection.id,
        "reason": rejection.reason,
        "detail": rejection.detail,
        "recorded_by": rejection.recorded_by,
        "origin": message.origin,
        "id": message.id,
        "arrived_at_ms": message.arrived_at_ms,
        "bytes": len(message.body),
        "is_json": json_of(message.body) is not None,
        "redrives": len(sent),
    }
    body = {"body": message.body.decode(errors="backslashreplace")} if with_body else {}
    return json.dumps({**envelope, **body}, ensure_ascii=True)


@rejections.command("redrive")
@selection_options
@run_options
@click.option(
    "--fix", type=click.Path(path_type=Path), help="Rules that mend bodies (docs/operations.md)."
)
@click.pass_obj
def redrive_rejections(place: Place, selection: Selection, run: Run, fix: Path | None) -> None:
    """Give rejections back to the functions that rejected them, mended or as they are."""
    redrive = Redrive(
        place.journal, cache(place.foresight), place.delivery(run), fixes_from(fix), run.again
    )
    hours = list(hours_of_rejections(place.reader, place.journal, selection))
    with Screen(place.console) as screen:
        tally = redrive.run(hours, screen)
    _finish(place, tally, run, redrive.delivery)


@operations.group("failed-batches")
def failed_batches() -> None:
    """Batches of the stream that Lambda gave up."""


def _failed_batches(place: Place) -> S3FailedBatches:
    return S3FailedBatches(place.clients, place.deployed.failed_batches_bucket)


@failed_batches.command("list")
@click.pass_obj
def list_failed_batches(place: Place) -> None:
    """Name the failed batches."""
    stored = _failed_batches(place)
    found = list(stored.listed())
    redrive = FailedBatchRedrive(stored, place.journal, place.deployed.use_case_of, None)
    done = redrive.done(found)
    rows: list[tuple[object, ...]] = []
    for batch in found:
        told = invocation_record(stored.read(batch))
        what = (
            (told.function_arn.rpartition(":")[2], told.condition, len(told.records))
            if told
            else ("?", "?", 0)
        )
        rows.append((batch.key, *what, "yes" if batch.key in done else "no"))
    columns = ("object", "function", "condition", "records", "redriven")
    Screen(place.console).table("Failed batches", columns, rows)


@failed_batches.command("redrive")
@run_options
@click.pass_obj
def redrive_failed_batches(place: Place, run: Run) -> None:
    """Give failed batches back to their functions, with the arrival they had."""
    redrive = FailedBatchRedrive(
        _failed_batches(place),
        place.journal,
        place.deployed.use_case_of,
        place.delivery(run),
        run.again,
    )
    with Screen(place.console) as screen:
        tally = redrive.run(screen)
    _finish(place, tally, run, redrive.delivery)


@operations.group()
def dlq() -> None:
    """Messages that failed a hundred times."""


def _queues(place: Place) -> Sequence[DeadLetterQueue]:
    deployed = place.deployed
    return [
        DeadLetterQueue(
            deployed.output(f"{name}DeadLetterQueueUrl"), use_case, deployed.output(arn)
        )
        for name, use_case, arn in (
            ("Feedback", "record_feedback", "FeedbackQueueArn"),
            ("Metadata", "record_metadata", "MetadataQueueArn"),
        )
        if deployed.has(f"{name}DeadLetterQueueUrl")
    ]


@dlq.command("list")
@click.pass_obj
def list_dead_letters(place: Place) -> None:
    """Count the messages of each dead-letter queue."""
    letters = SqsDeadLetters(place.clients)
    rows = [
        (queue.url.rpartition("/")[2], queue.use_case, depth.waiting, depth.in_flight)
        for queue in _queues(place)
        for depth in [letters.depth(queue)]
    ]
    columns = ("queue", "function", "waiting", "in flight")
    Screen(place.console).table("Dead-letter queues", columns, rows)


@dlq.command("redrive")
@run_options
@click.pass_obj
def redrive_dead_letters(place: Place, run: Run) -> None:
    """Give dead letters back to their functions, with the arrival they had."""
    redrive = DeadLetterRedrive(SqsDeadLetters(place.clients), place.delivery(run))
    with Screen(place.console) as screen:
        tally = redrive.run(_queues(place), screen)
    _finish(place, tally, run, redrive.delivery)


@operations.command()
@span_options
@click.option(
    "--interactions-only/--put-events",
    default=True,
    show_default=True,
    help="Only write rows of interactions/, or send to Personalize as well.",
)
@click.option(
    "--lead-in-hours",
    default=6,
    show_default=True,
    type=click.IntRange(min=0),
    help="How long before --from a playback may have begun; also see docs/operations.md.",
)
@click.option(
    "--calls-per-second",
    type=click.FloatRange(min=0.2),
    default=100.0,
    show_default=True,
    help="PutEvents calls at most.",
)
@run_options
@click.pass_obj
def replay(place: Place, run: Run, **options: float) -> None:
    """Play archived activities once more, through the rules of today."""
    period = Period(
        int(options["from_ms"]), int(options["to_ms"]), int(options["lead_in_hours"] * _HOUR_MS)
    )
    delivery = place.delivery(run)
    players = players_for(
        place.deployed,
        delivery=delivery,
        calls_per_second=None if options["interactions_only"] else options["calls_per_second"],
        is_dry=run.is_dry,
    )
    replaying = Replay(
        place.reader, place.journal, players.by_kind, players.mode, run.again, run.is_dry
    )
    with Screen(place.console) as screen:
        tally = replaying.run(period, screen)
    _finish(place, tally, run, delivery)


def _finish(place: Place, tally: Tally, run: Run, delivery: Redelivery | None) -> None:
    """Show the account; the exit status is 1 when somebody still has to do something."""
    if delivery is not None:
        for kind, number in delivery.faults.items():
            tally.details[f"call failed: {kind}"] += number
    Screen(place.console).account(tally, is_dry=run.is_dry)
    click.get_current_context().exit(1 if tally.left_behind else 0)
