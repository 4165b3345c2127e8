"""What is done to the stack meanwhile, and when: decided beforehand, the same for the same seed."""

import operator
import random
import sched
import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import partial
from types import MappingProxyType
from typing import Any, Final, override

from local.demo.system import System
from local.load.backlog import mappings_of
from local.running import Running
from local.service_faults import FAULTS
from local.stack import LocalStack


class Trouble(StrEnum):
    """The kinds of trouble; those that begin also end."""

    SPLIT = "shard split in two"
    MERGE = "shards merged"
    THROTTLE = "Personalize throttles"
    OUTAGE = "Personalize is out of service"
    STORAGE = "S3 slows down"
    DATABASE = "DynamoDB fails"
    REST = "mapping disabled"
    KILL = "function process killed"


@dataclass(frozen=True, slots=True)
class Appointment:
    """Trouble, when it comes and how long it stays.

    Attributes:
        at_s: Seconds since the load began.
        for_s: Seconds; 0 for what happens at once.
        choice: Which of what there is to choose from, in [0, 1).
    """

    at_s: float
    trouble: Trouble
    for_s: float = 0.0
    choice: float = 0.0


# How often each comes in three minutes, and for which share of the load it stays.
_OFTEN: Final[Mapping[Trouble, int]] = MappingProxyType(
    {
        Trouble.THROTTLE: 4,
        Trouble.OUTAGE: 2,
        Trouble.STORAGE: 2,
        Trouble.DATABASE: 2,
        Trouble.REST: 1,
        Trouble.KILL: 30,
    }
)
_USUAL_S: Final = 180.0
_STAYS_S: Final = 6.0
_LONGEST_SHARE: Final = 0.1
# Nobody is killed shortly before a mapping rests or meanwhile: a batch that failed and is read
# again by a mapping that begins anew may have other borders, and then lies in the archive twice.
_PEACE_BEFORE_REST_S: Final = 8.0


def appointments(seconds: float, seed: int) -> tuple[Appointment, ...]:
    """Decide what happens when, in order of time.

    Args:
        seconds: How long the load lasts.
        seed: The same seed decides the same.
    """
    chance = random.Random(seed)  # noqa: S311 -- no secret
    stays_s = min(_STAYS_S, seconds * _LONGEST_SHARE)
    found = [Appointment(0.15 * seconds, Trouble.SPLIT), Appointment(0.55 * seconds, Trouble.MERGE)]
    for trouble, often in _OFTEN.items():
        times = max(1, round(often * seconds / _USUAL_S))
        for_s = 0.0 if trouble is Trouble.KILL else stays_s
        found += [
            Appointment(chance.uniform(0.1, 0.85) * seconds, trouble, for_s, chance.random())
            for _ in range(times)
        ]
    return tuple(sorted(_in_peace(found), key=lambda each: each.at_s))


def _in_peace(found: list[Appointment]) -> list[Appointment]:
    """Leave out the kills and faults that would come while, or just before, a mapping rests."""
    rests = [each for each in found if each.trouble is Trouble.REST]

    def disturbs(each: Appointment) -> bool:
        return each.trouble in {Trouble.KILL, Trouble.STORAGE} and any(
            rest.at_s - _PEACE_BEFORE_REST_S - each.for_s < each.at_s < rest.at_s + rest.for_s
            for rest in rests
        )

    return [each for each in found if not disturbs(each)]


@dataclass(frozen=True, slots=True)
class Happening:
    """Trouble that came, `what` says to whom."""

    at_s: float
    trouble: Trouble
    what: str


