"""Decides whether a text is English; the offline detector is trained on English alone.

py3langid 0.4 (a naive Bayes classifier over byte n-grams; Lui & Baldwin 2012) knows 142 languages.
Its model takes about 0.8 s to load, so each process loads it once, on first use.
``python -m tests.bench.language`` measures the rule below on the corpus.
"""

from __future__ import annotations

import ctypes
import logging
from collections.abc import Sequence
from functools import cache
from threading import Lock

from py3langid.langid import MODEL_FILE, LanguageIdentifier

from bot.detect.language_tables import with_tables_on_disk

log = logging.getLogger(__name__)

MIN_WORDS = 3  # shorter texts are too little to identify a language
MIN_ENGLISH_PROBABILITY = 0.015  # low, as typos, names and jargon look less like English
_MAX_CHARACTERS = 4_000  # read of a text; more says nothing more, and takes long
_LAST_LATIN_LETTER = "\u024f"
_MAX_NON_LATIN_SHARE = 0.3

_loading = Lock()


def is_english(text: str, tokens: Sequence[str]) -> bool:
    """Return whether a text may be English.

    A text of fewer than ``MIN_WORDS`` words counts as English if its letters are Latin. (Chinese
    and Thai have no spaces, so a whole sentence can be one word.)

    Args:
        text: a ``CleanText.author_text``.
        tokens: its ``CleanText.tokens``.
    """
    words = [token for token in tokens if token[0].isalpha()]
    if len(words) < MIN_WORDS:
        return _is_latin("".join(words))
    return english_probability(text) >= MIN_ENGLISH_PROBABILITY


def language_of(text: str) -> str:
    """Return the ISO 639-1 code of a text's language; ``en`` if it may be English."""
    if is_english(text, text.split()):
        return "en"
    return str(_identifier().rank(text[:_MAX_CHARACTERS])[0][0])


def english_probability(text: str) -> float:
    """Return the probability of English among all languages that py3langid knows."""
    return float(dict(_identifier().rank(text[:_MAX_CHARACTERS]))["en"])


def load_language_model() -> None:
    """Load the model ahead of its first use. Safe to call from several threads."""
    _identifier()
    _give_back_memory()


def _identifier() -> LanguageIdentifier:
    """Return the identifier. It is read-only once loaded, so threads share it."""
    with _loading:
        return _load_identifier()


@cache
def _load_identifier() -> LanguageIdentifier:
    loaded = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
    try:
        return with_tables_on_disk(loaded)
    except OSError as failed:
        log.warning("no room for a temporary file, so 60 MB more stay in memory: %s", failed)
        return loaded


def _give_back_memory() -> None:
    """Let the system have the memory that loading needed for a moment, as far as the C library can
    be told to: without that, it keeps 20 MB for good."""
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim is not None:
        trim(0)


def _is_latin(letters: str) -> bool:
    non_latin = sum(letter > _LAST_LATIN_LETTER for letter in letters)
    return non_latin <= _MAX_NON_LATIN_SHARE * len(letters)
