"""Settings of those that send to the live dataset group."""

from typing import Annotated

from pydantic import Field

from ingestion.settings.environment import Settings


class FollowingSettings(Settings):
    """What every function reads that sends to the live dataset group."""

    live_parameter: Annotated[str, Field(min_length=1, max_length=1011)]
    live_refresh_s: Annotated[float, Field(ge=0, le=60)]
