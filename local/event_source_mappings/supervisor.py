"""Follows ListEventSourceMappings and keeps a consumer for each enabled mapping."""

from __future__ import annotations

import logging
import threading
import time
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError

from local.event_source_mappings.errors import UnsupportedMappingError
from local.event_source_mappings.invoker import Activity
from local.event_source_mappings.mapping import Source, is_enabled, read_mapping
from local.event_source_mappings.pace import Pace
from local.event_source_mappings.queue_consumer import QueueConsumer
from local.event_source_mappings.quiet import is_quiet
from local.event_source_mappings.stream_consumer import StreamConsumer, StreamProgress
from local.event_source_mappings.surroundings import Surroundings, once_per_service

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from local.event_source_mappings.mapping import EventSourceMapping
    from local.lambda_runtime.configuration import InvocationResult

logger = logging.getLogger(__name__)

type Consumer = StreamConsumer | QueueConsumer


class EventSourceMappings:
    """The pump: what Lambda does between a stream or queue and a function."""

    def __init__(
        self,
        *,
        client: Callable[[str], Any],
        invoke: Callable[[str, bytes], InvocationResult],
        pace: Pace | None = None,
    ) -> None:
        """Prepare a pump that reads nothing yet.

        Args:
            client: Returns the boto3 client of a service; asked once for each.
            invoke: Invokes a function by name or ARN and waits.
            pace: How fast to go.
        """
        self._pace = pace or Pace()
        self._activity = Activity()
        clients = once_per_service(client)
        self._surroundings = Surroundings(clients, invoke, self._activity, self._pace)
        self._lambda = clients("lambda")
        self._lock = threading.Lock()
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None
        self._consumers: dict[str, Consumer] = {}
        self._progress: dict[str, StreamProgress] = {}
        self._refused: dict[str, str] = {}

    def start(self) -> None:
        """Begin to follow the mappings; they come and go while this runs."""
        self._stopping.clear()
        self._thread = threading.Thread(target=self._run, name="event-source-mappings", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Read nothing more and wait, for a few seconds at most, for what is under way.

        Records and messages not dealt with by then stay where they are.
        """
        self._stopping.set()
        if self._thread is not None:
            self._thread.join()
            self._thread = None
        with self._lock:
            self._end(tuple(self._consumers))

    def idle(self) -> bool:
        """Look at every source, and return whether all that was put there has been dealt with.

        True means: each enabled mapping has nothing unread, in flight or awaiting retry, and
        nothing happened anywhere while this was established, so that no function can have filled
        a source that had already been looked at.

        Raises:
            UnsupportedMappingError: A mapping cannot be served, so that waiting would be in vain.
        """
        with self._lock:
            if self._thread is None or not self._synchronise():
                return False
            if self._refused:
                raise UnsupportedMappingError("; ".join(self._refused.values()))
            return self._is_quiet()

    def positions(self) -> dict[str, dict[str, str | None]]:
        """Say how far each stream's mapping has come.

        Returns:
            By mapping and shard, the last sequence number before what is still to be dealt with;
            None for a shard of which nothing has been. Shards that nobody has begun are left out.
        """
        progress = tuple(self._progress.items())
        return {
            uuid: {
                shard_id: checkpoint.position
                for shard_id, checkpoint in tuple(each.checkpoints.items())
            }
            for uuid, each in progress
        }

    def _is_quiet(self) -> bool:
        try:
            return is_quiet(self._consumers.values(), self._activity)
        except (BotoCoreError, ClientError) as error:
            logger.warning("a source cannot be looked at: %s", error)
            return False

    def _run(self) -> None:
        while not self._stopping.is_set():
            with self._lock:
                self._synchronise()
            self._stopping.wait(self._pace.supervision_s)

    def _synchronise(self) -> bool:
        """Bring the consumers in line with the mappings; return whether that succeeded."""
        try:
            configurations = {each["UUID"]: each for each in self._list()}
        except (BotoCoreError, ClientError) as error:
            logger.warning("the event source mappings cannot be listed: %s", error)
            return False
        self._forget(self._progress.keys() - configurations.keys())
        wanted = self._read(configurations.values())
        self._end(
            [
                uuid
                for uuid, consumer in self._consumers.items()
                if wanted.get(uuid) != consumer.mapping
            ]
        )
        # A list: one mapping's trouble must not keep the others from being served.
        served = [self._serve(mapping) for mapping in wanted.values()]
        return all(served)

    def _list(self) -> Iterator[Mapping[str, Any]]:
        question: dict[str, str] = {}
        while True:
            answer = self._lambda.list_event_source_mappings(**question)
            yield from answer["EventSourceMappings"]
            if not answer.get("NextMarker"):
                return
            question = {"Marker": answer["NextMarker"]}

    def _forget(self, deleted: Iterable[str]) -> None:
        for uuid in tuple(deleted):
            del self._progress[uuid]

    def _read(self, configurations: Iterable[Mapping[str, Any]]) -> dict[str, EventSourceMapping]:
        """Read the enabled mappings and note which of them cannot be served."""
        mappings: dict[str, EventSourceMapping] = {}
        refused: dict[str, str] = {}
        for configuration in filter(is_enabled, configurations):
            uuid = configuration["UUID"]
            try:
                mappings[uuid] = read_mapping(configuration)
            except UnsupportedMappingError as error:
                refused[uuid] = f"{configuration.get('EventSourceArn')}: {error}"
        for message in set(refused.values()) - set(self._refused.values()):
            logger.error("event source mapping refused: %s", message)
        self._refused = refused
        return mappings

    def _serve(self, mapping: EventSourceMapping) -> bool:
        """Have a consumer for `mapping` and let it look around; return whether that succeeded."""
        try:
            if mapping.uuid not in self._consumers:
                self._consumers[mapping.uuid] = self._consumer(mapping)
            self._consumers[mapping.uuid].refresh()
        except (BotoCoreError, ClientError) as error:
            logger.warning("%s cannot be read: %s", mapping.source_arn, error)
            return False
        return True

    def _consumer(self, mapping: EventSourceMapping) -> Consumer:
        if mapping.source is Source.SQS:
            return QueueConsumer(mapping, self._surroundings)
        function = self._lambda.get_function_configuration(FunctionName=mapping.function_arn)
        progress = self._progress.setdefault(mapping.uuid, StreamProgress())
        return StreamConsumer(mapping, self._surroundings, progress, function["Role"])

    def _end(self, uuids: Iterable[str]) -> None:
        ending = [self._consumers.pop(uuid) for uuid in uuids]
        for consumer in ending:
            consumer.begin_stop()
        deadline = time.monotonic() + self._pace.stop_s
        for consumer in ending:
            consumer.finish_stop(deadline)
