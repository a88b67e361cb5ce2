"""Takes a reply apart into sentences, of which some may be left out."""

from __future__ import annotations

import re

_ABBREVIATIONS = "".join(
    rf"(?<!\b{re.escape(short)})"
    for short in ("Mr.", "Ms.", "Mrs.", "Dr.", "e.g.", "i.e.", "vs.", "No.")
)
_POINTS_BACK = re.compile(
    r"[\"\u201c]?(?:that|this|these|those|it|they|he|she|the (?:other|second|rest)|another|neither|"
    r"both|either|no|yes|so|but|instead|otherwise|or|and|one|same)\b",
    re.IGNORECASE,
)
_LEADS_UP = re.compile(
    r"[:?][\"\u201d]?$|\b(?:two|three|four|these|following) (?:\w+ )?\w+s\b", re.IGNORECASE
)
_SENTENCE_END = re.compile(rf"(?<=[.?!]){_ABBREVIATIONS}\s+|(?<=[.?!][\"\u201d])\s+")


def sentences_of(line: str) -> list[str]:
    """Return the sentences of a line; words in quotation marks stay in one with what leads to
    them."""
    found: list[str] = []
    for part in _SENTENCE_END.split(line):
        if found and _is_open(found[-1]):
            found[-1] += f" {part}"
        else:
            found.append(part)
    return found


def others_hang_on(sentences: list[str], faulty: list[bool]) -> bool:
    """Return whether a sentence that stays would mean something else without one that goes.

    What comes after may point back to it ("That is the wrong move"); what comes before may lead up
    to it (a colon, a question, "two ways").
    """
    for index, is_faulty in enumerate(faulty):
        if not is_faulty:
            continue
        after = sentences[index + 1] if index + 1 < len(sentences) else ""
        before = sentences[index - 1] if index else ""
        if _POINTS_BACK.match(after) or _LEADS_UP.search(before):
            return True
    return False


def _is_open(text: str) -> bool:
    """Return whether a quotation is still open at the end of a text."""
    return text.count("\u201c") > text.count("\u201d") or text.count('"') % 2 == 1
