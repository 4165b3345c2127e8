"""Mutants of likes: what settles, stands and is archived."""

from typing import Final

from tests.mutants.mutant import Mutant

_LAYER: Final = "layers/shared/ingestion"
_FEEDBACK: Final = "tests/model/test_feedback_machine.py"
_FEEDBACK_DELIVERY: Final = "tests/model/test_feedback_delivery.py"

FEEDBACK: Final = (
    Mutant(
        "raw feedback is not archived",
        "every activity is archived",
        f"{_LAYER}/application/record_feedback.py",
        (("    _archive_raw(batch.messages, ports)\n", ""),),
        _FEEDBACK,
    ),
    Mutant(
        "feedback that settled is archived again",
        "every activity is archived once",
        f"{_LAYER}/application/record_feedback.py",
        (("for message in messages if not message.has_settled]", "for message in messages]"),),
        _FEEDBACK_DELIVERY,
    ),
    Mutant(
        "what SQS does not take counts as held",
        "a like that stands is sent",
        f"{_LAYER}/application/record_feedback.py",
        (("end = Disposition.FAILED if message_id in not_taken else", "end ="),),
        _FEEDBACK_DELIVERY,
    ),
    Mutant(
        "the first word of a batch stands",
        "the last word stands",
        f"{_LAYER}/application/record_feedback.py",
        (("max(known, verdict, key=", "min(known, verdict, key="),),
        _FEEDBACK,
    ),
    Mutant(
        "what has settled settles again",
        "a like is sent after its delay",
        f"{_LAYER}/adapters/sqs.py",
        (("has_settled=True", "has_settled=False"),),
        _FEEDBACK,
    ),
    Mutant(
        "a settled message is named by its first id",
        "what failed comes again from its own queue",
        f"{_LAYER}/adapters/sqs.py",
        (("carrier_id=message.id", "carrier_id=None"),),
        _FEEDBACK_DELIVERY,
    ),
)
