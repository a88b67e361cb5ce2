"""The labelled messages that the detector learns from: ``tests/corpus`` and the playbook."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from bot.core.model import Trap, TrapWords

NONE = "none"
EASY = frozenset({"ordinary", "logistics", "banter", "technical", "bot_post", "grumble", "people"})


@dataclass(frozen=True, slots=True)
class Labelled:
    """One labelled message.

    Attributes:
        trap: the main trap, or None. also: further traps. kind: what sort of message it is.
        author: whose hand wrote it; splits go by it. pair: its contrast pair, if any.
    """

    id: str
    text: str
    context: tuple[str, ...]
    trap: Trap | None
    also: tuple[Trap, ...]
    kind: str
    author: str
    pair: str | None

    @property
    def group(self) -> str:
        """``trap``, ``hard`` or ``ordinary``: the three parts of the stated mix."""
        if self.trap:
            return "trap"
        return "ordinary" if self.kind in EASY else "hard"


def read(folder: Path) -> list[Labelled]:
    """All labelled messages of a folder, in the order of files and lines.

    Raises:
        ValueError: a line is bad; names the file and the line.
    """
    found = []
    for path in sorted(folder.glob("*.jsonl")):
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            try:
                found.append(_labelled(json.loads(line)))
            except (ValueError, KeyError, TypeError) as bad:
                raise ValueError(f"{path.name}, line {number}: {bad}") from None
    if not found:
        raise ValueError(f"there are no *.jsonl files in {folder}")
    return found


def examples(traps: Iterable[TrapWords]) -> list[Labelled]:
    """What the playbook itself gives as examples of each trap, and of what only looks like it."""
    return [
        Labelled(f"{words.trap}-{kind}-{n:02}", text, (), trap, (), kind, "playbook", None)
        for words in traps
        for kind, trap, texts in (
            ("trap", words.trap, words.sounds_like),
            ("fact", None, words.is_not),
        )
        for n, text in enumerate(texts, 1)
    ]


def _labelled(row: dict[str, object]) -> Labelled:
    trap = row["trap"]
    also = row.get("also") or []
    context = row.get("context") or []
    if not isinstance(also, list) or not isinstance(context, list):
        raise TypeError('"also" and "context" must be lists')
    return Labelled(
        id=str(row["id"]),
        text=str(row["text"]),
        context=tuple(str(c) for c in context),
        trap=None if trap == NONE else Trap(str(trap)),
        also=tuple(Trap(str(a)) for a in also),
        kind=str(row["kind"]),
        author=str(row["author"]),
        pair=str(row["pair"]) if row.get("pair") else None,
    )
