"""Turns the events of a PutEvents call into rows of the interactions dataset, or refuses them.

What the service model cannot say is said here: which `properties` the schema allows, which members
need a column, and what AWS takes with HTTP 200 and then loses.
"""

import json
from collections.abc import Iterator, Mapping
from enum import Enum, auto
from typing import Final, NoReturn

from local.personalize.errors import Refusal, refused
from local.personalize.quotas import Quotas
from local.personalize.schema_text import DatasetSchema
from local.personalize.service_model import Body, Json
from local.personalize.values import fits


class Undeclared(Enum):
    """What to do with a member whose column the schema does not have."""

    REFUSE = auto()
    IGNORE = auto()


# Members of `Event` that fill a column, and what happens where the schema lacks it. The developer
# guide asks for a placeholder in eventType where there is no EVENT_TYPE, so that one is ignored.
# For the others it only says that the column must be there; whether AWS refuses or drops the value
# is not documented, and refusing is what shows a producer and a schema that do not fit.
EVENT_MEMBERS: Final[Mapping[str, tuple[str, Undeclared]]] = {
    "eventType": ("EVENT_TYPE", Undeclared.IGNORE),
    "eventValue": ("EVENT_VALUE", Undeclared.REFUSE),
    "impression": ("IMPRESSION", Undeclared.REFUSE),
    "recommendationId": ("RECOMMENDATION_ID", Undeclared.REFUSE),
    "metricAttribution": ("EVENT_ATTRIBUTION_SOURCE", Undeclared.REFUSE),
}
# API model, `Event.properties`: none of these may appear, in whatever case.
FORBIDDEN_PROPERTIES: Final = frozenset(
    {"userid", "sessionid", "eventtype", "timestamp", "recommendationid", "impression"}
)
# itemId and eventValue inside `properties` are the old style, still in the guide's examples; they
# come out right by the spelling of their columns.
MAX_ITEM_ID: Final = 256

# Reports of events that were answered with 200 and never reached the dataset name a sessionId of
# "null" and odd values of sentAt (aws-sdk-js issues 3370 and 3371). The other words are what the
# usual programming errors make of a missing value.
PLACEHOLDERS: Final = frozenset(
    {"", "null", "(null)", "none", "nil", "undefined", "nan", "[object object]"}
)
EARLIEST_PLAUSIBLE_S: Final = 946_684_800  # 2000-01-01: before it lies a unit mistake
LATEST_PLAUSIBLE_S: Final = 86_400  # a day ahead of the clock: AWS's own samples are 10 minutes


def rows_of(parameters: Body, schema: DatasetSchema, quotas: Quotas) -> list[Body]:
    """Turns every event of a call into a row by column name.

    One bad event refuses the call. That a call is atomic is not documented; nothing in the answer
    could tell a caller which of its events were taken, so this is the safe reading.

    Raises:
        EmulatedError: InvalidInputException for the first event that cannot be a row.
    """
    return [
        EventReader(number, schema, quotas).row(event)
        for number, event in enumerate(parameters["eventList"], start=1)
    ]


def suspicions(parameters: Body, now: float) -> Iterator[str | None]:
    """Yields for each event why AWS would drop it in silence, or None if it would not."""
    for member in ("sessionId", "userId"):
        if is_placeholder(parameters.get(member, "given")):
            yield from [f"placeholder_{member}"] * len(parameters["eventList"])
            return
    for event in parameters["eventList"]:
        yield suspicion(event, now)


def suspicion(event: Body, now: float) -> str | None:
    """Says why AWS would drop one event in silence, or None if it would not."""
    if is_placeholder(event.get("itemId", "given")):
        return "placeholder_itemId"
    if not EARLIEST_PLAUSIBLE_S <= event["sentAt"] <= now + LATEST_PLAUSIBLE_S:
        return "implausible_sentAt"
    return None


def is_placeholder(text: Json) -> bool:
    """Tells whether an id is what a program writes when it has none."""
    return text is not None and text.strip().lower() in PLACEHOLDERS


