"""Choose the play for an ask: what a veteran would answer to a seller in that spot.

A reply that takes the ask for something else is worse than none, so it is said only where the
reader is certain, or where a short ask has a phrase that shows one play, such as "hasn't answered",
and nothing that shows another. A draft, a plan and a step for another spot do harm, too: without
certainty they come from a play on which the reader and the situations in the ask agree, or from the
best of two between which the reader is torn; and the last one fits any.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from bot.core.asked_phrases import AskedPhrases, ReadAsk
from bot.core.playbook_model import Play
from bot.core.policy import PLAIN_ASK_WORDS


@dataclass(frozen=True, slots=True)
class PlayReading:
    """What a model makes of an ask.

    Attributes:
        certain: the id of the play that it surely is about; None if that is not sure.
        torn: the best one, if it would be certain but for another one that comes near.
        close: the ids of the nearest plays, the nearest first.
    """

    certain: str | None = None
    torn: str | None = None
    close: tuple[str, ...] = ()


class PlayReader(Protocol):
    """Reads what an ask is about; may take 10 ms."""

    def __call__(self, text: str) -> PlayReading:
        """Return which plays fit an ask."""


@dataclass(frozen=True, slots=True)
class PlayChoice:
    """The play for one ask.

    Attributes:
        play: whose draft, plan, and step fit best.
        is_certain: whether the ask surely is about it, so that its reply can be said.
        close: what a model may read to write its own answer, the nearest first.
    """

    play: Play
    is_certain: bool = False
    close: tuple[Play, ...] = ()


class Plays:
    """Chooses plays.

    Args:
        plays: of the playbook; the last one fits any ask.
        read: tells what an ask is about; None if its situations decide alone.
    """

    def __init__(self, plays: Sequence[Play], read: PlayReader | None = None) -> None:
        self._by_id = {play.id: play for play in plays}
        self._any = plays[-1]
        self._needs = {play.id: AskedPhrases(play.needs) for play in plays if play.needs}
        self._surely = {play.id: AskedPhrases(play.surely) for play in plays if play.surely}
        self._unless = {play.id: AskedPhrases(play.unless) for play in plays if play.unless}
        self._shown_by = {name: play.id for play in plays for name in play.when}
        self._read = read

    def read(self, text: str, situations: Sequence[str]) -> PlayReading:
        """Return what the reader makes of an ask, or what a phrase shows in a plain one.

        Args: see ``choose``.
        """
        reading = self._read(text) if self._read else PlayReading()
        shown = self._find_shown(ReadAsk(text), situations)
        if shown is None:
            return reading
        others = [name for name in reading.close if name != shown]
        return replace(reading, certain=shown, torn=None, close=(shown, *others))

    def choose(self, text: str, situations: Sequence[str]) -> PlayChoice:
        """Return the play for an ask. It may take 10 ms, so stories call it in a thread.

        Args:
            text: what the seller wrote.
            situations: in it, those that matter most first.
        """
        reading = self.read(text, situations)
        fitting = self._fitting(ReadAsk(text))
        close = tuple(fitting[name] for name in reading.close if name in fitting)
        certain = fitting.get(reading.certain or "")
        if certain is not None:
            return PlayChoice(certain, is_certain=True, close=close)
        of_situations = [p for each in situations for p in fitting.values() if each in p.when]
        agreed = [play for play in of_situations if self._read is None or play in close]
        torn = [p for p in (fitting.get(reading.torn or ""),) if p is not None]
        return PlayChoice(next(iter([*agreed, *torn]), self._any), close=close)

    def _fitting(self, ask: ReadAsk) -> Mapping[str, Play]:
        """Return the plays that have in the ask what they need."""
        lacking = {name for name, needed in self._needs.items() if not needed.match(ask)}
        return {name: play for name, play in self._by_id.items() if name not in lacking}

    def _find_shown(self, ask: ReadAsk, situations: Sequence[str]) -> str | None:
        """Return the one play that a phrase of a short ask shows, if nothing shows another."""
        if len(ask.words.split()) > PLAIN_ASK_WORDS:
            return None
        shown = [
            name
            for name, phrases in self._surely.items()
            if phrases.match(ask) and not (name in self._unless and self._unless[name].match(ask))
        ]
        if len(shown) != 1:
            return None
        play = self._by_id[shown[0]]
        others = {
            self._shown_by.get(each, play.id) for each in situations if each not in play.despite
        }
        return play.id if others <= {play.id} else None
