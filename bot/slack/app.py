"""Builds Bolt, which knows who the bot is without asking Slack."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from slack_bolt.async_app import AsyncApp
from slack_bolt.authorization import AuthorizeResult
from slack_bolt.authorization.async_authorize import AsyncAuthorize
from slack_bolt.context.async_context import AsyncBoltContext
from slack_sdk.web.async_client import AsyncWebClient

from bot.slack.clients import LIBRARY_LOG
from bot.slack.workspaces import Workspaces

Authorize = Callable[..., Awaitable[AuthorizeResult]]


class WorkspaceAuthorize(AsyncAuthorize):
    """Tells Bolt who it is, without asking Slack.

    By default Bolt calls auth.test at the first event; if Slack is busy then, Bolt acknowledges
    the event and it is lost. It gets no token, since no listener calls Slack through Bolt, and
    requests of other workspaces are dropped by ``bot.slack.listeners.admission``.

    Args:
        workspaces: knows the bot in each.
    """

    def __init__(self, workspaces: Workspaces) -> None:
        self._workspaces = workspaces

    async def __call__(
        self,
        *,
        context: AsyncBoltContext,
        enterprise_id: str | None,
        team_id: str | None,
        user_id: str | None,
        actor_enterprise_id: str | None = None,
        actor_team_id: str | None = None,
        actor_user_id: str | None = None,
    ) -> AuthorizeResult:
        identity = await self._workspaces.identity(team_id or "")
        return AuthorizeResult(
            enterprise_id=enterprise_id,
            team_id=team_id,
            bot_id=identity.bot_id if identity else None,
            bot_user_id=identity.user_id if identity else None,
            user_id=user_id,
        )


def build_bolt(client: AsyncWebClient, authorize: Authorize) -> AsyncApp:
    """Build Bolt so that it answers Slack only after the listener has done its insert.

    Its default acknowledges first and loses an event whose listener fails. Signatures are checked
    in ``bot.slack.http``, before anything parses the body.

    Args:
        client: any workspace's; Bolt copies its address and session, not its token.
        authorize: tells who the bot is in the workspace of a payload.
    """
    without_token = AsyncWebClient(
        base_url=client.base_url,
        timeout=client.timeout,
        session=client.session,
        retry_handlers=[],
        logger=LIBRARY_LOG,
    )
    return AsyncApp(
        name=__name__,  # without a name, Bolt reads the sources of all callers for one
        client=without_token,
        authorize=authorize,
        process_before_response=True,
        request_verification_enabled=False,
        logger=LIBRARY_LOG,
    )
