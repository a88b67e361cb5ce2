"""Find an angry word or a sigh that stands alone: somebody is annoyed, and hasn't said by what."""

from __future__ import annotations

import re
from collections.abc import Iterable

_MOST_PIECES = 5
_PIECE = re.compile(
    r":[a-z0-9_+'-]+:|[\u2600-\u27bf\U0001f300-\U0001faff]|[^\W_]+(?:['\u2019-][^\W_]+)*"
)
_SKIN_TONE = re.compile(r":skin-tone-\d:|[\U0001f3fb-\U0001f3ff\ufe0f]")
_AROUND_WORDS = """
 a an the what such these those they are they're theyre all just so really total totally complete
 completely absolute absolutely bunch of people guys lot wow omg oh man some more again always
 fucking bloody freaking utter pure useless
"""
_AROUND = frozenset(_AROUND_WORDS.split())


class Venting:
    """Tells venting from what can be coached.

    Args:
        words: angry words about people, sighs, and emoji, as characters and by name.
    """

    def __init__(self, words: Iterable[str]) -> None:
        self._words = frozenset(word.lower() for word in words)
        self._pairs = frozenset(word for word in self._words if " " in word)

    def __contains__(self, text: str) -> bool:
        """Return whether a text is venting, and nothing else."""
        pieces = _PIECE.findall(_SKIN_TONE.sub("", text.lower().replace("\u2019", "'")))
        if not 0 < len(pieces) <= _MOST_PIECES:
            return False
        pieces = self._joined(pieces)
        angry = [piece in self._words for piece in pieces]
        rest = (p for p, is_angry in zip(pieces, angry, strict=True) if not is_angry)
        return any(angry) and all(piece in _AROUND for piece in rest)

    def _joined(self, pieces: list[str]) -> list[str]:
        """Return the pieces with "time wasters" as one."""
        joined: list[str] = []
        for piece in pieces:
            if joined and f"{joined[-1]} {piece}" in self._pairs:
                joined[-1] += f" {piece}"
            else:
                joined.append(piece)
        return joined
