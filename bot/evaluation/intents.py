"""Measures how well asks are understood: how many are right, what is confused, and each miss."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from bot.core.intents import Intent
from bot.evaluation.tables import Table
from bot.flows.errors import CorpusError

GRAVE = frozenset({Intent.STOP, Intent.PAUSE, Intent.INSULT})
"""What no ask about a deal may be taken for: its author would be silenced or brushed off."""

_SHOWN_CHARACTERS = 100


@dataclass(frozen=True, slots=True)
class LabeledAsk:
    """An ask, and what its author wants."""

    text: str
    intent: Intent


@dataclass(frozen=True, slots=True)
class Understood:
    """An ask, and what was found in it."""

    ask: LabeledAsk
    found: Intent

    @property
    def is_right(self) -> bool:
        """Whether the two agree."""
        return self.ask.intent is self.found


def read_asks(path: Path) -> list[LabeledAsk]:
    """Read JSON lines with ``text`` and ``intent``.

    Raises:
        CorpusError: a line is wrong; names it.
    """
    asks = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        try:
            row = json.loads(line)
            asks.append(LabeledAsk(row["text"], Intent(row["intent"])))
        except (KeyError, TypeError, ValueError) as wrong:
            why = f"must hold a text and an intent ({type(wrong).__name__})"
            raise CorpusError(f"{path.name}, line {number}: {why}") from None
    return asks


@dataclass(frozen=True, slots=True)
class PlainAsk:
    """An ask of which nobody has said what its author wants."""

    id: str
    text: str


def read_plain_asks(path: Path) -> list[PlainAsk]:
    """Read JSON lines with ``text``; an ask without an ``id`` is named by its line.

    Raises:
        CorpusError: a line is wrong, or an id comes twice; names it.
    """
    asks: dict[str, PlainAsk] = {}
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        where = f"{path.name}, line {number}"
        try:
            row = json.loads(line)
            ask = PlainAsk(str(row.get("id") or f"ask-{number:03}"), str(row["text"]))
        except (AttributeError, KeyError, ValueError) as wrong:
            raise CorpusError(f"{where}: must hold a text ({type(wrong).__name__})") from None
        if ask.id in asks:
            raise CorpusError(f"{where}: the id {ask.id} comes twice")
        asks[ask.id] = ask
    return list(asks.values())


def understand(asks: Sequence[LabeledAsk], find: Callable[[str], Intent]) -> list[Understood]:
    """Return what ``find`` finds in each ask."""
    return [Understood(ask, find(ask.text)) for ask in asks]


def accuracy(results: Sequence[Understood]) -> float:
    """Return the share that is right, 0 to 1."""
    return sum(result.is_right for result in results) / len(results)


def grave_mistakes(results: Sequence[Understood]) -> list[Understood]:
    """Return the asks about a deal that were taken for a wish to be left alone, or an insult."""
    return [r for r in results if r.ask.intent is Intent.DEAL and r.found in GRAVE]


def intent_tables(results: Sequence[Understood]) -> list[Table]:
    """Return the figures, what is confused with what, and each miss."""
    missed = [r for r in results if not r.is_right]
    wanted = Counter(r.ask.intent for r in results)
    right = Counter(r.ask.intent for r in results if r.is_right)
    confused = Counter((r.ask.intent, r.found) for r in missed)
    headline = (
        ("asks", str(len(results))),
        ("right", f"{accuracy(results):.1%}"),
        ("deals taken for stop, pause or insult", str(len(grave_mistakes(results)))),
    )
    return [
        Table("Asks", ("what", "figure"), headline),
        Table(
            "By intent",
            ("intent", "right", "of"),
            tuple((i.value, str(right[i]), str(wanted[i])) for i in Intent if wanted[i]),
        ),
        Table(
            "Confused",
            ("wanted", "found", "times"),
            tuple((a.value, b.value, str(n)) for (a, b), n in confused.most_common()),
        ),
        Table(
            "Misses",
            ("wanted", "found", "text"),
            tuple((r.ask.intent.value, r.found.value, _shortened(r.ask.text)) for r in missed),
        ),
    ]


def _shortened(text: str) -> str:
    flat = " ".join(text.split())
    return flat if len(flat) <= _SHOWN_CHARACTERS else f"{flat[:_SHOWN_CHARACTERS]}..."
