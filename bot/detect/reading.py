"""From a chat message to the words that are the author's own.

Quotes, code, forwarded mail and links are somebody else's words. A contraction is not a quote: a
matcher that took apostrophes for quotation marks missed "they're wasting our time" (products.md
1.2), so only double quotation marks count here.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

_CODE = re.compile(r"```.*?(?:```|\Z)|`[^`\n]*`", re.DOTALL)
_QUOTED_LINE = re.compile(r"^[ \t]*(?:>|&gt;).*$", re.MULTILINE)
_FORWARDED = re.compile(
    r"^[ \t>]*(?:-{2,}\s*(?:original|forwarded) message|from:\s.*|on .{5,80} wrote:).*\Z",
    re.DOTALL | re.MULTILINE | re.IGNORECASE,
)
_QUOTATION = re.compile(r"\"[^\"\n]{2,}\"|\u201c[^\u201d\n]{2,}\u201d|\u00ab[^\u00bb\n]{2,}\u00bb")
_TAG = re.compile(r"<(?:https?:|mailto:)[^<>]*>|https?://\S+", re.IGNORECASE)
_MENTION = re.compile(r"<[@#!][^<>]*>")
_MAIL = re.compile(r"\b[\w.+-]+@[\w-]+\.[\w.-]+\b")
_NUMBER = re.compile(r"\d[\d.,:%]*")
_TOKEN = re.compile(
    r":[a-z][a-z0-9_+-]*:|[^\W\d_]+(?:'[^\W\d_]+)*|[?!]+|\.\.\.|[\u2600-\U0001faff]|\d"
)
_STRANGE = str.maketrans(
    "\u0430\u0435\u043e\u0440\u0441\u0443\u0445\u0456\u0458"  # Cyrillic
    "\u03bf\u03b1\u03b5\u03c1\u03bd\u03ba\u03b9",  # Greek
    "aeopcyxijoaepvki",
)

_PLAIN = str.maketrans("\u2019\u2018*~", "''  ")

# A look for the sign first: most messages hold none of them, and this is on the path of all.
_BORROWED: tuple[tuple[Sequence[str], re.Pattern[str]], ...] = (
    ("`", _CODE),
    (("--", "rom:", "ROM:", "wrote:", "WROTE:"), _FORWARDED),
    ((">", "&gt;"), _QUOTED_LINE),
    (('"', "\u201c", "\u00ab"), _QUOTATION),
)
_NOT_WORDS: tuple[tuple[Sequence[str], re.Pattern[str]], ...] = (
    (("<", "http", "HTTP", "Http"), _TAG),
    ("<", _MENTION),
    ("@", _MAIL),
)


@dataclass(frozen=True, slots=True)
class Reading:
    """What a message holds for a detector.

    Attributes:
        own: the author's own words, lower case, straight apostrophes.
        tokens: the same, in pieces; numbers are ``0``, links and mentions are gone.
        borrowed: whether something was left out as quoted, forwarded or code.
    """

    own: str
    tokens: tuple[str, ...]
    borrowed: bool


def read(text: str) -> Reading:
    """Reads a message as it was typed (Slack's tags and markup allowed)."""
    clean = text if text.isascii() else _visible(text)
    rest = clean
    for sign, pattern in _BORROWED:
        if any(s in rest for s in sign):
            rest = pattern.sub(_long_quotation if pattern is _QUOTATION else " ", rest)
    borrowed = rest is not clean and len(rest.split()) < len(clean.split())
    for sign, pattern in _NOT_WORDS:
        if any(s in rest for s in sign):
            rest = pattern.sub(" ", rest)
    own = _NUMBER.sub("0", rest).translate(_PLAIN).lower()
    if own.isascii():
        own = " ".join(own.split())
    else:
        own = " ".join(_latin(word) for word in own.replace("\u2026", "...").split())
    return Reading(own, tuple(_TOKEN.findall(own)), borrowed)


def _long_quotation(found: re.Match[str]) -> str:
    """A quoted word or two is emphasis (they \"owe\" us); three and more are somebody's words."""
    return " " if len(found.group(0).split()) >= 3 else found.group(0)


def _visible(text: str) -> str:
    """One form for each letter, and nothing that can't be seen (zero-width tricks)."""
    return "".join(c for c in unicodedata.normalize("NFKC", text) if not _invisible(c))


def _invisible(character: str) -> bool:
    return not character.isascii() and unicodedata.category(character) in ("Cf", "Mn", "Co")


def _latin(word: str) -> str:
    """Look-alike letters in a word that also has plain ones: someone hides the word."""
    if word.isascii() or not any(c.isascii() and c.isalpha() for c in word):
        return word
    return word.translate(_STRANGE)
