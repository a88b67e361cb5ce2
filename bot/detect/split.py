"""Which messages a model may learn from together: splits by author, and twins across them."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Iterator, Sequence

from bot.detect.corpus import Labelled

ALIKE = 0.6  # share of five-letter pieces in common from which two messages are twins
_PIECE = 5
_RARE_SHARED = 3
_SHORTEST = 20  # characters; everybody writes "sent, thanks" in the same words
_WORD = re.compile(r"\w+")
_COMMON = 20  # messages; a piece that more of them hold says nothing of likeness


def folds(messages: Sequence[Labelled], number: int) -> dict[str, int]:
    """A fold for each message: whole authors, the largest first into the emptiest fold. Who wrote
    nothing but ordinary talk is dealt out by the words, as there are few such authors."""
    traps = Counter(m.author for m in messages if m.trap)
    sizes = [0] * number
    of_author: dict[str, int] = {}
    for author, size in sorted(traps.items(), key=lambda a: (-a[1], a[0])):
        of_author[author] = sizes.index(min(sizes))
        sizes[of_author[author]] += size
    return {m.id: of_author.get(m.author, int(digest(m.text), 16) % number) for m in messages}


def near_duplicates(messages: Sequence[Labelled]) -> list[tuple[str, str]]:
    """Pairs of ids, of two authors, whose texts have most of their five-letter pieces in common."""
    pieces = {m.id: _pieces(m.text) for m in messages if len(m.text) >= _SHORTEST}
    author = {m.id: m.author for m in messages}
    holders: dict[str, list[str]] = {}
    for name, some in pieces.items():
        for piece in some:
            holders.setdefault(piece, []).append(name)
    shared: Counter[tuple[str, str]] = Counter()
    for names in holders.values():
        if len(names) <= _COMMON:
            shared.update(p for p in _couples(names) if author[p[0]] != author[p[1]])
    likely = (pair for pair, count in shared.items() if count >= _RARE_SHARED)
    return sorted(pair for pair in likely if _alike(pieces[pair[0]], pieces[pair[1]]) >= ALIKE)


def _alike(some: set[str], others: set[str]) -> float:
    return len(some & others) / len(some | others)


def _couples(names: list[str]) -> Iterator[tuple[str, str]]:
    for at, name in enumerate(names):
        for other in names[at + 1 :]:
            yield name, other


def _pieces(text: str) -> set[str]:
    plain = " ".join(_WORD.findall(text.lower()))
    return {plain[i : i + _PIECE] for i in range(len(plain) - _PIECE + 1)}


def digest(text: str) -> str:
    """Ten hexadecimal digits that stand for a text."""
    return hashlib.sha256(text.encode()).hexdigest()[:10]