class EventReader:
    """Reads one event against the schema of its dataset."""

    def __init__(self, number: int, schema: DatasetSchema, quotas: Quotas) -> None:
        self._where = f"eventList.{number}.member"
        self._schema = schema
        self._quotas = quotas

    def row(self, event: Body) -> Body:
        """Turns the event into a row.

        Raises:
            EmulatedError: InvalidInputException naming the member, never its value.
        """
        self._check_size(event)
        row = self._properties(event.get("properties"))
        for member in ("itemId", *EVENT_MEMBERS):
            value = event.get(member)
            if value is not None:
                self._set_member(row, member, value)
        if not row.get("ITEM_ID"):
            self._refuse(Refusal.MISSING_ITEM_ID, "itemId", "every interaction needs an item id")
        row["TIMESTAMP"] = int(event["sentAt"])
        self._check_complete(row)
        return row

    def _check_size(self, event: Body) -> None:
        size = len(json.dumps(event, ensure_ascii=False, separators=(",", ":")).encode())
        if size > self._quotas.event_bytes:
            text = f"an event may have {self._quotas.event_bytes} bytes"
            self._refuse(Refusal.EVENT_TOO_LARGE, "", text)

    def _set_member(self, row: Body, member: str, value: Json) -> None:
        column, undeclared = EVENT_MEMBERS.get(member, ("ITEM_ID", Undeclared.REFUSE))
        if column in self._schema.by_name:
            row[column] = column_value(member, value)
        elif undeclared is Undeclared.REFUSE:
            text = f"the schema has no column {column}"
            self._refuse(Refusal.UNDECLARED_COLUMN, member, text)

    def _properties(self, text: str | None) -> Body:
        if text is None:
            return {}
        return dict(self._property(name, value) for name, value in self._parsed(text).items())

    def _parsed(self, text: str) -> Body:
        try:
            properties = json.loads(text, parse_constant=refuse_constant)
        except (ValueError, RecursionError):
            properties = None
        if not isinstance(properties, dict):
            # The first words are AWS's own, seen in aws-sdk-js issue 2773.
            text = "Error parsing properties json: it must be a JSON object"
            self._refuse(Refusal.PROPERTIES_NOT_JSON, "properties", text)
        return properties

    def _property(self, name: str, value: Json) -> tuple[str, Json]:
        if name.lower() in FORBIDDEN_PROPERTIES:
            self._refuse(Refusal.FORBIDDEN_PROPERTY, "properties", f"{name} may not be in it")
        column = self._schema.by_property.get(name)
        if column is None:
            text = "it has a key that is no column of the schema in camel case"
            self._refuse(Refusal.UNKNOWN_PROPERTY, "properties", text)
        if not fits(column, value, longest_category=self._quotas.categorical_characters):
            text = f"{name} is not what the schema declares for {column.name}"
            self._refuse(Refusal.WRONG_PROPERTY_TYPE, "properties", text)
        if column.name == "ITEM_ID" and len(value) > MAX_ITEM_ID:
            text = f"{name} is longer than {MAX_ITEM_ID}"
            self._refuse(Refusal.MODEL_CONSTRAINT, "properties", text)
        return column.name, value

    def _check_complete(self, row: Body) -> None:
        for column in self._schema.columns:
            if not column.nullable and column.name != "USER_ID" and row.get(column.name) is None:
                text = f"the schema's column {column.name} cannot be null"
                self._refuse(Refusal.MISSING_COLUMN, "", text)

    def _refuse(self, reason: Refusal, member: str, text: str) -> NoReturn:
        where = f"{self._where}.{member}".rstrip(".")
        raise refused(reason, f"Invalid event at '{where}': {text}.")


def column_value(member: str, value: Json) -> Json:
    """Writes a member as the dataset's column has it: impressions are joined by a bar."""
    if member == "impression":
        return "|".join(value)
    if member == "metricAttribution":
        return value["eventAttributionSource"]
    return value


def refuse_constant(name: str) -> NoReturn:
    """Refuses NaN and the infinities, which Python's parser would take."""
    raise ValueError(name)
