"""Makes a regular expression that finds any of many words fast."""

from __future__ import annotations

import re
from collections.abc import Iterable

from bot.core.normal_form import plain_form

_Tree = dict[str, "_Tree"]
_END = ""


def words(text: str) -> list[str]:
    """Return the words of a text with blanks between them."""
    return text.split()


def any_of(listed: Iterable[str]) -> str:
    """Return a pattern for any of these words, which shares their beginnings.

    Python tries the alternatives of ``a|b|c`` one after the other at every place of a text; with
    shared beginnings, a place where none of the words starts costs one step.

    Args:
        listed: words in any case; brought into the form of ``bot.core.normal_form``. A
            blank may be left out where the word is found.
    """
    root: _Tree = {}
    for word in listed:
        node = root
        for character in plain_form(word).lower():
            node = node.setdefault(character, {})
        node[_END] = {}
    return _pattern(root)


def _pattern(node: _Tree) -> str:
    branches = [
        (" ?" if character == " " else re.escape(character)) + _pattern(rest)
        for character, rest in sorted(node.items())
        if character != _END
    ]
    if not branches:
        return ""
    if len(branches) == 1 and _END not in node:
        return branches[0]
    return f"(?:{'|'.join(branches)}){'?' if _END in node else ''}"
