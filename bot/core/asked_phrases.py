"""Find the looser phrases that count only in what a seller asks the bot.

Whoever asks types in a hurry: "doesnt answer", "my contact just got let go", "wants it for 18k".
So apostrophes don't count, any percentage reads ``n%`` and any amount in thousands ``nk``, and a
phrase may have alternatives and gaps, in the notation of ``bot.core.phrase_patterns``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache

from bot.core.phrase_patterns import PhraseIndex
from bot.core.phrases import Phrases, normalize

_IS_PATTERN = re.compile(r"[(|*]")
_NOT = re.compile(r"n't\b")
_SHARE = re.compile(r"(?<!\d)\d{1,9}(?:[.,]\d{1,9})?\s{0,3}(?:%|percent\b|pct\b)", re.IGNORECASE)
_ANY_SHARE = "n%"  # how phrases write a percentage
_THOUSANDS = re.compile(r"(?<!\d)[$\u20ac\u00a3]?\d{1,9}(?:[.,]\d{1,9}){0,4}\s?k\b", re.IGNORECASE)
_ANY_AMOUNT = "nk"  # how they write an amount
_SENTENCE_END = re.compile(r"[.!?;:\n]+(?=\s|\Z)|\n")
_NO_WORD = re.compile(r"[^a-z0-9 ]|(?<=\S)\.(?=\S)")


class AskedPhrases:
    """A list of phrases, read once.

    Args:
        phrases: plain ones in any case, or patterns.

    Raises:
        ValueError: a pattern is not well formed.
    """

    def __init__(self, phrases: Iterable[str]) -> None:
        self._plain, self._patterns = _read(tuple(phrases))

    def match(self, ask: ReadAsk) -> bool:
        """Return whether one of the phrases is in an ask."""
        return ask.text in self._plain or any(self._patterns.matches(ask.words))


class ReadAsk:
    """An ask in the two forms that phrases are compared with, made once for all lists.

    Args:
        text: as typed.
    """

    def __init__(self, text: str) -> None:
        numbers = _THOUSANDS.sub(_ANY_AMOUNT, _SHARE.sub(_ANY_SHARE, text))
        self.text = _without_apostrophes(numbers)
        plain = normalize(numbers).replace("'", "")
        sentences = (_NO_WORD.sub(" ", s).split() for s in _SENTENCE_END.split(plain))
        self.words = " " + "".join(f"{' '.join(s)} . " for s in sentences if s)


def is_pattern(phrase: str) -> bool:
    """Return whether a phrase has alternatives, endings, or gaps."""
    return _IS_PATTERN.search(phrase) is not None


@lru_cache(256)  # each bot of a process reads the same lists
def _read(phrases: tuple[str, ...]) -> tuple[Phrases, PhraseIndex[None]]:
    """Return the plain phrases and the patterns of a list."""
    plain = Phrases(_without_apostrophes(p) for p in phrases if not is_pattern(p))
    return plain, PhraseIndex((p.replace("'", ""), None) for p in phrases if is_pattern(p))


def _without_apostrophes(text: str) -> str:
    """Return a text with "doesnt" for "doesn't"; "we're" stays apart from "were"."""
    return _NOT.sub("nt", normalize(text))
