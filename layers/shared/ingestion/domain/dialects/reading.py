"""What the readers of all dialects share: tolerant types, and the rules that an operator sets.

Foreign messages are read leniently in form (numbers as text, `""` for nothing) and never in
meaning: what is read becomes a `PointActivity`, which is as strict as our own contract.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from math import isfinite
from typing import Annotated, Final, cast

from pydantic import BaseModel, BeforeValidator, ConfigDict

type Document = Mapping[str, object]

# The last segment of a path, never the host; linear on any input, as each segment is tried once.
LAST_SEGMENT: Final = r"(?:^|(?<!:/)/)([^/?#]+)/*(?:[?#].*)?$"


@dataclass(frozen=True, slots=True)
class DialectRules:
    """What differs from one installation of a foreign tracker to the next.

    Attributes:
        segment_visit_field: Dotted path to the visit in a Segment message.
        snowplow_item_path: `vendor/name:path` of the item id in a custom entity, or `label`;
            empty when nobody said where Snowplow's items are.
        xapi_item_pattern: Searched in an xAPI object's id; its first group is the item id.
    """

    segment_visit_field: str = "anonymousId"
    snowplow_item_path: str = ""
    xapi_item_pattern: re.Pattern[str] = re.compile(LAST_SEGMENT)


class ForeignModel(BaseModel):
    """A part of a foreign message: what we do not read may be anything."""

    model_config = ConfigDict(
        extra="ignore", frozen=True, coerce_numbers_to_str=True, defer_build=True
    )


def _none_if_blank(value: object) -> object:
    return None if value == "" else value


type Text = Annotated[str | None, BeforeValidator(_none_if_blank)]
type Amount = Annotated[float | None, BeforeValidator(_none_if_blank)]
type Flag = Annotated[bool | None, BeforeValidator(_none_if_blank)]
type Moment = Annotated[datetime | None, BeforeValidator(_none_if_blank)]


class Recommendation(ForeignModel):
    """What ties a viewing to the answer that showed the item; checked by `PointActivity`."""

    recommendation_id: Text = None
    impressions: tuple[str, ...] | None = None
    event_source: Text = None

    def fields(self) -> dict[str, object]:
        """The fields as an activity has them."""
        return {
            "recommendation_id": self.recommendation_id,
            "impressions": self.impressions or (),
            "event_source": self.event_source,
        }


def epoch_ms(moment: datetime | None) -> int | None:
    """Epoch milliseconds; a time without a zone is UTC, as ISO 8601 from servers mostly is."""
    if moment is None:
        return None
    aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return round(aware.timestamp() * 1000)


def duration(seconds: float | None, *, is_live: bool | None) -> float | None:
    """The length of the content, or None: 0, NaN and Infinity are what players say of unknown."""
    if is_live or seconds is None or not isfinite(seconds) or seconds <= 0:
        return None
    return seconds


def rate(value: float | None) -> float | None:
    """The rate of playing, or None for what is no rate (0 stands for standing still)."""
    return value if value is not None and isfinite(value) and value > 0 else None


def at_path(value: object, path: str) -> object:
    """What stands at a dotted path of keys (and numbers in lists), or None."""
    for name in path.split("."):
        if isinstance(value, dict):
            value = as_document(value).get(name)  # pyright: ignore[reportUnknownArgumentType]
        elif name.isdecimal():
            value = next(iter(as_list(value)[int(name) :]), None)
        else:
            return None
    return value


def as_document(value: object) -> Document:
    """A JSON object as such; what is none is as good as an empty one."""
    return cast("Document", value) if isinstance(value, dict) else {}


def as_list(value: object) -> Sequence[object]:
    """A JSON array as such; what is none is as good as an empty one."""
    return cast("Sequence[object]", value) if isinstance(value, list) else ()
