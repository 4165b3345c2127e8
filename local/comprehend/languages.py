"""Tells the language of a text, with `py3langid`, whose model lies in its wheel.

Imported when the first text comes: loading the model takes most of a second.
"""

from functools import cache
from typing import Final

from py3langid.langid import MODEL_FILE, LanguageIdentifier

# Comments are short, and a short text looks like any of 140 languages. So the search is among the
# ones DetectSentiment takes and a few frequent ones that it must not take for them. The first ones
# come first where nothing speaks for any (an emoji, a number).
CANDIDATES: Final = (
    *("en", "es", "fr", "de", "it", "pt", "ar", "hi", "ja", "ko", "zh"),
    *("nl", "pl", "ro", "ru", "sv", "tr", "uk"),
)
# AWS lists more than one language where it is in doubt, the dominant one always first.
LEAST_SHARE: Final = 0.05


@cache
def identifier() -> LanguageIdentifier:
    """Loads the model, once; it is only read from then on."""
    loaded = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
    loaded.set_languages(CANDIDATES)
    return loaded


def rank(text: str) -> list[tuple[str, float]]:
    """Ranks the languages a text may be in.

    Args:
        text: The text; at least one character.

    Returns:
        Pairs of language code (RFC 5646) and score (0..1), best first, at least one.
    """
    ranked = sorted(
        identifier().rank(text), key=lambda found: (-found[1], CANDIDATES.index(found[0]))
    )
    likely = [found for found in ranked if found[1] >= LEAST_SHARE]
    return likely or ranked[:1]
