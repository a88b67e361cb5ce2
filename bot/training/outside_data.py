"""Reads outside data for training: real chat, and real people's sentences about customers.

The folder (``REFRAME_TRAINING_DATA``) is no part of this repository; ``docs/detector.md`` names the
public sources, their commits and their licenses. Pages are dealt to parts by a hash of their name,
so that no sentence of a page is in two parts.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path

from bot.evaluation.corpus import LabeledMessage, read_messages

CHAT_FILE = "chat.jsonl"
SENTENCE_FILES = ("real_dev.jsonl", "real_natural.jsonl")
_THREAD = re.compile(r"reddit\.com/r/\w+/comments/(\w+)")
_CHAT_LEARNED = 65  # percent of the chat lines; the rest is for thresholds


class Part(StrEnum):
    """What a page is for."""

    LEARN = "learn"
    TUNE = "tune"  # the choice of thresholds
    ONCE = "once"  # opened when all is chosen


@dataclass(frozen=True, slots=True)
class OutsideData:
    """Real text, in parts.

    Attributes:
        chat, sentences: the messages of each part. Chat has no part ``ONCE``.
        missing: the files that were not there.
    """

    chat: dict[Part, list[LabeledMessage]]
    sentences: dict[Part, list[LabeledMessage]]
    missing: Sequence[str]


def read_outside_data(folder: Path | None) -> OutsideData:
    """Read what the folder holds. Without a folder, everything is missing.

    Raises:
        CorpusError, OSError: a file that is there is invalid, or can't be read.
    """
    chat: dict[Part, list[LabeledMessage]] = {part: [] for part in Part}
    sentences: dict[Part, list[LabeledMessage]] = {part: [] for part in Part}
    missing = []
    for name in (CHAT_FILE, *SENTENCE_FILES):
        path = folder / name if folder else None
        if path is None or not path.exists():
            missing.append(name)
            continue
        for message in read_messages(path, require_labels=name != CHAT_FILE):
            if name == CHAT_FILE:
                chat[_part_of_chat(message.text)].append(
                    replace(message, kind="ordinary", author=f"chat: {message.source}")
                )
            else:
                sentences[part_of_page(message.source)].append(
                    replace(message, author=message.source)
                )
    return OutsideData(chat, sentences, missing)


def part_of_page(source: str) -> Part:
    """Return the part of a page: half of them to learn from, a quarter each for the others."""
    thread = _THREAD.search(source)
    share = _percent(f"reframe{thread[1] if thread else source}")
    return Part.LEARN if share < 50 else Part.TUNE if share < 75 else Part.ONCE


def write_part(folder: Path, part: Part, output: Path) -> int:
    """Write the sentences of one part as they stand in the folder, to be evaluated.

    Returns:
        How many lines were written.
    """
    lines = [
        line
        for name in SENTENCE_FILES
        for line in (folder / name).read_text(encoding="utf-8").splitlines()
        if line.strip() and part_of_page(json.loads(line).get("source") or "") is part
    ]
    output.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    return len(lines)


def _part_of_chat(text: str) -> Part:
    return Part.LEARN if _percent(f"c{text}") < _CHAT_LEARNED else Part.TUNE


def _percent(text: str) -> int:
    return int(hashlib.sha256(text.encode()).hexdigest()[:8], 16) % 100
