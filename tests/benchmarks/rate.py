"""The calls an environment makes in a second, beside the rate that it was set to.

The real handler, one batch after the other, against a PutEvents that answers so fast that nothing
but the rate holds it back. Every record is a call of its own.
"""

import contextlib
import io
import os
import sys
import time
from collections.abc import Callable
from typing import Any, Final

from tests.benchmarks.loads import Load
from tests.benchmarks.measuring import ENVIRONMENT
from tests.benchmarks.stub import Stub, stub, use_core
from tests.benchmarks.throughput import SETTINGS
from tests.support.lambda_context import FakeLambdaContext

LATENCY_S: Final = 0.005
RATES: Final = (50, 100, 200, 400)
SECONDS: Final = 6


def calls_per_s(handler: Callable[..., Any], rate: int, aws: Stub) -> float:
    """Keep a handler busy for some seconds; what was saved up before is not counted."""
    batches = [Load("", rate, rate, 1).event(number) for number in range(SECONDS)]
    aws.counts()
    began_s = time.perf_counter()
    for batch in batches:
        with contextlib.redirect_stdout(io.StringIO()):
            handler(batch, FakeLambdaContext(remaining_ms=900_000))
    took_s = time.perf_counter() - began_s
    return aws.counts().calls / took_s


def main() -> None:
    """Print what was measured for each rate."""
    use_core(0)
    with stub(LATENCY_S) as aws:
        os.environ.update(ENVIRONMENT | SETTINGS, AWS_ENDPOINT_URL=aws.endpoint_url)
        from functions.record_playback import handler  # noqa: PLC0415  -- reads the environment

        for rate in RATES:
            os.environ["PUT_EVENTS_CALLS_PER_S"] = str(rate)
            handler.recorder.cache_clear()
            measured = calls_per_s(handler.lambda_handler, rate, aws)
            sys.stdout.write(
                f"set to {rate:4} calls/s: {measured:6.1f} ({measured / rate:.3f} x)\n"
            )


if __name__ == "__main__":
    main()
