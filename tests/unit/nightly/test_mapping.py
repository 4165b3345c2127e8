"""A mapping says how columns of somebody else's file become ours; it is read, never executed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from nightly.domain.column_mapping import (
    Amount,
    Choice,
    Column,
    Comparison,
    Constant,
    Instant,
    Joined,
    Kind,
    Scaled,
    Skip,
    Unit,
    columns_of,
    places_of,
    texts_of,
)
from nightly.domain.errors import UnusableError
from nightly.domain.history import FIELDS, PRESETS, history_mapping, require_name
from nightly.domain.mapping_sql import as_sql
from nightly.domain.mapping_text import read_mapping

KINDS = {"t": Kind.TEXT, "n": Kind.NUMBER, "at": Kind.TIME}
RATING = Column("rating")
NEEDED = "user_id=u,item_id=i,timestamp=t"


@pytest.mark.parametrize(
    ("text", "expression"),
    [
        ("t=userId", Joined((Column("userId"),))),
        ("t = [user id] ", Joined((Column("user id"),))),
        ("t=USER_ID?", Joined((Column("USER_ID", may_lack=True),))),
        ('t="film-"+movieId', Joined((Constant("film-"), Column("movieId")))),
        ("t=skip", Skip()),
        (
            't="Like" if rating >= 4 else skip',
            Choice(Comparison(RATING, ">=", 4.0), Joined((Constant("Like"),)), Skip()),
        ),
        (
            't=a if rating < -1.5 else b if action = "play" else c',
            Choice(
                Comparison(RATING, "<", -1.5),
                Joined((Column("a"),)),
                Choice(
                    Comparison(Column("action"), "=", "play"),
                    Joined((Column("b"),)),
                    Joined((Column("c"),)),
                ),
            ),
        ),
        (
            "t=a if rating != 2 else skip",
            Choice(Comparison(RATING, "!=", 2.0), Joined((Column("a"),)), Skip()),
        ),
        ("n=0.5", Amount(0.5)),
        ("n=-2", Amount(-2.0)),
        ("n=rating", Scaled(RATING)),
        ("n=rating/5", Scaled(RATING, by=5.0)),
        ("n=rating*0.2", Scaled(RATING, times=0.2)),
        ("n=(rating-1)/4", Scaled(RATING, plus=-1.0, by=4.0)),
        ("n=(rating+1)", Scaled(RATING, plus=1.0)),
        ("at=1700000000", Amount(1_700_000_000_000.0)),
        ("at=ts", Instant(Column("ts"), Unit.SECONDS)),
        ("at=s(ts)", Instant(Column("ts"), Unit.SECONDS)),
        ("at=ms(ts?)", Instant(Column("ts", may_lack=True), Unit.MILLISECONDS)),
        ("at=iso([at])", Instant(Column("at"), Unit.ISO)),
    ],
)
def test_what_can_be_said(text: str, expression: object) -> None:
    """Columns, constants, joined texts, choices, scaled numbers, times."""
    assert list(read_mapping(text, KINDS).values()) == [expression]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("x=a", "before character 3: x is no field; there are t, n, at"),
        ("t=a,t=b", "t is twice"),
        ("t", "expected ="),
        ("t=", "expected a column"),
        ("=", "expected a field"),
        ("t=a b", "a comma, or the end"),
        ("t=a;DROP TABLE x", "cannot be read"),
        ("t=a'b", "cannot be read"),
        ("t=if", "write [if]"),
        ('t="a" if b', "expected a comparison"),
        ('t="a" if b / 2 else skip', "expected a comparison before it"),
        ('t="a" if b > "x" else skip', "expected a number"),
        ('t="a" if b > 1', "expected else"),
        ("n=rating/0", "divide by 0"),
        ("n=(rating*2)", "expected + or -"),
        ("n=(rating-2", "expected )"),
        ("n=rating/x", "expected a number"),
        ("at=h(ts)", "s(column), ms(column) or iso(column)"),
        ("t=" + "a" * 4000, "at most 4000 characters"),
        ("t=" + "a if b>1 else " * 60 + "c", "more than 50 choices"),
    ],
)
def test_what_cannot_be_read_is_told_with_its_place(text: str, told: str) -> None:
    """Before a file is opened."""
    with pytest.raises(UnusableError) as error:
        read_mapping(text, KINDS)
    assert told in str(error.value)


@given(st.text(alphabet="atn=,\"[]()+-*/<>! ifelskp0123456789.?'", max_size=60))
def test_no_text_breaks_the_reader(text: str) -> None:
    """It is a mapping or it is refused."""
    try:
        mapping = read_mapping(text, KINDS)
    except UnusableError:
        return
    assert set(mapping) <= set(KINDS)


@given(st.text(max_size=20).filter(lambda text: '"' not in text))
def test_a_constant_stays_a_text_in_sql(text: str) -> None:
    """Whatever stands in quotes cannot end them."""
    sql = as_sql(Joined((Constant(text),)), {})
    assert sql[0] == sql[-1] == "'"
    assert "'" not in sql[1:-1].replace("''", "")


def test_columns_stand_in_sql_by_number() -> None:
    """The name of a column is somebody else's text."""
    hostile = Column("x'; DROP TABLE y --")
    places = {hostile.name: 3}
    both = Joined((hostile, Column("gone", may_lack=True)))
    assert as_sql(both, places) == "c3 || CAST(NULL AS VARCHAR)"
    assert as_sql(Amount(0.5), places) == "CAST('0.5' AS DOUBLE)"
    assert "DROP" not in as_sql(Choice(Comparison(hostile, "!=", "a"), both, Skip()), places)


