"""Mutants of the template: what Lambda is told about the stream."""

from typing import Final

from tests.mutants.mutant import Mutant

_STREAM: Final = "tests/model/test_stream_machine.py"
_DELIVERY: Final = "tests/model/test_delivery.py"
_OUTAGES: Final = "tests/model/test_outages.py"

INFRASTRUCTURE: Final = (
    Mutant(
        "Lambda gives up after three retries",
        "an outage of days loses nothing",
        "template.yaml",
        (
            (
                (
                    "would turn a long throttle into discarded activities.\n"
                    "            MaximumRetryAttempts: -1"
                ),
                (
                    "would turn a long throttle into discarded activities.\n"
                    "            MaximumRetryAttempts: 3"
                ),
            ),
        ),
        f"{_OUTAGES}::test_six_days_without_personalize_lose_nothing_and_drain",
    ),
    Mutant(
        "batches of the archiver are bisected",
        "every activity is archived once",
        "template.yaml",
        (("BisectBatchOnFunctionError: false", "BisectBatchOnFunctionError: true"),),
        f"{_DELIVERY}::test_an_archiver_that_does_not_know_whether_it_stored_stores_once",
    ),
    Mutant(
        "the archiver reports partial failures",
        "every activity is archived once",
        "template.yaml",
        (
            (
                "BisectBatchOnFunctionError: false",
                (
                    "BisectBatchOnFunctionError: false\n"
                    "            FunctionResponseTypes: [ReportBatchItemFailures]"
                ),
            ),
        ),
        "tests/template/test_event_sources.py -k archiver",
    ),
    Mutant(
        "the recorder does not report partial failures",
        "what failed comes again",
        "template.yaml",
        (
            (
                (
                    "ParallelizationFactor: 2\n"
                    "            FunctionResponseTypes: [ReportBatchItemFailures]"
                ),
                "ParallelizationFactor: 2",
            ),
        ),
        _STREAM,
    ),
)
