"""Turns away what is not for the bot, before every listener: payloads of another workspace or
another app, though Slack signed them, and people who are no members of the workspace."""

from __future__ import annotations

import logging
from typing import Any

from slack_bolt.async_app import AsyncApp
from slack_bolt.response import BoltResponse

from bot.core.admission import Admission
from bot.core.once_a_day import OncePerDay
from bot.flows.admission import Admissions
from bot.flows.ports.clock import Clock
from bot.slack.identity import Identity
from bot.slack.listeners.home_tab import HomeTab
from bot.slack.listeners.payload import Json, origin_of, workspace_of
from bot.slack.listeners.purposes import purpose_of
from bot.slack.listeners.responder import Responder
from bot.slack.workspaces import Workspaces

log = logging.getLogger(__name__)

_ELSEWHERE = (
    "workspace=%s is not served: this bot is installed in %s. Payloads from elsewhere, also "
    "those of an org-wide installation, change nothing (docs/setup.md)"
)


class ServedWorkspaces:
    """The workspaces that are served, and the app that serves them.

    Args:
        workspaces: knows the bot in each.
        clock: Unix seconds, for what the log says once a day.
    """

    def __init__(self, workspaces: Workspaces, clock: Clock) -> None:
        self._workspaces = workspaces
        self._first_today = OncePerDay(clock)

    def is_for_other_app(self, body: Json) -> bool:
        """Return whether a payload is meant for another app."""
        mine = self._workspaces.app_id
        return mine is not None and body.get("api_app_id") not in (None, mine)

    async def is_from_elsewhere(self, body: Json) -> bool:
        """Return whether a payload comes from a workspace that isn't served; the log says so once
        a day.

        Raises:
            StoreUnavailableError: that can't be looked up now.
        """
        return await self._bot_of(body) is None

    async def serves(self, body: Json) -> bool:
        """Return whether an event is for the bot, and not about a post of its own.

        Raises:
            StoreUnavailableError: that can't be looked up now.
        """
        if self.is_for_other_app(body):
            return False
        me = await self._bot_of(body)
        return me is not None and body["event"].get("user") != me.user_id

    async def _bot_of(self, body: Json) -> Identity | None:
        workspace_id = workspace_of(body)
        found = await self._workspaces.identity(workspace_id)
        if found is None and self._first_today.is_first(workspace_id):
            log.warning(_ELSEWHERE, workspace_id or "unknown", self._workspaces.described)
        return found


def register(
    app: AsyncApp,
    *,
    served: ServedWorkspaces,
    admissions: Admissions,
    responder: Responder,
    home: HomeTab,
) -> None:
    """Register the check, before every listener.

    Who writes a message, and who opens Home, is looked at by the flow and by ``HomeTab``: Slack
    takes no answer to an event.

    Args:
        app: Bolt.
        served: the workspaces that are served.
        admissions: decides who may use the bot.
        responder: tells them. home: draws Home again.
    """

    async def check_sender(body: Json, next: Any) -> BoltResponse | None:
        if served.is_for_other_app(body):
            return BoltResponse(status=200)
        origin, purpose = origin_of(body), purpose_of(body)
        if await served.is_from_elsewhere(body):
            if purpose is None:
                return BoltResponse(status=200)
            sentence = (await responder.strings(body))["people"]["elsewhere"]
            return await responder.turn_away(body, sentence)
        if purpose is not None:
            admission = await admissions.admit(origin.workspace_id, origin.user_id, purpose)
            if admission is not Admission.ADMITTED:
                is_final = admission is Admission.NOT_OURS
                if is_final and _is_in_home(body):
                    home.draw(origin)
                sentence = (await responder.strings(body))["people"][admission]
                return await responder.turn_away(body, sentence, is_final=is_final)
        await next()
        return None

    app.use(check_sender)


def _is_in_home(body: Json) -> bool:
    view = body.get("view")
    return isinstance(view, dict) and view.get("type") == "home"
