"""Reads labeled messages: the files of ``tests/corpus``, and the examples of the playbook."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from bot.core.model import Trap
from bot.core.playbook_model import TrapContent
from bot.flows.errors import CorpusError

Speaker = Literal["seller", "colleague"]

NO_TRAP = "none"
ORDINARY_KINDS = frozenset(
    {"ordinary", "logistics", "banter", "technical", "bot_post", "grumble", "people"}
)


@dataclass(frozen=True, slots=True)
class LabeledMessage:
    """One labeled message.

    Attributes:
        context: earlier messages, oldest first.
        trap: the main trap, or None.
        also: further traps.
        kind: what sort of message it is.
        author: the annotator who wrote it; splits keep an author's messages together.
        pair: the id of its contrast pair, if any.
        register: casual, terse, formal...
        channel: the transcript that it belongs to, if any.
        source: the page that a real sentence stands on; empty for invented text.
        confidence: how surely two fair coaches would agree on the label, 1 to 3.
        speakers: who said each of ``context``, "seller" or "colleague"; empty if that isn't known.
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
    source: str = ""
    confidence: int = 3
    speakers: tuple[Speaker, ...] = ()

    @property
    def is_real(self) -> bool:
        """Whether a real person wrote it, not an author of a corpus."""
        return bool(self.source)

    @property
    def group(self) -> str:
        """One of ``trap``, ``hard`` (a look-alike) and ``ordinary``: the parts of the mix."""
        if self.trap:
            return "trap"
        return "ordinary" if self.kind in ORDINARY_KINDS else "hard"


def read_messages(path: Path, *, require_labels: bool = True) -> list[LabeledMessage]:
    """Read the messages of one file, or of a folder's ``*.jsonl`` files in alphabetical order.

    Args:
        path: a file or a folder. A line needs ``id``, ``text`` and ``trap``; the rest is optional.
        require_labels: False if ``trap`` is optional too.

    Raises:
        CorpusError: a line is invalid, or there are no messages.
        OSError: a file can't be read.
    """
    messages = []
    for file in sorted(path.glob("*.jsonl")) if path.is_dir() else [path]:
        for number, line in enumerate(file.read_bytes().splitlines(), 1):
            if not line.strip():
                continue
            try:
                messages.append(_parse(json.loads(line), require_labels))
            except (ValueError, TypeError, RecursionError) as error:
                raise CorpusError(f"{file.name}, line {number}: {_describe(error)}") from None
    if not messages:
        raise CorpusError(f"there are no labeled messages in {path}")
    return messages


def playbook_examples(traps: Iterable[TrapContent]) -> list[LabeledMessage]:
    """Return the playbook's examples of each trap and of its look-alikes as labeled messages."""
    return [
        LabeledMessage(f"{words.trap}-{kind}-{n:02}", text, (), trap, (), kind, "playbook", None)
        for words in traps
        for kind, trap, texts in (
            ("trap", words.trap, words.sounds_like),
            ("fact", None, words.is_not),
        )
        for n, text in enumerate(texts, 1)
    ]


def _parse(row: object, require_labels: bool) -> LabeledMessage:
    if not isinstance(row, dict):
        raise TypeError("not a JSON object")
    if not require_labels:
        row = {"trap": NO_TRAP, **row}
    for key in ("id", "text", "trap"):
        if not isinstance(row.get(key), str) or not row[key]:
            raise ValueError(f'"{key}" is missing')
    also, context = row.get("also") or [], row.get("context") or []
    if not (_is_list_of_texts(also) and _is_list_of_texts(context)):
        raise TypeError('"also" and "context" must be lists of texts')
    trap = None if row["trap"] == NO_TRAP else Trap(row["trap"])
    confidence = row.get("conf", 3)
    if confidence not in (1, 2, 3):
        raise ValueError('"conf" must be 1, 2 or 3')
    speakers: list[Speaker] = [
        "colleague" if s != "seller" else s for s in row.get("speakers") or ()
    ]
    if speakers and len(speakers) != len(context):
        raise ValueError('"speakers" must name one for each of "context"')
    return LabeledMessage(
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
        source=str(row.get("source") or ""),
        confidence=confidence,
        speakers=tuple(speakers),
    )


def _is_list_of_texts(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(item, str) for item in value)


def _describe(error: Exception) -> str:
    if isinstance(error, json.JSONDecodeError | RecursionError):
        return "not JSON"
    return str(error)
