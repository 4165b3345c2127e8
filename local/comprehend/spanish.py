"""Spanish for an engine that was written for English.

VADER's engine takes any words, but knows no inflection and has English built in for negation and
contrast. So a Spanish sentence is rewritten before it is scored: words to their stems (Snowball),
negations to "not", contrasts to "but"; articles, pronouns and forms of "ser" and "estar" are left
out, so that what a negation is about stands close to it. Emoji and emoticons mean the same in both
languages and are asked of the English engine.
"""

import json
import re
import unicodedata
from collections.abc import Iterable, Mapping
from pathlib import Path
from threading import Lock
from typing import Any, Final

from snowballstemmer import stemmer
from vader import SentimentIntensityAnalyzer

WORDS: Final = Path(__file__).with_name("spanish.json")

_ACCENTS: Final = str.maketrans("áéíóúü", "aeiouu")
_QUOTES: Final = re.compile("[¡¿«»“”„…\u2013\u2014]")
# "buenaaaa" is "buena", and "buenísima" is "muy buena".
_DRAWN_OUT: Final = re.compile(r"(\w)\1{2,}")
_SUPERLATIVE: Final = re.compile(r"\b(\w{2,})[ií]sim([oa]s?)\b", re.IGNORECASE)
# A word, or a run of what is neither word nor ASCII: an emoji with its modifiers.
_PART: Final = re.compile(r"(?P<word>[^\W\d_]+)|(?P<symbol>[^\w\s!-~]+)")

_NEGATION: Final = "not"
_CONTRAST: Final = "but"
# How many words back the engine looks for a negation.
_REACH: Final = 3
_PLEASED: Final = "emojipleased"
_DISPLEASED: Final = "emojidispleased"
# As strong as the English engine takes a smiling and a frowning face.
_EMOJI_VALENCE: Final = 2.0
_BOOST: Final = 0.293


class SpanishAnalyzer:
    """Scores Spanish sentences. Safe for threads."""

    def __init__(self, english: SentimentIntensityAnalyzer) -> None:
        """Builds the engine's word lists out of ours.

        Args:
            english: Knows the emoji and emoticons.
        """
        lists = json.loads(WORDS.read_text(encoding="utf-8"))
        self._english = english
        self._stemmer = stemmer("spanish")
        self._lock = Lock()
        self._emoticons = {
            mark: valence for mark, valence in english.lexicon.items() if not mark.isalpha()
        }
        self._rewrites = rewrites_of(lists["rewrites"])
        self._fixed = fixed_forms(lists)
        self._engine = self._engine_of(lists)

    def polarity_scores(self, text: str) -> Mapping[str, float]:
        """Scores a sentence as VADER does: "pos", "neg", "neu" as shares, "compound" -1..1."""
        return self._engine.polarity_scores(self.prepare(text))

    def prepare(self, text: str) -> str:
        """Rewrites a sentence into the stems and marks that the engine has been given."""
        text = _QUOTES.sub(" ", unicodedata.normalize("NFC", text))
        text = _SUPERLATIVE.sub(r"muy \1\2", _DRAWN_OUT.sub(r"\1", text))
        for pattern, replacement in self._rewrites:
            text = pattern.sub(replacement, text)
        prepared = " ".join(map(self._prepare_chunk, text.split()))
        return " ".join(without_repeated_negations(prepared.split()))

    def stems(self, word: str) -> set[str]:
        """Gives the stems of a word, written with its accents and, as many do, without."""
        return {plain(self._stem(form)) for form in (word, plain(word))}

    def _stem(self, word: str) -> str:
        # A stemmer keeps the word it is at in itself, so two threads would cut each other's.
        with self._lock:
            return self._stemmer.stemWord(word)

    def _prepare_chunk(self, chunk: str) -> str:
        if chunk.lower() in self._emoticons:
            return chunk
        return _PART.sub(self._prepare_part, chunk)

    def _prepare_part(self, part: re.Match[str]) -> str:
        if part["symbol"]:
            return self._prepare_symbol(part["symbol"])
        lowered = part["word"].lower()
        prepared = self._fixed.get(lowered)
        if prepared is None:
            prepared = plain(self._stem(lowered))
        return prepared.upper() if part["word"].isupper() else prepared

    def _prepare_symbol(self, symbol: str) -> str:
        feeling = self._english.polarity_scores(symbol)["compound"]
        if feeling == 0:
            return " "
        return f" {_PLEASED if feeling > 0 else _DISPLEASED} "

    def _engine_of(self, lists: Mapping[str, Any]) -> SentimentIntensityAnalyzer:
        words = {
            stem: valence for word, valence in lists["words"].items() for stem in self.stems(word)
        }
        phrases = {self._phrase(text): valence for text, valence in lists["phrases"].items()}
        feelings = {_PLEASED: _EMOJI_VALENCE, _DISPLEASED: -_EMOJI_VALENCE}
        return SentimentIntensityAnalyzer(
            lexicon={**self._emoticons, **feelings, **words},
            booster={
                **{plain(word): _BOOST for word in lists["boosters"]},
                **{plain(word): -_BOOST for word in lists["dampeners"]},
            },
            negations=[_NEGATION],
            special_cases={},
            idioms={},
            multiword=phrases,
            emoji={},
        )

    def _phrase(self, text: str) -> str:
        return self.prepare(text)


def plain(text: str) -> str:
    """Takes the accents off vowels; ñ is a letter of its own and stays."""
    return text.translate(_ACCENTS)


def without_repeated_negations(words: Iterable[str]) -> list[str]:
    """Leaves out negations that confirm one before: "no vi nada bueno" denies once, not twice."""
    kept: list[str] = []
    for word in words:
        reach = [each.lower() for each in kept[-_REACH:]]
        if word.lower() != _NEGATION or _NEGATION not in reach:
            kept.append(word)
    return kept


def rewrites_of(rewrites: Mapping[str, str]) -> list[tuple[re.Pattern[str], str]]:
    """Compiles what is rewritten before words are looked at, the longest first."""
    ordered = sorted(rewrites.items(), key=lambda pair: -len(pair[0]))
    return [(re.compile(rf"\b{text}\b", re.IGNORECASE), to) for text, to in ordered]


def fixed_forms(lists: Mapping[str, Iterable[str]]) -> dict[str, str]:
    """Lists the words that have a part in the sentence instead of a stem, with what they become."""
    parts = {
        **dict.fromkeys(lists["idle"], ""),
        **dict.fromkeys(lists["negations"], _NEGATION),
        **dict.fromkeys(lists["contrasts"], _CONTRAST),
        **{word: plain(word) for word in (*lists["boosters"], *lists["dampeners"])},
    }
    return {form: to for word, to in parts.items() for form in (word, plain(word))}
