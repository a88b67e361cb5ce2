"""Listens to the end of an installation: everything about the workspace is erased."""

from __future__ import annotations

from slack_bolt.async_app import AsyncApp

from bot.flows.erasure import Erasure
from bot.slack.listeners.payload import Json, workspace_of
from bot.slack.workspaces import Workspaces


def register(app: AsyncApp, *, erasure: Erasure, workspaces: Workspaces) -> None:
    """Register the listeners. Slack sends the two events in either order.

    Args:
        app: Bolt.
        erasure: the flow.
        workspaces: is told that one is gone.
    """

    async def forget(body: Json) -> None:
        workspace_id = workspace_of(body)
        await erasure.forget_workspace(workspace_id)
        workspaces.forget(workspace_id)

    async def on_uninstalled(body: Json) -> None:
        await forget(body)

    async def on_tokens_revoked(event: Json, body: Json) -> None:
        if (event.get("tokens") or {}).get("bot"):  # those of users don't matter
            await forget(body)

    app.event("app_uninstalled")(on_uninstalled)
    app.event("tokens_revoked")(on_tokens_revoked)
