"""The port to asks: what sellers ask of the bot, until it is answered."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from bot.flows.ports.work import WorkItem


class AskKind(StrEnum):
    """What is asked for: advice on some words, one more question, where an idea comes from, or
    all that is kept about the person.

    ``SMALL_TALK`` is what an ask for advice turns out to be once it is read: thanks, a wish, a
    question about the bot.
    """

    ADVICE = "advice"
    ANOTHER = "another"
    WHY = "why"
    DATA = "data"
    SMALL_TALK = "small_talk"


class ReplyPlace(StrEnum):
    """Where the reply goes: a response URL, an open modal, or the bot's direct conversation."""

    RESPONSE = "response"
    VIEW = "view"
    DIRECT = "direct"


@dataclass(frozen=True, slots=True)
class Ask:
    """One thing that a person asks of the bot.

    Attributes:
        key: unique in its workspace; a second delivery of the same press has the same key.
        text: the person's words; for ANOTHER and WHY what the button carried.
        place, address: where the reply goes: a URL, the id of a view, or a conversation.
        thread_ts: the message to reply to in the direct conversation; else empty.
        channel_id: the channel that it was asked in; empty in a direct conversation, or if Slack
            doesn't say.
    """

    key: str
    kind: AskKind
    workspace_id: str
    user_id: str
    place: ReplyPlace
    address: str
    text: str = ""
    thread_ts: str = ""
    channel_id: str = ""

    @property
    def log_name(self) -> str:
        """How a log line names it."""
        return f"workspace={self.workspace_id} ask={self.key}"

    def __repr__(self) -> str:
        return f"Ask({self.key}, {len(self.text)} characters)"


@dataclass(frozen=True, slots=True)
class ClaimedAsk:
    """An ask that one worker has claimed and is answering.

    Attributes:
        id: its row. asked_at: Unix seconds.
        attempts: how many tries it has had.
        claim_number, unfinished_claims: as in ``Candidate``.
        showing_since: when a reply began to be shown whose end is not known, Unix seconds.
        words_are_lost: the key that the words were sealed with is gone, so the text is empty.
    """

    id: int
    ask: Ask
    asked_at: float
    attempts: int
    lease_owner: str
    claim_number: int
    unfinished_claims: int
    showing_since: float | None = None
    words_are_lost: bool = False


class Asks(Protocol):
    """Asks that wait for their reply: ``waiting -> done``. The words go with the reply.

    Every change of a claimed ask holds only while the claim does, and returns False afterward.
    """

    async def add(self, ask: Ask, *, now: float) -> bool:
        """Keep an ask. False: it is here already."""

    async def claim_due(
        self,
        *,
        now: float,
        limit: int,
        owner: str,
        lease_until: float,
        without: Collection[str] = (),
        only: WorkItem | None = None,
    ) -> list[ClaimedAsk]:
        """Claim asks, oldest first; the rules are those of ``Inbox.claim_due``."""

    async def next_due(self, only: WorkItem | None = None) -> float | None:
        """Return when the next ask, or this one, can be claimed, Unix seconds; None if none
        waits."""

    async def count_since(self, workspace_id: str, user_id: str, since: float) -> int:
        """Return how often a person asked after a moment (Unix seconds), small talk aside."""

    async def complete(
        self, claimed: ClaimedAsk, *, now: float, is_small_talk: bool = False
    ) -> bool:
        """Note that it is answered, and perhaps that it was small talk; erase its words, its
        address, and its channel."""

    async def keep(self, claimed: ClaimedAsk) -> bool:
        """Return whether the claim holds, and let nobody else take the ask in this transaction."""

    async def mark_showing(self, claimed: ClaimedAsk, *, now: float) -> bool:
        """Note that a reply is about to be shown, and keep the claim."""

    async def retry_at(self, claimed: ClaimedAsk, at: float, *, attempts: int) -> bool:
        """Give a claimed ask back for another try at ``at`` (Unix seconds); nothing was shown.

        ``attempts``: how many tries it has had by now.
        """

    async def count_waiting(self) -> int:
        """Return how many asks wait for their reply, in all workspaces."""
