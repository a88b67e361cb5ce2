"""What a seller is told who writes about a matter for people: two sentences, and where to turn.

No coaching, no question, and nothing of the words is kept.
"""

from __future__ import annotations

from dataclasses import replace
from string import Template

from bot.core.languages import UiStrings
from bot.core.matters_for_people import MatterKind, MattersForPeople, stand_in
from bot.flows.ports.asks import Ask, AskKind


class TurnToPeople:
    """Recognizes matters for people in what somebody writes to the bot, and answers them.

    Args:
        matters: recognizes them.
    """

    def __init__(self, matters: MattersForPeople) -> None:
        self._matters = matters

    def find(self, text: str) -> MatterKind | None:
        """Return the gravest kind of matter in a text, or None."""
        return self._matters.find(text)

    def without_words(self, ask: Ask) -> Ask:
        """Return an ask as it may be stored: of a matter for people nothing but its urgency."""
        kind = self.find_in(ask)
        return ask if kind is None else replace(ask, text=stand_in(kind))

    def answer(self, kind: MatterKind, strings: UiStrings, contact: str) -> str:
        """Return what to tell whoever wrote of a matter of this kind.

        Args:
            kind: of the matter.
            strings: the UI strings.
            contact: whom the workspace's people can turn to, as it is shown; empty if none is set.
        """
        words = strings["turn_to_people"]
        to_whom = Template(words["contact"]).substitute(contact=contact)
        sentences = [words["answer"], to_whom if contact else words["anyone"]]
        if kind.may_be_danger_to_life:
            sentences.append(words["danger"])
        return " ".join(sentences)

    def find_in(self, ask: Ask) -> MatterKind | None:
        """Return the kind of matter that an ask is about; None if it is about none."""
        return self.find(ask.text) if ask.kind is AskKind.ADVICE else None
