"""The port to the inbox: candidate messages, each decided once."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Protocol

from bot.core.model import Message, Reason
from bot.flows.ports.work import WorkItem


@dataclass(frozen=True, slots=True)
class NewMessage:
    """A message to be stored.

    Attributes:
        message: what was written.
        due_at: when it has settled and may be decided, Unix seconds.
        only_here: seal its text with a key that no other process has and that is stored nowhere,
            because it isn't known yet who reads the channel.
    """

    message: Message
    due_at: float
    only_here: bool = False


@dataclass(frozen=True, slots=True)
class Candidate:
    """A stored message that one worker has claimed and is deciding.

    Attributes:
        id: row in the inbox.
        message: what was written.
        attempts: how many tries it has had.
        lease_owner: who claimed it.
        claim_number: of this claim; each claim of the row has a higher one.
        unfinished_claims: how many claims in a row had no outcome, this one included.
        text_is_lost: the key that its text was sealed with is gone, so its text is empty here.
    """

    id: int
    message: Message
    attempts: int
    lease_owner: str
    claim_number: int
    unfinished_claims: int
    text_is_lost: bool = False


@dataclass(frozen=True, slots=True)
class SeenMessage:
    """A message that was stored once, without anything of it.

    Attributes:
        thread: the ts of the thread that a reply belongs to.
        at: when it was accepted, Unix seconds.
        has_nudge: whether it was answered with a question.
    """

    event_id: str
    workspace_id: str
    channel_id: str
    ts: str
    thread: str
    at: float
    has_nudge: bool


class Inbox(Protocol):
    """Candidate messages that wait for a decision, and what was decided. Their text is sealed.

    A row goes ``waiting -> decided``. Each statement changes only what it names, and tells whether
    it changed anything; which one to use when is the stories' business.
    """

    async def add(self, new: NewMessage, *, now: float) -> bool:
        """Insert a waiting message. False: this event or this message is there already."""

    async def add_all(self, new: Sequence[NewMessage], *, now: float) -> None:
        """Insert waiting messages, those that aren't there already."""

    async def add_tombstone(
        self,
        workspace_id: str,
        channel_id: str,
        ts: str,
        *,
        event_id: str,
        version: str,
        reason: Reason,
        now: float,
        author_id: str = "",
    ) -> bool:
        """Insert a decided row without text. False: the message is there already.

        It stands for an edit or a deletion that arrived before the message itself.
        """

    async def replace_waiting(self, new: NewMessage) -> bool:
        """Give a waiting message a newer wording, and end any claim on the older one.

        False: there is no waiting row with an older version.
        """

    async def end_waiting(
        self,
        workspace_id: str,
        channel_id: str,
        ts: str,
        *,
        version: str,
        reason: Reason,
        now: float,
    ) -> bool:
        """Decide a waiting message as silence and erase its text.

        False: there is no waiting row with an older version.
        """

    async def end_waiting_by_author(
        self,
        workspace_id: str,
        channel_id: str,
        author_id: str,
        *,
        before: str,
        reason: Reason,
        now: float,
    ) -> int:
        """Decide as silence all that waits from an author in a channel; return how many.

        Args:
            workspace_id, channel_id, author_id: whose, and where.
            before: only wordings of an earlier version than this ts.
            reason: of the silence.
            now: Unix seconds.
        """

    async def note_retraction(
        self, workspace_id: str, channel_id: str, author_id: str, ts: str, *, now: float
    ) -> None:
        """Note that an author took back, with the message ``ts``, what they had just written here.

        For what they wrote before and arrives later.
        """

    async def retractions_of(
        self, workspace_id: str, author_ids: Sequence[str]
    ) -> list[tuple[str, str, str]]:
        """Return what some authors took back: channel, author and ts of each such message."""

    async def note_withdrawal(
        self, workspace_id: str, channel_id: str, ts: str, *, reason: Reason
    ) -> None:
        """Note that a message that gets an answer was deleted, or edited into an ordinary one."""

    async def claim_due(
        self,
        *,
        now: float,
        limit: int,
        owner: str,
        lease_until: float,
        without: Collection[str] = (),
        only: WorkItem | None = None,
    ) -> list[Candidate]:
        """Claim settled messages, oldest first; nobody else gets them while the lease lasts.

        The claim is numbered and counted in the same statement; it is no try. A row whose lease has
        run out, or that this owner claimed before, can be claimed again.

        Args:
            now: Unix seconds.
            limit: how many at most.
            owner: who claims.
            lease_until: when the claim lapses, Unix seconds.
            without: the ids of workspaces to leave out.
            only: claim this one or none.
        """

    async def next_due(self, only: WorkItem | None = None) -> float | None:
        """Return when the next message, or this one, can be claimed, Unix seconds; None if none
        waits."""

    async def decide(self, candidate: Candidate, outcome: Reason | None, *, now: float) -> bool:
        """Decide a claimed message and erase its text; ``outcome`` None means that we speak.

        False: it was reworded, withdrawn or claimed anew meanwhile. Nothing is changed then.
        """

    async def release(self, candidate: Candidate, *, due_at: float, attempts: int) -> bool:
        """Give a claimed message back for another try.

        Args:
            candidate: as claimed.
            due_at: when it may be claimed again, Unix seconds.
            attempts: how many tries it has had by now.

        Returns:
            False if it is no longer ours.
        """

    async def discard(self, candidate: Candidate) -> bool:
        """Forget a claimed message: it is an ordinary one, or outsiders read the channel.

        False: as for ``decide``.
        """

    async def messages_of(self, workspace_id: str, author_id: str) -> list[SeenMessage]:
        """Return every message of an author that is still known."""

    async def count_waiting(self) -> int:
        """Return how many messages wait for a decision, in all workspaces."""
