"""Comments: read in batches by language, counted like any feedback, and their words left behind."""

from collections.abc import Sequence
from copy import replace
from typing import Any

import pytest
from ingestion.application.archive_activity import archive_activity
from ingestion.application.outcome import Disposition
from ingestion.application.reading_comments import read_comments
from ingestion.application.record_playback import PlaybackPorts, record_playback
from ingestion.domain.activity import Comment
from ingestion.domain.comment import Unread
from ingestion.domain.errors import MisconfiguredError
from ingestion.domain.message import Message
from ingestion.domain.rejection import RejectionReason

from tests.support.builders import (
    NOW_MS,
    PLAYBACK_RULES,
    a_comment,
    a_message,
    a_reaction,
)
from tests.support.fakes import (
    FakeActivityArchive,
    FakePlaybackStates,
    FakeSentimentDetector,
    plenty_of_time,
)
from tests.support.feedback_story import FeedbackStory

D = Disposition


class Readers(FeedbackStory):
    """A recorder whose comments are read."""

    def __init__(self, **rules: Any) -> None:
        self.reader = FakeSentimentDetector()
        super().__init__(detector=self.reader, **rules)

    def archived(self) -> bytes:
        """All bodies that were kept, rejections among them."""
        raw = [message for batch in self.activities.batches.values() for message in batch]
        rejected = self.rejections.rejections.values()
        return b"\n".join([m.body for m in raw] + [r.message.body for r in rejected])


def wrote(text: str, number: int = 1, **fields: Any) -> Message:
    """A comment on an item of its own."""
    body = a_comment(text, **{"activity_id": f"c-{number}", "item_id": f"item-{number}"} | fields)
    return a_message(body, message_id=f"m-{number}")


def test_a_comment_counts_as_the_sentiment_in_it() -> None:
    """Praise is a like, blame a verdict, and what says neither changes nothing."""
    story = Readers()
    ends = story.record(wrote("good", 1), wrote("bad", 2), wrote("so so", 3))
    assert ends == [D.RECORDED, D.NO_INTERACTION, D.NO_INTERACTION]
    assert story.sent() == ["Like"]
    assert story.opinions() == ["liked", "disliked"]


def test_a_comment_is_a_word_like_any_other() -> None:
    """The later one stands, whether it is written or pressed."""
    story = Readers()
    late = {"item_id": "item-1", "occurred_at_ms": NOW_MS - 1000}
    story.record(wrote("good"))
    story.record(a_message(a_reaction("dislike", activity_id="later", **late), message_id="m-9"))
    assert story.record(wrote("good")) == [D.SUPERSEDED]
    assert story.opinions() == ["disliked"]


def test_without_a_detector_a_comment_is_archived_and_says_nothing() -> None:
    """The setting is off by default."""
    story = FeedbackStory()
    assert story.record(wrote("good")) == [D.NO_INTERACTION]
    assert (story.sent(), len(story.activities.batches)) == ([], 1)


def test_a_private_comment_is_read_by_nobody() -> None:
    """Neither Comprehend nor the archive sees a word of it."""
    story = Readers()
    assert story.record(wrote("good", consent={"state": "denied"})) == [D.NO_INTERACTION]
    assert (story.reader.asked, story.opinions()) == ([], [])
    assert b"good" not in story.archived()


def test_what_settles_is_the_sentiment_without_the_words() -> None:
    """The words are not even in the settling queue, and nobody is asked twice."""
    story = Readers(settle_delay_s=30)
    assert story.record(wrote("good", ext={"app": 1})) == [D.SETTLING]
    [held] = story.settling.held
    assert b"good" not in held.body
    story.reader.asked.clear()
    assert story.record(held) == [D.RECORDED]
    assert (story.sent(), story.reader.asked) == (["Like"], [])


def test_words_are_kept_only_where_asked_for() -> None:
    """The archive and the rejections have their length instead."""
    messages = [wrote("good words", 1), wrote("bad words", 2, colour="red"), wrote("x words", 3)]
    for keeps_words in (False, True):
        story = Readers(keeps_words=keeps_words)
        story.reader.unread = {"x words": Unread.TEXT}
        assert story.record(*messages) == [D.RECORDED, D.REJECTED, D.REJECTED]
        kept = story.archived()
        assert [word in kept for word in (b"good w", b"bad w", b"x w")] == [keeps_words] * 3
        assert kept.count(b" words") == (5 if keeps_words else 0)


