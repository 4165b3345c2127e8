"""Why a build stops.

NightlyError
├── BadRowError        a file that was written breaks a rule of Personalize; names file and row
├── RawGoneError       raw rows that a published day was made of are no longer there
├── ConservationError  counts do not add up: a fault of ours
├── OccupiedError      there is a build in this place already
├── SparkJobError      a run of Spark failed, or was cancelled
├── UnfinishedJobError a run of Spark has to end first; not a fault
├── RefusedPlanError   an import would count interactions twice, or cannot be done
├── LedgerError        what was imported before is not known, or changed meanwhile
├── BusyError          somebody else works on Personalize
├── ChangedError       somebody else has switched between our look and our switch
├── RebuildError       a rebuild failed, was too slow or was stopped
├── NotFinishedError   time is short; what was done is kept, so another attempt goes on
└── UnusableError      an option or a manifest cannot be used
"""

from collections.abc import Mapping
from typing import Any


class NightlyError(Exception):
    """Anything that stops a build."""


class BadRowError(NightlyError):
    """A written file breaks a rule; the text names file, row and rule, never a value."""


class RawGoneError(NightlyError):
    """Building the day again would lose interactions."""


class ConservationError(NightlyError):
    """Rows in are not rows out and reasons."""


class OccupiedError(NightlyError):
    """The place for the result holds a finished one."""


class RefusedPlanError(NightlyError):
    """The plan is refused; the text says why in plain words."""


class LedgerError(NightlyError):
    """The ledger of a dataset group cannot be read or moved; nothing may be imported."""


class UnusableError(NightlyError):
    """What we were asked or what we found does not fit together."""


class SparkJobError(NightlyError):
    """A run of Spark failed or took too long; the text names the run."""


class UnfinishedJobError(NightlyError):
    """The build waits for a run of Spark that somebody else has to start.

    Attributes:
        request: The parameters of EMR Serverless' StartJobRun.
    """

    def __init__(self, request: Mapping[str, Any]) -> None:
        super().__init__("a run of Spark has to end first")
        self.request = request


class BusyError(NightlyError):
    """A night, a rebuild or an erasure is at work; the text says which."""


class ChangedError(NightlyError):
    """What is live was changed meanwhile; what the other one wrote stands."""


class RebuildError(NightlyError):
    """A rebuild did not come to its end; the text says why."""


class NotFinishedError(NightlyError):
    """Nothing is wrong but the time: start the same again."""
