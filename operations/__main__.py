"""`python -m operations`.

Exit status: 0 done, 1 something is left behind, 2 wrong usage, 3 wrong configuration or permission,
4 AWS cannot do it now, 130 interrupted.
"""

import sys
from collections.abc import Sequence
from typing import Final

import click
from botocore.exceptions import BotoCoreError, ClientError
from ingestion.adapters.aws_errors import code_of
from ingestion.domain.errors import DamagedError, IngestionError, TransientError

from operations.commands import operations

_WRONG_CONFIGURATION: Final = 3
_NOT_NOW: Final = 4
_INTERRUPTED: Final = 130


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command, by default that of the process; sentences instead of tracebacks."""
    try:
        return operations.main(arguments, standalone_mode=False) or 0
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except click.Abort:
        return _said("interrupted; run the command again to go on", _INTERRUPTED)
    except (IngestionError, ClientError, BotoCoreError) as error:
        return _said(*_explained(error))


def _explained(error: Exception) -> tuple[str, int]:
    match error:
        case TransientError():
            return f"not now: {error}; run the command again to go on", _NOT_NOW
        case DamagedError():
            text = f"cannot read this object of the archive: {error}"
        case ClientError():
            text = f"AWS refuses {error.operation_name}: {code_of(error)}"
        case BotoCoreError():
            text = f"AWS cannot be asked: {error}"
        case _:
            text = str(error)
    return text, _WRONG_CONFIGURATION


def _said(text: str, status: int) -> int:
    sys.stderr.write(f"operations: {text}\n")
    return status


if __name__ == "__main__":
    sys.exit(main())
