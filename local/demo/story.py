"""The demo from the beginning to the end, without a word on how it looks."""

import time
from collections.abc import Sequence
from dataclasses import dataclass

from local.demo.account import Account, Findings, account_for
from local.demo.conservation import Conservation
from local.demo.day import whole_day
from local.demo.evening import Evening, spend
from local.demo.fates import Rules
from local.demo.foreign import foreign_day
from local.demo.imperfections import expected_reasons, imperfect
from local.demo.opinions import comments
from local.demo.outgoing import Outgoing, outgoing
from local.demo.ratings import RatingSet
from local.demo.screen import Screen
from local.demo.system import System


@dataclass(frozen=True, slots=True)
class Replay:
    """What the same day once more changed.

    Attributes:
        before: Interactions that a training would see, before.
        after: ... and after.
        recorded: Interactions that Personalize took as new, of guests too; there must be none.
        repeated: Interactions that Personalize knew and ignored.
    """

    before: int
    after: int
    recorded: int
    repeated: int

    @property
    def changed_nothing(self) -> bool:
        """Whether nothing was counted twice."""
        return self.recorded == 0 and self.before == self.after


@dataclass(frozen=True, slots=True)
class Story:
    """All that the demo found out.

    Attributes:
        rules: The thresholds of the deployed functions.
        evening: None for data in which there is no genre to discover.
        to_train_on: Interactions that the training saw, after the first day.
        sent_again: Entries of batches that had to be sent again.
        conservation: The account of all that arrived, at the very end.
    """

    rules: Rules
    account: Account
    evening: Evening | None
    replay: Replay
    to_train_on: int
    sent_again: int
    conservation: Conservation

    @property
    def adds_up(self) -> bool:
        """Whether nothing was lost and nothing was counted twice."""
        is_conserved = self.conservation.holds
        return self.account.adds_up and self.replay.changed_nothing and is_conserved


def tell(system: System, ratings: RatingSet, screen: Screen) -> Story:
    """Run the whole demo against a deployed system.

    Args:
        system: The system, with nothing sent to it yet.
        ratings: What the day of viewing is made of.
        screen: Where to show how far it is.

    Raises:
        UndeliveredError, UnsettledError, TrainingError: The demo cannot go on.
    """
    title = f"Turned the ratings of {len(ratings.people)} viewers of {ratings.name} into a day"
    with screen.stage(title):
        now_ms = round(time.time() * 1000)
        told = whole_day(ratings.people, now_ms)
        foreign = foreign_day(tuple(ratings.films.values()), now_ms)
        day = imperfect([outgoing(each) for each in told], foreign.messages)
    system.deliver(day, screen, "Sent the day to Kinesis and SQS, and let the functions work")
    with screen.stage("Read the archive, the verdicts and the counters"):
        rules = system.rules()
        stores, counters = system.stores(), system.counters()
        findings = Findings(stores, counters, rules, system.sentiments(comments()))
        account = account_for(day, foreign, findings, reasons=expected_reasons())
        to_train_on = system.interactions_to_train_on()
    evening = spend(system, ratings, told, screen)
    replay = _replay(system, day, screen)
    with screen.stage("Accounted for the whole archive, as the scheduled function does"):
        conservation = system.conservation()
    return Story(rules, account, evening, replay, to_train_on, system.sent_again, conservation)


def _replay(system: System, day: Sequence[Outgoing], screen: Screen) -> Replay:
    """Send the same day once more."""
    before, counted = system.interactions_to_train_on(), system.counters()
    system.deliver(day, screen, "Sent the same day once more")
    after = system.counters()
    return Replay(
        before=before,
        after=system.interactions_to_train_on(),
        recorded=after.recorded - counted.recorded,
        repeated=after.repeated - counted.repeated,
    )
