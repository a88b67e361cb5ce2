"""Find whole phrases in a text, on word boundaries, whatever the case or the apostrophe.

Word lists fail when they match inside words ("rude" in "crude") or miss a curly apostrophe, so
every phrase list of ``prompts/`` is matched here.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache


class Phrases:
    """A list of phrases, compiled once.

    Args:
        phrases: Plain phrases in any case; a blank matches any run of white space.
    """

    def __init__(self, phrases: Iterable[str]) -> None:
        self._pattern = _compile(tuple(phrases))

    def first_match(self, text: str) -> str | None:
        """Return the first phrase in the text, in its normalized form, or None."""
        found = self._pattern.search(normalize(text)) if self._pattern else None
        return found.group(0) if found else None

    def __contains__(self, text: object) -> bool:
        return isinstance(text, str) and self.first_match(text) is not None


@lru_cache(1_024)  # several parts of the bot compile the same lists
def _compile(phrases: tuple[str, ...]) -> re.Pattern[str] | None:
    parts = sorted({normalize(p) for p in phrases if p.strip()}, key=len, reverse=True)
    body = "|".join(re.escape(p).replace(r"\ ", r"\s+") for p in parts)
    return re.compile(rf"(?<![^\W_])(?:{body})(?![^\W_])") if parts else None


def normalize(text: str) -> str:
    """Return the text in lower case, with straight apostrophes, stripped at both ends."""
    return text.replace("\u2019", "'").replace("\u2018", "'").lower().strip()
