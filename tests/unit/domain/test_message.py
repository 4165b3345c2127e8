"""A message names what has to be delivered again."""

from collections import Counter

from ingestion.application.outcome import Disposition, Outcome
from ingestion.domain.message import Message


def test_a_message_with_a_record_to_itself_is_delivered_again_by_its_own_id() -> None:
    """The id of the record is the id of the message."""
    assert Message("7", "shard", b"", 0).delivery_id == "7"


def test_messages_of_one_record_ask_once_for_that_record() -> None:
    """A partial response names records, so two failed messages of one record are one name."""
    parts = [Message(f"7.{part}", "shard", b"", 0, carrier_id="7") for part in range(3)]
    ends = (Disposition.FAILED, Disposition.RECORDED, Disposition.FAILED)
    outcome = Outcome(tuple(zip(parts, ends, strict=True)), Counter())
    assert outcome.failed == ["7"]
