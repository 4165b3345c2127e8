"""Functions under the real awslambdaric: answers, faults, limits, and the end of processes."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import textwrap
import threading
from typing import TYPE_CHECKING, Any

import pytest

from local.lambda_runtime import (
    FunctionConfiguration,
    InvocationResult,
    LambdaService,
    TooManyRequests,
)
from local.lambda_runtime.runtime_api import RuntimeApi

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

ARN = "arn:aws:lambda:eu-west-1:123456789012:function:f"

HANDLERS = """
import json, os, pathlib, signal, sys, time

def describe(event, context):
    print("working on", event)
    return {
        "event": event,
        "arn": context.invoked_function_arn,
        "left_ms": context.get_remaining_time_in_millis(),
        "environment": dict(os.environ),
        "path": sys.path,
        "process": os.getpid(),
    }

def fail(event, context):
    raise ValueError("no good")

def hang(event, context):
    print("hanging")
    time.sleep(600)

def exit_quietly(event, context):
    os._exit(3)

def be_killed(event, context):
    os.kill(os.getpid(), signal.SIGKILL)

def answer_too_much(event, context):
    return "x" * 7_000_000

def meet(event, context):
    # Ends only when as many run at the same time as the event says.
    place = pathlib.Path(event["place"])
    (place / str(os.getpid())).touch()
    while len(list(place.iterdir())) < event["wanted"]:
        time.sleep(0.01)
    return os.getpid()

def call_home(event, context):
    import socket
    with socket.create_connection(("127.0.0.1", event["port"])) as home:
        home.sendall(b"up")
        time.sleep(600)
"""


@pytest.fixture
def code(tmp_path: Path) -> Path:
    """A folder with a module of handlers."""
    folder = tmp_path / "code"
    folder.mkdir()
    (folder / "handlers.py").write_text(HANDLERS)
    return folder


@pytest.fixture
def lines() -> list[str]:
    """What the functions wrote."""
    return []


@pytest.fixture
def service(lines: list[str]) -> Iterator[LambdaService]:
    """A service whose functions see an endpoint."""
    service = LambdaService(
        environment={"AWS_ENDPOINT_URL": "http://127.0.0.1:9", "AWS_REGION": "eu-west-1"},
        log_sink=lambda name, line: lines.append(f"{name}: {line}"),
    )
    yield service
    service.close()


def a_function(code: Path, handler: str, **changes: Any) -> FunctionConfiguration:
    """Build a function `f` out of `handlers.py`."""
    values: dict[str, Any] = {
        "name": "f",
        "arn": ARN,
        "handler": handler,
        "code_path": code,
        "layer_paths": (),
        "environment": {},
        "timeout_s": 20,
        "memory_mb": 256,
    }
    return FunctionConfiguration(**(values | changes))


def answer_of(service: LambdaService, event: object = None) -> Any:
    """Invoke `f` and read its answer."""
    result = service.invoke("f", json.dumps(event).encode())
    assert result.function_error is None, result.payload
    return json.loads(result.payload)


def error_of(result: InvocationResult) -> tuple[str, str]:
    """Read type and message of a failed invocation."""
    assert result.function_error == "Unhandled"
    document = json.loads(result.payload)
    return document["errorType"], document["errorMessage"]


def test_the_handler_gets_event_context_and_variables(
    service: LambdaService, code: Path, lines: list[str]
) -> None:
    """What Lambda promises a function is there, and its output reaches log and tail."""
    service.register(a_function(code, "handlers.describe", environment={"TABLE": "t"}))

    result = service.invoke(ARN, b'{"a": 1}')

    seen = json.loads(result.payload)
    assert seen["event"] == {"a": 1}
    assert seen["arn"] == ARN
    assert 15_000 < seen["left_ms"] <= 20_000
    assert seen["environment"]["TABLE"] == "t"
    assert seen["environment"]["AWS_ENDPOINT_URL"] == "http://127.0.0.1:9"
    assert seen["environment"]["LAMBDA_TASK_ROOT"] == str(code)
    assert seen["environment"]["_X_AMZN_TRACE_ID"].startswith("Root=1-")
    assert result.log_tail == "working on {'a': 1}\n"
    assert lines == ["f: working on {'a': 1}"]


def test_an_environment_stays_warm(service: LambdaService, code: Path) -> None:
    """The second invocation meets the same process."""
    service.register(a_function(code, "handlers.describe"))

    assert answer_of(service)["process"] == answer_of(service)["process"]


def test_an_exception_is_a_function_error(service: LambdaService, code: Path) -> None:
    """The document carries type, message and stack trace, and the trace is logged."""
    service.register(a_function(code, "handlers.fail"))

    result = service.invoke("f", b"{}")

    assert error_of(result) == ("ValueError", "no good")
    assert "handlers.py" in json.loads(result.payload)["stackTrace"][0]
    assert "[ERROR] ValueError: no good" in result.log_tail


def test_a_timeout_kills_the_environment_and_the_next_call_is_cold(
    service: LambdaService, code: Path
) -> None:
    """Lambda's message, and what was printed before is not lost."""
    service.register(a_function(code, "handlers.hang", timeout_s=0.5))

    result = service.invoke("f", b"{}")
    service.register(a_function(code, "handlers.describe"))

    kind, message = error_of(result)
    assert kind == "Sandbox.Timedout"
    assert message.endswith("Task timed out after 0.50 seconds")
    assert result.log_tail.startswith("hanging\n")
    assert answer_of(service, 1)["event"] == 1


