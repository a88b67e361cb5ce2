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
from bot.slack.listeners.payload import Json, origin_of
from bot.slack.listeners.purposes import purpose_of
from bot.slack.listeners.responder import Responder

log = logging.getLogger(__name__)

_ELSEWHERE = (
    "workspace=%s is not served: this bot is installed in %s alone. Payloads from elsewhere, also "
    "those of an org-wide installation, change nothing (docs/setup.md)"
)


class ServedWorkspace:
    """The one workspace that is served, and the app that serves it.

    Args:
        identity: the bot in it.
        clock: Unix seconds, for what the log says once a day.
    """

    def __init__(self, identity: Identity, clock: Clock) -> None:
        self._identity = identity
        self._first_today = OncePerDay(clock)

    def is_for_other_app(self, body: Json) -> bool:
        """Return whether a payload is meant for another app."""
        mine = self._identity.app_id
        return mine is not None and body.get("api_app_id") not in (None, mine)

    def is_from_elsewhere(self, body: Json) -> bool:
        """Return whether a payload comes from another workspace; the log says so once a day."""
        workspace_id, mine = origin_of(body).workspace_id, self._identity.workspace_id
        if workspace_id == mine:
            return False
        if self._first_today.is_first(workspace_id):
            log.warning(_ELSEWHERE, workspace_id or "unknown", mine)
        return True

    def serves(self, body: Json) -> bool:
        """Return whether an event is for the bot, and not about a post of its own."""
        if self.is_for_other_app(body) or self.is_from_elsewhere(body):
            return False
        return bool(body["event"].get("user") != self._identity.user_id)


def register(
    app: AsyncApp,
    *,
    served: ServedWorkspace,
    admissions: Admissions,
    responder: Responder,
    home: HomeTab,
) -> None:
    """Register the check, before every listener.

    Who writes a message, and who opens Home, is looked at by the flow and by ``HomeTab``: Slack
    takes no answer to an event.

    Args:
        app: Bolt.
        served: the one workspace that is served.
        admissions: decides who may use the bot.
        responder: tells them. home: draws Home again.
    """

    async def check_sender(body: Json, next: Any) -> BoltResponse | None:
        if served.is_for_other_app(body):
            return BoltResponse(status=200)
        origin, purpose = origin_of(body), purpose_of(body)
        if served.is_from_elsewhere(body):
            if purpose is None:
                return BoltResponse(status=200)
            return responder.turn_away(body, responder.strings["people"]["elsewhere"])
        if purpose is not None:
            admission = await admissions.admit(origin.workspace_id, origin.user_id, purpose)
            if admission is not Admission.ADMITTED:
                is_final = admission is Admission.NOT_OURS
                if is_final and _is_in_home(body):
                    home.draw(origin)
                sentence = admissions.sentence(admission)
                return responder.turn_away(body, sentence, is_final=is_final)
        await next()
        return None

    app.use(check_sender)


def _is_in_home(body: Json) -> bool:
    view = body.get("view")
    return isinstance(view, dict) and view.get("type") == "home"
