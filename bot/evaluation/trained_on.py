"""Knows which texts the shipped detector was trained on, by their hashes alone.

Figures on such texts flatter, so an evaluation warns of them. ``make train`` writes the file.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from functools import cache
from pathlib import Path

HASHES_FILE = Path(__file__).with_name("trained_on.bin")
_SIZE = 5  # bytes per text: two of 30,000 hardly ever share a hash
_MIN_CHARACTERS = 20  # everybody writes "sent, thanks"


def write_trained_on(texts: Iterable[str], path: Path = HASHES_FILE) -> None:
    """Write the hashes of the training texts, sorted."""
    path.write_bytes(b"".join(sorted({_hash(t) for t in texts if len(t) >= _MIN_CHARACTERS})))


def trained_on(texts: Iterable[str]) -> int:
    """Return how many of some texts the shipped detector was trained on."""
    known = _known()
    return sum(len(t) >= _MIN_CHARACTERS and _hash(t) in known for t in texts)


@cache
def _known() -> frozenset[bytes]:
    data = HASHES_FILE.read_bytes()
    return frozenset(data[i : i + _SIZE] for i in range(0, len(data), _SIZE))


def _hash(text: str) -> bytes:
    normalized = " ".join(text.lower().split())
    return hashlib.sha256(normalized.encode()).digest()[:_SIZE]
