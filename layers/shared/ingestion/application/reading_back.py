"""What was lost of playbacks whose state has expired: told by reading the archive farther back.

Nobody knows any more which points came to such a playback. But a state is kept for a known time
after each of its points. So where the archive shows no point for as long, a playback began anew,
and what it then reached must have a row; where it shows one, the fold goes on from there.
"""

from collections.abc import Callable, Container, Iterable, Iterator, Sequence
from functools import partial
from typing import Final

from ingestion.application.claiming import is_of_the_stream
from ingestion.application.deriving import Derived, guarded, unpack_all
from ingestion.application.kept_points import KeptPoints
from ingestion.application.playback_rules import PlaybackRules
from ingestion.application.record_playback import derive_playback
from ingestion.application.refolding import LEAD_IN_HOURS, Owed, kept_ms, owed_by, point_key
from ingestion.application.traces import messages_of, played_of
from ingestion.domain.conservation import Digest
from ingestion.domain.hour import Hour
from ingestion.domain.message import Message
from ingestion.domain.parsing import is_point
from ingestion.ports import ArchiveReader, ArchiveSection

type WasTaken = Callable[[Message], bool]

READ_BACK_HOURS: Final = 168
"""How far back the archive is read at most: as long as the stream keeps what arrived."""

_HOUR_MS: Final = 3_600_000


def taken_points(
    archive: ArchiveReader,
    hours: Iterable[Hour],
    rules: PlaybackRules,
    among: Container[Digest],
    was_taken: WasTaken,
) -> Iterator[tuple[Digest, Message]]:
    """The points in some hours of the archive that came to playbacks in question.

    Args:
        archive: Where they lie.
        hours: Which.
        rules: Today's.
        among: What they are folded with.
        was_taken: Whether a message went to its playback, and is not set aside or on its way.
    """
    for hour in hours:
        said = filter(is_of_the_stream, messages_of(archive, hour))
        for points, message in _points(said, rules):
            if points in among and was_taken(message):
                yield points, message


def _points(said: Iterable[Message], rules: PlaybackRules) -> Iterator[tuple[Digest, Message]]:
    """The points among messages, and what they are folded with."""
    for message in (each for record in said for each in unpack_all([record])):
        if not isinstance(message, Message):
            continue
        derived = guarded(partial(derive_playback, rules=rules), message)
        if isinstance(derived, Derived) and is_point(derived.received):
            yield point_key(derived.received.activity), message


class ReadingBack:
    """Judges rows that are missing by the archive alone."""

    def __init__(self, rules: PlaybackRules, archive: ArchiveReader, was_taken: WasTaken) -> None:
        self._rules = rules
        self._archive = archive
        self._was_taken = was_taken

    def lost(
        self, missing: Sequence[Owed], hour: Hour, before: KeptPoints, within: KeptPoints
    ) -> Iterator[tuple[Owed, bool]]:
        """What an hour still owes, and whether that is proved.

        Args:
            missing: What the lead-in and the hour seem to owe.
            hour: Which.
            before: The points of the lead-in; those that came earlier are added.
            within: Those of the hour.
        """
        missing = self._without_earlier_row(missing, hour)
        rows = {each.row for each in missing}
        among = {each.points: _first_ms(each.points, before, within) for each in missing}
        half_known = self._read_back(among, hour, before)
        for points in among:
            for owed in owed_by(before.of(points), within.of(points), self._rules):
                if owed.row in rows:
                    yield owed, points not in half_known

    def _without_earlier_row(self, missing: Sequence[Owed], hour: Hour) -> Sequence[Owed]:
        """What was not earned before: by somebody who came back to a tab, say.

        To look into the rows is cheap; they go back as far as the state that the lead-in met.
        """
        rows = {each.row for each in missing}
        back = -(-kept_ms(self._rules.window) // _HOUR_MS) + 1
        for earlier in _hours_before(hour, back) if rows else ():
            rows -= set(played_of(self._archive.rows(ArchiveSection.INTERACTIONS, earlier)))
        return [each for each in missing if each.row in rows]

    def _read_back(
        self, began_ms: dict[Digest, int], hour: Hour, before: KeptPoints
    ) -> Container[Digest]:
        """Add what came earlier, until no state can have been there when it began.

        Returns:
            The points of which that is not known, however far it was read.
        """
        unknown = set(began_ms)
        for earlier in _hours_before(hour, READ_BACK_HOURS):
            # A batch lies in the hour of its first message, so one hour more was read.
            known_ms = earlier.plus(2).starts_at_s * 1000 + kept_ms(self._rules.window)
            unknown = {each for each in unknown if began_ms[each] < known_ms}
            if not unknown:
                break
            found = taken_points(self._archive, [earlier], self._rules, unknown, self._was_taken)
            for points, message in found:
                before.add(points, message)
                began_ms[points] = min(began_ms[points], message.arrived_at_ms)
        return unknown


def _hours_before(hour: Hour, count: int) -> Iterator[Hour]:
    """The hours before the lead-in of an hour, the latest first."""
    return (hour.plus(-LEAD_IN_HOURS - ago) for ago in range(1, count + 1))


def _first_ms(points: Digest, *kept: KeptPoints) -> int:
    return min(message.arrived_at_ms for each in kept for message in each.of(points))