@pytest.mark.parametrize(
    ("handler", "cause"),
    [
        ("handlers.exit_quietly", "Runtime exited with error: exit status 3"),
        ("handlers.be_killed", "Runtime exited with error: signal: killed"),
    ],
)
def test_a_crash_is_an_exit_error(
    service: LambdaService, code: Path, handler: str, cause: str
) -> None:
    """A process that ends inside an invocation fails that invocation, every time anew."""
    service.register(a_function(code, handler))

    for _ in range(2):
        kind, message = error_of(service.invoke("f", b"{}"))
        assert kind == "Runtime.ExitError"
        assert message.endswith(cause)


@pytest.mark.parametrize(
    ("handler", "kind"),
    [
        ("nowhere.handler", "Runtime.ImportModuleError"),
        ("broken.handler", "Runtime.UserCodeSyntaxError"),
        ("handlers.nothing", "Runtime.HandlerNotFound"),
        ("handlers", "Runtime.MalformedHandlerName"),
    ],
)
def test_a_function_that_cannot_start_says_why(
    service: LambdaService, code: Path, handler: str, kind: str
) -> None:
    """The runtime's own error, and the next invocation tries again from cold."""
    (code / "broken.py").write_text("def handler(:\n")
    service.register(a_function(code, handler))

    for _ in range(2):
        assert error_of(service.invoke("f", b"{}"))[0] == kind


def test_an_answer_beyond_six_megabytes_is_refused(service: LambdaService, code: Path) -> None:
    """As Lambda does: the function error names the limit."""
    service.register(a_function(code, "handlers.answer_too_much"))

    kind, message = error_of(service.invoke("f", b"{}"))

    assert kind == "Function.ResponseSizeTooLarge"
    assert "6291556" in message


def test_invocations_at_the_same_time_get_environments_of_their_own(
    service: LambdaService, code: Path, tmp_path: Path
) -> None:
    """Three invocations that wait for each other all end."""
    place = tmp_path / "meeting"
    place.mkdir()
    service.register(a_function(code, "handlers.meet", max_environments=3))
    processes: list[int] = []

    def invoke() -> None:
        processes.append(answer_of(service, {"place": str(place), "wanted": 3}))

    threads = [threading.Thread(target=invoke) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)

    assert len(set(processes)) == 3


def test_beyond_the_limit_the_caller_is_throttled(service: LambdaService, code: Path) -> None:
    """A busy function with one environment refuses the second invocation."""
    service.register(a_function(code, "handlers.call_home", max_environments=1))
    with socket.create_server(("127.0.0.1", 0)) as home:
        busy = start_calling_home(service, home)
        with home.accept()[0] as line:
            assert line.recv(2) == b"up"
            with pytest.raises(TooManyRequests):
                service.invoke("f", b"{}")
            service.close()
            assert line.recv(1) == b""
        busy.join(10)


def test_closing_kills_what_is_in_the_middle_of_an_invocation(
    service: LambdaService, code: Path
) -> None:
    """The child's connection breaks: no process is left behind."""
    service.register(a_function(code, "handlers.call_home"))
    with socket.create_server(("127.0.0.1", 0)) as home:
        busy = start_calling_home(service, home)
        with home.accept()[0] as line:
            assert line.recv(2) == b"up"
            service.close()
            assert line.recv(1) == b""
        busy.join(10)

    assert not busy.is_alive()


