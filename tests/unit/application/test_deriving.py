"""What a pure rule may do to a batch when it goes wrong."""

from typing import NoReturn

import pytest
from ingestion.application.deriving import Fault, attempt


def test_a_fault_of_ours_is_known_by_its_kind() -> None:
    """Nothing of the message that it may repeat."""

    def derive() -> NoReturn:
        raise ValueError("user-1")  # noqa: EM101  -- what must not be repeated

    assert attempt(derive) == Fault("ValueError")


def test_memory_that_is_used_up_is_no_fault_of_a_message() -> None:
    """The invocation fails, and the batch comes again in halves."""

    def derive() -> NoReturn:
        raise MemoryError

    with pytest.raises(MemoryError):
        attempt(derive)
