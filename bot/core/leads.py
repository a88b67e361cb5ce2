"""Find the few words with which a line of advice begins, so that they can be shown in bold.

A model writes "If she asks for a number: trade, and let her choose what." Whoever reads it on a
phone finds the move by its lead (``docs/decisions/0063-one-call-then-the-moves.md``).
"""

from __future__ import annotations

import re

_LEAD = re.compile(
    r"(?P<lead>[^\W_](?:[^:.?!\n\"\u201c\u201d\u201e\u00ab\u00bb]"
    r"|\u201c[^:.?!\n\u201c\u201d]{1,40}\u201d){1,70})(?P<colon>\s?[:\uff1a])\s+(?P<rest>\S.*)"
)
_SPOKEN = re.compile(r"(?:^|(?<=[.?!:;,\u201d] ))\u201c[^\u201c\u201d\n]+\u201d(?=\s|$)")
_LEAST_SPOKEN = 5
_MOST_WORDS = 10
_MARKUP = frozenset("*_~`<>")


def lines_with_leads(reply: str) -> list[tuple[str, str]]:
    """Take a reply apart into its lines, each a lead with its colon and the rest.

    The first line is the answer itself, and has no lead; nor has a line without one, or with a
    character that could be read as markup. Their lead is empty.
    """
    first, *moves = reply.splitlines() or [""]
    return [("", first), *map(with_lead, moves)]


def with_lead(line: str) -> tuple[str, str]:
    """Take a line of a reply apart.

    Args:
        line: any but the first one.

    Returns:
        The lead with its colon, and the rest. The lead is empty if the line has none, or holds a
        character that could be read as markup.
    """
    match = _LEAD.fullmatch(line)
    if match is None or _MARKUP & set(line) or len(match["lead"].split()) > _MOST_WORDS:
        return "", line
    return match["lead"] + match["colon"], match["rest"]


def spoken_apart(text: str) -> list[tuple[bool, str]]:
    """Take a move apart into what to do and the words to say, so that those can be shown apart.

    Args:
        text: a paragraph of a reply, without its lead.

    Returns:
        Each part, and whether it is words to say. A few quoted words inside a sentence stay in it,
        and so does all of a text with a character that could be read as markup.
    """
    if _MARKUP & set(text):
        return [(False, text)]
    parts: list[tuple[bool, str]] = []
    at = 0
    for match in _SPOKEN.finditer(text):
        if len(match.group().split()) < _LEAST_SPOKEN:
            continue
        parts.append((False, text[at : match.start()].strip()))
        parts.append((True, match.group()))
        at = match.end()
    parts.append((False, text[at:].strip()))
    return [(is_spoken, part) for is_spoken, part in parts if part]
