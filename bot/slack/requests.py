"""What people ask of the bot: command, shortcut, direct messages, modals, Home, invitations.

Parse, call, return. What may not be lost is stored before Slack gets its acknowledgement; drawing a
screen may fail, and the next press does it again.
"""

from __future__ import annotations

import logging
import re
from typing import Any

from slack_bolt.async_app import AsyncAck, AsyncApp

from bot.flows.ask import Answering
from bot.flows.ask_ports import AskKind, Place
from bot.flows.feedback import Answers
from bot.flows.ports import ChatBusy, ChatDown, ChatRefused, StoreDown
from bot.flows.wishes import Controls
from bot.slack import answers, blocks, home, views
from bot.slack.aside import Aside
from bot.slack.blocks import Look
from bot.slack.channel_requests import ChannelRequests
from bot.slack.gateway import Identity
from bot.slack.parse import direct, words
from bot.slack.screen import Screen
from bot.slack.week_requests import WeekRequests

log = logging.getLogger(__name__)

COMMAND = "/reframe"
SHORTCUT = "reframe_this"
_FEWEST_WORDS = 3  # fewer are a mistyped command rather than a situation
_NO_SCREEN = (ChatRefused, ChatBusy, ChatDown)

Body = dict[str, Any]


class Requests:
    """The listeners for all that is asked for.

    Args:
        me: who the bot is. answering: answers asks. controls: pause, settings, record.
        feedback: what belongs to a nudge. channels: invitations and modes.
        weekly: what comes once a week.
        screen: shows things. aside: for what need not be waited for.
    """

    def __init__(
        self,
        *,
        me: Identity,
        answering: Answering,
        controls: Controls,
        feedback: Answers,
        channels: ChannelRequests,
        weekly: WeekRequests,
        screen: Screen,
        aside: Aside,
    ) -> None:
        self._me = me
        self._answering = answering
        self._controls = controls
        self._feedback = feedback
        self._channels = channels
        self._weekly = weekly
        self._screen = screen
        self._aside = aside

    def register(self, app: AsyncApp) -> None:
        """Tells Bolt who hears what."""
        self._weekly.register(app)
        self._channels.register(app)
        app.command(COMMAND)(self.on_command)
        app.shortcut(SHORTCUT)(self.on_shortcut)
        app.view(views.ASK)(self.on_form)
        app.view(views.SETTINGS)(self.on_settings)
        app.view(views.WRONG)(self.on_wrong)
        app.event("app_home_opened")(self.on_home)
        app.action(answers.ANOTHER)(self.on_another)
        app.action(answers.WHY)(self.on_why)
        app.action(answers.FORGET)(self.on_forget)
        app.action(re.compile("^reframe_home_"))(self.on_home_button)
        app.action(blocks.TELL_WHY)(self.on_tell_why)

    async def on_direct(self, body: Body) -> None:
        """A direct message to the bot is a draft to look at."""
        said = direct(body, self._me.team)
        if said is None:
            return
        if said.thread_ts and await self._weekly.reply(said):
            return
        await self._answering.take(
            f"dm-{said.channel}-{said.ts}",
            AskKind.ADVICE,
            team=said.team,
            user=said.author,
            text=said.text,
            place=Place.DIRECT,
            address=said.channel,
            ts=said.thread,
        )

    async def on_command(self, body: Body, ack: AsyncAck) -> None:
        """``/reframe`` and what stands behind it."""
        team, user = body["team_id"], body["user_id"]
        text = " ".join(words(body.get("text") or "").split())
        first, _, rest = text.partition(" ")
        if await self._weekly.command(team, user, text.lower(), body["trigger_id"], ack):
            return
        match text.lower(), first.lower():
            case "", _:
                await self._open(ack, body["trigger_id"], views.ask(self._screen.voice))
            case "why", _:
                decided = await self._controls.why(team, user)
                await _show(ack, answers.why(decided, self._screen.voice))
            case "resume", _:
                await _show(ack, blocks.line(await self._controls.resume(team, user)))
                self.draw_home(team, user)
            case "settings", _:
                view = await self._settings(team, user, body.get("channel_id") or "")
                await self._open(ack, body["trigger_id"], view)
            case "my data", _:
                await self._data(team, user, body["trigger_id"])
                await _show(ack, blocks.line(self._screen.voice["record"]["sent"]))
            case "forget me", _:
                await _show(ack, answers.forget(self._screen.voice))
            case _, "pause" if len(text.split()) <= _FEWEST_WORDS + 1:
                await _show(ack, blocks.line(await self._controls.pause(team, user, rest)))
                self.draw_home(team, user)
            case _ if len(text.split()) < _FEWEST_WORDS:
                await _show(ack, _help(self._screen.voice))
            case _:
                await self._answering.take(
                    f"command-{body['trigger_id']}",
                    AskKind.ADVICE,
                    team=team,
                    user=user,
                    text=words(body.get("text") or ""),
                    place=Place.RESPONSE,
                    address=body["response_url"],
                )
                await ack()

    async def on_shortcut(self, body: Body, ack: AsyncAck) -> None:
        """'Reframe this' in a message's menu: the answer comes in a modal."""
        message, user = body["message"], body["user"]["id"]
        text, voice = words(str(message.get("text") or "")), self._screen.voice["ask"]
        trigger = body["trigger_id"]
        if message.get("user") != user:
            look = blocks.line(voice["own_only"])
            await self._open(ack, trigger, views.showing(look, self._screen.voice))
            return
        if not text.strip():
            look = blocks.line(voice["nothing"])
            await self._open(ack, trigger, views.showing(look, self._screen.voice))
            return
        try:
            view = await self._screen.waiting(trigger)
        except _NO_SCREEN as failure:
            log.warning("no modal: %s", failure)
            await ack()
            return
        await self._ask_in(view, f"shortcut-{trigger}", body["team"]["id"], user, text)
        await ack()

    async def on_form(self, body: Body, ack: AsyncAck) -> None:
        """The form behind ``/reframe`` alone was sent off."""
        view, user = body["view"], body["user"]["id"]
        text = words(views.asked(view.get("state") or {}))
        if not text.strip():
            empty = self._screen.voice["ask"]["empty"]
            await ack(response_action="errors", errors={"situation": empty})
            return
        key = f"form-{view['id']}-{view.get('hash') or ''}"
        await self._ask_in(view["id"], key, body["team"]["id"], user, text)
        await ack(response_action="update", view=self._screen.thinking())

    async def on_another(self, body: Body, action: Body, ack: AsyncAck) -> None:
        """One more question about the same matter."""
        await self._follow(AskKind.ANOTHER, body, action)
        await ack()

    async def on_why(self, body: Body, action: Body, ack: AsyncAck) -> None:
        """Where the idea is from."""
        await self._follow(AskKind.WHY, body, action)
        await ack()

    async def on_home(self, event: Body, body: Body) -> None:
        """Home was opened."""
        if event.get("tab", "home") == "home":
            self.draw_home(body.get("team_id") or self._me.team, event["user"], opened=True)

    async def on_home_button(self, body: Body, action: Body, ack: AsyncAck) -> None:
        """A button of Home."""
        team, user, voice = body["team"]["id"], body["user"]["id"], self._screen.voice
        match action["action_id"]:
            case home.PAUSE:
                await self._controls.pause(team, user, "1d")
                await ack()
                self.draw_home(team, user)
            case home.SETTINGS:
                await self._open(ack, body["trigger_id"], await self._settings(team, user, ""))
            case home.ASK:
                await self._open(ack, body["trigger_id"], views.ask(voice))
            case home.DATA:
                await self._data(team, user, body["trigger_id"])
                await ack()
            case _:
                await ack()

    async def on_settings(self, body: Body, ack: AsyncAck) -> None:
        """The settings were sent off."""
        view, team, user = body["view"], body["team"]["id"], body["user"]["id"]
        found = views.chosen(view.get("state") or {}, self._screen.voice)
        if found.errors:
            await ack(response_action="errors", errors=found.errors)
            return
        await self._controls.wish(team, user, **found.wishes)
        await self._weekly.rescheduled(team, user)
        channel = view.get("private_metadata") or ""
        if channel and found.delivery:
            await self._controls.watch(team, channel, user, found.delivery)
        await ack()
        self.draw_home(team, user)

    async def on_tell_why(self, body: Body, action: Body, ack: AsyncAck) -> None:
        """'Tell why' after That's wrong."""
        await self._open(ack, body["trigger_id"], views.wrong(action["value"], self._screen.voice))

    async def on_wrong(self, body: Body, ack: AsyncAck) -> None:
        """What was wrong was sent off."""
        view = body["view"]
        reason, said = views.told_wrong(view.get("state") or {})
        key, user = view.get("private_metadata") or "", body["user"]["id"]
        line = await self._feedback.label(key, user, reason, words(said))
        look = views.showing(blocks.line(line), self._screen.voice)
        await ack(response_action="update", view=look)

    async def on_forget(self, body: Body, ack: AsyncAck) -> None:
        """Erasing was confirmed."""
        team, user = body["team"]["id"], body["user"]["id"]
        line = await self._controls.forget(team, user)
        await ack()
        if url := body.get("response_url"):
            self._aside.do(self._screen.respond(url, blocks.line(line), replace=True))
        else:
            self.draw_home(team, user)

    async def _follow(self, kind: AskKind, body: Body, action: Body) -> None:
        view = body.get("view") or {}
        place, address = Place.RESPONSE, body.get("response_url") or ""
        if view.get("type") == "modal":
            place, address = Place.VIEW, view["id"]
        await self._answering.take(
            f"{kind}-{action.get('action_ts') or body['trigger_id']}-{body['user']['id']}",
            kind,
            team=body["team"]["id"],
            user=body["user"]["id"],
            text=action["value"],
            place=place,
            address=address,
        )

    async def _ask_in(self, view: str, key: str, team: str, user: str, text: str) -> None:
        """An ask whose answer goes into an open modal; where it can't be stored, that is shown
        there, as Slack does not send it again."""
        try:
            await self._answering.take(
                key, AskKind.ADVICE, team=team, user=user, text=text, place=Place.VIEW, address=view
            )
        except StoreDown as down:
            log.error("the database can't take this now (%s)", down)
            failed = self._screen.voice["advice"]["failed"]
            self._aside.do(self._screen.show(view, failed))

    async def _data(self, team: str, user: str, trigger: str) -> None:
        await self._answering.take(
            f"data-{trigger}", AskKind.DATA, team=team, user=user, place=Place.DIRECT, address=user
        )

    async def _settings(self, team: str, user: str, channel: str) -> Body:
        wishes = await self._controls.wishes(team, user)
        watched, may = None, False
        if channel[:1] in ("C", "G"):
            watched = await self._controls.watched(team, channel)
            may = await self._controls.may_choose(team, channel, user)
        limits = self._controls.limits
        return views.settings(self._screen.voice, wishes, limits, watched, may)

    async def _open(self, ack: AsyncAck, trigger: str, view: Body) -> None:
        """Opens a modal; Slack's trigger holds for three seconds, so this can't wait."""
        try:
            await self._screen.open(trigger, view)
        except _NO_SCREEN as failure:
            log.warning("no modal: %s", failure)
            await _show(ack, blocks.line(self._screen.voice["ask"]["no_form"]))
            return
        await ack()

    def draw_home(self, team: str, user: str, *, opened: bool = False) -> None:
        """Draws a person's Home anew, aside; ``opened``: the person is looking at it."""

        async def draw() -> None:
            standing = await self._controls.standing(team, user, opened=opened)
            await self._screen.home(user, standing)

        self._aside.do(draw())


def _help(voice: blocks.Voice) -> Look:
    return blocks.linked(voice["command"]["help"].strip())


async def _show(ack: AsyncAck, look: Look) -> None:
    await ack(text=blocks.escaped(look.text), blocks=look.blocks, response_type="ephemeral")
