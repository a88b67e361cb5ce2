"""Let only plain characters into a sentence that people in Slack will read.

Markup, links, foreign scripts and invisible characters all need a character that plain English text
doesn't. A name may be spelled as the message spells it.
"""

from __future__ import annotations

import re

from bot.core.said import Said

_TOKEN = re.compile(
    r"(?:[A-Za-z]+(?:['\u2019-][A-Za-z]+)*(?<=s)['\u2019]?|[A-Za-z]+(?:['\u2019-][A-Za-z0-9]+)*\.?"
    r"|[$\u20ac\u00a3]?\d{1,9}(?:[.,:]\d{1,3})?(?:-[a-z]+|st|nd|rd|th|[kmx]|[ap]m|%|h)?)[,.?;:]?"
)
_NAME = re.compile(r"[^\W\d_]+(?:[&'\u2019/-][^\W\d_]+)*|[A-Za-z]+\d{1,4}")  # go/no-go, Q1, V7
_EDGES = ",.?;:'\u2019"


def odd_characters(text: str, said: Said) -> list[str]:
    """Return tokens that are neither plain English nor written like this in the message."""
    if "\n" in text or "\t" in text:
        return ["a line break"]
    found = []
    for token in text.split(" "):
        if token == "" or token in ("&", "-"):
            if token == "" and text:
                found.append("an odd space")
            continue
        if _TOKEN.fullmatch(token):
            continue
        bare = token.strip(_EDGES)
        is_name = _NAME.fullmatch(bare) is not None
        if not (is_name and _is_latin(bare) and any(bare in t for t in said.texts)):
            found.append("an odd token")
    return found


def _is_latin(word: str) -> bool:
    return all(ord(c) < 0x250 for c in word)
