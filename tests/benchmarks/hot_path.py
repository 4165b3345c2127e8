"""What a record costs without the network, beside the least that it could cost.

Decoding, validating and planning beside base64 and the fastest JSON parser there is; compressing
beside gzip's usual level; logs and metrics of an invocation in microseconds.
"""

import base64
import contextlib
import gzip
import os
import statistics
from collections import Counter
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import orjson
from ingestion.adapters.archive import _compressed as compressed
from ingestion.adapters.kinesis import messages_in
from ingestion.application.deriving import DerivedBatch, derive_all, unpack_all
from ingestion.application.outcome import Disposition, Outcome
from ingestion.application.record_playback import derive_playback
from ingestion.domain.activity import ACTIVITY
from ingestion.domain.archive import activity_row
from ingestion.domain.put_events import Plan, plan_put_events
from ingestion.garbage import look_for_garbage_seldom
from pydantic_core import to_json

from tests.benchmarks.loads import Load, day
from tests.benchmarks.measuring import (
    ENVIRONMENT,
    Line,
    at_most,
    cpu_in_turn,
    environment,
    ratio,
    show,
)
from tests.support.builders import PLAYBACK_RULES
from tests.support.lambda_context import FakeLambdaContext

if TYPE_CHECKING:
    from collections.abc import Callable

RECORDS: Final = 1000
ROUNDS: Final = 31
INVOCATIONS: Final = 200

type Event = dict[str, Any]


def bodies(event: Event) -> list[bytes]:
    """The activities of an event, decoded from base64 and no further."""
    return [base64.b64decode(record["kinesis"]["data"]) for record in event["Records"]]


def floor(event: Event) -> list[object]:
    """The least that reading a batch can cost."""
    return [
        orjson.loads(base64.b64decode(record["kinesis"]["data"])) for record in event["Records"]
    ]


def validated(event: Event) -> list[object]:
    """The least that it can cost with pydantic and our contract."""
    validate = ACTIVITY.validator.validate_json
    return [validate(base64.b64decode(record["kinesis"]["data"])) for record in event["Records"]]


def ours(event: Event) -> tuple[DerivedBatch, Plan]:
    """All that `record_playback` does before it archives and sends."""
    derive = partial(derive_playback, rules=PLAYBACK_RULES)
    batch = derive_all(unpack_all(messages_in(event)), derive)
    return batch, plan_put_events(batch.interactions)


def reading(name: str, event: Event) -> list[Line]:
    """The lines of one load."""
    batch, plan = ours(event)
    if batch.rejections or not plan.interactions:
        message = f"{name}: the load is not what it should be"
        raise RuntimeError(message)
    candidates: dict[str, Callable[[], object]] = {
        "base64 + orjson": partial(floor, event),
        "base64 + pydantic, our contract": partial(validated, event),
        "decode + validate + plan": partial(ours, event),
    }
    costs = cpu_in_turn(candidates, ROUNDS)
    least, checked, all_of_it = costs.values()
    return [
        *(
            Line(f"{name}: {each}", f"{statistics.median(cost) / RECORDS * 1e6:.1f} us a record")
            for each, cost in costs.items()
        ),
        Line(f"{name}: pydantic alone, ratio", f"{ratio(checked, least):.2f} x"),
        at_most(f"{name}: decode + validate + plan, ratio", ratio(all_of_it, least), 2.5),
    ]


def archiving() -> list[Line]:
    """Compression of a batch as `archive_activity` writes it."""
    lines = b"".join(to_json(activity_row(each)) + b"\n" for each in messages_in(day(RECORDS)))
    usual, own = partial(gzip.compress, lines, 6, mtime=0), partial(compressed, lines)
    costs = cpu_in_turn({"gzip -6": usual, "archive": own}, ROUNDS)
    return [
        at_most("archive / gzip -6, CPU", ratio(costs["archive"], costs["gzip -6"]), 0.5),
        at_most("archive / gzip -6, bytes", len(own()) / len(usual()), 1.3),
        Line(
            "bytes an activity, compressed",
            f"{len(own()) / RECORDS:.0f} of {len(lines) // RECORDS}",
        ),
    ]


def accounting() -> list[Line]:
    """Logs and metrics of an invocation of 100 messages, one of them rejected or none."""
    # Both read the environment when they are imported.
    from ingestion.observability import (  # noqa: PLC0415
        metrics,
        misconfiguration_counted,
        report_recording,
    )

    message = messages_in(day(1))[0]
    ends = ((message, Disposition.NO_INTERACTION),) * 100
    sound = Outcome(ends, Counter(), recorded=4, calls=4)

    @metrics.log_metrics
    @misconfiguration_counted
    def handler(_event: object, _context: object) -> None:
        report_recording(sound)

    context = FakeLambdaContext(remaining_ms=1000)

    def invocations() -> None:
        for _ in range(INVOCATIONS):
            handler({}, context)

    with Path(os.devnull).open("w") as nowhere, contextlib.redirect_stdout(nowhere):
        costs = cpu_in_turn({"handler": invocations}, ROUNDS)["handler"]
    each_us = statistics.median(costs) / INVOCATIONS * 1e6
    return [at_most("logs and metrics of an invocation, CPU", each_us, 60, "us")]


def main() -> None:
    """Print the three tables; garbage is looked for as in `record_playback`, by all candidates."""
    look_for_garbage_seldom()
    with environment(ENVIRONMENT):
        usual = reading("a usual day", day(RECORDS))
        worst = reading("each crosses a threshold", Load("", RECORDS, 64, 1).event(0))
        show(f"Decode, validate, plan: batches of {RECORDS:,}, {ROUNDS} rounds", usual + worst)
        show("Archive and accounting", archiving() + accounting())


if __name__ == "__main__":
    main()
