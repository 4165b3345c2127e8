"""Whatever happens to the queues, their function and what it reaches: no last word is lost."""

from functools import partial

from hypothesis import note
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule

from tests.model.budget import budget
from tests.model.faults import Mode, Port
from tests.model.feedback_world import SAYINGS, FeedbackWorld

USERS = st.sampled_from(["user-1", "user-2"])
ITEMS = st.sampled_from(["item-1", "item-2", "item-3"])
CHOICES = st.lists(st.integers(0, 7), min_size=1, max_size=6)
SAID = st.lists(st.tuples(USERS, ITEMS, st.sampled_from(list(SAYINGS))), max_size=4)
"""What is said just before something breaks, so that it has somebody to harm."""

PORTS = st.sampled_from([port for port in Port if port is not Port.STATES])


type _Said = list[tuple[str, str, str]]


class FeedbackMachine(RuleBasedStateMachine):
    """The world of feedback, and all that can happen in it."""

    def __init__(self) -> None:
        super().__init__()
        self.world = FeedbackWorld()

    @rule(user=USERS, item=ITEMS, saying=st.sampled_from(list(SAYINGS)), late_s=st.integers(0, 60))
    def say(self, user: str, item: str, saying: str, late_s: int) -> None:
        self.world.say(user, item, saying, late_s)

    @rule(number=st.integers(5, 12))
    def like_many(self, number: int) -> None:
        for each in range(number):
            self.world.say("user-3", f"item-{each}", "like")

    @rule(choice=st.integers(0, 20))
    def say_again(self, choice: int) -> None:
        self.world.say_again(choice)

    @rule()
    def say_nonsense(self) -> None:
        self.world.say_nonsense()

    @rule(
        port=PORTS,
        mode=st.sampled_from([Mode.DOWN, Mode.LOST_REPLY]),
        uses=st.integers(0, 8),
        said=SAID,
        choices=CHOICES,
    )
    def port_becomes(
        self, port: Port, mode: Mode, uses: int, said: _Said, choices: list[int]
    ) -> None:
        faults = self.world.faults
        faults.later(uses, partial(faults.modes.__setitem__, port, mode))
        self._go_on(said, choices)

    @rule(uses=st.integers(0, 20), said=SAID, choices=CHOICES)
    def kill(self, uses: int, said: _Said, choices: list[int]) -> None:
        self.world.faults.later(uses, self.world.faults.kill)
        self._go_on(said, choices)

    @rule(said=SAID, choices=CHOICES)
    def lose_an_answer(self, said: _Said, choices: list[int]) -> None:
        self.world.faults.loses_an_answer = True
        self._go_on(said, choices)

    @rule(said=SAID, choices=CHOICES)
    def deliver_twice(self, said: _Said, choices: list[int]) -> None:
        self.world.queues.keeps_the_next = True
        self._go_on(said, choices)

    @rule(said=SAID, choices=CHOICES)
    def personalize_is_slow(self, said: _Said, choices: list[int]) -> None:
        self.world.faults.latency_s = 11.0
        self._go_on(said, choices)

    @rule(seconds=st.sampled_from([1, 31, 420]), said=SAID, choices=CHOICES)
    def let_time_pass(self, seconds: int, said: _Said, choices: list[int]) -> None:
        self.world.clock.advance(seconds)
        self._go_on(said, choices)

    @rule(said=SAID, choices=CHOICES)
    def heal(self, said: _Said, choices: list[int]) -> None:
        self.world.faults.heal()
        self._go_on(said, choices)

    def _go_on(self, said: _Said, choices: list[int]) -> None:
        for each in said:
            self.world.say(*each)
        self.world.pump(*choices)

    def teardown(self) -> None:
        """Repair, drain, and look for what was said."""
        self.world.drain()
        note("\n".join(self.world.lambda_.story))
        self.world.check()


TestFeedbackMachine = FeedbackMachine.TestCase
FeedbackMachine.TestCase.settings = budget(100, 2000)
