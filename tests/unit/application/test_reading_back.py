"""Where the state of a playback has expired, the archive alone tells what was lost of it."""

from collections.abc import Iterable, Mapping, Sequence
from copy import replace
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pytest
from ingestion.application.reading_back import READ_BACK_HOURS
from ingestion.domain.conservation import End
from ingestion.domain.hour import Hour
from ingestion.domain.message import Message
from ingestion.domain.playback_state import PlaybackState
from ingestion.ports import ArchiveSection

from local.demo.tellers import segment
from tests.support.archive_story import HOUR, RULES, ArchiveStory
from tests.support.builders import (
    NOW_MS,
    PLAYBACK_RULES,
    THRESHOLDS,
    WINDOW,
    a_message,
    a_playback,
    progress,
    totals,
)
from tests.support.fakes import FakeArchiveReader
from tests.support.performances import PLAY, Performance
from tests.unit.application.test_reconcile_points import HOUR_MS, points, without

KEPT_MS = (WINDOW.max_lateness_s + WINDOW.max_skew_s) * 1000
FORGOTTEN_MS = NOW_MS + KEPT_MS


def in_hour(told: Sequence[Message], hours: int) -> list[Message]:
    return [replace(each, arrived_at_ms=each.arrived_at_ms + hours * HOUR_MS) for each in told]


def test_what_a_forgotten_playback_lost_is_named() -> None:
    """Its click and its watch: it began in the hour, for before there was nothing of it."""
    story = ArchiveStory()
    story.archive(*points())
    ends = story.ends(now_ms=FORGOTTEN_MS)
    assert ends[End.UNEXPLAINED] == 2
    assert End.UNPROVEN not in ends
    assert ends == story.ends(now_ms=FORGOTTEN_MS - 1)


@pytest.mark.parametrize("event_type", ["Click", "Watch"])
def test_a_lost_row_of_a_forgotten_playback_is_named(event_type: str) -> None:
    """Although the recorder took every point in."""
    story = ArchiveStory()
    story.watch(*points())
    account = story.account(without(story, event_type), now_ms=FORGOTTEN_MS)
    assert account.ends[End.UNEXPLAINED] == 1


def test_what_a_later_playback_of_the_same_key_remembers_is_not_believed() -> None:
    """When a state has expired another may begin under its key, and knows nothing of the first."""
    story = ArchiveStory()
    told = points()
    story.watch(*told[:4])
    story.watch(*in_hour(told[4:], 9))
    later = HOUR.plus(9)
    now_ms = FORGOTTEN_MS + 9 * HOUR_MS
    story.playback.states.states = {key: PlaybackState(key) for key in story.playback.states.states}
    assert story.account(hour=later, now_ms=now_ms).holds


def test_what_was_earned_before_has_its_row_there() -> None:
    """Somebody came back to a tab: the rows are found where they lie, and nothing is unproven."""
    story = ArchiveStory()
    told = points()
    story.watch(*told[:4])
    story.watch(*in_hour(told[4:], 9))
    account = story.account(hour=HOUR.plus(9), now_ms=FORGOTTEN_MS + 9 * HOUR_MS)
    assert account.holds
    assert End.UNPROVEN not in account.ends


def test_a_loss_is_owed_by_the_hour_in_which_it_was_earned() -> None:
    """And not by the one in which somebody came back."""
    story = ArchiveStory()
    told = points()
    story.watch(*told[:4])
    story.watch(*in_hour(told[4:], 9))
    lost = without(story, "Click")
    now_ms = FORGOTTEN_MS + 9 * HOUR_MS
    assert story.ends(lost, now_ms=now_ms)[End.UNEXPLAINED] == 1
    assert story.account(lost, hour=HOUR.plus(9), now_ms=now_ms).holds


def test_a_playback_that_goes_on_for_longer_than_is_read_is_unproven() -> None:
    """With a point of it as often as its state needs to be kept."""
    story = ArchiveStory()
    for ago in range(READ_BACK_HOURS + 4, 0, -40):
        story.archive(_begun_before(ago))
        story.archive(*in_hour([a_message(b"[", message_id="8"), a_message({})], -ago))
    story.archive(*points())
    ends = story.ends(now_ms=FORGOTTEN_MS)
    assert ends[End.UNPROVEN] == 2  # where it began, and where it was watched
    assert End.UNEXPLAINED not in ends


def _begun_before(hours: int) -> Message:
    """A point of the same playback, as it was told so many hours before."""
    at = datetime.fromtimestamp(NOW_MS // 1000 - hours * 3600, UTC)
    body = Performance("V1", 100, (PLAY,)).told(segment)[0]
    told = body | {"timestamp": at.isoformat(), "messageId": f"before-{hours}"}
    return in_hour([a_message(told, message_id=f"{hours}")], -hours)[0]


def test_other_rules_excuse_what_a_setting_decides() -> None:
    """And not the click. A native playback shows that they held."""
    story = ArchiveStory()
    seen = {"totals": totals(60.0), "before": progress(20.0), "elapsed_ms": 60_000}
    story.watch(a_message(a_playback(**seen), message_id="9"))
    story.archive(*points(Performance("V1", 100, (PLAY, ("watch", 75)))))
    stricter = replace(PLAYBACK_RULES, thresholds=replace(THRESHOLDS, watch_ratio=0.7))
    account = story.account(rules=replace(RULES, playback=stricter), now_ms=FORGOTTEN_MS)
    assert account.has_other_rules
    assert (account.ends[End.UNEXPLAINED], account.ends[End.UNPROVEN]) == (1, 1)


def test_nothing_is_read_back_where_nothing_is_missing() -> None:
    """An old hour costs as much as a young one."""
    story = ArchiveStory()
    story.watch(*points(Performance("V2", 100, (PLAY,)), first=1))
    story.watch(*points(later_ms=HOUR_MS))
    reader = _CountingReader(story.reader().partitions)
    account = story.account(reader, hour=HOUR.plus(1), now_ms=FORGOTTEN_MS + HOUR_MS)
    assert account.holds
    assert reader.asked == 4  # the hour, and its lead-in


@dataclass
class _CountingReader(FakeArchiveReader):
    """Counts how many hours of activities were read."""

    asked: int = 0

    def rows(self, section: ArchiveSection, hour: Hour) -> Iterable[Mapping[str, Any]]:
        self.asked += section is ArchiveSection.ACTIVITIES
        return super().rows(section, hour)
