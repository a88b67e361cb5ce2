"""The port to the outbox: what is to be said or taken back in Slack, each once."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any, Protocol

from bot.core.gate import Unprompted
from bot.flows.ports.work import WorkItem


class MessageKind(StrEnum):
    """What to do in Slack.

    ``NUDGE`` posts a question in a thread, ``EPHEMERAL_NUDGE`` shows it to its author only.
    ``MESSAGE`` posts what is rendered already, ``EPHEMERAL`` shows one line to one person.
    ``UPDATE`` is a MESSAGE that takes the place of another one of ours, if that was sent.
    ``DELETE`` takes a nudge away again.
    """

    NUDGE = "nudge"
    EPHEMERAL_NUDGE = "ephemeral_nudge"
    MESSAGE = "message"
    UPDATE = "update"
    EPHEMERAL = "ephemeral"
    DELETE = "delete"

    @property
    def is_rendered(self) -> bool:
        """Whether its content is a message as Slack shows it."""
        return self in (MessageKind.MESSAGE, MessageKind.UPDATE)

    @property
    def is_patient(self) -> bool:
        """Whether it is right also if it comes hours later; a question is about a moment."""
        return self.is_rendered or self is MessageKind.DELETE


QUESTIONS = (MessageKind.NUDGE, MessageKind.EPHEMERAL_NUDGE)
"""What asks somebody something."""


class DeliveryState(StrEnum):
    """What has become of an outgoing message."""

    WAITING = "waiting"
    SENT = "sent"
    DROPPED = "dropped"


@dataclass(frozen=True, slots=True)
class OutgoingMessage:
    """One thing to do in Slack, exactly once.

    Attributes:
        key: unique in its workspace; travels along as metadata, to find the message after a crash.
        channel_id: where to; for MESSAGE also a user id, for the bot's conversation with that user.
        recipient_id: whom it is for; empty for a whole channel.
        thread_ts: the thread it goes to; empty for none.
        content: what it holds, ready for JSON. NUDGE: mirror and question; EPHEMERAL: line and what
            it offers; MESSAGE: text and blocks. It is stored as it is, so it holds the
            playbook's words alone.
        private_content: the same with somebody's words in it, or a model's. It is sealed, and
            takes the place of ``content``; if its key is lost, ``content`` is sent. None for none.
        about_key: key of the nudge that a DELETE or an EPHEMERAL is about; of the notice to the
            channel that a nudge waits for; of the message that an UPDATE takes the place of.
        topic: what an EPHEMERAL tells, to recognize a double click.
        unprompted: what it is to the gate; None for what answers somebody.
        due_at: when it should come, Unix seconds; None for when it is enqueued.
    """

    key: str
    kind: MessageKind
    workspace_id: str
    channel_id: str
    recipient_id: str = ""
    thread_ts: str = ""
    content: Mapping[str, Any] = field(default_factory=dict)
    private_content: Mapping[str, Any] | None = None
    about_key: str = ""
    topic: str = ""
    unprompted: Unprompted | None = None
    due_at: float | None = None

    def in_place_of(self, key: str) -> OutgoingMessage:
        """Return the same MESSAGE as one that takes the place of another."""
        return replace(self, kind=MessageKind.UPDATE, about_key=key)


@dataclass(frozen=True, slots=True)
class ClaimedMessage:
    """An outgoing message that one worker has claimed and is delivering.

    Attributes:
        id: row in the outbox. created_at: when it was enqueued, Unix seconds.
        attempts: how many tries it has had.
        claim_number, unfinished_claims: as in ``Candidate``.
        sending_since: when an earlier try began whose end is not known, Unix seconds, else None.
        target_ts: DELETE: the ts of the message to take away. UPDATE: of the message to replace;
            empty if it was never sent.
        withdrawn: why it was taken back while it was being sent; empty if it wasn't.
    """

    id: int
    message: OutgoingMessage
    created_at: float
    attempts: int
    lease_owner: str
    claim_number: int
    unfinished_claims: int
    sending_since: float | None = None
    target_ts: str = ""
    withdrawn: str = ""


@dataclass(frozen=True, slots=True)
class Notice:
    """A notice to a channel; ``is_live``: it is queued, being sent, or sent."""

    key: str
    is_live: bool


class SentMessages(Protocol):
    """What was queued and sent before, as far as a later message depends on it."""

    async def enqueued_at(
        self, workspace_id: str, about_key: str, recipient_id: str, topic: str
    ) -> list[float]:
        """Return when a person was told of one topic about a nudge, Unix seconds, oldest first."""

    async def key_of_sent(self, workspace_id: str, recipient_id: str, ts: str) -> str | None:
        """Return the key of the MESSAGE that was sent to a person as this ts."""

    async def last_notice(self, workspace_id: str, channel_id: str) -> Notice | None:
        """Return the latest CHANNEL_NOTICE to a channel; None if none is kept."""

    async def last_sent(
        self, workspace_id: str, recipient_id: str, unprompted: Unprompted, *, since: float
    ) -> str | None:
        """Return the key of the last message of a kind that was sent to a person.

        Args:
            workspace_id, recipient_id: the person.
            unprompted: the kind.
            since: Unix seconds; None is returned if none was sent after that.
        """


class Outbox(SentMessages, Protocol):
    """Outgoing messages: ``queued -> sending -> sent | dropped``.

    Every change of a claimed message holds only while the claim does: it compares owner and
    claim number, and returns False if another worker has the message by now.
    """

    async def enqueue(self, message: OutgoingMessage, *, now: float) -> bool:
        """Queue a message. False: one with this key was queued before."""

    async def claim_ready(
        self,
        *,
        now: float,
        limit: int,
        owner: str,
        lease_until: float,
        without: Collection[str] = (),
        only: WorkItem | None = None,
    ) -> list[ClaimedMessage]:
        """Claim what may be tried now, oldest first, at most one message per channel.

        Ready is what is queued, and what was being sent long enough ago that no request can be
        under way. A DELETE is ready once its nudge is sent; a nudge or an UPDATE that names a
        message in ``about_key``, once that is sent or dropped. Channels on hold are left out, and a
        claimed channel is on hold for everybody else while the lease lasts.

        Args:
            now: Unix seconds.
            limit: how many at most.
            owner: who claims.
            lease_until: when the claim lapses, Unix seconds.
            without: the ids of workspaces to leave out.
            only: claim this one or none.
        """

    async def next_ready(self, only: WorkItem | None = None) -> float | None:
        """Return when the next message, or this one, can be claimed, Unix seconds; None if none
        waits, or if it waits for another one."""

    async def next_open(self) -> float | None:
        """Return when the next message that nobody has claimed is due, Unix seconds; None if there
        is none. It may have to wait longer: for another message, or for its channel."""

    async def mark_sending(
        self, claimed: ClaimedMessage, *, now: float, unconfirmed_until: float
    ) -> bool:
        """Note a try before it happens, and keep the claim while it may be under way."""

    async def mark_sent(self, claimed: ClaimedMessage, ts: str, *, now: float) -> bool:
        """Note that it is sent, with Slack's ts, and erase what it held. What an EPHEMERAL_NUDGE
        held stays, for the thread."""

    async def retry_at(self, claimed: ClaimedMessage, at: float, *, attempts: int) -> bool:
        """Queue it again for another try; nothing was sent.

        Args:
            claimed: as claimed.
            at: when it may be claimed again, Unix seconds.
            attempts: how many tries it has had by now.
        """

    async def recheck_at(self, claimed: ClaimedMessage, at: float, *, attempts: int) -> bool:
        """Look later (Unix seconds) whether it was sent; that is not known."""

    async def drop(self, claimed: ClaimedMessage, reason: str, *, now: float) -> bool:
        """Give up on it, with the reason, and erase what it held; see ``mark_sent``."""

    async def hold_channel(
        self, workspace_id: str, channel_id: str, *, until: float, owner: str | None = None
    ) -> None:
        """Claim nothing for this channel before ``until`` (Unix seconds).

        It takes the place of the hold that a claim puts on a channel; ``until`` now ends it.

        Args:
            workspace_id: Slack's team id.
            channel_id: the channel.
            until: when the channel is free, Unix seconds.
            owner: only change a hold that this owner's claim put there; None for any hold.
        """

    async def cancel(self, workspace_id: str, key: str, reason: str, *, now: float) -> bool:
        """Drop a message that is still queued. False: it is being sent, sent, or gone.

        One that is being sent is not tried again after that: it comes back ``withdrawn``.
        """

    async def cancel_deletion_of(self, workspace_id: str, key: str, *, now: float) -> None:
        """Drop the queued DELETE of a nudge that was never sent."""

    async def is_live(self, workspace_id: str, key: str) -> bool:
        """Return whether a message is queued, being sent, or sent."""

    async def delivery_state(self, workspace_id: str, key: str) -> DeliveryState | None:
        """Return what has become of a message; None if there is none with this key."""

    async def contents_of(
        self, workspace_id: str, key: str
    ) -> tuple[Mapping[str, Any], Mapping[str, Any] | None]:
        """Return the content and the private content of a message, as far as they are kept."""

    async def count_open(self) -> int:
        """Return how many messages are neither sent nor dropped, in all workspaces."""
