"""What a function would make of a message, by the rules of this checkout and its own settings.

So nothing is given back only to be rejected again, and a dry run says what would happen.
"""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Final

from ingestion.application.deriving import derive_all, unpack_all
from ingestion.application.playback_rules import PlaybackRules
from ingestion.application.record_feedback import FeedbackRules, derive_feedback
from ingestion.application.record_playback import derive_playback
from ingestion.domain.errors import MisconfiguredError
from ingestion.domain.message import Message
from ingestion.domain.metadata_record import MetadataRules, derive_metadata
from ingestion.domain.rejection import Rejection
from ingestion.settings.record_feedback import RecordFeedbackSettings
from ingestion.settings.record_metadata import RecordMetadataSettings
from ingestion.settings.record_playback import RecordPlaybackSettings
from pydantic import ValidationError

type Foresight = Callable[[Message], Rejection | None]
type Environment = Mapping[str, str]


def playback_rules(environment: Environment) -> PlaybackRules:
    """The rules of `record_playback` by the variables of its function."""
    settings = RecordPlaybackSettings.model_validate(environment)
    return PlaybackRules(settings.window, settings.thresholds, settings.columns, settings.dialects)


def feedback_rules(environment: Environment) -> FeedbackRules:
    """The rules of `record_feedback` by the variables of its function."""
    settings = RecordFeedbackSettings.model_validate(environment)
    return FeedbackRules(
        settings.window,
        settings.feedback_thresholds,
        settings.columns,
        settle_delay_s=settings.settle_delay_s,
        sends_dislikes=settings.dislike_as_interaction,
        keeps_words=settings.archive_comment_text,
    )


def metadata_rules(environment: Environment) -> MetadataRules:
    """The rules of `record_metadata` by the variables of its function."""
    return RecordMetadataSettings.model_validate(environment).rules


def foresight(use_case: str, environment: Environment) -> Foresight:
    """Who foretells what the function of a use case would do.

    Raises:
        MisconfiguredError: Its variables are none that this checkout understands.
    """
    try:
        return _MAKERS[use_case](environment)
    except ValidationError as error:
        message = f"{use_case} is deployed with settings of another version: {error}"
        raise MisconfiguredError(message) from None


def _of_playback(environment: Environment) -> Foresight:
    rules = playback_rules(environment)

    def foresee(message: Message) -> Rejection | None:
        """A record that carries many is worth giving back for the sake of one."""
        batch = derive_all(unpack_all([message]), partial(derive_playback, rules=rules))
        are_all_bad = len(batch.rejections) == len(batch.messages)
        return batch.rejections[0] if are_all_bad else None

    return foresee


def _of_feedback(environment: Environment) -> Foresight:
    rules = feedback_rules(environment)

    def foresee(message: Message) -> Rejection | None:
        batch = derive_all([message], partial(derive_feedback, rules=rules))
        return next(iter(batch.rejections), None)

    return foresee


def _of_metadata(environment: Environment) -> Foresight:
    rules = metadata_rules(environment)

    def foresee(message: Message) -> Rejection | None:
        derived = derive_metadata(message, rules)
        return derived if isinstance(derived, Rejection) else None

    return foresee


_MAKERS: Final[Mapping[str, Callable[[Environment], Foresight]]] = {
    "record_playback": _of_playback,
    "record_feedback": _of_feedback,
    "record_metadata": _of_metadata,
}
