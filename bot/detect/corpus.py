"""The labelled messages that the detector learns from: ``tests/corpus`` and the playbook."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from bot.core.model import Trap
from bot.core.words import TrapWords

NONE = "none"
EASY = frozenset({"ordinary", "logistics", "banter", "technical", "bot_post", "grumble", "people"})


class CorpusProblem(Exception):
    """A file of messages or answers is bad; says which, on which line, and why."""


@dataclass(frozen=True, slots=True)
class Labelled:
    """One labelled message.

    Attributes:
        trap: the main trap, or None. also: further traps. kind: what sort of message it is.
        author: whose hand wrote it; splits go by it. pair: its contrast pair, if any.
        register: casual, terse, formal... channel: the transcript that it is from, if any.
    """

    id: str
    text: str
    context: tuple[str, ...]
    trap: Trap | None
    also: tuple[Trap, ...]
    kind: str
    author: str
    pair: str | None
    register: str = ""
    channel: str | None = None

    @property
    def group(self) -> str:
        """``trap``, ``hard`` or ``ordinary``: the three parts of the stated mix."""
        if self.trap:
            return "trap"
        return "ordinary" if self.kind in EASY else "hard"


def read(place: Path, *, labels: bool = True) -> list[Labelled]:
    """All messages of a folder's *.jsonl files, or of one file, in their order.

    Args:
        place: a folder or a file. A line needs ``id``, ``text`` and ``trap``; the rest may be
            left out. labels: False if ``trap`` may be left out too.

    Raises:
        CorpusProblem: a line is bad, or there is none.
        OSError: a file can't be read.
    """
    found = []
    for path in sorted(place.glob("*.jsonl")) if place.is_dir() else [place]:
        for number, line in enumerate(path.read_bytes().splitlines(), 1):
            if not line.strip():
                continue
            try:
                found.append(_labelled(json.loads(line), labels))
            except (ValueError, TypeError, RecursionError) as bad:
                raise CorpusProblem(f"{path.name}, line {number}: {_said(bad)}") from None
    if not found:
        raise CorpusProblem(f"there are no labelled messages in {place}")
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


def _labelled(row: object, labels: bool) -> Labelled:
    if not isinstance(row, dict):
        raise TypeError("not a JSON object")
    if not labels:
        row = {"trap": NONE, **row}
    for key in ("id", "text", "trap"):
        if not isinstance(row.get(key), str) or not row[key]:
            raise ValueError(f'"{key}" is missing')
    also, context = row.get("also") or [], row.get("context") or []
    if not all(
        isinstance(some, list) and all(isinstance(s, str) for s in some) for some in (also, context)
    ):
        raise TypeError('"also" and "context" must be lists of texts')
    trap = None if row["trap"] == NONE else Trap(row["trap"])
    return Labelled(
        id=row["id"],
        text=row["text"],
        context=tuple(context),
        trap=trap,
        also=tuple(Trap(a) for a in also),
        kind=str(row.get("kind") or ("trap" if trap else "hard")),
        author=str(row.get("author") or "?"),
        pair=str(row["pair"]) if row.get("pair") else None,
        register=str(row.get("register") or ""),
        channel=str(row["channel"]) if row.get("channel") else None,
    )


def _said(bad: Exception) -> str:
    return "not JSON" if isinstance(bad, json.JSONDecodeError | RecursionError) else str(bad)
