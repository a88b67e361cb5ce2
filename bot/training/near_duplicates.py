"""Finds near-duplicates across authors."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Iterator, Sequence

from bot.evaluation.corpus import LabeledMessage

MIN_SIMILARITY = 0.6  # Jaccard similarity of two near-duplicates
_NGRAM = 5  # characters
_MIN_SHARED_NGRAMS = 3
_MIN_CHARACTERS = 20  # everybody writes "sent, thanks" in the same words
_MAX_MESSAGES_PER_NGRAM = 20  # a more common n-gram says nothing about similarity
_WORD = re.compile(r"\w+")


def near_duplicates(messages: Sequence[LabeledMessage]) -> list[tuple[str, str]]:
    """Return the pairs of ids by two authors whose texts share most character n-grams."""
    ngrams = {m.id: _ngrams(m.text) for m in messages if len(m.text) >= _MIN_CHARACTERS}
    author = {m.id: m.author for m in messages}
    ids_by_ngram: dict[str, list[str]] = {}
    for message_id, found in ngrams.items():
        for ngram in found:
            ids_by_ngram.setdefault(ngram, []).append(message_id)
    shared: Counter[tuple[str, str]] = Counter()
    for ids in ids_by_ngram.values():
        if len(ids) <= _MAX_MESSAGES_PER_NGRAM:
            shared.update(pair for pair in _pairs(ids) if author[pair[0]] != author[pair[1]])
    likely = (pair for pair, count in shared.items() if count >= _MIN_SHARED_NGRAMS)
    return sorted((a, b) for a, b in likely if _similarity(ngrams[a], ngrams[b]) >= MIN_SIMILARITY)


def short_hash(text: str) -> str:
    """Return ten hexadecimal digits of a text's SHA-256."""
    return hashlib.sha256(text.encode()).hexdigest()[:10]


def _similarity(a: set[str], b: set[str]) -> float:
    return len(a & b) / len(a | b)


def _pairs(ids: list[str]) -> Iterator[tuple[str, str]]:
    for position, first in enumerate(ids):
        for second in ids[position + 1 :]:
            yield first, second


def _ngrams(text: str) -> set[str]:
    words = " ".join(_WORD.findall(text.lower()))
    return {words[i : i + _NGRAM] for i in range(len(words) - _NGRAM + 1)}
