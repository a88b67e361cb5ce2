"""What a message is surely about, and what can't be ruled out.

A question that presupposes a demo needs to know that there was one; a question about winning a deal
needs to know that the deal is not lost. The first asks for certainty, the second for absence of
doubt. ``find_situations`` says both in one list: ``"demo"`` is certain, ``"lost?"`` is in doubt.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
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
_SAYS_NOTHING_OF_A_DEAL = frozenset({"named_person"})


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
    if words < FEWEST_WORDS and not certain - _SAYS_NOTHING_OF_A_DEAL:
        return Reason.TOO_LITTLE
    return None
