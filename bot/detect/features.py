"""What the linear models see of a message; training and running share this file."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

CHARACTERS = range(3, 6)


def of_words(tokens: Sequence[str]) -> set[str]:
    """Single words and pairs of neighbours."""
    found = set(tokens)
    found.update(f"{a} {b}" for a, b in pairwise(tokens))
    found.update(f"{a} _ {b}" for a, b in zip(tokens, tokens[2:], strict=False))
    return found


def of_characters(tokens: Sequence[str]) -> set[str]:
    """Pieces of three to five characters inside words, their edges marked."""
    found: set[str] = set()
    for token in set(tokens):
        word = f"^{token}$"
        for size in CHARACTERS:
            found.update([word[i : i + size] for i in range(len(word) - size + 1)])
    return found
