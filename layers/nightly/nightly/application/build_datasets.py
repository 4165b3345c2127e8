"""The heart of a night: from the archive to a decision."""

from typing import Any

from nightly.application.clean_day import Cleaning
from nightly.application.publish_days import Allowance, publish_days
from nightly.domain.night import NightRequest


def build_datasets(
    request: NightRequest, cleaning_of: Cleaning, allowance: Allowance
) -> dict[str, Any]:
    """Make all days clean that the night sees."""
    days = publish_days(request.day.plus(-1), cleaning_of, allowance)
    return {
        "night": request.night,
        "build": request.build,
        "days": None if days is None else [str(days.first), str(days.last)],
    }
