"""Bolt's listeners for messages and for the buttons of a nudge: parse, call, return.

The acknowledgement is Bolt's, after the call.
"""

from __future__ import annotations

import logging
import re
from typing import Any

from slack_bolt.async_app import AsyncAck, AsyncApp
from slack_bolt.response import BoltResponse

from bot.core.model import Feedback, Ignored, More, Reason
from bot.core.policy import DAY
from bot.flows.feedback import Answers
from bot.flows.notice import Notice
from bot.flows.ports import StoreDown
from bot.slack import blocks
from bot.slack.aside import Aside
from bot.slack.gateway import Identity
from bot.slack.parse import heard
from bot.slack.requests import Requests
from bot.slack.screen import Screen

log = logging.getLogger(__name__)

LONGER_PAUSE_SECONDS = 14 * DAY

Body = dict[str, Any]


def register(
    app: AsyncApp,
    me: Identity,
    notice: Notice,
    answers: Answers,
    requests: Requests,
    screen: Screen,
    aside: Aside,
) -> None:
    """Wires Slack's events and buttons to the flows.

    Args:
        app: with ``process_before_response=True``: it answers after the listener, so an event
            that could not be stored is not acknowledged, and Slack sends it again.
        me: who the bot is. notice: hears messages. answers: takes the buttons of a nudge.
        requests: the listeners for what is asked for. screen, aside: for what is only shown.
    """

    async def ours(body: Body, next: Any) -> None:
        """Drops what is meant for another workspace or app, though signed rightly."""
        if not _foreign(body, me):
            await next()

    async def on_message(body: Body) -> None:
        said = heard(body, me.team)
        if said == Ignored(Reason.DIRECT_MESSAGE):
            await requests.on_direct(body)
            return
        await notice.hear(said)

    async def on_answer(body: Body, action: Body, ack: AsyncAck) -> None:
        feedback = Feedback(action["action_id"].removeprefix(blocks.ACTION))
        await give(body, action["value"], feedback)
        await ack()

    async def on_more(body: Body, action: Body, ack: AsyncAck) -> None:
        wanted, _, key = action["selected_option"]["value"].partition("|")
        if wanted in set(Feedback):
            await give(body, key, Feedback(wanted))
        else:
            await answers.more(key, body["user"]["id"], More(wanted))
        await ack()

    async def give(body: Body, key: str, feedback: Feedback) -> None:
        theirs = await answers.answer(key, body["user"]["id"], feedback)
        shown_to_one = (body.get("container") or {}).get("is_ephemeral")
        if theirs and feedback is Feedback.WRONG and shown_to_one and body.get("response_url"):
            aside.do(screen.remove(body["response_url"]))

    async def on_to_thread(body: Body, action: Body, ack: AsyncAck) -> None:
        await answers.more(action["value"], body["user"]["id"], More.TO_THREAD)
        await ack()

    async def on_pause(body: Body, action: Body, ack: AsyncAck) -> None:
        seconds = LONGER_PAUSE_SECONDS
        if action["action_id"] == blocks.PAUSE_OPEN:
            seconds = float("inf")
        line = await answers.pause(body["team"]["id"], body["user"]["id"], seconds)
        await ack()
        look = blocks.paused(line, "", screen.voice, longer=False)
        if url := body.get("response_url"):
            aside.do(screen.respond(url, look, replace=True))

    async def on_resume(body: Body, ack: AsyncAck) -> None:
        line = await answers.resume(body["team"]["id"], body["user"]["id"])
        await ack()
        if url := body.get("response_url"):
            aside.do(screen.respond(url, blocks.line(line), replace=True))
        else:
            requests.draw_home(body["team"]["id"], body["user"]["id"])

    async def on_other() -> None:
        """Anything else that Slack sends is taken and forgotten: an unanswered event counts
        against the app (docs.slack.dev/apis/events-api)."""

    async def on_error(error: Exception) -> BoltResponse:
        if isinstance(error, StoreDown):
            log.error("the database can't take this now (%s); Slack will send it again", error)
            return BoltResponse(status=503, body="")
        log.error("a listener failed: %s", type(error).__name__, exc_info=error)
        return BoltResponse(status=500, body="")

    app.use(ours)
    app.event("message")(on_message)
    requests.register(app)
    app.event(re.compile(".*"))(on_other)
    answer = "|".join(re.escape(f"{blocks.ACTION}{f}") for f in Feedback)
    app.action(re.compile(f"^({answer})$"))(on_answer)
    app.action(blocks.MORE)(on_more)
    app.action(blocks.TO_THREAD)(on_to_thread)
    app.action(re.compile(f"^({blocks.PAUSE_LONGER}|{blocks.PAUSE_OPEN})$"))(on_pause)
    app.action(blocks.RESUME)(on_resume)
    app.error(on_error)


def _foreign(body: Body, me: Identity) -> bool:
    """Meant for another workspace or another app, though signed rightly."""
    team = body.get("team")
    teams = (body.get("team_id"), team.get("id") if isinstance(team, dict) else None)
    if any(t not in (None, me.team) for t in teams):
        return True
    return me.app is not None and body.get("api_app_id") not in (None, me.app)
