"""The plan, for every input: a permutation, one user and visit a call, ten at most, in order."""

from collections import Counter
from itertools import pairwise
from math import ceil, inf, nan
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ingestion.domain.interaction import Interaction
from ingestion.domain.put_events import broken_limit, plan_put_events

from tests.support.builders import an_interaction

_INTERACTIONS = st.lists(
    st.builds(
        an_interaction,
        user_id=st.sampled_from(["a", "b", None]),
        visit_id=st.sampled_from(["v1", "v2"]),
        sent_at_s=st.integers(1, 20),
    ),
    max_size=60,
).map(
    lambda some: [
        an_interaction(
            event_id=f"e-{index}",
            user_id=each.user_id,
            visit_id=each.visit_id,
            sent_at_s=each.sent_at_s,
        )
        for index, each in enumerate(some)
    ]
)


@given(_INTERACTIONS)
def test_nothing_is_lost_or_doubled(interactions: list[Interaction]) -> None:
    """What is planned is a permutation of what was given."""
    assert Counter(plan_put_events(interactions).interactions) == Counter(interactions)


@given(_INTERACTIONS)
def test_a_call_holds_one_user_and_visit_in_order_of_time(
    interactions: list[Interaction],
) -> None:
    """Each call is one that Personalize takes."""
    for lane in plan_put_events(interactions).lanes:
        for call in lane:
            assert 1 <= len(call.interactions) <= 10
            owners = {(i.user_id, i.visit_id) for i in call.interactions}
            assert owners == {(call.user_id, call.visit_id)}
            assert all(a.sent_at_s <= b.sent_at_s for a, b in pairwise(call.interactions))


@given(_INTERACTIONS)
def test_the_calls_are_the_fewest_there_can_be(interactions: list[Interaction]) -> None:
    """Over (user, visit): the number of interactions divided by ten, rounded up."""
    groups = Counter((i.user_id, i.visit_id) for i in interactions)
    calls = sum(len(lane) for lane in plan_put_events(interactions).lanes)
    assert calls == sum(ceil(n / 10) for n in groups.values())


@given(_INTERACTIONS)
def test_a_viewer_is_in_one_lane(interactions: list[Interaction]) -> None:
    """All calls of a user follow each other; a guest is known by the visit."""
    owners = [
        {call.user_id or f"guest of {call.visit_id}" for call in lane}
        for lane in plan_put_events(interactions).lanes
    ]
    assert all(len(owner) == 1 for owner in owners)
    assert len(set[str]().union(*owners)) == len(owners)


@given(_INTERACTIONS, st.randoms(use_true_random=False))
def test_the_plan_does_not_depend_on_the_order_of_different_times(
    interactions: list[Interaction], random: Any
) -> None:
    """With distinct times any order of arrival gives the same calls."""
    distinct = list({(i.user_id, i.visit_id, i.sent_at_s): i for i in interactions}.values())
    shuffled = random.sample(distinct, len(distinct))
    one, two = plan_put_events(distinct), plan_put_events(shuffled)
    assert {c for lane in one.lanes for c in lane} == {c for lane in two.lanes for c in lane}


@pytest.mark.parametrize(
    ("fields", "limit"),
    [
        ({"event_id": ""}, "event_id"),
        ({"event_id": "e" * 257}, "event_id"),
        ({"user_id": ""}, "user_id"),
        ({"user_id": "u" * 257}, "user_id"),
        ({"visit_id": "v" * 257}, "visit_id"),
        ({"item_id": ""}, "item_id"),
        ({"item_id": "i" * 257}, "item_id"),
        ({"event_value": nan}, "event_value"),
        ({"event_value": inf}, "event_value"),
        ({"sent_at_s": 0}, "sent_at"),
        ({"sent_at_s": -5}, "sent_at"),
        ({"recommendation_id": "r" * 41}, "recommendation_id"),
        ({"recommendation_id": ""}, "recommendation_id"),
        ({"impressions": ("i",) * 26}, "impressions"),
        ({"impressions": ("",)}, "impressions"),
        ({"event_source": " "}, "event_source"),
        ({"event_source": "é"}, "event_source"),
        ({"event_source": "s" * 1025}, "event_source"),
        ({"context": (("MOOD", "m" * 1014),)}, "context"),
        ({"item_id": "\ud800"}, "text"),
        ({"user_id": "a\udfff"}, "text"),
    ],
)
def test_what_is_beyond_a_limit_is_never_planned(fields: dict[str, Any], limit: str) -> None:
    """Each limit of the service model is kept before the call, and named."""
    guilty = an_interaction(**fields)
    good = an_interaction(event_id="good")
    plan = plan_put_events([guilty, good])
    assert plan.interactions == (good,)
    assert plan.beyond_limits == ((guilty, limit),)


def test_what_is_at_a_limit_is_planned() -> None:
    """The largest values that the service model takes."""
    largest = an_interaction(
        event_id="e" * 256,
        user_id="u" * 256,
        visit_id="v" * 256,
        item_id="i" * 256,
        recommendation_id="r" * 40,
        impressions=("i" * 256,) * 25,
        event_source="s" * 1024,
        context=(("MOOD", "m" * 1013),),
    )
    assert broken_limit(largest) is None
