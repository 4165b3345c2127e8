"""From a profile or a catalogue entry to the record that the dataset's schema takes."""

import json
from copy import replace
from itertools import permutations
from typing import Any

import pytest
from ingestion.domain.dataset import Dataset
from ingestion.domain.metadata_record import (
    MAX_METADATA_BYTES,
    DatasetColumns,
    ItemColumn,
    MetadataRecord,
    UserColumn,
    derive_metadata,
    newest,
)
from ingestion.domain.rejection import Rejection, RejectionReason

from tests.support.builders import NOW_MS, a_message
from tests.support.metadata import METADATA_RULES, a_catalogue_entry, a_profile, a_record

R = RejectionReason


def derived(body: object, **rules: Any) -> MetadataRecord:
    record = derive_metadata(a_message(body), replace(METADATA_RULES, **rules))
    assert isinstance(record, MetadataRecord)
    return record


def rejected(body: object, **rules: Any) -> tuple[RejectionReason, str]:
    rejection = derive_metadata(a_message(body), replace(METADATA_RULES, **rules))
    assert isinstance(rejection, Rejection)
    return rejection.reason, rejection.detail


def properties(record: MetadataRecord) -> dict[str, Any]:
    return json.loads(record.properties)


def test_a_profile_becomes_a_user() -> None:
    """Each field under its column's name in camel case."""
    record = derived(a_profile())
    assert record.subject == (Dataset.USERS, "user-1")
    assert properties(record) == {
        "ageBand": "25-34",
        "gender": "female",
        "region": "ES-MD",
        "education": "university",
        "subscriptionModel": "premium",
    }


def test_a_catalogue_entry_becomes_an_item() -> None:
    """Genres with `|` between them, times in whole seconds, numbers as numbers."""
    record = derived(a_catalogue_entry())
    assert record.subject == (Dataset.ITEMS, "film-1")
    assert properties(record) == {
        "creationTimestamp": NOW_MS // 1000 - 86_400,
        "genres": "Drama|Comedy",
        "style": "noir",
        "price": 3.99,
        "duration": 5400.0,
        "averageRating": 4.2,
        "contentOwner": "Studio One",
        "contentClassification": "PG-13",
        "productDescription": "A quiet film about a loud town.",
    }


def test_what_is_not_known_is_left_out() -> None:
    """Null and absent are the same: a record replaces all that was known."""
    bare = {"schema_version": "1.0", "kind": "profile", "user_id": "user-1"}
    at = {"occurred_at_ms": NOW_MS}
    assert properties(derived(bare | at)) == {}
    assert derived(bare | at | {"gender": None}) == derived(bare | at)


def test_what_the_schema_does_not_declare_is_left_out() -> None:
    """A stray column would fail its whole call."""
    users = DatasetColumns(frozenset({UserColumn.REGION}), frozenset())
    assert properties(derived(a_profile(), users=users)) == {"region": "ES-MD"}


@pytest.mark.parametrize(
    ("field", "column"),
    [
        ("genres", "GENRES"),
        ("price", "PRICE"),
        ("duration_s", "DURATION"),
        ("created_at_ms", "CREATION_TIMESTAMP"),
    ],
)
def test_what_the_schema_requires_must_be_there(field: str, column: str) -> None:
    """Personalize would refuse the whole call for it."""
    assert rejected(a_catalogue_entry(**{field: None})) == (R.SCHEMA, f"missing_column: {column}")


def test_what_no_schema_requires_may_be_missing() -> None:
    """An items schema with nothing but genres takes an entry with nothing but genres."""
    items = DatasetColumns(frozenset({ItemColumn.GENRES}), frozenset({ItemColumn.GENRES}))
    entry = a_catalogue_entry(price=None, duration_s=None, created_at_ms=None)
    assert properties(derived(entry, items=items)) == {"genres": "Drama|Comedy"}


def test_a_description_is_told_on_one_line() -> None:
    """Tabs and line breaks of a text are blanks; its words stay."""
    entry = a_catalogue_entry(description=" One\r\n\r\ttwo  «tres» \n")
    assert properties(derived(entry))["productDescription"] == "One two «tres»"


