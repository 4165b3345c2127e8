"""Judges a text: VADER's scores of its sentences, turned into Comprehend's four.

Imported when the first text comes. A sentence (in Spanish a clause) has the compound score of VADER
(-1..1, after negation, emphasis and contrast) and the shares of its pleasant and unpleasant words.
What is common to both sides counts for both, what is left over for one:

    common    = 2 * min(pleasant share, unpleasant share)
    favour    = max(compound, 0) + common        (summed over the sentences: F)
    disfavour = max(-compound, 0) + common       (summed over the sentences: D)

Four weights follow, and a score is the square of its weight as a share of all squares, so the four
sum to 1 and the largest weight gives the label:

    Positive F - min(F, D)    Negative D - min(F, D)    Mixed 2 * min(F, D)    Neutral 0.15

Positive grows with F and falls with D, Negative the other way round; Mixed is the label once the
weaker side has a third of the stronger one. 0.15 is what a text has to say to be more than neutral.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Final

from vader import SentimentIntensityAnalyzer

from local.comprehend.spanish import SpanishAnalyzer

type Analyze = Callable[[str], Mapping[str, float]]

NEUTRAL_WEIGHT: Final = 0.15
LABELS: Final = ("Positive", "Negative", "Neutral", "Mixed")
# The signs under comments that VADER's emoji have no feeling for, as ones that it knows.
_SIGNS: Final = str.maketrans({"👍": " :) ", "👎": " :( ", "😡": " :( "})
# VADER's negation reaches three words back, whatever stands between. Spanish sentences lose their
# small words here, so in them it must not reach over a comma: "No me gustó nada, es aburrida".
_SENTENCE_END: Final = {
    "en": re.compile(r"(?<=[.!?;…])\s+|\n+"),
    "es": re.compile(r"(?<=[.!?;…:,])\s+|\n+"),
}


@dataclass(frozen=True, slots=True)
class Judgement:
    """What somebody who wrote a text felt.

    Attributes:
        label: POSITIVE, NEGATIVE, NEUTRAL or MIXED.
        scores: How likely each is, by `LABELS`; together 1.
    """

    label: str
    scores: Mapping[str, float]


@cache
def analyzer(language: str) -> Analyze:
    """Makes what scores sentences of a language, once."""
    english = SentimentIntensityAnalyzer()
    return {"en": english, "es": SpanishAnalyzer(english)}[language].polarity_scores


def judge(text: str, language: str) -> Judgement:
    """Judges a text.

    Args:
        text: The text.
        language: One of `local.comprehend.emulator.JUDGED_LANGUAGES`.
    """
    favour = disfavour = 0.0
    for sentence in _SENTENCE_END[language].split(text.translate(_SIGNS)):
        found = analyzer(language)(sentence)
        common = 2 * min(found["pos"], found["neg"])
        favour += max(found["compound"], 0.0) + common
        disfavour += max(-found["compound"], 0.0) + common
    return weigh(favour, disfavour)


def weigh(favour: float, disfavour: float) -> Judgement:
    """Turns what speaks for and against into a label and four scores.

    Args:
        favour: The strength of what is pleasant, from 0.
        disfavour: The strength of what is unpleasant, from 0.
    """
    common = min(favour, disfavour)
    weights = (favour - common, disfavour - common, NEUTRAL_WEIGHT, 2 * common)
    squares = [weight * weight for weight in weights]
    scores = {label: square / sum(squares) for label, square in zip(LABELS, squares, strict=True)}
    return Judgement(max(LABELS, key=scores.__getitem__).upper(), scores)
