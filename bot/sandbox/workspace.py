"""The state of the pretend workspace: people, channels, messages. No network in here."""

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
    """A member of the workspace (docs.slack.dev/reference/objects/user-object)."""

    id: str
    name: str
    team: str
    tz: str = "Europe/Berlin"
    is_bot: bool = False
    is_restricted: bool = False
    is_ultra_restricted: bool = False
    is_stranger: bool = False
    deleted: bool = False
    locale: str = "en-US"
    status: str = ""

    def as_json(self, now: float) -> Json:
        """As users.info returns it, with the offset that holds in its zone now."""
        local = datetime.fromtimestamp(now, UTC).astimezone(ZoneInfo(self.tz))
        offset = local.utcoffset()
        return {
            "id": self.id,
            "team_id": self.team,
            "name": self.name,
            "real_name": self.name.title(),
            "tz": self.tz,
            "tz_label": local.tzname(),
            "tz_offset": int(offset.total_seconds()) if offset else 0,
            "is_bot": self.is_bot,
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
        """``channel_type`` as events name it."""
        return "im" if self.is_im else "group" if self.is_private else "channel"

    def as_json(self, bot: str) -> Json:
        """As conversations.info returns it."""
        return {
            "id": self.id,
            "name": self.name,
            "is_channel": not (self.is_private or self.is_im),
            "is_group": self.is_private,
            "is_im": self.is_im,
            "is_mpim": False,
            "is_private": self.is_private or self.is_im,
            "is_archived": self.is_archived,
            "is_member": bot in self.members,
            "is_shared": self.is_ext_shared or self.is_org_shared,
            "is_ext_shared": self.is_ext_shared,
            "is_org_shared": self.is_org_shared,
            "is_pending_ext_shared": self.is_pending_ext_shared,
            "num_members": len(self.members),
        }

    def find(self, ts: str) -> Json | None:
        """The message with this ts."""
        return next((m for m in self.messages if m["ts"] == ts), None)


@dataclass(frozen=True)
class Address:
    """What a response address belongs to: a channel, a reader, and the message whose button was
    pressed, if there was one."""

    channel: str
    user: str
    ts: str = ""


class Workspace:
    """People, channels and messages of one pretend workspace.

    Args:
        clock: Unix seconds; gives messages their ts.
        team_id, app_id, bot_user_id, bot_id: the identities that Slack would give out.
        bot_token, app_token, signing_secret: what the app must show and check.
    """

    def __init__(
        self,
        clock: Callable[[], float] = time.time,
        *,
        team_id: str = "T0REFRAME",
        app_id: str = "A0REFRAME",
        bot_user_id: str = "U0REFRAME",
        bot_id: str = "B0REFRAME",
        bot_token: str = "xoxb-sandbox",  # noqa: S107 - opens nothing but this pretend Slack
        app_token: str = "xapp-1-A0REFRAME-sandbox",  # noqa: S107
        signing_secret: str = "sandbox-secret",  # noqa: S107
    ) -> None:
        self.clock = clock
        self.team_id = team_id
        self.app_id = app_id
        self.bot_user_id = bot_user_id
        self.bot_id = bot_id
        self.bot_token = bot_token
        self.app_token = app_token
        self.signing_secret = signing_secret
        self.users: dict[str, User] = {}
        self.channels: dict[str, Channel] = {}
        self.views: dict[str, Json] = {}
        self.homes: dict[str, Json] = {}
        self.files: list[Json] = []
        self._number = itertools.count(1)
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
        """Adds a member and returns the user id."""
        user = User(
            f"U{next(self._number):04}",
            name,
            team_id or self.team_id,
            tz,
            is_bot,
            is_restricted,
            is_ultra_restricted,
            is_stranger,
            deleted,
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
        """Adds a conversation and returns its id."""
        letter = "D" if is_im else "C"
        channel = Channel(
            f"{letter}{next(self._number):04}",
            name,
            [*members, *([self.bot_user_id] if with_bot else [])],
            is_private,
            is_im,
            is_ext_shared,
            is_pending_ext_shared,
            is_org_shared,
            is_archived,
        )
        self.channels[channel.id] = channel
        return channel.id

    def messages(self, channel: str) -> list[Json]:
        """All messages of a channel, thread replies too, oldest first."""
        return self.channels[channel].messages

    def replies(self, channel: str, ts: str) -> list[Json]:
        """The messages in a thread, without its root."""
        said = self.channels[channel].messages
        return [m for m in said if m.get("thread_ts") == ts and m["ts"] != ts]

    def ephemerals(self, channel: str, user: str) -> list[Json]:
        """What only this user was shown in a channel (docs: chat.postEphemeral)."""
        return [e for e in self.channels[channel].ephemerals if e["user"] == user]

    def show(self, channel: str, user: str, message: Json) -> Json:
        """Shows something to one user in a channel, and returns it as stored."""
        stored = {**message, "user": user, "ts": self.next_ts()}
        self.channels[channel].ephemerals.append(stored)
        return stored

    def own_posts(self) -> list[tuple[str, Json]]:
        """(channel, message) of everything that the bot has posted and that is still there."""
        return [
            (c.id, m)
            for c in self.channels.values()
            for m in c.messages
            if m.get("bot_id") == self.bot_id
        ]

    def next_ts(self) -> str:
        """A new ts: the time in microseconds, never twice."""
        self._last_ts = max(self._last_ts + 1, int(self.clock() * 1_000_000))
        return f"{self._last_ts // 1_000_000}.{self._last_ts % 1_000_000:06}"

    def add_message(self, channel: str, message: Json, ts: str | None = None) -> Json:
        """Stores a message, gives it a ts, and counts it on its thread's root."""
        stored = {"type": "message", **message, "ts": ts or self.next_ts()}
        self.channels[channel].messages.append(stored)
        root = stored.get("thread_ts")
        if root and root != stored["ts"]:
            parent = self.channels[channel].find(root)
            if parent is not None:
                parent["thread_ts"] = root
                parent["reply_count"] = parent.get("reply_count", 0) + 1
        return stored

    def direct_channel(self, user: str) -> str:
        """The id of the bot's direct conversation with a user, made when it is first needed."""
        for channel in self.channels.values():
            if channel.is_im and user in channel.members:
                return channel.id
        return self.add_channel(f"dm-{user}", [user], is_im=True)
