"""The players of a replay: the settings of what is deployed, and the rules of this checkout."""

import hashlib
import json
from collections.abc import Mapping
from copy import replace
from dataclasses import dataclass

from ingestion.adapters.archive import S3InteractionArchive
from ingestion.adapters.boto3_bucket import Boto3Bucket, s3_client
from ingestion.adapters.clock import MonotonicClock
from ingestion.application.recording import RecorderPorts
from ingestion.composition import recorder_ports
from ingestion.domain.errors import MisconfiguredError
from ingestion.ports import InteractionArchive
from ingestion.settings.record_playback import RecordPlaybackSettings
from ingestion.settings.sending import Sender
from pydantic import ValidationError

from operations.deployed import Deployed
from operations.foresight import feedback_rules, foresight, playback_rules
from operations.memory import NoInteractions, NoRejections, Nowhere
from operations.players import (
    FeedbackPlayer,
    FunctionPlayer,
    NoPlayer,
    PlaybackPlayer,
    Player,
)
from operations.redelivery import Redelivery
from operations.replay import Told

_SIDE_BY_SIDE = 8


@dataclass(frozen=True, slots=True)
class Players:
    """Who plays what, and the name of such a replay."""

    by_kind: Mapping[Told, Player]
    mode: str


def players_for(
    deployed: Deployed,
    *,
    delivery: Redelivery | None,
    calls_per_second: float | None,
    is_dry: bool,
) -> Players:
    """Make the players.

    Args:
        deployed: The stack.
        delivery: How to hand messages to functions; None in a dry run.
        calls_per_second: PutEvents calls; None when nothing is sent.
        is_dry: Whether they shall leave nothing behind.

    Raises:
        MisconfiguredError: The functions have settings that this checkout does not understand.
    """
    try:
        environments = {case: deployed.environment(case) for case in _use_cases(deployed)}
        playback = PlaybackPlayer(
            playback_rules(environments["record_playback"]),
            _recorder(environments["record_playback"], calls_per_second, is_dry=is_dry),
            MonotonicClock(),
        )
        sends = calls_per_second is not None
        others = (
            _functions(environments, delivery)
            if sends
            else _rows_only(environments["record_feedback"], _archive(deployed, is_dry=is_dry))
        )
    except ValidationError as error:
        message = f"the functions are deployed with settings of another version: {error}"
        raise MisconfiguredError(message) from None
    mode = f"{'put_events' if sends else 'interactions'}/{_fingerprint(environments)}"
    return Players({Told.PLAYBACK: playback, **others}, mode)


def _use_cases(deployed: Deployed) -> list[str]:
    has_metadata = deployed.has("RecordMetadataFunctionName")
    return ["record_playback", "record_feedback", *(["record_metadata"] if has_metadata else [])]


def _archive(deployed: Deployed, *, is_dry: bool) -> InteractionArchive:
    if is_dry:
        return NoInteractions()
    return S3InteractionArchive(Boto3Bucket(s3_client(), deployed.archive_bucket))


def _recorder(
    environment: Mapping[str, str], calls_per_second: float | None, *, is_dry: bool
) -> RecorderPorts:
    """Where playbacks go: to the archive, and to Personalize if calls are allowed."""
    settings = RecordPlaybackSettings.model_validate(environment)
    rate = calls_per_second or _SIDE_BY_SIDE
    # The operator's rate in place of an environment's part of it, and boto3 whatever the function
    # sends with: a person has profiles and single sign-on, a function has its environment.
    whole = {
        "put_events_calls_per_s": rate,
        "share_of_calls": 1.0,
        "max_concurrency": 1,
        "sender": Sender.BOTO3,
    }
    ports = recorder_ports(settings.model_copy(update=whole), "replay")
    ports = replace(ports, rejections=NoRejections())
    if is_dry:
        return replace(ports, tracker=Nowhere(), interactions=NoInteractions())
    return ports if calls_per_second is not None else replace(ports, tracker=Nowhere())


def _rows_only(environment: Mapping[str, str], archive: InteractionArchive) -> dict[Told, Player]:
    feedback = FeedbackPlayer(feedback_rules(environment), archive)
    return {Told.FEEDBACK: feedback, Told.METADATA: NoPlayer()}


def _functions(
    environments: Mapping[str, Mapping[str, str]], delivery: Redelivery | None
) -> dict[Told, Player]:
    """Feedback and metadata go through their functions, whose tables say what stands."""
    players: dict[Told, Player] = {Told.METADATA: NoPlayer()}
    for told, use_case in (
        (Told.FEEDBACK, "record_feedback"),
        (Told.METADATA, "record_metadata"),
    ):
        if use_case in environments:
            foresee = foresight(use_case, environments[use_case])
            players[told] = FunctionPlayer(use_case, foresee, delivery)
    return players


def _fingerprint(environments: Mapping[str, Mapping[str, str]]) -> str:
    """Of the settings by which the rules decide: with other rules it is another replay."""
    text = json.dumps({case: dict(found) for case, found in environments.items()}, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:16]
