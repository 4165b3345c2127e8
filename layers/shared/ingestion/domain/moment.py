"""A moment: what the arithmetic of a playback needs of one point, and nothing of its viewer."""

from hashlib import blake2b
from typing import Final, NamedTuple

from ingestion.domain.activity import PlaybackType
from ingestion.domain.parsing import ReceivedActivity
from ingestion.domain.point import PointActivity

type MomentOrder = tuple[int, int, str]

# At one instant a heartbeat tells of what went before; then comes what ends playing, then what
# begins it. Any other order would leave the last seconds before a seek or a pause uncounted.
_HEARTBEAT, _CLOSES, _OPENS = range(3)
_RANKS: Final = {
    PlaybackType.HEARTBEAT: _HEARTBEAT,
    PlaybackType.MILESTONE: _HEARTBEAT,
    PlaybackType.PLAY: _OPENS,
    PlaybackType.AD_END: _OPENS,
    PlaybackType.BUFFER_END: _OPENS,
}


class Moment(NamedTuple):
    """One point without its viewer; seconds are content seconds, None is "it does not say".

    Attributes:
        id: See `moment_id`.
        at_ms: When it happened by the player's own clock: what tells how long something took.
        occurred_at_ms: The same by the source's clock: what dates an interaction.
    """

    id: str
    type: PlaybackType
    at_ms: int
    occurred_at_ms: int
    seq: int | None = None
    position_s: float | None = None
    seek_from_s: float | None = None
    duration_s: float | None = None
    rate: float | None = None
    playing: bool | None = None
    visible: bool | None = None
    muted: bool | None = None
    picture_in_picture: bool | None = None
    in_ad: bool | None = None
    autoplay: bool = False

    @property
    def order(self) -> MomentOrder:
        """What sorts the moments of a playback, whatever the order of their delivery.

        By the player's count where it counts, else by its clock. Not by the corrected time: the
        correction differs from message to message by what the network did.
        """
        place = self.at_ms if self.seq is None else self.seq
        return place, _RANKS.get(self.type, _CLOSES), self.id


def moment_of(received: ReceivedActivity[PointActivity]) -> Moment:
    """The moment that a point tells of."""
    point = received.activity
    return Moment(
        id=moment_id(point),
        type=point.type,
        at_ms=point.occurred_at_ms,
        occurred_at_ms=received.occurred_at_ms,
        seq=point.seq,
        position_s=point.position_s,
        seek_from_s=point.seek_from_s,
        duration_s=point.duration_s,
        rate=point.rate,
        playing=point.playing,
        visible=point.visible,
        muted=point.muted,
        picture_in_picture=point.picture_in_picture,
        in_ad=point.in_ad,
        autoplay=point.autoplay,
    )


def moment_id(point: PointActivity) -> str:
    """What tells a repeated moment: eight bytes of the dialect's own id, in hexadecimal.

    Ids are what does not compress in a stored state; among the few thousand moments of a playback
    eight bytes meet by chance once in some 10^13 playbacks.
    """
    return blake2b(point.activity_id.encode(), digest_size=8).hexdigest()
