"""Whatever happens to the stream, its functions and what they reach: nothing is lost.

A history is any mixture of what players put, what breaks (also in the middle of an invocation),
and what Lambda does with the batches. At its end everything is repaired and drained, and the
ledger of what was acknowledged is held against what became of it.
"""

from functools import partial

from hypothesis import event, note
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule

from tests.model.budget import budget
from tests.model.faults import Mode, Port
from tests.model.ledger import Kind
from tests.model.producer import Packing
from tests.model.stream_world import StreamWorld

USERS = st.sampled_from(["user-1", "user-2", "user-3", "user-4"])
KINDS = st.lists(
    st.sampled_from([Kind.WATCHED, Kind.WATCHED, Kind.QUIET, Kind.FOREIGN, Kind.JUNK]),
    min_size=1,
    max_size=4,
)
TRAFFIC = st.lists(st.tuples(USERS, KINDS), max_size=4)
"""What is put just before something breaks, so that it has somebody to harm."""

USES = st.integers(0, 8)
"""After how many uses of ports a fault begins: it can be in the middle of an invocation."""

CHOICES = st.lists(st.integers(0, 11), min_size=1, max_size=10)
"""Whom to invoke next, and for which lane."""

MODES = st.sampled_from([Mode.DOWN, Mode.LOST_REPLY])
STORES = st.sampled_from([Port.INTERACTIONS, Port.REJECTIONS, Port.ACTIVITIES, Port.STATES])

_MAX_SHARDS = 4

type _Traffic = list[tuple[str, list[Kind]]]


class StreamMachine(RuleBasedStateMachine):
    """The world of the stream, and all that can happen in it."""

    world: StreamWorld

    @initialize(batch_size=st.sampled_from([1, 3, 8, 20, 40]), lanes=st.integers(1, 3))
    def begin(self, batch_size: int, lanes: int) -> None:
        self.world = StreamWorld(batch_size, lanes)

    @rule(user=USERS, kinds=KINDS, packing=st.sampled_from(Packing))
    def put(self, user: str, kinds: list[Kind], packing: Packing) -> None:
        self.world.producer.put(user, kinds, packing)

    @rule(user=USERS, number=st.integers(5, 25))
    def put_burst_of_one_user(self, user: str, number: int) -> None:
        self.world.producer.put(user, [Kind.WATCHED] * number)

    @rule(number=st.integers(5, 20))
    def put_by_many_users(self, number: int) -> None:
        for each in range(number):
            self.world.producer.put(f"visitor-{each}", [Kind.WATCHED])

    @rule(user=USERS)
    def put_what_personalize_refuses(self, user: str) -> None:
        self.world.producer.put(user, [Kind.WATCHED, Kind.REFUSED, Kind.WATCHED])

    @rule(choice=st.integers(0, 50), packing=st.sampled_from(Packing))
    def put_again(self, choice: int, packing: Packing) -> None:
        self.world.producer.repeat(choice, packing)

    # Each fault is followed by traffic and invocations; it begins in the middle of one, or between.

    @rule(mode=MODES, uses=USES, traffic=TRAFFIC, choices=CHOICES)
    def personalize_becomes(
        self, mode: Mode, uses: int, traffic: _Traffic, choices: list[int]
    ) -> None:
        self._becomes(Port.TRACKER, mode, uses)
        self._go_on(traffic, choices)

    @rule(store=STORES, mode=MODES, uses=USES, traffic=TRAFFIC, choices=CHOICES)
    def store_becomes(
        self, store: Port, mode: Mode, uses: int, traffic: _Traffic, choices: list[int]
    ) -> None:
        self._becomes(store, mode, uses)
        self._go_on(traffic, choices)

    @rule(uses=USES, traffic=TRAFFIC, choices=CHOICES)
    def another_writer_of_states_is_faster(
        self, uses: int, traffic: _Traffic, choices: list[int]
    ) -> None:
        self._becomes(Port.STATES, Mode.CONFLICT, uses)
        self._go_on(traffic, choices)

    @rule(
        users=st.frozensets(USERS, max_size=2),
        nth=st.sampled_from([0, 2, 3]),
        traffic=TRAFFIC,
        choices=CHOICES,
    )
    def throttle(
        self, users: frozenset[str], nth: int, traffic: _Traffic, choices: list[int]
    ) -> None:
        self.world.faults.throttled_users = users
        self.world.faults.every_nth = nth
        self._go_on(traffic, choices)

    @rule(latency_s=st.sampled_from([1.0, 11.0]), traffic=TRAFFIC, choices=CHOICES)
    def personalize_is_slow(self, latency_s: float, traffic: _Traffic, choices: list[int]) -> None:
        self.world.faults.latency_s = latency_s
        self._go_on(traffic, choices)

    @rule(uses=USES, traffic=TRAFFIC, choices=CHOICES)
    def kill(self, uses: int, traffic: _Traffic, choices: list[int]) -> None:
        self.world.faults.later(uses, self.world.faults.kill)
        self._go_on(traffic, choices)

    @rule(traffic=TRAFFIC, choices=CHOICES)
    def lose_an_answer(self, traffic: _Traffic, choices: list[int]) -> None:
        self.world.faults.loses_an_answer = True
        self._go_on(traffic, choices)

    @rule(traffic=TRAFFIC, choices=CHOICES)
    def heal(self, traffic: _Traffic, choices: list[int]) -> None:
        self.world.faults.heal()
        self._go_on(traffic, choices)

    @rule(
        seconds=st.sampled_from([60.0, 3600.0]),
        is_archiver=st.booleans(),
        traffic=TRAFFIC,
        choices=CHOICES,
    )
    def disable_a_mapping(
        self, seconds: float, traffic: _Traffic, choices: list[int], *, is_archiver: bool
    ) -> None:
        mapping = self.world.archiver if is_archiver else self.world.recorder
        mapping.disable()
        self.world.clock.advance(seconds)
        self._go_on(traffic, choices)
        mapping.enable()

    @rule(choice=st.integers(0, 3), is_split=st.booleans(), traffic=TRAFFIC, choices=CHOICES)
    def reshard(
        self, choice: int, traffic: _Traffic, choices: list[int], *, is_split: bool
    ) -> None:
        if is_split and len(self.world.stream.open_shards) < _MAX_SHARDS:
            self.world.stream.split(choice)
        else:
            self.world.stream.merge(choice)
        self._go_on(traffic, choices)

    def teardown(self) -> None:
        """Repair, drain, and look for what was acknowledged."""
        world = self.world
        world.drain()
        note("\n".join(world.lambda_.story))
        event(f"given up: {bool(world.failed_batches.documents)}")
        world.check()

    def _go_on(self, traffic: _Traffic, choices: list[int]) -> None:
        for user, kinds in traffic:
            self.world.producer.put(user, kinds)
        self.world.pump(*choices)

    def _becomes(self, port: Port, mode: Mode, uses: int) -> None:
        faults = self.world.faults
        faults.later(uses, partial(faults.modes.__setitem__, port, mode))


TestStreamMachine = StreamMachine.TestCase
StreamMachine.TestCase.settings = budget(60, 1200)
