"""`python -m local up` runs the local stack; `python -m local env` says how to reach its functions.

AWS and Amazon Personalize on this machine: no account, no container.
"""

import argparse
import json
import os
import signal
import sys
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from botocore.exceptions import BotoCoreError, ClientError

from local.connection import Clients, connection_variables
from local.function_variables import sam_local_variables

_DEFAULT_PORT: Final = 4566
_STACK_NAME: Final = "personalize-video-ingest"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command.

    Args:
        arguments: The command line without the program; this process's own by default.

    Returns:
        The exit status.
    """
    options = _parser().parse_args(arguments)
    return options.run(options)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m local", description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    _add_up(commands.add_parser("up", help="start the stack, deploy the template, wait for Ctrl-C"))
    _add_env(commands.add_parser("env", help="print the JSON for `sam local invoke --env-vars`"))
    return parser


def _add_up(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--port", type=int, default=_DEFAULT_PORT, help="0 takes any free one")
    parser.add_argument(
        "--host",
        default="127.0.0.1",
        help="interface to listen on; nothing is protected, so keep it on this machine",
    )
    parser.add_argument(
        "--containers",
        action="store_true",
        help="listen where Docker's containers reach this machine, and write "
        "`.state/local-env.json` for `sam local invoke`",
    )
    parser.add_argument("--template", type=Path, default=Path("template.yaml"))
    parser.add_argument(
        "--build-dir",
        type=Path,
        metavar="DIR",
        help="run what `sam build` wrote there (.aws-sam/build), not the checkout",
    )
    parser.add_argument("--stack-name", default=_STACK_NAME)
    parser.add_argument("--no-deploy", action="store_true", help="start without any resources")
    parser.add_argument(
        "--kinesis-limits", action="store_true", help="throttle streams by shard, as AWS does"
    )
    parser.set_defaults(run=_up)


def _add_env(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--endpoint-url",
        default=os.environ.get("AWS_ENDPOINT_URL") or f"http://127.0.0.1:{_DEFAULT_PORT}",
        help="of the running stack; AWS_ENDPOINT_URL by default",
    )
    parser.add_argument(
        "--container-host",
        metavar="HOST",
        help="this machine as containers see it, if that differs from the endpoint's host",
    )
    parser.add_argument("--stack-name", default=_STACK_NAME)
    parser.set_defaults(run=_env)


def _up(options: argparse.Namespace) -> int:
    """Run a stack until somebody ends it."""
    began_s = time.monotonic()
    # Imported here because moto takes seconds, which `env` and `--help` need not wait for.
    from local.command_line import run_stack  # noqa: PLC0415

    ending = threading.Event()
    for signal_number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(signal_number, lambda *_: ending.set())
    return run_stack(options, ending, began_s=began_s)


def _env(options: argparse.Namespace) -> int:
    """Ask a running stack for its functions' variables."""
    endpoint = urlsplit(options.endpoint_url)
    host = options.container_host or endpoint.hostname
    connection = connection_variables(f"http://{host}:{endpoint.port}")
    clients = Clients(options.endpoint_url)
    try:
        variables = sam_local_variables(clients, options.stack_name, connection)
    except (BotoCoreError, ClientError) as error:
        sys.stderr.write(f"No stack {options.stack_name} at {options.endpoint_url}: {error}\n")
        return 1
    sys.stdout.write(json.dumps(variables, indent=2) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
