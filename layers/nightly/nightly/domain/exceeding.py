"""A limit itself is allowed, and so is what differs from it by rounding alone."""

import math


def exceeds(value: float, limit: float) -> bool:
    """Whether a figure is above a limit: 0.1 + 0.2 is not above 0.3."""
    return value > limit and not math.isclose(value, limit, rel_tol=1e-9)
