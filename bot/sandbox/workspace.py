"""The state of a fake workspace: users, channels, messages. No network access in here."""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

Json = dict[str, Any]


@dataclass
class User:
    """A user of the workspace (docs.slack.dev/reference/objects/user-object)."""

    id: str
    name: str
    team_id: str
    tz: str = "Europe/Berlin"
    is_bot: bool = False
    is_admin: bool = False
    is_owner: bool = False
    is_restricted: bool = False
    is_ultra_restricted: bool = False
    is_stranger: bool = False
    deleted: bool = False
    locale: str = "en-US"
    status: str = ""

    def as_json(self, now: float) -> Json:
        """Return the user as users.info does.

        Args:
            now: Unix seconds; the UTC offset of the user's time zone is that of this time.
        """
        local = datetime.fromtimestamp(now, UTC).astimezone(ZoneInfo(self.tz))
        offset = local.utcoffset()
        return {
            "id": self.id,
            "team_id": self.team_id,
            "name": self.name,
            "real_name": self.name.title(),
            "tz": self.tz,
            "tz_label": local.tzname(),
            "tz_offset": int(offset.total_seconds()) if offset else 0,
            "is_bot": self.is_bot,
            "is_admin": self.is_admin,
            "is_owner": self.is_owner,
            "is_restricted": self.is_restricted,
            "is_ultra_restricted": self.is_ultra_restricted,
            "is_stranger": self.is_stranger,
            "deleted": self.deleted,
            "profile": {"status_text": self.status, "status_emoji": "", "status_expiration": 0},
        }


@dataclass
class Channel:
    """A conversation (docs.slack.dev/reference/objects/conversation-object)."""

    id: str
    name: str
    members: list[str]
    is_private: bool = False
    is_im: bool = False
    is_ext_shared: bool = False
    is_pending_ext_shared: bool = False
    is_org_shared: bool = False
    is_archived: bool = False
    messages: list[Json] = field(default_factory=list)
    ephemerals: list[Json] = field(default_factory=list)

    @property
    def kind(self) -> str:
        """The ``channel_type`` in events."""
        return "im" if self.is_im else "group" if self.is_private else "channel"

    def as_json(self, bot_user_id: str) -> Json:
        """Return the channel as conversations.info does, for the bot with this user id."""
        return {
            "id": self.id,
            "name": self.name,
            "is_channel": not (self.is_private or self.is_im),
            "is_group": self.is_private,
            "is_im": self.is_im,
            "is_mpim": False,
            "is_private": self.is_private or self.is_im,
            "is_archived": self.is_archived,
            "is_member": bot_user_id in self.members,
            "is_shared": self.is_ext_shared or self.is_org_shared,
            "is_ext_shared": self.is_ext_shared,
            "is_org_shared": self.is_org_shared,
            "is_pending_ext_shared": self.is_pending_ext_shared,
            "num_members": len(self.members),
        }

    def find(self, ts: str) -> Json | None:
        """Return the message with this ts, or None."""
        return next((m for m in self.messages if m["ts"] == ts), None)


@dataclass(frozen=True)
class ResponseTarget:
    """Where a response URL posts to.

    Attributes:
        channel_id: the channel. user_id: the only user who sees the response.
        ts: the message whose button was clicked; empty if there was none.
    """

    channel_id: str
    user_id: str
    ts: str = ""


