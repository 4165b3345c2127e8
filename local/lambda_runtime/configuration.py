"""What a function is made of, and what comes back from invoking it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


@dataclass(frozen=True, slots=True)
class FunctionConfiguration:
    """One function, as the deployer hands it over.

    Attributes:
        name: Function name, unique in this service.
        arn: Unqualified function ARN.
        handler: `package.module.function`.
        code_path: Folder of the function's code; the child's task root and working directory.
        layer_paths: Folders of the layers' Python code, searched after `code_path`.
        environment: The function's own variables, as the template declares them.
        timeout_s: Seconds after which an invocation is killed.
        memory_mb: Shown to the function; this machine does not enforce it.
        max_environments: How many invocations may run at once.
    """

    name: str
    arn: str
    handler: str
    code_path: Path
    layer_paths: tuple[Path, ...]
    environment: Mapping[str, str]
    timeout_s: float
    memory_mb: int
    max_environments: int = 4

    @property
    def is_built(self) -> bool:
        """Whether the code lies in a `sam build` output, which must stand on its own."""
        return any(".aws-sam" in path.parts for path in (self.code_path, *self.layer_paths))


@dataclass(frozen=True, slots=True)
class InvocationResult:
    """The answer of one invocation.

    Attributes:
        payload: What the function returned, or Lambda's error document, as JSON.
        function_error: None, or "Unhandled" when the code raised, timed out or died.
        log_tail: The last lines the invocation wrote, at most 4 KB.
    """

    payload: bytes
    function_error: str | None
    log_tail: str
