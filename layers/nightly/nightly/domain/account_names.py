"""Names in Amazon Personalize, of which an account has one in a region, whoever gives it.

What is deterministic is found again by a further attempt; and by another stack, if that derives the
same. So every name has in it that of the dataset group, which begins with that of the stack.
"""

import hashlib

_DIGITS = 8


def of_group(name: str, group: str) -> str:
    """A name that no other group gives.

    Args:
        name: What it is, as `night-2026-11-24`.
        group: The name of the dataset group. Up to 63 characters, as any name may have, so a part
            of its SHA-256 stands for it.
    """
    return f"{name}-{hashlib.sha256(group.encode()).hexdigest()[:_DIGITS]}"