class Troublemaker(Running):
    """Keeps the appointments, in a thread of its own, and puts everything right at the end.

    Attributes:
        happenings: What was done, in order.
    """

    def __init__(self, stack: LocalStack, system: System, planned: Sequence[Appointment]) -> None:
        """Prepare for a deployed stack; the time begins with `start`."""
        self.happenings: list[Happening] = []
        self._stack = stack
        self._stream = system.outputs["ActivityStreamName"]
        self._functions = _functions(system.outputs)
        self._mappings = sorted(
            mappings_of(stack, system.outputs["ActivityStreamArn"]).items(),
            key=operator.itemgetter(1),
        )
        self._planned = planned
        self._ending = threading.Event()
        self._agenda = sched.scheduler(time.monotonic, self._ending.wait)
        self._thread = threading.Thread(target=self._agenda.run, name="troublemaker", daemon=True)
        self._began_s = 0.0
        self._actions: Mapping[Trouble, Callable[[Appointment], str]] = {
            Trouble.SPLIT: self._split,
            Trouble.MERGE: self._merge,
            Trouble.THROTTLE: lambda each: self._fail_personalize(each, "ThrottlingException"),
            Trouble.OUTAGE: lambda each: self._fail_personalize(each, "ServiceUnavailable"),
            Trouble.STORAGE: lambda each: self._fail_service(each, "s3"),
            Trouble.DATABASE: lambda each: self._fail_service(each, "dynamodb"),
            Trouble.REST: self._rest,
            Trouble.KILL: self._kill,
        }

    @property
    def counts(self) -> Counter[Trouble]:
        """How often each trouble came."""
        return Counter(each.trouble for each in self.happenings)

    @override
    def start(self) -> None:
        """Begin the time."""
        self._began_s = time.monotonic()
        for each in self._planned:
            self._agenda.enterabs(self._began_s + each.at_s, 1, self._keep, (each,))
        self._thread.start()

    @override
    def stop(self) -> None:
        """Make no more trouble, and put right what is still wrong."""
        for event in self._agenda.queue:
            self._agenda.cancel(event)
        self._ending.set()
        self._thread.join()
        self._stack.personalize.faults.clear()
        for service in FAULTS:
            self._stack.service_faults.end(service)
        for uuid, _ in self._mappings:
            self._switch(uuid, is_on=True)

    def _keep(self, appointment: Appointment) -> None:
        what = self._actions[appointment.trouble](appointment)
        if what:
            at_s = time.monotonic() - self._began_s
            self.happenings.append(Happening(at_s, appointment.trouble, what))

    def _afterwards(self, appointment: Appointment, undo: Callable[[], None]) -> None:
        self._agenda.enter(appointment.for_s, 1, undo)

    def _fail_personalize(self, appointment: Appointment, code: str) -> str:
        self._stack.personalize.faults.fail_always(code)
        self._afterwards(appointment, self._stack.personalize.faults.clear)
        return f"{code} for {appointment.for_s:.1f} s"

    def _fail_service(self, appointment: Appointment, service: str) -> str:
        self._stack.service_faults.begin(service)
        self._afterwards(appointment, partial(self._stack.service_faults.end, service))
        return f"{service} for {appointment.for_s:.1f} s"

    def _rest(self, appointment: Appointment) -> str:
        uuid, function = _one_of(self._mappings, appointment.choice)
        self._switch(uuid, is_on=False)
        self._afterwards(appointment, partial(self._switch, uuid, is_on=True))
        return f"{function} for {appointment.for_s:.1f} s"

    def _switch(self, uuid: str, *, is_on: bool) -> None:
        self._stack.client("lambda").update_event_source_mapping(UUID=uuid, Enabled=is_on)

    def _kill(self, appointment: Appointment) -> str:
        """Kill the process of one execution environment, whatever it does just now."""
        running = [
            (name, environment)
            for name in self._functions
            for environment in self._stack.lambda_service.environments(name)
        ]
        if not running:
            return ""
        name, environment = _one_of(running, appointment.choice)
        environment.kill()
        return name

    def _split(self, _appointment: Appointment) -> str:
        shard = self._open_shards()[0]
        first, last = _range(shard)
        self._stack.client("kinesis").split_shard(
            StreamName=self._stream,
            ShardToSplit=shard["ShardId"],
            NewStartingHashKey=str((first + last + 1) // 2),
        )
        return str(shard["ShardId"])

    def _merge(self, _appointment: Appointment) -> str:
        """Merge the two open shards with the lowest keys, which stand side by side."""
        lower, upper = self._open_shards()[:2]
        self._stack.client("kinesis").merge_shards(
            StreamName=self._stream,
            ShardToMerge=lower["ShardId"],
            AdjacentShardToMerge=upper["ShardId"],
        )
        return f"{lower['ShardId']} and {upper['ShardId']}"

    def _open_shards(self) -> list[dict[str, Any]]:
        """List the open shards by their keys, from the lowest."""
        answer = self._stack.client("kinesis").list_shards(StreamName=self._stream)
        shards = [
            shard
            for shard in answer["Shards"]
            if "EndingSequenceNumber" not in shard["SequenceNumberRange"]
        ]
        return sorted(shards, key=_range)


def _functions(outputs: Mapping[str, str]) -> list[str]:
    """Name the functions of a stack, in a fixed order."""
    return [outputs[name] for name in sorted(outputs) if name.endswith("FunctionName")]


def _range(shard: Mapping[str, Any]) -> tuple[int, int]:
    keys = shard["HashKeyRange"]
    return int(keys["StartingHashKey"]), int(keys["EndingHashKey"])


def _one_of[T](choices: Sequence[T], choice: float) -> T:
    return choices[int(choice * len(choices))]
