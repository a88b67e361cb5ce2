"""What a seller is told who writes about a matter for people: two sentences, and where to turn.

No coaching, no question, and nothing of the words is kept.
"""

from __future__ import annotations

from dataclasses import replace
from string import Template

from bot.core.matters_for_people import MatterKind, MattersForPeople, stand_in
from bot.core.playbook_model import Playbook
from bot.flows.ports.asks import Ask, AskKind
from bot.flows.ports.rendering import AskReply


class TurnToPeople:
    """Recognizes matters for people in what somebody writes to the bot, and answers them.

    Args:
        playbook: the words. matters: recognizes them.
        contact: whom the company's people can turn to, as it is shown; empty if none is set.
    """

    def __init__(self, playbook: Playbook, matters: MattersForPeople, contact: str = "") -> None:
        self._matters = matters
        self._playbook = playbook
        self._contact = contact

    def find(self, text: str) -> MatterKind | None:
        """Return the gravest kind of matter in a text, or None."""
        return self._matters.find(text)

    def without_words(self, ask: Ask) -> Ask:
        """Return an ask as it may be stored: of a matter for people nothing but its urgency."""
        kind = self._find_in(ask)
        return ask if kind is None else replace(ask, text=stand_in(kind))

    def reply_to(self, ask: Ask) -> AskReply | None:
        """Return the reply to an ask about a matter for people; None if it is about none."""
        kind = self._find_in(ask)
        return None if kind is None else AskReply(line=self.answer(kind))

    def answer(self, kind: MatterKind) -> str:
        """Return what to tell whoever wrote of a matter of this kind."""
        sentences = [self._text("answer"), self._where_to_turn()]
        if kind.may_be_danger_to_life:
            sentences.append(self._text("danger"))
        return " ".join(sentences)

    def _find_in(self, ask: Ask) -> MatterKind | None:
        return self.find(ask.text) if ask.kind is AskKind.ADVICE else None

    def _where_to_turn(self) -> str:
        if not self._contact:
            return self._text("anyone")
        return Template(self._text("contact")).substitute(contact=self._contact)

    def _text(self, key: str) -> str:
        return self._playbook.text("turn_to_people", key)
