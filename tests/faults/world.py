"""The system on this machine with wires that can be cut, and functions to run on it."""

import json
import time
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Self

from ingestion.domain.errors import IngestionError

from local.connection import connection_variables
from local.fault_proxy import FaultProxy
from local.http_faults import Fault, Kind
from local.lambda_runtime import FunctionConfiguration, InvocationResult, LambdaService
from local.personalize import TrackerCounters
from local.personalize.interactions import Interaction
from local.stack import LocalStack
from tests.support.functions import HANDLERS, forget_compositions, make_table
from tests.support.lambda_context import FakeLambdaContext
from tests.support.personalize import SCHEMA
from tests.support.s3 import BUCKET, keys_in, rows_in
from tests.support.variables import FEEDBACK, PLAYBACK, RECORDER

REPOSITORY: Final = Path(__file__).parents[2]
_SERVICES: Final = ("s3", "dynamodb", "sqs", "personalize-events")
_ROLE: Final = "arn:aws:iam::123456789012:role/function"
_ACCOUNT_AND_NAME: Final = "arn:aws:lambda:us-east-1:123456789012:function:"


@dataclass
class Deadline(FakeLambdaContext):
    """A context whose time runs, as in Lambda."""

    seconds: float = 60.0
    _began_at: float = field(default_factory=time.monotonic)

    def get_remaining_time_in_millis(self) -> int:
        """How long Lambda still waits for the answer."""
        return round(1000 * (self.seconds - (time.monotonic() - self._began_at)))


class World:
    """A local stack with what the functions need, and a fault proxy before each service.

    Attributes:
        s3, dynamodb, sqs, events: The proxies.
        variables: What the functions read.
    """

    def __init__(self, sender: str) -> None:
        self._sender = sender
        self._ending = ExitStack()
        self.stack = self._ending.enter_context(LocalStack.start())
        self.s3, self.dynamodb, self.sqs, self.events = (
            self._ending.enter_context(FaultProxy(self.stack.endpoint_url)) for _ in _SERVICES
        )
        self.client = self.stack.client
        self.lines: list[str] = []
        self.group, self.tracking_id = self._make_tracker()
        self.variables = self._make_resources()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._ending.close()

    @property
    def connection(self) -> dict[str, str]:
        """How functions reach the services: each through its proxy."""
        proxies = zip(_SERVICES, (self.s3, self.dynamodb, self.sqs, self.events), strict=True)
        endpoints = {
            f"AWS_ENDPOINT_URL_{service.replace('-', '_').upper()}": proxy.url
            for service, proxy in proxies
        }
        return connection_variables(self.stack.endpoint_url) | endpoints

    def in_process(
        self, function: str, context: Callable[[], FakeLambdaContext] = FakeLambdaContext
    ) -> Callable[[bytes], InvocationResult]:
        """A function in this process; only faults of its own kind are caught, as Lambda would."""
        forget_compositions()

        def invoke(payload: bytes) -> InvocationResult:
            try:
                answer = HANDLERS[function](json.loads(payload), context())
            except IngestionError as error:
                document = json.dumps({"errorType": type(error).__name__}).encode()
                return InvocationResult(document, "Unhandled", "")
            return InvocationResult(json.dumps(answer).encode(), None, "")

        return invoke

    def service(self) -> LambdaService:
        """The real runtime; it ends with the world."""
        service = LambdaService(
            environment=self.connection, log_sink=lambda _name, line: self.lines.append(line)
        )
        self._ending.callback(service.close)
        return service

    def function(
        self, name: str, *, timeout_s: float = 20, handler: str | None = None, **variables: str
    ) -> FunctionConfiguration:
        """A function of ours for the real runtime, from the sources."""
        return FunctionConfiguration(
            name=name,
            arn=_ACCOUNT_AND_NAME + name,
            handler=handler or f"functions.{name}.handler.lambda_handler",
            code_path=REPOSITORY,
            layer_paths=(REPOSITORY / "layers" / "shared",),
            environment={**self.variables, **variables},
            timeout_s=timeout_s,
            memory_mb=512,
        )

    def watch_put_events(self) -> list[dict[str, Any]]:
        """The bodies of all calls of PutEvents from now on, in order, refused ones too."""
        calls: list[dict[str, Any]] = []

        def note(request: bytes) -> bool:
            calls.append(json.loads(request.partition(b"\r\n\r\n")[2]))
            return False

        # A fault that hits nothing sees everything; faults set before it hide what they hit.
        self.events.fail_always(Fault(Kind.RESET, hits=note))
        return calls

    def objects(self, prefix: str = "") -> list[str]:
        """The keys of the archive."""
        return keys_in(self.client("s3"), prefix)

    def rows(self, prefix: str) -> list[dict[str, Any]]:
        """The rows of the archive under a prefix."""
        return rows_in(self.client("s3"), prefix)

    def trained_on(self) -> list[Interaction]:
        """What a training would see."""
        return self.stack.personalize.interactions(self.group)

    def users(self) -> list[str]:
        """The user of each interaction that a training would see, in order of the names."""
        return sorted(str(each.user_id) for each in self.trained_on())

    def counters(self) -> TrackerCounters:
        """What Personalize counted."""
        return self.stack.personalize.counters(self.tracking_id)

    def _make_tracker(self) -> tuple[str, str]:
        client = self.client("personalize")
        schema = client.create_schema(name="interactions", schema=json.dumps(SCHEMA))["schemaArn"]
        group = client.create_dataset_group(name="videos")["datasetGroupArn"]
        client.create_dataset(
            name="interactions", datasetGroupArn=group, datasetType="Interactions", schemaArn=schema
        )
        tracker = client.create_event_tracker(name="tracker", datasetGroupArn=group)
        return group, tracker["trackingId"]

    def _make_resources(self) -> Mapping[str, str]:
        self.client("s3").create_bucket(Bucket=BUCKET)
        self.make_states_table()
        make_table(
            self.client("dynamodb"), FEEDBACK["VERDICTS_TABLE"], viewer="HASH", item_id="RANGE"
        )
        url = self.client("sqs").create_queue(QueueName="settling")["QueueUrl"]
        return {
            **RECORDER,
            **PLAYBACK,
            **FEEDBACK,
            "ARCHIVE_BUCKET": BUCKET,
            "TRACKING_ID": self.tracking_id,
            "SENDER": self._sender,
            # The schema has no MOOD: Personalize refuses whatever has one.
            "CONTEXT_COLUMNS": "DEVICE_TYPE,MOOD",
            "SETTLING_QUEUE_URL": url,
            "SETTLE_DELAY_S": "0",
            "POWERTOOLS_METRICS_NAMESPACE": "PersonalizeVideoIngest",
            "POWERTOOLS_SERVICE_NAME": "test",
        }

    def make_states_table(self) -> None:
        """The table of playback states, empty."""
        name = PLAYBACK["PLAYBACK_STATES_TABLE"]
        make_table(self.client("dynamodb"), name, playback_key="HASH")
