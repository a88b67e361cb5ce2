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


def register(
    app: AsyncApp,
    *,
    identity: Identity,
    admissions: Admissions,
    responder: Responder,
    home: HomeTab,
    clock: Clock,
) -> None:
    """Register the check, before every listener.

    Who writes a message, and who opens Home, is looked at by the flow and by ``HomeTab``: Slack
    takes no answer to an event.

    Args:
        app: Bolt.
        identity: the bot in the one workspace that is served.
        admissions: decides who may use the bot.
        responder: tells them. home: draws Home again.
        clock: Unix seconds, for what the log says once a day.
    """
    first_today = OncePerDay(clock)

    async def check_sender(body: Json, next: Any) -> BoltResponse | None:
        if identity.app_id is not None and body.get("api_app_id") not in (None, identity.app_id):
            return BoltResponse(status=200)
        origin, purpose = origin_of(body), purpose_of(body)
        if origin.workspace_id != identity.workspace_id:
            if first_today.is_first(origin.workspace_id):
                log.warning(_ELSEWHERE, origin.workspace_id or "unknown", identity.workspace_id)
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