def test_the_words_of_a_refused_like_are_not_kept_either() -> None:
    """Personalize refuses the interaction; the message is a comment."""
    story = Readers()
    story.tracker.refuses = lambda interaction: interaction.item_id == "item-1"
    assert story.record(wrote("good"), wrote("good", 2)) == [D.REJECTED, D.RECORDED]
    assert b"good" not in story.archived()


@pytest.mark.parametrize(
    ("unread", "end"),
    [(Unread.NOT_NOW, D.FAILED), (Unread.LANGUAGE, D.NO_INTERACTION), (Unread.TEXT, D.REJECTED)],
)
def test_each_comment_that_is_not_read_ends_by_its_own_reason(unread: Unread, end: D) -> None:
    """Its neighbour is read all the same."""
    story = Readers()
    story.reader.unread = {"ugh": unread}
    outcome = story.outcome(wrote("ugh", 1), wrote("good", 2))
    assert [each for _, each in outcome.dispositions] == [end, D.RECORDED]
    assert outcome.failed == (["m-1"] if end is D.FAILED else [])
    assert outcome.rejections == ({RejectionReason.COMMENT: 1} if end is D.REJECTED else {})


def test_a_comment_that_failed_is_read_at_the_next_delivery() -> None:
    """It is archived once, and counted once."""
    story = Readers()
    story.reader.is_down = True
    assert story.record(wrote("good")) == [D.FAILED]
    story.reader.is_down = False
    assert story.record(wrote("good")) == [D.RECORDED]
    assert len(story.activities.batches) == 1


def test_a_detector_that_may_not_be_used_fails_the_batch() -> None:
    """An operator must act; nothing is rejected meanwhile."""
    story = Readers()
    story.reader.is_denied = True
    with pytest.raises(MisconfiguredError):
        story.record(wrote("good"))


def comments(*texts: str, language: str | None = "en") -> Sequence[Comment]:
    return [Comment.model_validate(a_comment(text, language=language)) for text in texts]


def test_calls_are_as_few_as_can_be() -> None:
    """25 texts a call, a call for each language, and none to find out what is told."""
    detector = FakeSentimentDetector(found={"bueno": "es", "hyvä": "fi"})
    told = [
        *comments(*["good"] * 26),
        *comments("bueno", "hyvä", language=None),
        *comments("bueno", language="es"),
        *comments("hyvä", language="fi"),
    ]
    readings = read_comments(told, detector=detector, time_left=plenty_of_time)
    assert [len(texts) for texts in detector.asked] == [2, 25, 1, 2]
    assert [isinstance(each, Unread) for each in readings] == [False] * 27 + [True, False, True]
    assert readings[27] is readings[29] is Unread.LANGUAGE


def test_after_one_failure_nobody_is_asked_again() -> None:
    """A service that is down is not called for each of a hundred comments."""
    detector = FakeSentimentDetector(is_down=True)
    told = [*comments(*["good"] * 60), *comments("good", language=None)]
    readings = read_comments(told, detector=detector, time_left=plenty_of_time)
    assert set(readings) == {Unread.NOT_NOW}
    assert len(detector.asked) == 1


def test_what_no_time_is_left_for_comes_again() -> None:
    """The rest of the invocation needs its own."""
    detector = FakeSentimentDetector()
    readings = read_comments(comments("good"), detector=detector, time_left=lambda: 5.0)
    assert (readings, detector.asked) == ([Unread.NOT_NOW], [])


def test_one_text_that_is_refused_harms_no_neighbour() -> None:
    """The call is made again for each text alone."""
    detector = FakeSentimentDetector(refuses={"poison"})
    told = comments("good", "poison", "bad")
    readings = read_comments(told, detector=detector, time_left=plenty_of_time)
    assert [each if isinstance(each, Unread) else each.label for each in readings] == [
        "POSITIVE",
        Unread.TEXT,
        "NEGATIVE",
    ]


def test_a_comment_on_the_stream_leaves_no_words_behind() -> None:
    """It is the wrong door: rejected by the recorder, archived with its length."""
    story = Readers()
    stray = [wrote("good words"), wrote("bad words", 2, colour="red")]
    outcome = record_playback(
        stray,
        rules=PLAYBACK_RULES,
        ports=PlaybackPorts(story.recorder, FakePlaybackStates()),
        time_left=plenty_of_time,
    )
    assert [end for _, end in outcome.dispositions] == [D.REJECTED, D.REJECTED]
    assert b"words" not in story.archived()
    archive = FakeActivityArchive()
    archive_activity([replace(each, origin="shard") for each in stray], archive=archive)
    [batch] = archive.batches.values()
    assert not [message for message in batch if b"words" in message.body]
