"""Bolt's listeners: parse, call, return. The acknowledgement is Bolt's, after the call."""

from __future__ import annotations

import logging
import re
from typing import Any

from slack_bolt.async_app import AsyncAck, AsyncApp
from slack_bolt.response import BoltResponse

from bot.core.model import Feedback
from bot.flows.feedback import Answers
from bot.flows.notice import Notice
from bot.flows.ports import StoreDown
from bot.slack import blocks
from bot.slack.gateway import Identity
from bot.slack.parse import heard

log = logging.getLogger(__name__)


def register(app: AsyncApp, me: Identity, notice: Notice, answers: Answers) -> None:
    """Wires Slack's events and buttons to the flows.

    Args:
        app: with ``process_before_response=True``: it answers after the listener, so an event
            that could not be stored is not acknowledged, and Slack sends it again.
        me: who the bot is. notice: hears messages. answers: takes the buttons.
    """

    async def on_message(body: dict[str, Any]) -> None:
        if _foreign(body, me):
            return
        await notice.hear(heard(body, me.team))

    async def on_answer(body: dict[str, Any], action: dict[str, Any], ack: AsyncAck) -> None:
        feedback = Feedback(action["action_id"].removeprefix(blocks.ACTION))
        await answers.answer(action["value"], body["user"]["id"], feedback)
        await ack()

    async def on_resume(body: dict[str, Any], ack: AsyncAck) -> None:
        await answers.resume(body["team"]["id"], body["user"]["id"])
        await ack()

    async def on_other() -> None:
        """Anything else that Slack sends is taken and forgotten: an unanswered event counts
        against the app (docs.slack.dev/apis/events-api)."""

    async def on_error(error: Exception) -> BoltResponse:
        if isinstance(error, StoreDown):
            log.error("the database can't take this now (%s); Slack will send it again", error)
            return BoltResponse(status=503, body="")
        log.error("a listener failed: %s", type(error).__name__, exc_info=error)
        return BoltResponse(status=500, body="")

    app.event("message")(on_message)
    app.event(re.compile(".*"))(on_other)
    answer = "|".join(re.escape(f"{blocks.ACTION}{f}") for f in Feedback)
    app.action(re.compile(f"^({answer})$"))(on_answer)
    app.action(blocks.RESUME)(on_resume)
    app.error(on_error)


def _foreign(body: dict[str, Any], me: Identity) -> bool:
    """Meant for another workspace or another app, though signed rightly."""
    if body.get("team_id") not in (None, me.team):
        return True
    return me.app is not None and body.get("api_app_id") not in (None, me.app)
