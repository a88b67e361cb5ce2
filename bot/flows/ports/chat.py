"""The port to Slack conversations: who reads, who wrote, what was said, and posting."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Protocol

from bot.core.model import Audience, Message, Person, Turn
from bot.flows.ports.outbox import ClaimedMessage


class Chat(Protocol):
    """Slack's conversations, as far as the bot takes part in them.

    Every method may raise a ``SlackCallError``: refused, rate limited, or unavailable.
    """

    async def audience(
        self, workspace_id: str, channel_id: str, *, fresh: bool = False
    ) -> Audience:
        """Return who can read a channel; UNKNOWN if Slack doesn't say.

        Guests and people from other companies are outsiders, and so is anybody who could be one
        soon (a channel about to be shared). If it is unknown, or a call fails, a line in the log
        says why, once per channel and day.

        Args:
            workspace_id: Slack's team id.
            channel_id: the channel.
            fresh: ask Slack now who is in the channel, instead of using an answer of the last ten
                minutes.
        """

    async def is_member(self, workspace_id: str, channel_id: str) -> bool:
        """Return whether the bot is in a channel right now, so that it can post there."""

    async def channels_with(self, workspace_id: str, user_id: str) -> Sequence[str]:
        """Return the ids of the channels that both the bot and a user are in right now."""

    async def person(self, workspace_id: str, user_id: str) -> Person:
        """Return a user's time zone, status, and whether they are a colleague."""

    async def preceding_messages(
        self, workspace_id: str, channel_id: str, thread_ts: str | None, ts: str
    ) -> tuple[Turn, ...]:
        """Return what was said just before a message, oldest first.

        Empty if the history may not be read or Slack fails: context is nice to have.
        """

    async def messages_at(
        self, workspace_id: str, channel_id: str, thread_ts: str | None, ts: Collection[str]
    ) -> Mapping[str, Message]:
        """Return messages of people as they stand now, by ts; those that are gone are missing.

        Args:
            workspace_id, channel_id: where they are.
            thread_ts: the thread that all of them are in; None if they are in none.
            ts: which messages.
        """

    async def post(self, claimed: ClaimedMessage) -> str:
        """Carry out an outgoing message and return its ts.

        Raises:
            DeliveryUnconfirmedError: it may or may not have been taken.
        """

    def leave_alone(self, workspace_id: str, method: str, *, until: float) -> None:
        """Raise ``RateLimitedError`` instead of calling a method before ``until`` (Unix seconds).

        What Slack itself says to this process is left alone without that. Asks nobody: it is called
        inside a transaction, for workspaces that may be gone.
        """

    async def find(self, claimed: ClaimedMessage) -> str | None:
        """Return the ts of our message that carries this key, or None if it isn't there."""
