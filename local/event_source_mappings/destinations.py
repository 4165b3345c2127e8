"""Where discarded stream records go: the invocation record, and its delivery.

Document and object key: https://docs.aws.amazon.com/lambda/latest/dg/kinesis-on-failure-destination.html.
Queues and topics get the metadata only; a bucket gets the whole event with it, under `payload`.
"""

from __future__ import annotations

import json
import uuid
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    from local.event_source_mappings.envelopes import Element
    from local.event_source_mappings.mapping import EventSourceMapping
    from local.event_source_mappings.resolution import Discard

from local.event_source_mappings.resolution import Condition


@dataclass(frozen=True, slots=True)
class Destination:
    """Delivers discarded records of one shard to the mapping's on-failure destination."""

    mapping: EventSourceMapping
    shard_id: str
    client: Callable[[str], Any]

    def deliver(self, discard: Discard[Element], now: float) -> None:
        """Send the invocation record; without a destination the records are dropped, as on AWS.

        Raises:
            botocore.exceptions.ClientError: The destination did not take it.
        """
        arn = self.mapping.destination
        if arn is None:
            return
        at = datetime.fromtimestamp(now, UTC)
        record = invocation_record(discard, self.mapping, self.shard_id, at)
        match arn.split(":")[2]:
            case "s3":
                self._put_object(arn, discard, record, at)
            case "sns":
                self.client("sns").publish(TopicArn=arn, Message=json.dumps(record))
            case _:
                self._send_message(arn, record)

    def _put_object(
        self, arn: str, discard: Discard[Element], record: dict[str, Any], at: datetime
    ) -> None:
        payload = {"Records": [element.envelope for element in discard.records]}
        self.client("s3").put_object(
            Bucket=arn.rsplit(":", 1)[1],
            Key=object_key(self.mapping.uuid, self.shard_id, at, uuid.uuid4()),
            Body=json.dumps({**record, "payload": payload}).encode(),
            ContentType="application/json",
        )

    def _send_message(self, arn: str, record: dict[str, Any]) -> None:
        sqs = self.client("sqs")
        url = sqs.get_queue_url(QueueName=arn.rsplit(":", 1)[1])["QueueUrl"]
        sqs.send_message(QueueUrl=url, MessageBody=json.dumps(record))


def invocation_record(
    discard: Discard[Element], mapping: EventSourceMapping, shard_id: str, at: datetime
) -> dict[str, Any]:
    """Return the metadata of discarded records.

    `responseContext` describes the last invocation. Lambda leaves it out for records that were
    given up because of their age.
    """
    exhausted = discard.condition is Condition.RETRY_ATTEMPTS_EXHAUSTED
    return {
        "requestContext": {
            "requestId": str(uuid.uuid4()),
            "functionArn": mapping.function_arn,
            "condition": discard.condition.value,
            "approximateInvokeCount": discard.invocations,
        },
        **({"responseContext": _response_context()} if exhausted else {}),
        "version": "1.0",
        "timestamp": _timestamp(at),
        "KinesisBatchInfo": _batch_info(discard, mapping, shard_id),
    }


def object_key(mapping_uuid: str, shard_id: str, at: datetime, name: uuid.UUID) -> str:
    """Return `aws/lambda/<ESM-UUID>/<shardID>/YYYY/MM/DD/YYYY-MM-DDTHH.MM.SS-<Random UUID>`."""
    return f"aws/lambda/{mapping_uuid}/{shard_id}/{at:%Y/%m/%d}/{at:%Y-%m-%dT%H.%M.%S}-{name}"


def _response_context() -> dict[str, Any]:
    return {"statusCode": 200, "executedVersion": "$LATEST", "functionError": "Unhandled"}


def _batch_info(
    discard: Discard[Element], mapping: EventSourceMapping, shard_id: str
) -> dict[str, Any]:
    first, last = discard.records[0], discard.records[-1]
    return {
        "shardId": shard_id,
        "startSequenceNumber": first.identifier,
        "endSequenceNumber": last.identifier,
        "approximateArrivalOfFirstRecord": _timestamp(
            datetime.fromtimestamp(first.arrived_at, UTC)
        ),
        "approximateArrivalOfLastRecord": _timestamp(datetime.fromtimestamp(last.arrived_at, UTC)),
        "batchSize": len(discard.records),
        "streamArn": mapping.source_arn,
    }


def _timestamp(at: datetime) -> str:
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")
