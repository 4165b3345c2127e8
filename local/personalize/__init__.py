"""An Amazon Personalize that runs in memory, refuses what AWS refuses, and really trains.

It exists because nothing else answers `PutEvents` with AWS's limits: boto3's own check knows
minimum lengths but no maxima, and moto serves four operations of the control plane. The entrance
is `PersonalizeEmulator.handle`, which takes and gives the decoded bodies of the wire protocol.
This package knows neither moto nor HTTP; `local.moto_extensions.personalize` plugs it in there.
"""

from local.personalize.counters import TrackerCounters
from local.personalize.emulator import PersonalizeEmulator
from local.personalize.errors import EmulatedError
from local.personalize.imports import S3Reader
from local.personalize.interactions import Interaction
from local.personalize.lifecycle import Progress
from local.personalize.quotas import Quotas

__all__ = [
    "EmulatedError",
    "Interaction",
    "PersonalizeEmulator",
    "Progress",
    "Quotas",
    "S3Reader",
    "TrackerCounters",
]