class Workspace:
    """Users, channels and messages of one fake workspace.

    User, channel and message ids depend only on the order of the calls and on the clock. Two
    workspaces that are built in the same way and differ in ``team_id`` have colliding ids.

    Args:
        clock: returns Unix seconds; the source of message timestamps.
        team_id, app_id, bot_user_id, bot_id: the ids that Slack assigns.
        bot_token: the token that the Web API accepts; by default a different one per team.
        app_token, signing_secret: the app's; the same for all workspaces that install the app.

    Attributes:
        open_modals: the id of the view that each user has open, by user id.
        trigger_users: who a trigger id was made for; a modal opens for that user.
        is_installed: whether the app is; without it, the token is refused and no event is sent.
        granted_scopes: what auth.test names in its header, comma-separated; empty for no header.
    """

    def __init__(
        self,
        clock: Callable[[], float] = time.time,
        *,
        team_id: str = "T0REFRAME",
        app_id: str = "A0REFRAME",
        bot_user_id: str = "U0REFRAME",
        bot_id: str = "B0REFRAME",
        bot_token: str | None = None,
        app_token: str = "xapp-1-A0REFRAME-sandbox",  # noqa: S107 - valid only here
        signing_secret: str = "5a4d" * 8,  # as Slack makes them; valid only here
    ) -> None:
        self.clock = clock
        self.team_id = team_id
        self.app_id = app_id
        self.bot_user_id = bot_user_id
        self.bot_id = bot_id
        self.bot_token = bot_token or f"xoxb-{team_id}-sandbox"
        self.older_tokens: set[str] = set()  # replaced, and not yet expired
        self.app_token = app_token
        self.signing_secret = signing_secret
        self.is_installed = True
        self.granted_scopes = ""
        self.users: dict[str, User] = {}
        self.channels: dict[str, Channel] = {}
        self.views: dict[str, Json] = {}
        self.home_tabs: dict[str, Json] = {}
        self.open_modals: dict[str, str] = {}
        self.trigger_users: dict[str, str] = {}
        self.files: list[Json] = []
        self._ids = itertools.count(1)
        self._last_ts = 0
        self.users[bot_user_id] = User(bot_user_id, "reframe", team_id, tz="UTC", is_bot=True)

    def add_user(
        self,
        name: str,
        *,
        tz: str = "Europe/Berlin",
        is_bot: bool = False,
        is_restricted: bool = False,
        is_ultra_restricted: bool = False,
        is_stranger: bool = False,
        deleted: bool = False,
        team_id: str | None = None,
    ) -> str:
        """Add a user and return the user id."""
        user = User(
            id=f"U{next(self._ids):04}",
            name=name,
            team_id=team_id or self.team_id,
            tz=tz,
            is_bot=is_bot,
            is_restricted=is_restricted,
            is_ultra_restricted=is_ultra_restricted,
            is_stranger=is_stranger,
            deleted=deleted,
        )
        self.users[user.id] = user
        return user.id

    def add_channel(
        self,
        name: str,
        members: Iterable[str] = (),
        *,
        with_bot: bool = True,
        is_private: bool = False,
        is_im: bool = False,
        is_ext_shared: bool = False,
        is_pending_ext_shared: bool = False,
        is_org_shared: bool = False,
        is_archived: bool = False,
    ) -> str:
        """Add a conversation and return its id."""
        prefix = "D" if is_im else "C"
        channel = Channel(
            id=f"{prefix}{next(self._ids):04}",
            name=name,
            members=[*members, *([self.bot_user_id] if with_bot else [])],
            is_private=is_private,
            is_im=is_im,
            is_ext_shared=is_ext_shared,
            is_pending_ext_shared=is_pending_ext_shared,
            is_org_shared=is_org_shared,
            is_archived=is_archived,
        )
        self.channels[channel.id] = channel
        return channel.id

    def messages(self, channel_id: str) -> list[Json]:
        """Return all messages in a channel, including thread replies, oldest first."""
        return self.channels[channel_id].messages

    def replies(self, channel_id: str, ts: str) -> list[Json]:
        """Return the messages in a thread without its root, oldest first."""
        messages = self.channels[channel_id].messages
        return [m for m in messages if m.get("thread_ts") == ts and m["ts"] != ts]

    def ephemerals(self, channel_id: str, reader_id: str) -> list[Json]:
        """Return the ephemeral messages shown to a user in a channel, oldest first."""
        return [e for e in self.channels[channel_id].ephemerals if e["user"] == reader_id]

    def add_ephemeral(self, channel_id: str, reader_id: str, message: Json) -> Json:
        """Store an ephemeral message for one user (docs: chat.postEphemeral) and return it."""
        stored = {**message, "user": reader_id, "ts": self.next_ts()}
        self.channels[channel_id].ephemerals.append(stored)
        return stored

    def bot_messages(self) -> list[tuple[str, Json]]:
        """Return (channel id, message) for every bot message that has not been deleted."""
        return [
            (c.id, m)
            for c in self.channels.values()
            for m in c.messages
            if m.get("bot_id") == self.bot_id
        ]

    def next_ts(self) -> str:
        """Return a new, unique ts: the clock's time in microseconds, or one more than the last."""
        self._last_ts = max(self._last_ts + 1, int(self.clock() * 1_000_000))
        return f"{self._last_ts // 1_000_000}.{self._last_ts % 1_000_000:06}"

    def add_message(self, channel_id: str, message: Json, ts: str | None = None) -> Json:
        """Store a message, count it as a reply on its thread's root, and return it.

        Args:
            ts: a new one by default.
        """
        channel = self.channels[channel_id]
        stored = {"type": "message", **message, "ts": ts or self.next_ts()}
        channel.messages.append(stored)
        root_ts = stored.get("thread_ts")
        if root_ts and root_ts != stored["ts"]:
            root = channel.find(root_ts)
            if root is not None:
                root["thread_ts"] = root_ts
                root["reply_count"] = root.get("reply_count", 0) + 1
        return stored

    def conversations_of(self, user_id: str) -> list[Channel]:
        """Return a user's conversations as the bot sees them: others than public channels only if
        the bot is there too (docs.slack.dev/reference/methods/users.conversations)."""
        return [
            channel
            for channel in self.channels.values()
            if user_id in channel.members
            and (channel.kind == "channel" or self.bot_user_id in channel.members)
        ]

    def dm_channel(self, user_id: str) -> str:
        """Return the id of the bot's direct message channel with a user; create it if needed."""
        for channel in self.channels.values():
            if channel.is_im and user_id in channel.members:
                return channel.id
        return self.add_channel(f"dm-{user_id}", [user_id], is_im=True)