@pytest.mark.parametrize(
    ("fields", "detail"),
    [
        ({"genres": []}, "too_short: catalogue.genres"),
        ({"genres": ["g"] * 51}, "too_long: catalogue.genres"),
        ({"genres": ["Drama", "Drama"]}, "categories_repeated: catalogue.genres"),
        ({"genres": [f"{n}" * 250 for n in range(4)]}, "categories_too_long: catalogue.genres"),
        ({"genres": ["Drama|Comedy"]}, "string_pattern_mismatch: catalogue.genres.0"),
        ({"genres": "Drama"}, "tuple_type: catalogue.genres"),
        ({"style": ""}, "string_too_short: catalogue.style"),
        ({"style": " noir"}, "string_pattern_mismatch: catalogue.style"),
        ({"style": "no\u0000ir"}, "string_pattern_mismatch: catalogue.style"),
        ({"style": "no\nir"}, "string_pattern_mismatch: catalogue.style"),
        ({"style": "s" * 257}, "string_too_long: catalogue.style"),
        ({"price": -1.0}, "greater_than_equal: catalogue.price"),
        ({"price": "3.99"}, "float_type: catalogue.price"),
        ({"duration_s": 0.0}, "greater_than: catalogue.duration_s"),
        ({"created_at_ms": 1.5}, "int_type: catalogue.created_at_ms"),
        ({"description": ""}, "string_too_short: catalogue.description"),
        ({"description": " \n "}, "string_pattern_mismatch: catalogue.description"),
        ({"description": "\u0007"}, "string_pattern_mismatch: catalogue.description"),
        ({"description": "d" * 20_001}, "string_too_long: catalogue.description"),
        ({"item_id": "a|b"}, "string_pattern_mismatch: catalogue.item_id"),
        ({"colour": "red"}, "extra_forbidden: catalogue"),
    ],
)
def test_what_personalize_would_refuse_is_rejected_here(
    fields: dict[str, Any], detail: str
) -> None:
    """The producer learns the rule and the place; the neighbours are not harmed."""
    assert rejected(a_catalogue_entry(**fields)) == (R.SCHEMA, detail)


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"", R.JSON),
        (b"{", R.JSON),
        (b"\x1f\x8b", R.ENCODING),
        (a_profile(schema_version="2.0"), R.SCHEMA_VERSION),
        (a_profile(kind="playback"), R.SCHEMA),
        (a_profile(user_id=None), R.IDENTITY),
        (a_profile(user_id="undefined"), R.IDENTITY),
        (a_catalogue_entry(ext={"pad": "p" * MAX_METADATA_BYTES}), R.SIZE),
        (a_profile(occurred_at_ms=NOW_MS + 300_001), R.CLOCK),
    ],
)
def test_what_is_no_metadata_is_rejected(body: object, reason: RejectionReason) -> None:
    """By the rules that hold for activities."""
    assert rejected(body)[0] is reason


def test_a_wrong_clock_cancels_out() -> None:
    """A message that tells when it was sent is dated by its arrival."""
    body = a_profile(occurred_at_ms=NOW_MS + 9_000_000, sent_at_ms=NOW_MS + 9_001_000)
    assert derived(body).occurred_at_ms == NOW_MS - 1000


def test_an_old_message_is_taken() -> None:
    """What an item is may have been true for years."""
    assert derived(a_catalogue_entry(occurred_at_ms=1)).occurred_at_ms == 1


@pytest.mark.parametrize("consent", [{"state": "denied"}, {"state": "granted", "gpc": True}])
def test_what_consent_forbids_makes_no_record(consent: dict[str, Any]) -> None:
    """A user's no is kept for what they are, as for what they do."""
    assert derive_metadata(a_message(a_profile(consent=consent)), METADATA_RULES) is None


def test_what_consent_allows_is_recorded() -> None:
    """Granted is granted."""
    assert derived(a_profile(consent={"state": "granted"})).record_id == "user-1"


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_the_newest_of_each_subject_is_found_in_every_order(order: tuple[int, ...]) -> None:
    """By time; at the same millisecond by what it says."""
    told = [a_record(at_ms=1), a_record(at_ms=2), a_record(at_ms=2, properties="{}")]
    film = a_record("user-1", 1, Dataset.ITEMS)
    expected = max(told[1:], key=lambda record: record.fingerprint)
    assert newest([*(told[index] for index in order), film]) == (expected, film)
