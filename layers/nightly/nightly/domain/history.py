"""Interactions of the time before: what a file of them must tell, and the manifest of an import."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any, Final, Self

from nightly.domain.column_mapping import (
    ColumnMapping,
    Constant,
    Joined,
    Kind,
    texts_of,
)
from nightly.domain.columns import require_words
from nightly.domain.days import Day
from nightly.domain.errors import UnusableError
from nightly.domain.mapping_text import read_mapping
from nightly.domain.rules import EVENT_TYPES

HISTORY: Final = "history"
MANIFEST_SUFFIX: Final = ".manifest.json"
_FORMAT: Final = 1
_NAME_CHARACTERS: Final = frozenset("abcdefghijklmnopqrstuvwxyz0123456789-")
_LONGEST_NAME: Final = 40

FIELDS: Final[Mapping[str, Kind]] = {
    "user_id": Kind.TEXT,
    "item_id": Kind.TEXT,
    "timestamp": Kind.TIME,
    "event_type": Kind.TEXT,
    "event_value": Kind.NUMBER,
    "guest_id": Kind.TEXT,
    "visit_id": Kind.TEXT,
    "recommendation_id": Kind.TEXT,
    "impressions": Kind.TEXT,
    "event_source": Kind.TEXT,
    "unique_s": Kind.NUMBER,
    "watch_time_s": Kind.NUMBER,
    "duration_s": Kind.NUMBER,
    "completion": Kind.NUMBER,
}
_REQUIRED: Final = ("item_id", "timestamp", "event_type")
_VIEWERS: Final = ("user_id", "guest_id", "visit_id")

# MovieLens: whoever rates a film has seen it; the likes are those of the template's LikeRating and
# DislikeRating. Personalize: the columns of an interactions dataset, as an export names them.
PRESETS: Final[Mapping[str, str]] = {
    "movielens": (
        'user_id=userId,item_id=movieId,timestamp=timestamp,event_type="Watch",event_value=rating/5'
    ),
    "movielens-likes": (
        "user_id=userId,item_id=movieId,timestamp=timestamp,"
        'event_type="Like" if rating >= 3.75 else "Dislike" if rating <= 1.25 else skip'
    ),
    "personalize": (
        "user_id=USER_ID,item_id=ITEM_ID,timestamp=TIMESTAMP,event_type=EVENT_TYPE,"
        "event_value=EVENT_VALUE?,recommendation_id=RECOMMENDATION_ID?,impressions=IMPRESSION?,"
        "event_source=EVENT_ATTRIBUTION_SOURCE?"
    ),
}


def history_mapping(preset: str | None, text: str, context: tuple[str, ...]) -> ColumnMapping:
    """The mapping of an import: a preset, and what is said beside it or instead.

    Args:
        preset: A name of `PRESETS`.
        text: See `mapping_text`; its fields are `FIELDS` and the context columns.
        context: Names of the schema's own columns.

    Raises:
        UnusableError: A field that an interaction cannot be without is missing, or an event type
            is none.
    """
    require_words(context)
    fields = dict(FIELDS) | dict.fromkeys(context, Kind.TEXT)
    mapping = dict(read_mapping(PRESETS[preset], fields)) if preset else {}
    if preset == "personalize":
        mapping |= read_mapping(",".join(f"{name}={name}?" for name in context), fields)
    mapping |= read_mapping(text, fields)
    missing = [name for name in _REQUIRED if name not in mapping]
    if not mapping.keys() & set(_VIEWERS):
        missing.insert(0, " or ".join(_VIEWERS))
    if missing:
        error = f"the mapping says nothing of {', '.join(missing)}"
        raise UnusableError(error)
    _require_event_types(mapping)
    return mapping


def _require_event_types(mapping: ColumnMapping) -> None:
    for text in texts_of(mapping["event_type"]):
        match text:
            case Joined((Constant(name),)) if name not in EVENT_TYPES:
                error = f"event types are {', '.join(EVENT_TYPES)}; any other text is a column"
                raise UnusableError(error)
            case _:
                continue


def require_name(name: str) -> None:
    """Raise UnusableError unless this can be the name of a history: it stands in keys."""
    if not 1 <= len(name) <= _LONGEST_NAME or not set(name) <= _NAME_CHARACTERS:
        error = f"a name has 1 to {_LONGEST_NAME} of a-z, 0-9 and -"
        raise UnusableError(error)


@dataclass(frozen=True, slots=True)
class HistoryFile:
    """A file that was read.

    Attributes:
        sha256: Of its bytes.
        lines: That are not empty; 0 for Parquet, which has none.
    """

    size_bytes: int
    sha256: str
    lines: int


def content_digest(files: Iterable[HistoryFile]) -> str:
    """The same for the same contents, whatever the files are called."""
    return hashlib.sha256("\n".join(sorted(file.sha256 for file in files)).encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Place:
    """Where a first row of an outcome stands: the file, and the row as a spreadsheet counts."""

    file: str
    row: int


@dataclass(frozen=True, slots=True)
class HistoryManifest:
    """An import that is done: written last, and only what it names is there.

    Attributes:
        day: Of the import: the day under which builds take its interactions.
        file: The Parquet file, as a key of the clean layer.
        content: Digest of the files that were read.
        definition: Digest of mapping and statements.
        outcomes: Rows of the files by outcome; `ok` are the interactions of this import.
        first: Where the first row of each outcome but `ok` stands.
        context: Context columns of the file.
    """

    name: str
    day: Day
    file: str
    content: str
    definition: str
    outcomes: Mapping[str, int]
    first: Mapping[str, Place]
    context: tuple[str, ...]

    @property
    def interactions(self) -> int:
        """Rows of the file."""
        return self.outcomes.get("ok", 0)

    @property
    def key(self) -> str:
        """Where the manifest is."""
        return f"{HISTORY}/{self.name}/{self.content[:16]}{MANIFEST_SUFFIX}"

    def as_dict(self) -> dict[str, Any]:
        """As JSON carries it."""
        content = asdict(self) | {"format": _FORMAT, "day": str(self.day)}
        return content | {"interactions": self.interactions, "context": list(self.context)}

    def to_json(self) -> bytes:
        """As it is stored."""
        return json.dumps(self.as_dict(), indent=2, sort_keys=True).encode() + b"\n"

    @classmethod
    def from_json(cls, text: bytes) -> Self:
        """Read it.

        Raises:
            UnusableError: It is none of ours.
        """
        content = json.loads(text)
        if content.get("format") != _FORMAT:
            error = "the manifest of a history has another format"
            raise UnusableError(error)
        first = {outcome: Place(**place) for outcome, place in content["first"].items()}
        return cls(
            content["name"],
            Day.named(content["day"]),
            content["file"],
            content["content"],
            content["definition"],
            content["outcomes"],
            first,
            tuple(content["context"]),
        )
