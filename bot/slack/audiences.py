"""Who can read a channel: only colleagues, also people from outside, or nobody knows.

Slack says whether a channel is shared with another company. It doesn't say whether guests are in
it, so its members are looked at (docs.slack.dev/reference/methods/conversations.members).
"""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Callable, Coroutine, Sequence
from typing import Any

from bot.core.model import Audience, Person
from bot.core.once_a_day import OncePerDay
from bot.flows.concurrency import run_all
from bot.flows.errors import SlackCallError, SlackRefusedError, SlackUnavailableError
from bot.flows.ports.clock import Clock
from bot.slack.cache import WorkspaceCache
from bot.slack.clients import ClientProvider
from bot.slack.web_api import call_read

log = logging.getLogger(__name__)

_PAGE = 200  # Slack recommends no more
_USERS_AT_A_TIME = 8
_SHARED = ("is_ext_shared", "is_pending_ext_shared", "pending_shared", "pending_connected_team_ids")
_OTHERS_DECIDE = frozenset({"missing_scope", "no_permission", "user_not_found", "user_not_visible"})


class _UnknownError(Exception):
    """Nobody can tell who reads the channel; the message says why, fit for a log."""


class Audiences:
    """Finds out who can read a channel, and remembers it for a while.

    Args:
        clients: the workspaces' clients.
        clock: Unix seconds.
        person: describes a user of a workspace; it remembers users itself.
        most_members: a channel with more members is not looked through.
    """

    def __init__(
        self,
        clients: ClientProvider,
        clock: Clock,
        person: Callable[[str, str], Coroutine[Any, Any, Person]],
        most_members: int,
    ) -> None:
        self._clients = clients
        self._person = person
        self._most_members = most_members
        self._known = WorkspaceCache(self._fetch, clock)
        self._first_today = OncePerDay(clock)

    async def get(self, workspace_id: str, channel_id: str, *, fresh: bool = False) -> Audience:
        """Return who can read a channel; UNKNOWN, with a line in the log, if Slack doesn't say.

        Args:
            workspace_id: Slack's team id.
            channel_id: the channel.
            fresh: ask Slack now who is in the channel.

        Raises:
            SlackCallError: Slack can't be asked now.
        """
        try:
            return await self._known.get(workspace_id, channel_id, fresh=fresh)
        except _UnknownError as unknown:
            self._say_once(workspace_id, channel_id, str(unknown))
            return Audience.UNKNOWN
        except SlackCallError as failure:
            self._say_once(workspace_id, channel_id, str(failure))
            raise

    def drop(self, workspace_id: str, channel_id: str) -> None:
        """Forget who reads a channel: somebody came or left, or it was shared."""
        self._known.drop(workspace_id, channel_id)

    def user_changed(self, workspace_id: str, *, is_outsider: bool) -> None:
        """Forget what may no longer hold since somebody is a guest from now on, or no longer."""
        holds = Audience.OUTSIDERS if is_outsider else Audience.COLLEAGUES
        self._known.drop_where(workspace_id, lambda audience: audience is not holds)

    def _say_once(self, workspace_id: str, channel_id: str, why: str) -> None:
        if self._first_today.is_first(workspace_id, channel_id, why):
            log.warning(
                "workspace=%s channel=%s the bot stays quiet: it can't tell who reads here (%s)",
                workspace_id,
                channel_id,
                why,
            )

    async def _fetch(self, workspace_id: str, channel_id: str) -> Audience:
        try:
            if await self._is_shared(workspace_id, channel_id):
                return Audience.OUTSIDERS
            seen = 0
            async for page in self._members(workspace_id, channel_id):
                seen += len(page)
                if seen > self._most_members:
                    why = f"it has more than {self._most_members} members"
                    self._say_once(workspace_id, channel_id, why)
                    return Audience.UNKNOWN
                if await self._has_outsider(workspace_id, page):
                    return Audience.OUTSIDERS
        except SlackRefusedError as refused:
            if refused.code not in _OTHERS_DECIDE:
                raise
            raise _UnknownError(_reason(refused)) from refused
        return Audience.COLLEAGUES

    async def _is_shared(self, workspace_id: str, channel_id: str) -> bool:
        client = await self._clients.client(workspace_id)
        response = await call_read(client, client.conversations_info(channel=channel_id))
        channel = response.get("channel")
        if not isinstance(channel, dict) or channel.get("is_ext_shared") is None:
            raise _UnknownError("Slack's answer has no is_ext_shared")
        return any(channel.get(flag) for flag in _SHARED)

    async def _members(self, workspace_id: str, channel_id: str) -> AsyncIterator[Sequence[str]]:
        """Yield the members page by page."""
        client, cursor = await self._clients.client(workspace_id), ""
        while True:
            page = await call_read(
                client,
                client.conversations_members(
                    channel=channel_id, limit=_PAGE, cursor=cursor or None
                ),
            )
            members = _member_ids(page)
            yield members
            cursor = (page.get("response_metadata") or {}).get("next_cursor") or ""
            if not cursor:
                return
            if not members:
                raise SlackUnavailableError("an empty page of members has a next page")

    async def _has_outsider(self, workspace_id: str, members: Sequence[str]) -> bool:
        for start in range(0, len(members), _USERS_AT_A_TIME):
            some = members[start : start + _USERS_AT_A_TIME]
            people = await run_all(self._person(workspace_id, user_id) for user_id in some)
            if any(person.is_outsider for person in people):
                return True
        return False


def _reason(refused: SlackRefusedError) -> str:
    if refused.code != "missing_scope":
        return refused.code
    return f"the scope {refused.needed or 'channels:read or groups:read'} is missing"


def _member_ids(page: Any) -> list[str]:
    members = page.get("members")
    if not isinstance(members, list):
        raise _UnknownError("Slack's answer has no members")
    return [member for member in members if isinstance(member, str)]
