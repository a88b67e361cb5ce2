"""Finding whole phrases in a text: on word boundaries, whatever the case or the apostrophe.

Word lists fail when they match inside words ('rude' in 'crude') or miss a curly apostrophe, so all
lists of ``prompts/`` go through this one door.
"""

from __future__ import annotations

import re
from collections.abc import Iterable


class Phrases:
    """A list of phrases, compiled once.

    Args:
        phrases: plain phrases, any case; blanks match any run of white space.
    """

    def __init__(self, phrases: Iterable[str]) -> None:
        parts = sorted({plain(p) for p in phrases if p.strip()}, key=len, reverse=True)
        body = "|".join(re.escape(p).replace(r"\ ", r"\s+") for p in parts)
        self._found = re.compile(rf"(?<![^\W_])(?:{body})(?![^\W_])") if parts else None

    def first(self, text: str) -> str | None:
        """The first phrase in the text as it stands there in plain form, or None."""
        found = self._found.search(plain(text)) if self._found else None
        return found.group(0) if found else None

    def __contains__(self, text: object) -> bool:
        return isinstance(text, str) and self.first(text) is not None


def plain(text: str) -> str:
    """Lower case, straight apostrophes, single form of white space at the ends."""
    return text.replace("\u2019", "'").replace("\u2018", "'").lower().strip()
