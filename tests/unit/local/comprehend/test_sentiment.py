"""What the words of comments about films are judged to say."""

import json
import re
from collections.abc import Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from local.comprehend.sentiment import LABELS, judge, weigh
from local.comprehend.spanish import WORDS, SpanishAnalyzer
from tests.unit.local.comprehend.film_comments import HELD_OUT, TABLE, FilmComment

STRENGTHS = st.floats(min_value=0, max_value=20)
# Words of every day and of the cinema that say nothing about whether somebody liked it.
PLAIN_SPANISH = re.findall(
    r"\w+",
    """
sobre parte peso pesar paso caso cosa noche día serie hora año vez dos mundo vida hombre mujer hijo
historia guion director actriz personaje escena principio música fotografía episodio temporada ver
visto mirar ponen viernes marzo cine tren subtítulos doblada versión idioma dura empieza termina
estrena dónde cuándo mitad lugar ciudad país guerra policía trabajo dinero luz color negro grande
nuevo viejo largo primero último tres diez decir hace puede quiere sabe deja queda llega sigue amor
muerte sangre terror comedia drama suspense acción cuenta trata solo
""",
)


def right_ones(comments: Iterable[FilmComment]) -> int:
    """Counts the comments whose label comes out as a person would give it."""
    return sum(judge(comment.text, comment.language).label == comment.label for comment in comments)


@pytest.mark.parametrize("comment", [each for each in TABLE if each.clear], ids=lambda c: c.text)
def test_clear_comments_get_the_label_a_person_would_give(comment: FilmComment) -> None:
    """Praise, blame, negation, emphasis, emoji, questions and mixed feelings."""
    assert judge(comment.text, comment.language).label == comment.label


@pytest.mark.parametrize(("language", "in_table", "held_out"), [("en", 26, 8), ("es", 30, 11)])
def test_the_measured_share_is_what_we_say(language: str, in_table: int, held_out: int) -> None:
    """Of 30 comments that were looked at and 12 that were not, this many are right."""
    assert right_ones(each for each in TABLE if each.language == language) == in_table
    assert right_ones(each for each in HELD_OUT if each.language == language) == held_out


@given(favour=STRENGTHS, disfavour=STRENGTHS)
def test_scores_are_shares_of_one(favour: float, disfavour: float) -> None:
    """All four are there, none is negative, and the largest gives the label."""
    judgement = weigh(favour, disfavour)

    assert list(judgement.scores) == list(LABELS)
    assert min(judgement.scores.values()) >= 0
    assert sum(judgement.scores.values()) == pytest.approx(1)
    assert judgement.scores[judgement.label.title()] == max(judgement.scores.values())


@given(favour=STRENGTHS, disfavour=STRENGTHS, more=STRENGTHS)
def test_more_favour_never_makes_a_text_less_positive(
    favour: float, disfavour: float, more: float
) -> None:
    """Nor more negative; and the other way round for disfavour."""
    before, after = weigh(favour, disfavour).scores, weigh(favour + more, disfavour).scores

    assert after["Positive"] >= before["Positive"] - 1e-9
    assert after["Negative"] <= before["Negative"] + 1e-9
    mirrored = weigh(disfavour, favour).scores
    assert mirrored["Negative"] == pytest.approx(before["Positive"])


@given(weaker=STRENGTHS, stronger=STRENGTHS)
def test_mixed_needs_both_sides(weaker: float, stronger: float) -> None:
    """The weaker side has at least a third of the stronger one, and neither is faint."""
    judgement = weigh(min(weaker, stronger), max(weaker, stronger))

    if judgement.label == "MIXED":
        assert 3 * min(weaker, stronger) >= max(weaker, stronger) - 1e-9
        assert min(weaker, stronger) >= 0.07


def test_a_text_without_any_word_is_neutral() -> None:
    """Nothing speaks for or against it."""
    assert judge("   ", "en").scores == {
        "Positive": 0.0,
        "Negative": 0.0,
        "Neutral": 1.0,
        "Mixed": 0.0,
    }


@pytest.mark.parametrize(
    ("weaker", "stronger"),
    [
        ("Buena.", "¡Buenísima!"),
        ("Me gustó.", "Me gustó MUCHO!!!"),
        ("Es algo lenta.", "Es muy lenta."),
        ("Es un poco aburrida.", "Es aburridaaaa!!"),
    ],
)
def test_emphasis_counts_in_spanish(weaker: str, stronger: str) -> None:
    """Superlatives, capitals, exclamation marks, boosters and drawn-out letters."""
    before, after = judge(weaker, "es"), judge(stronger, "es")

    assert before.label == after.label != "NEUTRAL"
    assert after.scores["Neutral"] < before.scores["Neutral"]


@pytest.mark.parametrize(
    ("written", "plainly"),
    [
        ("Me encantó la película, es increíble", "Me encanto la pelicula, es increible"),
        ("Me aburrió muchísimo", "Me aburrio muchisimo"),
        ("Fue un desastre, qué lástima", "Fue un desastre, que lastima"),
    ],
)
def test_spanish_without_accents_is_understood(written: str, plainly: str) -> None:
    """Many write so, and a decomposed accent is the same letter."""
    assert judge(written, "es").label == judge(plainly, "es").label != "NEUTRAL"
    assert judge(written.replace("ó", "o\u0301"), "es") == judge(written, "es")


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("Sin duda la mejor película del año", "POSITIVE"),
        ("No, me encantó", "POSITIVE"),
        ("No me gustó nada, es aburrida", "NEGATIVE"),
        ("Tampoco me gustó", "NEGATIVE"),
        ("Nunca me aburre", "POSITIVE"),
        ("Poco interesante", "NEGATIVE"),
        ("No hay nada bueno", "NEGATIVE"),
        ("Nunca vi nada interesante", "NEGATIVE"),
        ("NO me gusta nada no la recomiendo", "NEGATIVE"),
        ("Nada mal", "POSITIVE"),
        ("😡", "NEGATIVE"),
        ("👎🏽", "NEGATIVE"),
        ("❤️👍🏽", "POSITIVE"),
        (":(", "NEGATIVE"),
    ],
)
def test_the_grammar_that_turns_words_round(text: str, label: str) -> None:
    """Negations far and near, what only looks like one, and signs without words."""
    assert judge(text, "es").label == label


def test_spanish_words_mean_what_they_stand_for(spanish: SpanishAnalyzer) -> None:
    """No stem is both pleasant and unpleasant, and no phrase shrinks to a single word."""
    lists = json.loads(WORDS.read_text())
    valences: dict[str, set[bool]] = {}
    for word, valence in lists["words"].items():
        for stem in spanish.stems(word):
            valences.setdefault(stem, set()).add(valence > 0)

    assert {stem for stem, signs in valences.items() if len(signs) > 1} == set()
    assert {each for each in lists["phrases"] if len(spanish.prepare(each).split()) < 2} == set()


@pytest.mark.parametrize("word", PLAIN_SPANISH)
def test_plain_words_have_no_feeling(word: str, spanish: SpanishAnalyzer) -> None:
    """A stem that also stands for an everyday word would colour every text."""
    assert spanish.polarity_scores(word)["compound"] == 0
