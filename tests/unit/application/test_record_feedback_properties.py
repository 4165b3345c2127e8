"""Whatever the order, copies, batches and failures: the same verdict, and a like counted once.

A history is what one viewer says of two items. It is delivered in any order, with copies, cut into
any batches; the settled messages come back at any moment after the delay they were held for.
"""

from copy import replace
from dataclasses import dataclass
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from ingestion.application.outcome import Disposition
from ingestion.domain.feedback import Opinion, Verdict, judge, verdict_of
from ingestion.domain.message import Message
from ingestion.domain.parsing import ReceivedActivity, is_feedback, parse_activity

from tests.support.builders import (
    FEEDBACK_THRESHOLDS,
    NOW_MS,
    WINDOW,
    a_message,
    a_rating,
    a_reaction,
    a_sentiment,
)
from tests.support.feedback_story import FeedbackStory

_SECONDS = st.integers(min_value=0, max_value=4)


def _bodies() -> st.SearchStrategy[dict[str, Any]]:
    reaction = st.sampled_from(["like", "unlike", "dislike", "undislike", "not_interested"])
    rating = st.sampled_from([0.5, 3.0, 5.0])
    feeling = st.sampled_from([("POSITIVE", 0.9, 0.02), ("NEGATIVE", 0.02, 0.9)])
    return st.one_of(
        reaction.map(a_reaction),
        rating.map(a_rating),
        feeling.map(lambda each: a_sentiment(*each)),
    )


@st.composite
def histories(draw: st.DrawFn) -> list[dict[str, Any]]:
    """What is said, each with an id of its own and a time that others may share."""
    said = draw(st.lists(st.tuples(_bodies(), _SECONDS, st.booleans()), min_size=1, max_size=5))
    return [
        body
        | {
            "activity_id": f"a-{number}",
            "occurred_at_ms": NOW_MS - 60_000 + second * 1000,
            "item_id": "item-2" if on_another else "item-1",
        }
        for number, (body, second, on_another) in enumerate(said)
    ]


@dataclass
class Delivery:
    """What the queues still have to deliver; whatever fails is put back."""

    story: FeedbackStory
    waiting: list[Message]
    settled: int = 0

    def deliver(self, count: int) -> None:
        """Deliver a batch of new messages."""
        batch, self.waiting = self.waiting[:count], self.waiting[count:]
        if batch:
            self.again(batch)

    def settle(self, count: int) -> None:
        """Deliver the settled messages again that have been held longest."""
        batch = self.story.settling.held[self.settled : self.settled + count]
        self.settled += len(batch)
        if batch:
            assert Disposition.SETTLING not in self.story.record(*batch)

    def again(self, batch: list[Message]) -> None:
        ends = self.story.record(*batch)
        assert len(ends) == len(batch)
        assert Disposition.RECORDED not in ends


@st.composite
def deliveries(draw: st.DrawFn) -> tuple[list[Message], list[int]]:
    """Messages in any order and with copies, and the sizes of batches to cut them into."""
    bodies = draw(histories())
    numbers = range(len(bodies))
    copies = draw(st.lists(st.sampled_from(list(numbers)), max_size=3))
    order = draw(st.permutations([*numbers, *copies]))
    messages = [
        replace(a_message(bodies[each], message_id=f"m-{at}"), arrived_at_ms=NOW_MS)
        for at, each in enumerate(order)
    ]
    sizes = draw(st.lists(st.integers(1, 4), min_size=1, max_size=len(messages)))
    return messages, sizes


def verdicts_in(messages: list[Message]) -> list[Verdict]:
    """What each message says, on its own."""
    received = [parse_activity(message, WINDOW) for message in messages]
    told = [r for r in received if isinstance(r, ReceivedActivity) and is_feedback(r)]
    found = [verdict_of(each, judge(each.activity, FEEDBACK_THRESHOLDS)) for each in told]
    return [verdict for verdict in found if verdict]


def last_words(messages: list[Message]) -> dict[tuple[str, str], Verdict]:
    """The verdicts that have to stand in the end: those of the latest time."""
    last: dict[tuple[str, str], Verdict] = {}
    for verdict in sorted(verdicts_in(messages), key=lambda each: each.order):
        last[verdict.subject] = verdict
    return last


