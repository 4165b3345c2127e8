"""What runs for a while: started and stopped by hand, or by `with`."""

from abc import ABC, abstractmethod
from typing import Self


class Running(ABC):
    """Runs from `start` to `stop`; `with` does both."""

    @abstractmethod
    def start(self) -> None:
        """Begin."""

    @abstractmethod
    def stop(self) -> None:
        """End, and wait until it has ended."""

    def __enter__(self) -> Self:
        """Start it."""
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Stop it."""
        self.stop()
