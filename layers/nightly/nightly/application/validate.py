"""Reads the parts of a build back, as Personalize would find them under their prefix."""

from dataclasses import dataclass
from typing import Final

from nightly.domain.errors import BadRowError
from nightly.domain.training_file import Fault, Reading, header_of, read
from nightly.ports import Storage

# Personalize: at most 100 GB of interactions in a FULL import, 1 GB in an INCREMENTAL one (quotas).
FULL_BYTES: Final = 100 * 1000**3
INCREMENTAL_BYTES: Final = 1000**3


@dataclass(frozen=True, slots=True)
class Limits:
    """How much may be imported at once; all parts together."""

    total_bytes: int = FULL_BYTES


def validate(
    storage: Storage, prefix: str, names: tuple[str, ...] | None, limits: Limits
) -> Reading:
    """Read all parts below a prefix.

    Args:
        storage: Where they are.
        prefix: A folder, with nothing in it but the parts.
        names: The columns that each part must have; None if the first part may tell.
        limits: Of the import.

    Returns:
        Rows and bytes of all parts together.

    Raises:
        BadRowError: Names the first file and row that is wrong, and the rule, never a value.
    """
    files = storage.files(prefix)
    if not files:
        raise _bad(prefix, 1, "no_file")
    rows = size = 0
    for file in files:
        if "/" in file.key.removeprefix(prefix) or not file.key.endswith(".csv"):
            raise _bad(file.key, 1, "not_a_part")
        names = names or header_of(next(storage.chunks(file.key), b""))
        result = read(storage.chunks(file.key), names)
        if isinstance(result, Fault):
            raise _bad(file.key, result.row, result.rule)
        rows, size = rows + result.rows, size + result.size_bytes
        if size > limits.total_bytes:
            raise _bad(file.key, 1, f"over_{limits.total_bytes}_bytes_in_all")
    return Reading(rows, size)


def _bad(key: str, row: int, rule: str) -> BadRowError:
    return BadRowError(f"{key} row {row}: {rule}")