def test_all_columns_are_found() -> None:
    """Also those of choices."""
    text = 't=a if b = "x" else c + d if e > 1 else skip,n=(f-1)/2,at=ms(g)'
    mapping = read_mapping(text, KINDS)
    found = [column.name for each in mapping.values() for column in columns_of(each)]
    assert sorted(found) == list("abcdefg")
    assert list(columns_of(Amount(1.0))) == []
    assert len(list(texts_of(mapping["t"]))) == 2
    assert list(texts_of(Amount(1.0))) == []


def test_the_columns_have_to_be_in_the_file() -> None:
    """Once each; the header itself is not repeated, as it may be a person's row."""
    mapping = read_mapping("t=a,n=b?", KINDS)
    assert places_of(mapping, ("x", "a"), "f.csv") == {"x": 0, "a": 1}
    with pytest.raises(UnusableError, match=r"f.csv has no column a in its first row of 1 names"):
        places_of(mapping, ("secret",), "f.csv")
    with pytest.raises(UnusableError, match="two columns a"):
        places_of(mapping, ("a", "a"), "f.csv")


@pytest.mark.parametrize("preset", PRESETS)
def test_a_preset_is_a_whole_mapping(preset: str) -> None:
    """And what is said beside it goes before it."""
    mapping = history_mapping(preset, 'item_id="film-"+x', ())
    assert mapping.keys() >= {"user_id", "item_id", "timestamp", "event_type"}
    assert mapping["item_id"] == Joined((Constant("film-"), Column("x")))


def test_an_export_has_the_schemas_own_columns() -> None:
    """If they are there."""
    mapping = history_mapping("personalize", "", ("DEVICE_TYPE",))
    assert mapping["DEVICE_TYPE"] == Joined((Column("DEVICE_TYPE", may_lack=True),))


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("item_id=i", "nothing of user_id or guest_id or visit_id, timestamp, event_type"),
        (f'{NEEDED},event_type="watch"', "event types are Click, Watch"),
        (f'{NEEDED},event_type="Seen" if a > 1 else skip', "event types are"),
    ],
)
def test_an_interaction_needs_somebody_something_and_a_time(text: str, told: str) -> None:
    """And a type that there is."""
    with pytest.raises(UnusableError, match=told):
        history_mapping(None, text, ())


def test_an_event_type_may_come_from_the_file() -> None:
    """Its rows are checked one by one then."""
    mapping = history_mapping(None, f"{NEEDED},event_type=kind", ())
    assert set(mapping) <= set(FIELDS)


@pytest.mark.parametrize("name", ["", "a" * 41, "a/b", "..", "Ä", "A"])
def test_a_name_stands_in_keys(name: str) -> None:
    """So it has few characters."""
    with pytest.raises(UnusableError, match="a name has"):
        require_name(name)
