"""The listeners of the week: look backs, follow-ups, teams, digests. Parse, call, return."""

from __future__ import annotations

import logging
import re
from collections.abc import Awaitable, Callable
from typing import Any

from slack_bolt.async_app import AsyncAck, AsyncApp

from bot.core.model import Message
from bot.flows.digest import Digests
from bot.flows.ports import ChatBusy, ChatDown, ChatRefused
from bot.flows.reflect import Reflect
from bot.flows.week_ports import Learnt, Said
from bot.slack import blocks, week, week_views
from bot.slack.aside import Aside
from bot.slack.blocks import Look
from bot.slack.parse import words
from bot.slack.screen import Screen

log = logging.getLogger(__name__)

Body = dict[str, Any]
Say = Callable[[str, Said], Awaitable[bool]]


class WeekRequests:
    """What people press and send off about what comes weekly.

    Args:
        reflect, digests: the flows. screen: shows things. aside: for what need not be waited for.
        say: queues something for a workspace, once.
    """

    def __init__(
        self, *, reflect: Reflect, digests: Digests, screen: Screen, aside: Aside, say: Say
    ) -> None:
        self._reflect = reflect
        self._digests = digests
        self._screen = screen
        self._aside = aside
        self._say = say

    def register(self, app: AsyncApp) -> None:
        """Tells Bolt who hears what."""
        app.action(week.LOOK)(self.on_look)
        app.action(week.SKIP)(self.on_skip)
        app.action(week.OFF)(self.on_off)
        app.action(blocks.REFLECT_ON)(self.on_accept)
        app.action(re.compile(f"^{week.LEARNT}"))(self.on_learnt)
        app.action(re.compile(f"^({week.YES}|{week.NO})$"))(self.on_agree)
        app.action(week.SHARE)(self.on_share)
        app.view(week_views.REFLECT)(self.on_reflected)
        app.view(week_views.TEAM)(self.on_team)

    async def reply(self, said: Message) -> bool:
        """A direct message in a thread. False: the thread is no look back's."""
        line = await self._reflect.reply(said.team, said.author, said.thread, said.text)
        if line is None:
            return False
        key = f"thanks-{said.channel}-{said.ts}"
        body = blocks.line(line).body
        await self._say(said.team, Said(key, said.channel, said.author, body, said.thread))
        return True

    async def rescheduled(self, team: str, user: str) -> None:
        """The person's settings changed; the next look back is computed anew."""
        await self._reflect.set_due(team, user)

    async def command(self, team: str, user: str, text: str, trigger: str, ack: AsyncAck) -> bool:
        """``/reframe team``, ``team leave`` and ``digest``. False: it is none of these."""
        match text:
            case "team leave":
                await _show(ack, blocks.line(await self._digests.leave(team, user)))
            case "team":
                group, people = await self._digests.own(team, user)
                view = week_views.team(self._screen.voice, group, people)
                await self._open(ack, trigger, view)
            case "digest":
                body = await self._digests.last(team, user)
                none = blocks.line(self._screen.voice["digest"]["none"])
                await _show(ack, Look.of(body) if body else none)
            case _:
                return False
        return True

    async def on_look(self, body: Body, action: Body, ack: AsyncAck) -> None:
        """The form of the look back."""
        plan = await self._reflect.plan(body["team"]["id"], body["user"]["id"])
        view = week_views.reflection(self._screen.voice, action["value"], plan)
        await self._open(ack, body["trigger_id"], view)

    async def on_reflected(self, body: Body, ack: AsyncAck) -> None:
        """The look back was sent off."""
        view = body["view"]
        answers = {
            name: words(text)
            for name, text in week_views.reflected(view.get("state") or {}).items()
        }
        line = await self._reflect.answer(
            body["team"]["id"], body["user"]["id"], view["private_metadata"], answers
        )
        await ack(response_action="update", view=self._screen.only(line))

    async def on_skip(self, body: Body, ack: AsyncAck) -> None:
        """Not this week; nothing is kept of it."""
        await ack()
        self._replace(body, self._screen.voice["reflection"]["skipped"])

    async def on_off(self, body: Body, ack: AsyncAck) -> None:
        """No more look backs."""
        await self._reflect.wish(body["team"]["id"], body["user"]["id"], False)
        await ack()
        self._replace(body, self._screen.voice["reflection"]["ended"])

    async def on_accept(self, body: Body, ack: AsyncAck) -> None:
        """A look back every Friday, please."""
        await self._reflect.wish(body["team"]["id"], body["user"]["id"], True)
        await ack()
        self._replace(body, self._screen.voice["reflection"]["accepted"])

    async def on_learnt(self, body: Body, action: Body, ack: AsyncAck) -> None:
        """What became of a helpful question."""
        outcome, _, key = action["value"].partition("|")
        line = await self._reflect.learnt(key, body["user"]["id"], Learnt(outcome))
        await ack()
        if line:
            self._replace(body, line)

    async def on_agree(self, body: Body, action: Body, ack: AsyncAck) -> None:
        """A member's yes or no to being counted."""
        yes = action["action_id"] == week.YES
        line = await self._digests.agree(action["value"], body["user"]["id"], yes)
        await ack()
        self._replace(body, line)

    async def on_team(self, body: Body, ack: AsyncAck) -> None:
        """A manager's team was sent off."""
        view, user = body["view"], body["user"]["id"]
        form = week_views.chosen_team(view.get("state") or {})
        line = await self._digests.set_up(
            body["team"]["id"],
            user,
            group=view.get("private_metadata") or f"G-{view['id']}",
            name=words(form.name),
            people=form.people,
            slot=form.slot,
            channel=form.channel,
        )
        await ack(response_action="update", view=self._screen.only(line))

    async def on_share(self, body: Body, action: Body, ack: AsyncAck) -> None:
        """The manager passes a digest on to the team."""
        group, _, name = action["value"].partition("|")
        team, user = body["team"]["id"], body["user"]["id"]
        line, said = await self._digests.share(team, user, group, name)
        if said is not None:
            await self._say(team, said)
        await ack()
        if url := body.get("response_url"):
            self._aside.do(self._screen.respond(url, blocks.line(line)))

    async def _open(self, ack: AsyncAck, trigger: str, view: Body) -> None:
        try:
            await self._screen.open(trigger, view)
        except (ChatRefused, ChatBusy, ChatDown) as failure:
            log.warning("no modal: %s", failure)
            await _show(ack, blocks.line(self._screen.voice["ask"]["no_form"]))
            return
        await ack()

    def _replace(self, body: Body, line: str) -> None:
        if url := body.get("response_url"):
            self._aside.do(self._screen.respond(url, blocks.line(line), replace=True))


async def _show(ack: AsyncAck, look: Look) -> None:
    await ack(text=look.text, blocks=look.blocks, response_type="ephemeral")