def start_calling_home(service: LambdaService, home: socket.socket) -> threading.Thread:
    """Invoke in another thread a function that connects to `home` and stays."""
    event = json.dumps({"port": home.getsockname()[1]}).encode()
    thread = threading.Thread(target=service.invoke, args=("f", event))
    thread.start()
    return thread


def test_children_die_with_a_parent_that_was_killed(code: Path) -> None:
    """SIGKILL of the local stack in the middle of an invocation leaves no function running."""
    script = textwrap.dedent("""
        import json, pathlib, sys
        from local.lambda_runtime import FunctionConfiguration, LambdaService
        service = LambdaService(environment={})
        service.register(FunctionConfiguration(
            "f", "arn", "handlers.call_home", pathlib.Path(sys.argv[1]), (), {}, 600, 128))
        service.invoke("f", json.dumps({"port": int(sys.argv[2])}).encode())
    """)
    with socket.create_server(("127.0.0.1", 0)) as home:
        port = str(home.getsockname()[1])
        parent = subprocess.Popen(  # noqa: S603 - the script above
            [sys.executable, "-c", script, str(code), port]
        )
        with home.accept()[0] as line:
            assert line.recv(2) == b"up"
            parent.send_signal(signal.SIGKILL)
            parent.wait(10)
            line.settimeout(10)
            assert line.recv(1) == b""


def test_a_new_registration_replaces_the_code(service: LambdaService, code: Path) -> None:
    """After a deployment the new handler answers."""
    service.register(a_function(code, "handlers.fail"))
    assert service.invoke("f", b"{}").function_error == "Unhandled"

    service.register(a_function(code, "handlers.describe"))

    assert answer_of(service, "new")["event"] == "new"


def test_built_code_finds_only_itself_its_layers_and_the_standard_library(
    service: LambdaService, tmp_path: Path
) -> None:
    """A layer's `ingestion` is taken from the layer; what only the virtual environment has is not.

    `pydantic` lies in the virtual environment and not in the layer, so importing it must fail as
    it would after deployment.
    """
    code = tmp_path / ".aws-sam" / "build" / "F"
    layer = tmp_path / ".aws-sam" / "build" / "Layer" / "python"
    (layer / "ingestion").mkdir(parents=True)
    (layer / "ingestion" / "__init__.py").write_text("WHERE = __file__\n")
    (code / "functions" / "f").mkdir(parents=True)
    (code / "functions" / "f" / "good.py").write_text(
        "import sys, ingestion, json\n"
        "def handler(event, context):\n"
        "    return {'ingestion': ingestion.WHERE, 'path': sys.path}\n"
    )
    (code / "functions" / "f" / "bad.py").write_text(
        "import pydantic\ndef handler(event, context): pass\n"
    )

    service.register(a_function(code, "functions.f.good.handler", layer_paths=(layer,)))
    seen = answer_of(service)
    service.register(a_function(code, "functions.f.bad.handler", layer_paths=(layer,)))
    refusal = error_of(service.invoke("f", b"{}"))

    assert seen["ingestion"] == str(layer / "ingestion" / "__init__.py")
    assert seen["path"][:2] == [str(code), str(layer)]
    assert not [entry for entry in seen["path"] if "site-packages" in entry]
    assert refusal == (
        "Runtime.ImportModuleError",
        "Unable to import module 'functions.f.bad': No module named 'pydantic'",
    )


def test_source_code_finds_the_virtual_environment(service: LambdaService, code: Path) -> None:
    """In source mode dependencies come from where the developer installed them."""
    (code / "uses.py").write_text(
        "import pydantic\ndef handler(event, context): return pydantic.__file__\n"
    )
    service.register(a_function(code, "uses.handler"))

    assert answer_of(service).startswith(os.path.realpath(sys.prefix))


def test_a_closed_runtime_api_runs_no_longer() -> None:
    """Its thread would still take a connection later, in the middle of somebody else's test."""
    api = RuntimeApi()
    api.close()
    api.close()
    assert not api._thread.is_alive()  # noqa: SLF001  -- what runs is what matters
