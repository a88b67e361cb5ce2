"""Reduces a chat message to the text that its author wrote.

Quotes, code, forwarded emails and links are other people's words, and struck-through text is taken
back. Only double quotation marks mark a quote: a matcher that also took apostrophes missed "they're
wasting our time" (products.md 1.2). All of it takes time in proportion to the text.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from bot.core.normal_form import LOOKALIKES, is_invisible

MAX_CHARACTERS = 4_000  # what follows is ignored, before and after normalization

_MIN_QUOTED_WORDS = 3  # one or two are emphasis: they "owe" us
_MAX_MARKS = 4  # combining marks on one letter; no living script needs more

_LONG_LIGATURES = {0xFDFA: " ", 0xFDFB: " "}  # whole Arabic sentences: slow to take apart

_CODE = re.compile(r"```.*?(?:```|\Z)|`[^`\n]*`", re.DOTALL)
_QUOTED_REST = re.compile(r"^[ \t]*(?:>>>|(?:&gt;){3}).*\Z", re.DOTALL | re.MULTILINE)
_QUOTED_LINE = re.compile(r"^[ \t]*(?:>|&gt;).*$", re.MULTILINE)
_FORWARDED = re.compile(
    r"^[ \t>]*(?:-{2,}\s*(?:original|forwarded) message|from:\s.*|on .{5,80} wrote:).*\Z",
    re.DOTALL | re.MULTILINE | re.IGNORECASE,
)
_STRUCK = re.compile(r"(?<![\w~])~{1,2}(?=[^\s~])[^~\n]*(?<=\S)~{1,2}(?![\w~])")
_OPENING = frozenset('"\u201c\u201e\u00ab\u00bb\u300c')
_AFTER_A_WORD = frozenset("\u201c\u00ab")  # after a blank they open a quotation
_CLOSES = {  # a closing mark, and the marks that may open what it closes
    '"': '"',
    "\u201d": "\u201c\u201e",
    "\u201c": "\u201e",
    "\u00bb": "\u00ab",
    "\u00ab": "\u00bb",  # in German and Danish the other way around
    "\u300d": "\u300c",
}
_QUOTATION_MARK = re.compile('["\u201c\u201d\u201e\u00ab\u00bb\u300c\u300d\n]')
_LINK = re.compile(r"<(?:https?:|mailto:)[^<>]*>|https?://\S+", re.IGNORECASE)
_MENTION = re.compile(r"<[@#!][^<>]*>")
_EMAIL = re.compile(r"(?<![\w.+-])[\w.+-]++@[\w-]++\.[\w.-]+\b")
_NUMBER = re.compile(r"\d[\d.,:%]*")
_TOKEN = re.compile(
    r":[a-z][a-z0-9_+-]*:|[^\W\d_]+(?:'[^\W\d_]+)*|[?!]+|\.\.\.|[\u2600-\U0001faff]|\d"
)
_PUNCTUATION = str.maketrans("\u2019\u2018*~", "''  ")


@dataclass(frozen=True, slots=True)
class CleanText:
    """The part of a message that a detector may judge.

    Attributes:
        author_text: the author's words in lower case, with straight apostrophes.
        tokens: the same text in tokens; each number is ``0``, links and mentions are removed.
        had_quotes: whether quotes, code, forwarded or struck-through text were removed.
    """

    author_text: str
    tokens: tuple[str, ...]
    had_quotes: bool


def clean_text(text: str) -> CleanText:
    """Clean a message as Slack sends it, with Slack's tags and markup.

    Args:
        text: the message; what follows ``MAX_CHARACTERS`` is ignored.
    """
    text = text[:MAX_CHARACTERS]
    visible = text if text.isascii() else _visible(text)
    rest, had_quotes = visible, False
    if _MAY_HOLD_MARKER.search(visible):
        for markers, remove in _QUOTES:
            if any(marker in rest for marker in markers):
                rest = remove(rest)
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


def _without(pattern: re.Pattern[str]) -> Callable[[str], str]:
    return lambda text: pattern.sub(" ", text)


def _without_quotations(text: str) -> str:
    """Drop quotations of three or more words. A quotation ends on its line and may hold others.

    Reads the marks once; a regular expression looks for the end anew at every opening mark.
    """
    found: list[tuple[int, int]] = []  # apart from each other, in the order of the text
    open_marks: dict[str, list[int]] = {}
    for match in _QUOTATION_MARK.finditer(text):
        mark, at = match.group(), match.start()
        if mark == "\n":
            open_marks.clear()
            continue
        may_close = mark not in _AFTER_A_WORD or (at > 0 and not text[at - 1].isspace())
        closes = _CLOSES.get(mark, "") if may_close else ""
        opening = next((o for o in closes if open_marks.get(o)), None)
        if opening:
            start = open_marks[opening].pop()
            while found and found[-1][1] > start:
                start = min(start, found.pop()[0])
            found.append((start, at + 1))
        elif mark in _OPENING:
            open_marks.setdefault(mark, []).append(at)
    parts, end = [], 0
    for start, stop in found:
        if len(text[start:stop].split()) >= _MIN_QUOTED_WORDS:
            parts += [text[end:start], " "]
            end = stop
    return "".join([*parts, text[end:]])


# Hot path: test for a marker before reading on; most messages hold none. Each marker below holds
# one of these characters, or is the beginning of an address, which goes on with a colon.
_MAY_HOLD_MARKER = re.compile('[-:&<>@`~"\u201c\u201e\u00ab\u00bb\u300c]')
_QUOTES: tuple[tuple[Sequence[str], Callable[[str], str]], ...] = (
    ("`", _without(_CODE)),
    (("--", "rom:", "ROM:", "wrote:", "WROTE:"), _without(_FORWARDED)),
    ((">>>", "&gt;&gt;&gt;"), _without(_QUOTED_REST)),
    ((">", "&gt;"), _without(_QUOTED_LINE)),
    ("~", _without(_STRUCK)),
    (('"', "\u201c", "\u201e", "\u00ab", "\u00bb", "\u300c"), _without_quotations),
)
_REFERENCES: tuple[tuple[Sequence[str], re.Pattern[str]], ...] = (
    (("<", "http", "HTTP", "Http"), _LINK),
    ("<", _MENTION),
    ("@", _EMAIL),
)


def _visible(text: str) -> str:
    """Normalize letters to one form each, and drop invisible characters (zero-width tricks).

    The result is cut, as normalization makes up to four characters of one.
    """
    if any(map(unicodedata.combining, text)):
        text = _without_long_mark_runs(text)
    shown = "".join(
        [c for c in text.translate(_LONG_LIGATURES) if c.isascii() or not _is_hidden(c)]
    )
    normalized = unicodedata.normalize("NFKC", shown)[:MAX_CHARACTERS]
    return "".join([c for c in normalized if c.isascii() or not is_invisible(c)])


def _is_hidden(character: str) -> bool:
    """Return whether a character is invisible and no mark that normalization joins to a letter."""
    return unicodedata.category(character) != "Mn" and is_invisible(character)


def _without_long_mark_runs(text: str) -> str:
    """Drop combining marks beyond a few on one letter: a long run takes quadratic time to sort."""
    kept, run = [], 0
    for character in text:
        run = run + 1 if unicodedata.combining(character) else 0
        if run <= _MAX_MARKS:
            kept.append(character)
    return "".join(kept)


def _undisguised(word: str) -> str:
    """Replace Cyrillic and Greek look-alikes in a word that also has ASCII letters."""
    if word.isascii() or not any(c.isascii() and c.isalpha() for c in word):
        return word
    return word.translate(LOOKALIKES)
