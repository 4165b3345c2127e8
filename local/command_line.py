"""What `python -m local up` does and prints."""

import argparse
import json
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from local.connection import connection_variables
from local.deployment.errors import DeploymentError
from local.docker_bridge import NoDockerError, Route, route_from_containers
from local.function_variables import UnresolvedVariableError, sam_local_variables
from local.stack import LocalStack

SAM_VARIABLES: Final = Path(".state") / "local-env.json"


def run_stack(options: argparse.Namespace, ending: threading.Event, *, began_s: float) -> int:
    """Start a stack, deploy into it and wait for the end.

    Args:
        options: The options of `up`.
        ending: Set when the stack shall stop.
        began_s: When the command began, by the monotonic clock.

    Returns:
        The exit status: 1 when the port was taken or the template refused.
    """
    route = _route(options)
    try:
        stack = LocalStack.start(
            port=options.port,
            host=route.listen_on,
            log_sink=_print_log_line,
            kinesis_limits=options.kinesis_limits,
        )
    except OSError as error:
        sys.stderr.write(f"Cannot listen on {route.listen_on}:{options.port}: {error.strerror}\n")
        return 1
    with stack:
        try:
            outputs = _deploy(stack, options)
        except (DeploymentError, UnresolvedVariableError) as error:
            sys.stderr.write(f"{error}\n")
            return 1
        _print(_description(stack.endpoint_url, outputs, time.monotonic() - began_s))
        if options.containers and outputs:
            _print(_prepared_containers(stack, options.stack_name, route.host))
        ending.wait()
        _print(["Stopping."])
    return 0


def _deploy(stack: LocalStack, options: argparse.Namespace) -> Mapping[str, str]:
    if options.no_deploy:
        return {}
    return stack.deploy(
        template=options.template, stack_name=options.stack_name, build_dir=options.build_dir
    )


def _route(options: argparse.Namespace) -> Route:
    """Choose where to listen; without Docker a stack is still good for all but containers."""
    if not options.containers:
        return Route(options.host, options.host)
    try:
        return route_from_containers()
    except NoDockerError as error:
        sys.stderr.write(f"No way for containers to reach this stack: {error}\n")
        return Route(options.host, options.host)


def _prepared_containers(stack: LocalStack, stack_name: str, host: str) -> Iterator[str]:
    """Write the variables that lead `sam local invoke` to this stack, and say how to use them."""
    connection = connection_variables(f"http://{host}:{urlsplit(stack.endpoint_url).port}")
    variables = sam_local_variables(stack.client, stack_name, connection)
    SAM_VARIABLES.parent.mkdir(exist_ok=True)
    SAM_VARIABLES.write_text(json.dumps(variables, indent=2) + "\n")
    yield f"\nTo run a built function in its container, with {SAM_VARIABLES} (samconfig.toml):"
    yield "  sam local invoke RecordPlaybackFunction -e events/record_playback/viewing.json"


def _print_log_line(function_name: str, line: str) -> None:
    sys.stderr.write(f"{function_name} | {line}\n")


def _print(lines: Iterator[str] | list[str]) -> None:
    sys.stdout.write("\n".join(lines) + "\n")
    sys.stdout.flush()


def _description(endpoint_url: str, outputs: Mapping[str, str], seconds: float) -> Iterator[str]:
    """Describe a running stack: where it is, how to reach it, and what to try."""
    yield f"Ready at {endpoint_url} after {seconds:.1f} s. Ctrl-C stops it and forgets everything."
    yield "\nIn another terminal:"
    for name, value in connection_variables(endpoint_url).items():
        yield f"  export {name}={value}"
    if outputs:
        yield "\nOutputs:"
        width = max(map(len, outputs))
        yield from (f"  {name:<{width}}  {value}" for name, value in sorted(outputs.items()))
    yield "\nTo look around:"
    yield from (f"  {command}" for command in _examples(endpoint_url, outputs))


def _examples(endpoint_url: str, outputs: Mapping[str, str]) -> Iterator[str]:
    """Give commands that work on this stack as they stand."""
    yield "aws kinesis list-streams"
    yield "aws personalize list-dataset-groups"
    if bucket := outputs.get("ArchiveBucketName"):
        yield f"aws s3 ls --recursive s3://{bucket}"
    if queue_url := outputs.get("FeedbackQueueUrl"):
        # Version 1 of the AWS CLI overlooks AWS_ENDPOINT_URL for SQS, and for SQS only.
        yield (
            f"aws --endpoint-url {endpoint_url} sqs get-queue-attributes --attribute-names All "
            f"--queue-url {queue_url}"
        )
    yield f"curl {endpoint_url}/_local/personalize/counters"
