"""What a message is surely about, and what can't be ruled out.

A question that presupposes a demo needs to know that there was one; a question about winning a deal
needs to know that the deal is not lost. The first asks for certainty, the second for absence of
doubt. ``find_situations`` says both in one list: ``"demo"`` is certain, ``"lost?"`` is in doubt.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from bot.core.model import Reason
from bot.core.policy import FEWEST_WORDS

LOST = "lost"
PROJECT = "project"
SEVERAL = "several"
GENERAL = "general"
NO_ONE_DEAL = frozenset({SEVERAL, GENERAL})
"""Remarks that are about no one deal, so that no question about a deal fits them."""
WHERE_A_DEAL_STANDS = NO_ONE_DEAL | {LOST, PROJECT}
"""What decides whether a question fits at all, so no phrase alone must."""

NO_WORD = frozenset({"silence", "no_show"})
"""They don't answer, or didn't come: never so of somebody who is quoted."""

_DOUBT = "?"
_CALLED = ":"
_SAYS_NOTHING_OF_A_DEAL = frozenset(
    [
        "named_person",
        "one_person",
        "not_serious",
        "haggling",
        "hard_to_please",
        "no_courage",
        "no_trust",
        "hard_to_take",
        "does_not_know",
        "no_effort",
        "disorder",
        "own_game",
        "red_tape",
        "takes_free",
        "holds_on",
        "hard_work",
        "one_motive",
        "guarded",
        "hopeless_case",
        "on_them",
        "undecided",
        "courtesy",
        "least_they_can_do",
        "owed",
    ]
)
"""What somebody is called or is like, and whose fault it is, says nothing of a deal."""


@dataclass(frozen=True, slots=True)
class Situation:
    """A concrete thing that a message can be about, and the phrases that show it.

    Attributes:
        cues: Certain in any message, unless a model was found to know better.
        told: Patterns that are certain in any message, whatever a model makes of it.
        unless: Patterns beside which those say nothing.
        names: How a question calls the thing, and the patterns for what the message calls it.
        asked: Certain enough in what a seller asks the bot, where missing what it is about costs
            more than a question that fits half.
    """

    id: str
    cues: tuple[str, ...] = ()
    asked: tuple[str, ...] = ()
    told: tuple[str, ...] = ()
    unless: tuple[str, ...] = ()
    names: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class SituationReading:
    """What a model makes of one message.

    Attributes:
        certain: ids of situations that it surely shows. Replaces what the phrase lists found, as
            far as the model knows these situations.
        possible: ids of those that can't be ruled out.
    """

    certain: frozenset[str]
    possible: frozenset[str]


class SituationReader(Protocol):
    """Reads a message for its situations; may take 10 ms."""

    def __call__(self, text: str, cued: Collection[str]) -> SituationReading:
        """Return what a message is about.

        Args:
            text: the message.
            cued: the situations whose phrases are in it.
        """


def in_doubt(situation: str) -> str:
    """Return how a list of situations names one that can't be ruled out."""
    return situation + _DOUBT


def called(situation: str, name: str) -> str:
    """Return how a list of situations says what the message calls one: ``"group:the board"``."""
    return situation + _CALLED + name


def is_name(situation: str) -> bool:
    """Return whether an entry of a list of situations says what the message calls one."""
    return _CALLED in situation


def name_said(needs: Sequence[str], situations: Collection[str]) -> str:
    """Return what a message calls the first of these situations that has a name; empty if none."""
    names = dict(s.split(_CALLED, 1) for s in situations if _CALLED in s)
    return next((names[need] for need in needs if need in names), "")


def no_deal_to_ask_about(text: str, situations: Sequence[str]) -> Reason | None:
    """Return why no question about a deal fits a message that nobody asked about; None if one may.

    Args:
        text: the message.
        situations: from ``Coach.find_situations``.
    """
    certain = {s for s in situations if not s.endswith(_DOUBT)}
    if certain & NO_ONE_DEAL:
        return Reason.NO_ONE_DEAL
    words = sum(any(c.isalpha() for c in word) for word in text.split())
    of_a_deal = {s for s in certain if not is_name(s)} - _SAYS_NOTHING_OF_A_DEAL
    if words < FEWEST_WORDS and not of_a_deal:
        return Reason.TOO_LITTLE
    return None