@given(delivery=deliveries(), settles=st.lists(st.integers(0, 3), min_size=1, max_size=8))
def test_in_the_end_the_latest_word_stands_and_a_like_counts_once(
    delivery: tuple[list[Message], list[int]], settles: list[int]
) -> None:
    """Settled messages come back between the batches, at arbitrary moments."""
    messages, sizes = delivery
    queues = Delivery(FeedbackStory(settle_delay_s=30), list(messages))
    for at in range(len(messages)):
        queues.deliver(sizes[at % len(sizes)])
        queues.settle(settles[at % len(settles)])
    queues.settle(len(messages))

    last = last_words(messages)
    assert queues.story.verdicts.verdicts == last
    sent = [
        interaction.event_id
        for call in queues.story.tracker.calls
        for interaction in call.interactions
    ]
    likes = {v.activity_id for v in verdicts_in(messages) if v.opinion is Opinion.LIKED}
    assert len(set(sent)) <= len(likes)
    standing = {v.item_id for v in last.values() if v.opinion is Opinion.LIKED}
    assert standing <= {each.item_id for each in queues.story.tracker.trained_on.values()}


@given(delivery=deliveries())
def test_when_all_arrives_within_the_delay_only_what_stands_is_sent(
    delivery: tuple[list[Message], list[int]],
) -> None:
    """A like undone within the delay sends nothing, whichever of the two came first."""
    messages, sizes = delivery
    queues = Delivery(FeedbackStory(settle_delay_s=30), list(messages))
    for at in range(len(messages)):
        queues.deliver(sizes[at % len(sizes)])
    queues.settle(len(messages))

    liked = [v.item_id for v in last_words(messages).values() if v.opinion is Opinion.LIKED]
    sent = [each.item_id for each in queues.story.tracker.trained_on.values()]
    assert sorted(sent) == sorted(liked)


@given(delivery=deliveries(), broken=st.sets(st.integers(0, 7)))
def test_what_fails_to_settle_comes_again_and_is_not_lost(
    delivery: tuple[list[Message], list[int]], broken: set[int]
) -> None:
    """Each message may fail once to be held; the end is the same."""
    messages, _ = delivery
    story = FeedbackStory(settle_delay_s=30)
    failing = {f"m-{number}" for number in broken}
    story.settling.refuses = lambda message: message.id in failing
    outcome = story.outcome(*messages)
    failed = [message for message in messages if message.id in outcome.failed]
    story.settling.refuses = lambda _: False
    if failed:
        story.record(*failed)
    story.record(*story.settling.held)

    liked = [v.item_id for v in last_words(messages).values() if v.opinion is Opinion.LIKED]
    assert sorted(each.item_id for each in story.tracker.trained_on.values()) == sorted(liked)


@given(
    share=st.floats(0, 1),
    low=st.floats(-100, 100),
    span=st.floats(0.5, 1000),
)
def test_a_rating_counts_by_where_it_stands_on_its_own_scale(
    share: float, low: float, span: float
) -> None:
    """Four of five stars and eighty of a hundred points say the same."""
    value = min(low + share * span, low + span)
    rating = parse_activity(a_message(a_rating(value, low, low + span)), WINDOW)
    plain = parse_activity(a_message(a_rating(share, 0.0, 1.0)), WINDOW)
    assert isinstance(rating, ReceivedActivity)
    assert isinstance(plain, ReceivedActivity)
    assert is_feedback(rating)
    assert is_feedback(plain)
    near_a_threshold = any(abs(share - threshold) < 1e-3 for threshold in (0.25, 0.75))
    if near_a_threshold:
        return
    here, there = (judge(each.activity, FEEDBACK_THRESHOLDS) for each in (rating, plain))
    assert (here and here.opinion) == (there and there.opinion)


@given(positive=st.floats(0, 1), rest=st.floats(0, 1), label=st.sampled_from(["POSITIVE", "MIXED"]))
def test_scores_are_a_gate_and_the_label_has_to_agree(
    positive: float, rest: float, label: str
) -> None:
    """A like needs the label, the confidence and the lead; its strength is the lead."""
    negative = (1 - positive) * rest
    received = parse_activity(a_message(a_sentiment(label, positive, negative)), WINDOW)
    assert isinstance(received, ReceivedActivity)
    assert is_feedback(received)
    judgement = judge(received.activity, FEEDBACK_THRESHOLDS)
    passes = max(positive, negative) >= 0.6 and positive - negative >= 0.3
    assert (judgement is not None) == (passes and label == "POSITIVE")
    if judgement is not None:
        assert judgement.strength == round(positive - negative, 4)
