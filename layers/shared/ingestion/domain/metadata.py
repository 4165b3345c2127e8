"""Metadata, version 1: what applications tell us of users and items; a contract like `activity`.

A message is the whole of what is known of a user or an item: it replaces what was told before, and
what it leaves out is no longer known. The later one stands, whatever the order of delivery.
"""

from typing import Annotated, Final, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, JsonValue, TypeAdapter
from pydantic_core import PydanticCustomError

from ingestion.domain.activity import Consent, Duration, Source
from ingestion.domain.identifiers import Identifier, ViewerIdentifier

# Personalize: a categorical value has at most 1,000 characters, with `|` between its categories
# (guide, "Users dataset requirements", "Items dataset requirements").
MAX_CATEGORICAL_CHARACTERS: Final = 1000
MAX_CATEGORIES: Final = 50

# Personalize: at most 20,000 characters of a textual value are used (guide, items metadata).
MAX_TEXTUAL_CHARACTERS: Final = 20_000

# No `|`, which separates categories; no control character, which would break the line of a CSV
# file; no blank at either end, which would make another category of it that looks the same.
CATEGORY_PATTERN: Final = (
    r"^[^\x00-\x20\x7f-\xa0\u2028\u2029|]"
    r"([^\x00-\x1f\x7f-\x9f\u2028\u2029|]*[^\x00-\x20\x7f-\xa0\u2028\u2029|])?$"
)

# Tabs and line breaks stand in many a description, and are told to Personalize as blanks.
_PLAIN: Final = r"[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]*"
TEXT_PATTERN: Final = rf"^{_PLAIN}[^\x00-\x20\x7f-\xa0]{_PLAIN}$"

# The end of the year 9999, beyond which no date can be written.
_LAST_MS: Final = 253_402_300_799_999


def _fit_in_one_column(categories: tuple[str, ...]) -> tuple[str, ...]:
    if len("|".join(categories)) > MAX_CATEGORICAL_CHARACTERS:
        error = "categories_too_long"
        raise PydanticCustomError(error, "categories are longer than 1,000 characters, joined")
    if len(set(categories)) < len(categories):
        error = "categories_repeated"
        raise PydanticCustomError(error, "a category stands there twice")
    return categories


type Category = Annotated[str, Field(min_length=1, max_length=256, pattern=CATEGORY_PATTERN)]
type Categories = Annotated[
    tuple[Category, ...],
    Field(min_length=1, max_length=MAX_CATEGORIES),
    AfterValidator(_fit_in_one_column),
]
type Text = Annotated[
    str, Field(min_length=1, max_length=MAX_TEXTUAL_CHARACTERS, pattern=TEXT_PATTERN)
]
type Amount = Annotated[float, Field(ge=0, le=1e9, allow_inf_nan=False)]
type PointInTime = Annotated[int, Field(ge=0, le=_LAST_MS)]


class _Metadata(BaseModel):
    """What both kinds carry; closed like every contract of ours."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)

    schema_version: Annotated[str, Field(pattern=r"^1\.\d{1,3}$")]
    occurred_at_ms: PointInTime
    sent_at_ms: PointInTime | None = None
    source: Source | None = None
    ext: dict[str, JsonValue] | None = None


class Profile(_Metadata):
    """Who a user is, as coarsely as it helps: bands and regions, not birthdays and addresses.

    A profile with nothing but the id makes Personalize know nothing more of the user.
    """

    kind: Literal["profile"]
    user_id: ViewerIdentifier
    consent: Consent | None = None
    age_band: Category | None = None
    gender: Category | None = None
    region: Category | None = None
    education: Category | None = None
    subscription: Category | None = None

    @property
    def is_private(self) -> bool:
        """Whether the user forbade that we make anything of it."""
        return self.consent is not None and self.consent.forbids


class CatalogueEntry(_Metadata):
    """What an item is.

    Attributes:
        price: In one currency for the whole catalogue; 0 when it costs nothing.
        created_at_ms: When it came into the catalogue, or will: what tells new items.
        description: Plain text for people.
        average_rating: Where the item stands on the service's own scale.
    """

    kind: Literal["catalogue"]
    item_id: Identifier
    genres: Categories | None = None
    style: Category | None = None
    price: Amount | None = None
    duration_s: Duration | None = None
    created_at_ms: PointInTime | None = None
    description: Text | None = None
    average_rating: Amount | None = None
    content_owner: Category | None = None
    content_classification: Category | None = None


type Metadata = Annotated[Profile | CatalogueEntry, Field(discriminator="kind")]

METADATA: Final[TypeAdapter[Profile | CatalogueEntry]] = TypeAdapter(Metadata)
