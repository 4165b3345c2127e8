"""An Amazon Comprehend that reads real words offline: sentiment and dominant language.

It exists because moto answers every text with the same canned NEUTRAL, so nothing that depends on
what somebody wrote could be tried locally. The entrance is `ComprehendEmulator.handle`, which takes
and gives the decoded bodies of the wire protocol. This package knows neither moto nor HTTP;
`local.moto_extensions.comprehend` plugs it in there.
"""

from local.comprehend.emulator import ComprehendEmulator, OperationCounters

__all__ = ["ComprehendEmulator", "OperationCounters"]
