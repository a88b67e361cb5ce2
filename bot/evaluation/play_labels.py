"""Reads asks that people labeled with the play that fits them, and measures how many are found."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path

from bot.core.plays import PlayReading
from bot.evaluation.tables import Table
from bot.flows.errors import CorpusError

NONE = "none"  # of the plays fits
_SHOWN_CHARACTERS = 100


@dataclass(frozen=True, slots=True)
class PlayAsk:
    """An ask and the plays that fit it.

    Attributes:
        author: who wrote it; the name of its file.
        play: the one that fits best; None if none does.
        also: a second one that fits; None if there is none.
    """

    text: str
    author: str
    play: str | None
    also: str | None = None

    @property
    def plays(self) -> frozenset[str]:
        """All plays that fit."""
        return frozenset(name for name in (self.play, self.also) if name)


def read_play_asks(path: Path, known: Collection[str]) -> list[PlayAsk]:
    """Read the asks of a file, or of all files in a folder.

    Args:
        path: JSON lines with ``text``, ``play`` and ``also``.
        known: the ids of the plays.

    Raises:
        CorpusError: A line is no such object, or names an unknown play.
    """
    files = sorted(path.glob("*.jsonl")) if path.is_dir() else [path]
    asks = []
    for file in files:
        for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), 1):
            try:
                row = json.loads(line)
                names = [row["play"], row["also"] or NONE]
                text = row["text"]
            except (ValueError, KeyError, TypeError) as error:
                raise CorpusError(f"{file}:{number}: needs text, play and also") from error
            for name in names:
                if name != NONE and name not in known:
                    raise CorpusError(f'{file}:{number}: no play is called "{name}"')
            play, also = (None if name == NONE else name for name in names)
            asks.append(PlayAsk(text, file.stem, play, also))
    return asks


@dataclass(frozen=True, slots=True)
class FoundPlay:
    """An ask, and what was found in it."""

    ask: PlayAsk
    reading: PlayReading

    @property
    def is_right(self) -> bool:
        """Whether a play that is certain fits; true also if none is certain."""
        return self.reading.certain is None or self.reading.certain in self.ask.plays

    @property
    def is_near(self) -> bool:
        """Whether the nearest play fits, certain or not."""
        return bool(self.ask.plays & set(self.reading.close[:1]))


def play_tables(results: Sequence[FoundPlay]) -> list[Table]:
    """Return the figures, and each play that is certain and wrong."""
    with_play = [r for r in results if r.ask.play]
    certain = [r for r in results if r.reading.certain]
    right = [r for r in certain if r.is_right]
    wrong = [r for r in certain if not r.is_right]
    unneeded = sum(r.ask.play is None for r in certain)
    headline = (
        ("asks that a play fits", str(len(with_play))),
        ("nearest play fits", _share(sum(r.is_near for r in with_play), len(with_play))),
        ("certain of a play", _share(len(certain) - unneeded, len(with_play))),
        ("certain and right", _share(len(right), len(certain))),
        ("asks that no play fits", str(len(results) - len(with_play))),
        ("of them certain of a play", str(unneeded)),
    )
    confused = Counter((r.ask.play or NONE, r.reading.certain or "") for r in wrong)
    rows = tuple(
        (r.ask.play or NONE, r.reading.certain or "", _shortened(r.ask.text)) for r in wrong
    )
    return [
        Table("Plays", ("what", "figure"), headline),
        Table(
            "Confused",
            ("fits", "found", "times"),
            tuple((a, b, str(n)) for (a, b), n in confused.most_common()),
        ),
        Table("Wrong", ("fits", "found", "text"), rows),
    ]


def _share(count: int, of: int) -> str:
    return f"{count} of {of}, {count / of:.0%}" if of else "0 of 0"


def _shortened(text: str) -> str:
    flat = " ".join(text.split())
    return flat if len(flat) <= _SHOWN_CHARACTERS else f"{flat[:_SHOWN_CHARACTERS]}..."
