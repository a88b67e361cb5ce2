"""Read ``matters_for_people.toml``: its lists, with the ``{names}`` of ``[words]`` filled in."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import create_model

from bot.core.matters_for_people import CUES_PREFIX, EVERYDAY, IDIOMS, MatterKind
from bot.core.phrase_patterns import check_phrase
from bot.flows.errors import PlaybookError
from bot.playbook.shapes import Shape, SomeTexts
from bot.playbook.toml_file import parse_toml

_NAME = re.compile(r"\{(\w+)\}")
_LISTS: dict[str, Any] = dict.fromkeys((*MatterKind, IDIOMS, EVERYDAY), SomeTexts)
_SECTIONS: dict[str, Any] = {
    "words": dict[str, tuple[str, ...]],
    "matters": create_model("Matters", __base__=Shape, **_LISTS),
}
MattersFile = create_model("MattersFile", __base__=Shape, **_SECTIONS)
"""``matters_for_people.toml``."""


def read_matters(path: Path) -> dict[str, tuple[str, ...]]:
    """Return the lists under the names that ``MattersForPeople.of_cues`` knows.

    Raises:
        PlaybookError: The first thing that is wrong.
    """
    found: dict[str, Any] = dict(parse_toml(path, MattersFile))
    words = {name: f"({'|'.join(some)})" for name, some in found["words"].items()}
    return {
        f"{CUES_PREFIX}{name}": tuple(_read(phrase, words, path) for phrase in phrases)
        for name, phrases in dict(found["matters"]).items()
    }


def _read(phrase: str, words: Mapping[str, str], path: Path) -> str:
    """Return a phrase without apostrophes and names.

    Raises:
        PlaybookError: It is not well formed; names it and its line.
    """
    plain = phrase.replace("'", "")
    try:
        plain = _NAME.sub(lambda found: words[found[1]], plain)
        check_phrase(plain)
    except KeyError as unknown:
        why = f"[words] has no {unknown}"
    except ValueError as wrong:
        why = str(wrong)
    else:
        return plain
    lines = path.read_text(encoding="utf-8").splitlines()
    line = next((n for n, each in enumerate(lines, 1) if phrase in each), 1)
    raise PlaybookError(str(path), line, f'the phrase "{phrase[:60]}" can\'t be read: {why}')
