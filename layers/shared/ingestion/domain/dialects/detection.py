"""A message in any vocabulary that we understand → a received activity, or why not.

Native activities come first and pay nothing for the others: a message is looked at again only when
it is no activity of ours. Which dialect it speaks it may say itself (`"source": "segment"`);
otherwise its shape tells.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from pydantic import ValidationError
from pydantic_core import PydanticCustomError, from_json, to_json

from ingestion.domain.dialects.reading import DialectRules, Document, as_document
from ingestion.domain.dialects.segment import read_segment
from ingestion.domain.dialects.snowplow import read_snowplow
from ingestion.domain.dialects.xapi import read_xapi
from ingestion.domain.message import Message
from ingestion.domain.parsing import (
    AnyActivity,
    ClockWindow,
    ReceivedActivity,
    broken_rule,
    parse_activity,
    received_activity,
)
from ingestion.domain.point import POINT, Dialect
from ingestion.domain.rejection import Rejection, RejectionReason

# An enriched event of Snowplow's as its pipeline writes it has 131 columns.
_TABS_OF_ENRICHED_TSV: Final = 100

_SEGMENT_CALLS: Final = frozenset({"track", "identify", "page", "screen", "group", "alias"})


@dataclass(frozen=True, slots=True)
class NotPlayback:
    """A well-formed message of a foreign tracker that tells of something else: no fault."""

    message: Message
    dialect: Dialect


type Understood = ReceivedActivity[AnyActivity] | NotPlayback | Rejection
type _Reader = Callable[[Document, DialectRules], dict[str, object] | None]

_READERS: Final[Mapping[Dialect, _Reader]] = {
    Dialect.SEGMENT: read_segment,
    Dialect.SNOWPLOW: read_snowplow,
    Dialect.XAPI: read_xapi,
}


def understand(message: Message, window: ClockWindow, rules: DialectRules) -> Understood:
    """Parse a message that is an activity of ours or speaks one of the dialects.

    Returns:
        The activity, or that it tells of no playback, or its rejection. Never raises. What speaks
        no dialect is rejected as the failed activity that it is.
    """
    parsed = parse_activity(message, window)
    if not isinstance(parsed, Rejection):
        return parsed
    if parsed.reason is RejectionReason.JSON:
        return _named(parsed)
    if parsed.reason in _NEVER_FOREIGN:
        return parsed
    document: object = from_json(message.body)
    if isinstance(document, list):
        return Rejection(message, RejectionReason.SCHEMA, _list_fault(message))
    dialect = _dialect_of(as_document(document))
    return parsed if dialect is None else _translated(message, dialect, window, rules)


# A body that is none of these is JSON and at most misses a field of ours.
_NEVER_FOREIGN: Final = frozenset(
    {
        RejectionReason.SIZE,
        RejectionReason.ENCODING,
        RejectionReason.CLOCK,
        RejectionReason.TOTALS,
    }
)


def _translated(
    message: Message, dialect: Dialect, window: ClockWindow, rules: DialectRules
) -> Understood:
    try:
        fields = _READERS[dialect](_whole_document(message), rules)
        if fields is None:
            return NotPlayback(message, dialect)
        point = POINT.validate_json(to_json(_completed(fields, message, dialect)))
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False, include_input=False)[0]
        return broken_rule(message, {**first, "loc": (dialect, *first["loc"])})
    except PydanticCustomError as error:
        return Rejection(message, RejectionReason.SCHEMA, f"{error.type}: {dialect}")
    return received_activity(message, point, window)


def _whole_document(message: Message) -> Document:
    """The message with what its carrier says of all that it carries; its own word counts."""
    own = as_document(from_json(message.body))
    if not message.common:
        return own
    common = as_document(from_json(message.common))
    context = {**as_document(common.get("context")), **as_document(own.get("context"))}
    return {**common, **own, "context": context}


def _completed(
    fields: Mapping[str, object], message: Message, dialect: Dialect
) -> dict[str, object]:
    """What every point has; a message without an id of its own is known by its bytes."""
    own = {name: value for name, value in fields.items() if value is not None}
    made = {"schema_version": "1.0", "kind": "point", "dialect": dialect}
    return {"activity_id": message.digest, **own, **made}


def _dialect_of(document: Document) -> Dialect | None:
    """What a document says it speaks, or else what it looks like; None for our own contract."""
    source = document.get("source")
    if isinstance(source, str) and source in _SOURCES:
        return _SOURCES[source]
    if "kind" in document:
        return None
    return next((dialect for dialect, fits in _SHAPES.items() if fits(document)), None)


_SOURCES: Final[Mapping[str, Dialect | None]] = {
    "native": None,
    **{str(dialect): dialect for dialect in Dialect},
}


def _looks_like_snowplow(document: Document) -> bool:
    schema = document.get("schema")
    return (
        ("e" in document and "p" in document)
        or bool(document.keys() & {"ue_pr", "ue_px", "event_vendor", "collector_tstamp"})
        or (isinstance(schema, str) and schema.startswith("iglu:"))
    )


def _looks_like_xapi(document: Document) -> bool:
    return document.keys() >= {"actor", "verb", "object"}


def _looks_like_segment(document: Document) -> bool:
    kind, event = (document.get(name) for name in ("type", "event"))
    return (isinstance(kind, str) and kind.lower() in _SEGMENT_CALLS) or (
        isinstance(event, str) and event.lower().startswith("video ")
    )


_SHAPES: Final[Mapping[Dialect, Callable[[Document], bool]]] = {
    Dialect.SNOWPLOW: _looks_like_snowplow,
    Dialect.XAPI: _looks_like_xapi,
    Dialect.SEGMENT: _looks_like_segment,
}


def _named(rejection: Rejection) -> Rejection:
    """The rejection of what is no JSON, with a name if we know what it is instead."""
    if rejection.message.body.count(b"\t") < _TABS_OF_ENRICHED_TSV:
        return rejection
    return Rejection(rejection.message, rejection.reason, "snowplow_enriched_tsv")


def _list_fault(message: Message) -> str:
    return "dict_type" if message.carrier_id is None else "nested_list"
