"""Reduces a chat message to the text that its author wrote.

Quotes, code, forwarded emails and links are other people's words. Only double quotation marks mark
a quote: a matcher that also took apostrophes missed "they're wasting our time" (products.md 1.2).
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
_LINK = re.compile(r"<(?:https?:|mailto:)[^<>]*>|https?://\S+", re.IGNORECASE)
_MENTION = re.compile(r"<[@#!][^<>]*>")
_EMAIL = re.compile(r"\b[\w.+-]+@[\w-]+\.[\w.-]+\b")
_NUMBER = re.compile(r"\d[\d.,:%]*")
_TOKEN = re.compile(
    r":[a-z][a-z0-9_+-]*:|[^\W\d_]+(?:'[^\W\d_]+)*|[?!]+|\.\.\.|[\u2600-\U0001faff]|\d"
)
_LOOKALIKES = str.maketrans(
    "\u0430\u0435\u043e\u0440\u0441\u0443\u0445\u0456\u0458"  # Cyrillic
    "\u03bf\u03b1\u03b5\u03c1\u03bd\u03ba\u03b9",  # Greek
    "aeopcyxijoaepvki",
)

_PUNCTUATION = str.maketrans("\u2019\u2018*~", "''  ")

# Hot path: test for a marker before running the regular expression; most messages hold none.
_QUOTES: tuple[tuple[Sequence[str], re.Pattern[str]], ...] = (
    ("`", _CODE),
    (("--", "rom:", "ROM:", "wrote:", "WROTE:"), _FORWARDED),
    ((">", "&gt;"), _QUOTED_LINE),
    (('"', "\u201c", "\u00ab"), _QUOTATION),
)
_REFERENCES: tuple[tuple[Sequence[str], re.Pattern[str]], ...] = (
    (("<", "http", "HTTP", "Http"), _LINK),
    ("<", _MENTION),
    ("@", _EMAIL),
)


@dataclass(frozen=True, slots=True)
class CleanText:
    """The part of a message that a detector may judge.

    Attributes:
        author_text: the author's words in lower case, with straight apostrophes.
        tokens: the same text in tokens; each number is ``0``, links and mentions are removed.
        had_quotes: whether quotes, code or forwarded text were removed.
    """

    author_text: str
    tokens: tuple[str, ...]
    had_quotes: bool


def clean_text(text: str) -> CleanText:
    """Clean a message as Slack sends it, with Slack's tags and markup."""
    visible = text if text.isascii() else _visible(text)
    rest = visible
    for markers, pattern in _QUOTES:
        if any(marker in rest for marker in markers):
            rest = pattern.sub(_drop_long_quotation if pattern is _QUOTATION else " ", rest)
    had_quotes = rest is not visible and len(rest.split()) < len(visible.split())
    for markers, pattern in _REFERENCES:
        if any(marker in rest for marker in markers):
            rest = pattern.sub(" ", rest)
    lowered = _NUMBER.sub("0", rest).translate(_PUNCTUATION).lower()
    if lowered.isascii():
        author_text = " ".join(lowered.split())
    else:
        words = lowered.replace("\u2026", "...").split()
        author_text = " ".join(_undisguised(word) for word in words)
    return CleanText(author_text, tuple(_TOKEN.findall(author_text)), had_quotes)


def _drop_long_quotation(found: re.Match[str]) -> str:
    """Drop a quotation of three or more words; one or two are emphasis (they \"owe\" us)."""
    return " " if len(found.group(0).split()) >= 3 else found.group(0)


def _visible(text: str) -> str:
    """Normalize letters to one form each, and drop invisible characters (zero-width tricks)."""
    return "".join(c for c in unicodedata.normalize("NFKC", text) if not _is_invisible(c))


def _is_invisible(character: str) -> bool:
    return not character.isascii() and unicodedata.category(character) in ("Cf", "Mn", "Co")


def _undisguised(word: str) -> str:
    """Replace Cyrillic and Greek look-alikes in a word that also has ASCII letters."""
    if word.isascii() or not any(c.isascii() and c.isalpha() for c in word):
        return word
    return word.translate(_LOOKALIKES)
