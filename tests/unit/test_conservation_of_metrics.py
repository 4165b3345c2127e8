"""The metrics of an invocation add up, as CloudWatch reads them, whatever arrives and fails."""

import io
import json
from collections.abc import Callable
from contextlib import redirect_stdout, suppress
from copy import replace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from ingestion.application.outcome import Outcome
from ingestion.application.record_metadata import MetadataPorts, record_metadata
from ingestion.domain.conservation import End, HourAccount
from ingestion.domain.errors import MisconfiguredError, TransientError
from ingestion.domain.hour import Hour
from ingestion.domain.message import Message
from ingestion.observability import (
    metrics,
    misconfiguration_counted,
    report_metadata,
    report_reconciliation,
    report_recording,
)

from tests.support.builders import (
    NOW_MS,
    a_comment,
    a_message,
    a_playback,
    a_rating,
    a_reaction,
    a_start,
)
from tests.support.fakes import (
    FakeActivityArchive,
    FakeEventTracker,
    FakeRejectionStore,
    FakeSentimentDetector,
    plenty_of_time,
)
from tests.support.feedback_story import FeedbackStory
from tests.support.lambda_context import FakeLambdaContext
from tests.support.metadata import (
    METADATA_RULES,
    FakeClock,
    FakeDatasets,
    FakeMetadataStore,
    a_catalogue_entry,
    a_profile,
    a_sender,
)
from tests.support.playback_story import PlaybackStory

ENDS = ("Recorded", "NoInteraction", "Superseded", "Settling", "Rejected", "Failed")
BODIES = st.sampled_from(
    [
        a_start(),
        a_start(playback_id="p-2", activity_id="a-2", item_id="item-2"),
        a_start(playback_id="p-3", activity_id="a-3", user_id="user-3"),
        a_playback(activity_id="a-4"),
        [a_start(playback_id="p-5", activity_id="a-5"), {}],
        a_reaction(activity_id="a-6"),
        a_reaction("unlike", activity_id="a-7"),
        a_rating(5.0, activity_id="a-8", item_id="item-2"),
        a_comment("good", activity_id="a-9", item_id="item-3"),
        a_profile(),
        a_profile(user_id="user-2", consent={"state": "denied"}),
        a_catalogue_entry(),
        a_catalogue_entry(item_id="item-2"),
        b"{",
        b"\xff",
    ]
)
BATCHES = st.lists(BODIES, max_size=12)


@pytest.fixture(autouse=True)
def names(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("POWERTOOLS_SERVICE_NAME", "stack")
    monkeypatch.setenv("POWERTOOLS_METRICS_NAMESPACE", "PersonalizeVideoIngest")


def published(work: Callable[[], Any]) -> dict[str, float]:
    """The metrics that an invocation with this work publishes, added up over its lines of EMF."""
    output = io.StringIO()
    with redirect_stdout(output):
        invoke = metrics.log_metrics(misconfiguration_counted(lambda _event, _context: work()))
        with suppress(MisconfiguredError, TransientError):
            invoke({}, FakeLambdaContext())
    found: dict[str, float] = {}
    for line in output.getvalue().splitlines():
        record = json.loads(line)
        for directive in record.get("_aws", {}).get("CloudWatchMetrics", []):
            for name in (metric["Name"] for metric in directive["Metrics"]):
                values = record[name] if isinstance(record[name], list) else [record[name]]
                found[name] = found.get(name, 0) + sum(values)
    return found


def messages_of(bodies: list[Any]) -> list[Message]:
    return [a_message(body, message_id=str(at)) for at, body in enumerate(bodies)]


def conserved(outcome: Outcome, report: Callable[[Outcome], None]) -> None:
    found = published(lambda: report(outcome))
    assert found["Received"] == sum(found[end] for end in ENDS) == len(outcome.dispositions)
    assert found["Rejected"] == found.get("RejectedByReason", 0)
    assert found["InternalErrorRejections"] <= found["Rejected"]


def trouble(refused: str, failing: str) -> dict[str, Any]:
    """What Personalize refuses, and for whom it fails."""
    return {
        "refuses": lambda each: each.item_id == refused,
        "fails": lambda call: any(each.user_id == failing for each in call.interactions),
    }


PERHAPS = st.sampled_from(["", "item-2", "user-3"])


@given(BATCHES, PERHAPS, PERHAPS)
def test_the_playback_recorder_conserves(bodies: list[Any], refused: str, failing: str) -> None:
    """Messages in shared records are received one by one."""
    story = PlaybackStory(**trouble(refused, failing))
    sound = a_start(playback_id="sound", activity_id="sound", user_id="sound")
    outcome = story.record(*messages_of([sound, *bodies]))
    conserved(outcome, report_recording)


@given(BATCHES, PERHAPS, st.sampled_from([0, 30]), st.booleans())
def test_the_feedback_recorder_conserves(
    bodies: list[Any],
    failing: str,
    settle_delay_s: int,
    is_down: bool,  # noqa: FBT001  -- generated
) -> None:
    """At the first arrival, and when what settled comes again."""
    detector = FakeSentimentDetector(is_down=is_down)
    tracker = FakeEventTracker(fails=trouble("", failing)["fails"])
    story = FeedbackStory(tracker, detector, settle_delay_s=settle_delay_s)
    story.settling.refuses = lambda message: message.id == "1"
    conserved(story.outcome(*messages_of(bodies)), report_recording)
    conserved(story.outcome(*story.settling.held), report_recording)


@given(BATCHES, st.booleans())
def test_the_metadata_recorder_conserves(
    bodies: list[Any],
    is_short: bool,  # noqa: FBT001  -- generated
) -> None:
    """What there was no time for has failed."""
    ports = MetadataPorts(
        a_sender(FakeDatasets(), FakeMetadataStore(), FakeClock()),
        FakeActivityArchive(),
        FakeRejectionStore(),
    )
    outcome = record_metadata(
        messages_of(bodies),
        rules=METADATA_RULES,
        ports=ports,
        time_left=(lambda: 0.0) if is_short else plenty_of_time,
    )
    conserved(outcome, report_metadata)


def test_an_invocation_that_raises_counts_nothing() -> None:
    """Nothing was acknowledged: the batch is received, once, when it comes again."""

    def misconfigured() -> None:
        report_after(MisconfiguredError)

    def report_after(error: type[Exception]) -> None:
        raise error

    assert published(misconfigured) == {"Misconfigured": 1}
    assert published(lambda: report_after(TransientError)) == {}


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.dictionaries(st.sampled_from(End), st.integers(min_value=0, max_value=1000)))
def test_the_account_of_an_hour_is_published(ends: dict[End, int]) -> None:
    """By end, and what nothing explains under a name of its own, also when that is nothing."""
    account = HourAccount(Hour.of(NOW_MS), sum(ends.values()), ends)
    found = published(lambda: report_reconciliation(account))
    assert found["HoursReconciled"] == 1
    assert found["Unexplained"] == ends.get(End.UNEXPLAINED, 0)
    assert found.get("Reconciled", 0) == account.received
    assert replace(account, received=account.received + 1).holds is False
