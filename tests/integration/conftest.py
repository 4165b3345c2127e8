"""One local stack for all tests of this folder; it ends with the last of them."""

from collections.abc import Callable, Iterator
from pathlib import Path
from textwrap import dedent

import pytest

from local.stack import LocalStack

type FunctionLog = list[tuple[str, str]]

REPOSITORY = Path(__file__).parents[2]


@pytest.fixture(scope="package")
def function_log() -> FunctionLog:
    """What functions wrote: (function, line), in order."""
    return []


@pytest.fixture(scope="package")
def stack(function_log: FunctionLog) -> Iterator[LocalStack]:
    """A running stack without resources; tests make their own, under names of their own."""
    with LocalStack.start(log_sink=lambda name, line: function_log.append((name, line))) as stack:
        yield stack


@pytest.fixture
def write_project(tmp_path: Path) -> Callable[..., Path]:
    """Write a small SAM project and give the path of its template."""

    def write(template: str, **handlers: str) -> Path:
        """Write the template, and `functions/<name>/handler.py` for every handler."""
        for name, code in handlers.items():
            folder = tmp_path / "functions" / name
            folder.mkdir(parents=True, exist_ok=True)
            (folder / "handler.py").write_text(dedent(code))
        path = tmp_path / "template.yaml"
        path.write_text("Transform: AWS::Serverless-2016-10-31\n" + dedent(template))
        return path

    return write
