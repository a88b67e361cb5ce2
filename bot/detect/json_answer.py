"""Takes the one JSON object out of a model's answer, whatever is wrapped around it.

Self-hosted models put the right object into a fence, behind their thoughts, or under a line of
explanation. The object itself is still held to its exact shape.
"""

from __future__ import annotations

import json
import re
from typing import Any

MAX_CHARACTERS = 40_000  # of an answer; ours take some hundred

_THOUGHTS_END = re.compile(r"</(?:think|thinking|thought|thoughts|reasoning|reflection)>", re.I)


def only_object(answer: str) -> str:
    """Return the text of the one JSON object in an answer.

    Thoughts that are closed by a tag are dropped first: they may hold drafts of the object.

    Raises:
        ValueError: there is no object, more than one, one that is cut off or names a key twice, or
            the answer is longer than ``MAX_CHARACTERS``.
    """
    if len(answer) > MAX_CHARACTERS:
        raise ValueError("too long")
    text = _THOUGHTS_END.split(answer)[-1]
    start = text.find("{")
    if start < 0:
        raise ValueError("no object")
    try:
        _, end = _DECODER.raw_decode(text, start)
    except RecursionError:
        raise ValueError("nested too deeply") from None
    if "{" in text[end:]:
        raise ValueError("more than one object")
    return text[start:end]


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a key twice")
    return found


_DECODER = json.JSONDecoder(object_pairs_hook=_unique)
