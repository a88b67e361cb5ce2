"""Turns tokens into the features of the linear model; training and running share this file."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

NGRAM_SIZES = range(3, 6)  # characters
PAIR = " "  # between the words of a pair
GAP = " _ "  # between two words with one between them


def word_features(tokens: Sequence[str]) -> set[str]:
    """Return the single words, the pairs of neighbors, and the pairs with one word between."""
    features = set(tokens)
    features.update(f"{a}{PAIR}{b}" for a, b in pairwise(tokens))
    features.update(f"{a}{GAP}{b}" for a, b in zip(tokens, tokens[2:], strict=False))
    return features


def character_features(tokens: Sequence[str]) -> set[str]:
    """Return the character n-grams inside words; ``^`` and ``$`` mark a word's edges."""
    features: set[str] = set()
    for token in set(tokens):
        word = f"^{token}$"
        for size in NGRAM_SIZES:
            features.update([word[i : i + size] for i in range(len(word) - size + 1)])
    return features
