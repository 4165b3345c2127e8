"""Single histories of the queues, told one by one."""

import pytest

from tests.model.faults import Mode, Port
from tests.model.feedback_world import FEEDBACK, SETTLING, FeedbackWorld


def test_what_sqs_does_not_take_to_settle_comes_again() -> None:
    """The like waits in its first queue until it can be held."""
    world = FeedbackWorld()
    world.say("user-1", "item-1", "like")
    world.faults.modes[Port.SETTLING] = Mode.DOWN
    world.pump(0)
    assert len(world.queues.queues[FEEDBACK].messages) == 1
    assert not world.queues.queues[SETTLING].messages

    world.drain()
    world.check()


def test_what_is_held_twice_is_trained_on_once() -> None:
    """SQS took it, and the answer got lost."""
    world = FeedbackWorld()
    world.say("user-1", "item-1", "like")
    world.faults.modes[Port.SETTLING] = Mode.LOST_REPLY
    world.pump(0)
    world.faults.heal()
    world.clock.advance(400)
    world.drain()
    world.check()

    assert len(world.personalize.trained_on) == 1


@pytest.mark.parametrize("mode", [Mode.DOWN, Mode.LOST_REPLY])
def test_settled_likes_that_cannot_be_sent_come_again_from_the_settling_queue(mode: Mode) -> None:
    """They are named by the ids that they have there, so that those that were sent are done."""
    world = FeedbackWorld()
    for user in ("user-1", "user-2", "user-3"):
        world.say(user, "item-1", "like")
    world.pump(0)
    world.clock.advance(31)
    world.faults.throttled_users = frozenset({"user-2"})
    if mode is Mode.LOST_REPLY:
        world.faults.loses_an_answer = True
    world.pump(1)
    left = {each.message_id for each in world.queues.queues[SETTLING].messages}
    assert left == ({"m-5"} if mode is Mode.DOWN else {"m-4", "m-5", "m-6"})

    world.drain()
    world.check()


def test_a_function_that_keeps_failing_leads_to_the_dead_letters() -> None:
    """After a hundred receipts, half a day, the message waits there for somebody."""
    world = FeedbackWorld()
    world.say("user-1", "item-1", "like")
    began_s = world.clock()
    world.faults.modes[Port.VERDICTS] = Mode.DOWN
    for _ in range(250):
        world.pump(0)

    dead = world.queues.queues[FEEDBACK].dead
    assert [each.message_id for each in dead] == ["m-1"]
    assert len(world.lambda_.story) == 100
    assert world.clock() - began_s > 11 * 3600
