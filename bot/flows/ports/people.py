"""The port to people: what each seller chose, was asked, and asked about."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

from bot.core.model import Preferences, Trap


@dataclass(frozen=True, slots=True)
class Topic:
    """What the last advice to a person was about: labels only. ``at``: Unix seconds."""

    trap: Trap | None
    situations: tuple[str, ...]
    at: float


@dataclass(frozen=True, slots=True)
class WrongLabel:
    """One "That's wrong": whose nudge, and which trap was seen."""

    key: str
    workspace_id: str
    user_id: str
    trap: Trap | None


class People(Protocol):
    """Preferences, mutes, questions and topics of each person. Times in Unix seconds.

    Attributes:
        keeps_words: whether what somebody types after "That's wrong" can be kept: only encrypted.
    """

    keeps_words: bool

    async def preferences(self, workspace_id: str, user_id: str) -> Preferences:
        """Return what a person has chosen; defaults if nothing."""

    async def update(self, workspace_id: str, user_id: str, **changes: Any) -> None:
        """Change what a person has chosen; the names are those of ``Preferences``."""

    async def muted_until(self, workspace_id: str, user_id: str, trap: Trap) -> float | None:
        """Return until when a person gets no question about a trap."""

    async def mutes(self, workspace_id: str, user_id: str) -> dict[Trap, float]:
        """Return until when a person gets no question about each trap that was ever muted."""

    async def mute(self, workspace_id: str, user_id: str, trap: Trap, *, until: float) -> None:
        """Send a person no question about a trap until then."""

    async def asked_questions(self, workspace_id: str, user_id: str) -> dict[str, float]:
        """Return when a person last got each question, by question id."""

    async def note_question(
        self, workspace_id: str, user_id: str, question_id: str, *, at: float
    ) -> None:
        """Remember that a person got a question."""

    async def topic(self, workspace_id: str, user_id: str) -> Topic | None:
        """Return what the last advice to a person was about."""

    async def set_topic(self, workspace_id: str, user_id: str, topic: Topic) -> None:
        """Remember what an advice was about, for a follow-up."""

    async def add_label(self, label: WrongLabel, *, now: float) -> None:
        """Keep that a nudge was wrong, without any words, once."""

    async def explain_label(
        self, workspace_id: str, key: str, user_id: str, *, reason: str, words: str, now: float
    ) -> bool:
        """Add what the person wrote about it. False: there is no such label of this person.

        Words are kept encrypted, or not at all where ``keeps_words`` is false.
        """
