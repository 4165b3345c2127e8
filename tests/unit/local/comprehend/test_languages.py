"""The language a text is taken for."""

import pytest

from local.comprehend.languages import CANDIDATES, rank
from tests.unit.local.comprehend.film_comments import HELD_OUT, TABLE


def test_comments_are_mostly_told_apart() -> None:
    """Of 84 short comments in English and Spanish 80 are taken for what they are."""
    right = [each for each in (*TABLE, *HELD_OUT) if rank(each.text)[0][0] == each.language]

    assert len(right) == 80


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "I have never laughed so much at the cinema."),
        ("es", "Nunca me había reído tanto en el cine."),
        ("fr", "Je n'ai jamais autant ri au cinéma."),
        ("de", "Ich habe im Kino noch nie so gelacht."),
        ("it", "Non ho mai riso così tanto al cinema."),
        ("pt", "Nunca tinha rido tanto no cinema, foi muito bom."),
        ("nl", "Ik heb nog nooit zo hard gelachen in de bioscoop."),
        ("ja", "映画館でこんなに笑ったことはありません。"),
        ("ko", "영화관에서 이렇게 많이 웃은 적이 없어요."),
        ("ar", "لم أضحك هكذا في السينما من قبل."),
    ],
)
def test_whole_sentences_are_told_apart(language: str, text: str) -> None:
    """Languages that we have no words for must not be taken for those we have."""
    best, score = rank(text)[0]

    assert best == language
    assert score > 0.5


@pytest.mark.parametrize("text", ["😀", "10/10", " ", "a"])
def test_a_text_without_a_language_still_has_a_first_one(text: str) -> None:
    """AWS always has a dominant language; the score says what it is worth."""
    ranked = rank(text)
    scores = [score for _, score in ranked]

    assert ranked[0][0] in CANDIDATES
    assert scores == sorted(scores, reverse=True)
    assert sum(scores) <= 1 + 1e-6
