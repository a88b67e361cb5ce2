"""Drops what is meant for another workspace or another app, though Slack signed it."""

from __future__ import annotations

from typing import Any

from slack_bolt.async_app import AsyncApp
from slack_bolt.response import BoltResponse

from bot.slack.identity import Identity
from bot.slack.listeners.payload import Json, origin_of


def register(app: AsyncApp, *, identity: Identity) -> None:
    """Register the check, before every listener.

    Args:
        app: Bolt.
        identity: the bot in the one workspace that is served.
    """

    async def drop_foreign(body: Json, next: Any) -> BoltResponse | None:
        if not _is_ours(body, identity):
            return BoltResponse(status=200)
        await next()
        return None

    app.use(drop_foreign)


def _is_ours(body: Json, identity: Identity) -> bool:
    if origin_of(body).workspace_id != identity.workspace_id:
        return False
    return identity.app_id is None or body.get("api_app_id") in (None, identity.app_id)
