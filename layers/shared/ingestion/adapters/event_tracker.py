"""Personalize's event tracker by boto3."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final, cast

import boto3
from botocore.config import Config

from ingestion.adapters.put_events_body import event_fields
from ingestion.adapters.refusals import refusals_told
from ingestion.domain.interaction import Interaction
from ingestion.domain.put_events import PutEventsCall
from ingestion.domain.target import tracking_mark
from ingestion.ports import Pace

if TYPE_CHECKING:
    from types_boto3_personalize_events.client import PersonalizeEventsClient
    from types_boto3_personalize_events.type_defs import EventTypeDef

CONNECT_TIMEOUT_S: Final = 1.0
READ_TIMEOUT_S: Final = 2.0
_ATTEMPTS: Final = 3
# botocore's standard mode waits at most 1 s, then 2 s, between three attempts.
_WAITS_S: Final = 3.0


def personalize_events_client(
    concurrent_calls: int, attempts: int = _ATTEMPTS
) -> "PersonalizeEventsClient":
    """A client with short timeouts, few attempts, and a connection for each call at once.

    The client's own validation is off: it checks no maxima, the planner checks everything, and it
    costs a tenth of a call.
    """
    config = Config(
        connect_timeout=CONNECT_TIMEOUT_S,
        read_timeout=READ_TIMEOUT_S,
        retries={"mode": "standard", "total_max_attempts": attempts},
        max_pool_connections=concurrent_calls,
        parameter_validation=False,
    )
    # Its stubs are installed, those of the other services that `client` could make are not.
    return boto3.client("personalize-events", config=config)  # pyright: ignore[reportUnknownMemberType]


class PersonalizeEventTracker:
    """Sends planned calls with PutEvents.

    PutEvents is all or nothing and answers nothing: one bad event fails its call.
    """

    def __init__(self, client: "PersonalizeEventsClient", tracking_id: str, pace: Pace) -> None:
        self._client = client
        self._tracking_id = tracking_id
        self.mark = tracking_mark(tracking_id)
        self._pace = pace
        # Emitted before each attempt, so that a retry keeps the rate as well. Once for a client:
        # after a switch another tracker shares it, and nobody waits twice.
        client.meta.events.register(
            "before-send.personalize-events.PutEvents", _waiting_for(pace), unique_id="pace"
        )

    @property
    def longest_call_s(self) -> float:
        """All attempts with their timeouts, the waits in between, and for the pace."""
        attempt_s = CONNECT_TIMEOUT_S + READ_TIMEOUT_S + self._pace.longest_wait_s
        return _ATTEMPTS * attempt_s + _WAITS_S

    def record(self, call: PutEventsCall) -> None:
        """Send one call; the errors are those of the port."""
        identity = {} if call.user_id is None else {"userId": call.user_id}
        with refusals_told("PutEvents"):
            self._client.put_events(
                trackingId=self._tracking_id,
                sessionId=call.visit_id,
                eventList=[event_of(interaction) for interaction in call.interactions],
                **identity,
            )


def _waiting_for(pace: Pace) -> Callable[..., None]:
    def wait(**_: object) -> None:
        pace.wait()

    return wait


def event_of(interaction: Interaction) -> "EventTypeDef":
    """An interaction as boto3 takes it: its time as a datetime, for an int is parsed twice."""
    sent_at = datetime.fromtimestamp(interaction.sent_at_s, UTC)
    return cast("EventTypeDef", {**event_fields(interaction), "sentAt": sent_at})
