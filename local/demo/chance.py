"""Chance that is the same every time: decided by a hash of what it is about."""

import hashlib
from collections.abc import Sequence
from typing import Final

_RANGE: Final = 2**64


def share(*subject: object) -> float:
    """Give a number in [0, 1) that always is the same for the same subject."""
    return int.from_bytes(_digest(subject)[:8]) / _RANGE


def between(low: float, high: float, *subject: object) -> float:
    """Give a number in [low, high)."""
    return low + (high - low) * share(*subject)


def one_of[T](choices: Sequence[T], *subject: object) -> T:
    """Choose one of several things, each as likely."""
    return choices[int(share(*subject) * len(choices))]


def token(*subject: object) -> str:
    """Give 24 hexadecimal characters, for an identifier."""
    return _digest(subject).hex()[:24]


def _digest(subject: tuple[object, ...]) -> bytes:
    return hashlib.sha256("|".join(map(str, subject)).encode()).digest()
