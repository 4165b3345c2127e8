"""The parts that functions have in common: their ports, from their settings.

boto3 is imported where it is chosen: without, a function starts in a fraction of the time.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import cache, partial
from time import time
from typing import Final

from ingestion.adapters.archive import S3InteractionArchive, S3RejectionStore
from ingestion.adapters.clock import MonotonicClock
from ingestion.adapters.signed_event_tracker import SignedEventTracker, personalize_events_service
from ingestion.adapters.signed_live_parameter import signed_live_parameter
from ingestion.application.following import Following, FollowingTracker
from ingestion.application.pacing import TokenBucket
from ingestion.application.recording import RecorderPorts
from ingestion.archive_composition import archive_bucket
from ingestion.domain.playback_state import PlaybackState
from ingestion.domain.target import Target
from ingestion.ports import EventTracker, LiveEventTracker, LiveParameter, PlaybackStates
from ingestion.settings.recorders import RecorderSettings
from ingestion.settings.sending import Sender

# What an environment may have saved up: enough not to wait in a small batch, and so little that
# all environments together stay within a twentieth of the rate in any second.
_BURST_S: Final = 0.05


def recorder_ports(settings: RecorderSettings, recorded_by: str) -> RecorderPorts:
    """The event tracker, the archive and the store of rejections, on AWS."""
    bucket = archive_bucket(settings)
    return RecorderPorts(
        tracker=event_tracker(settings),
        interactions=S3InteractionArchive(bucket),
        rejections=S3RejectionStore(bucket, recorded_by),
        concurrent_calls=settings.concurrent_calls,
    )


def event_tracker(settings: RecorderSettings) -> LiveEventTracker:
    """The event tracker that is live, by the sender that is set."""
    own = Target(settings.tracking_id)
    following = Following(_live_parameter(settings), own, settings.live_refresh_s, time)
    return FollowingTracker(following, _trackers(settings))


def _live_parameter(settings: RecorderSettings) -> LiveParameter:
    if settings.sender is Sender.SIGNED:
        return signed_live_parameter(settings.live_parameter)
    from ingestion.adapters.live_parameter import (  # noqa: PLC0415
        Boto3LiveParameter,
        ssm_client,
    )

    return Boto3LiveParameter(ssm_client(), settings.live_parameter)


def _trackers(settings: RecorderSettings) -> Callable[[str], EventTracker]:
    """The tracker of an id; all share connections and the pace."""
    at_once = settings.concurrent_calls
    pace = TokenBucket(settings.calls_per_s, MonotonicClock(), burst_s=_BURST_S, at_once=at_once)
    if settings.sender is Sender.SIGNED:
        return partial(SignedEventTracker, personalize_events_service(pace))
    from ingestion.adapters.event_tracker import (  # noqa: PLC0415
        PersonalizeEventTracker,
        personalize_events_client,
    )

    client = personalize_events_client(at_once)
    return lambda tracking_id: PersonalizeEventTracker(client, tracking_id, pace)


def playback_states(table: str) -> PlaybackStates:
    """The states of foreign players' playbacks; nothing is loaded before the first of them."""

    def states() -> PlaybackStates:
        from ingestion.adapters.dynamodb import dynamodb_client  # noqa: PLC0415
        from ingestion.adapters.playback_states import DynamoPlaybackStates  # noqa: PLC0415

        return DynamoPlaybackStates(dynamodb_client, table)

    return _StatesOnDemand(states)


class _StatesOnDemand:
    """States that are made when they are first asked for: most streams have no foreign player."""

    def __init__(self, states: Callable[[], PlaybackStates]) -> None:
        self._states = cache(states)

    def load(self, keys: Sequence[str]) -> Mapping[str, PlaybackState]:
        """See the port."""
        return self._states().load(keys)

    def save(self, state: PlaybackState) -> bool:
        """See the port."""
        return self._states().save(state)
