"""Listens to what is weekly and for sellers: reflections and follow-ups."""

from __future__ import annotations

import re

from slack_bolt.async_app import AsyncAck, AsyncApp

from bot.flows.follow_up import FollowUps
from bot.flows.reflection_answers import ReflectionAnswers
from bot.flows.reflection_schedule import ReflectionSchedule
from bot.slack.listeners.payload import Json, origin_of
from bot.slack.listeners.responder import Responder
from bot.slack.parse import plain_text
from bot.slack.views import nudge, weekly, weekly_modals
from bot.slack.views.block_kit import line


class WeeklyListeners:
    """Takes what people press and send.

    Args:
        answers, schedule, follow_ups: the flows.
        responder: answers presses.
    """

    def __init__(
        self,
        *,
        answers: ReflectionAnswers,
        schedule: ReflectionSchedule,
        follow_ups: FollowUps,
        responder: Responder,
    ) -> None:
        self._answers = answers
        self._schedule = schedule
        self._follow_ups = follow_ups
        self._responder = responder

    def register(self, app: AsyncApp) -> None:
        """Register the listeners."""
        app.action(weekly.REFLECT)(self.on_reflect)
        app.action(weekly.SKIP)(self.on_skip)
        app.action(weekly.OFF)(self.on_switch_off)
        app.action(nudge.REFLECT_ON)(self.on_switch_on)
        app.action(re.compile(f"^{weekly.OUTCOME}"))(self.on_outcome)
        app.view(weekly_modals.REFLECTION)(self.on_reflection_form)

    async def on_reflect(self, body: Json, action: Json, ack: AsyncAck) -> None:
        """Open the form of a reflection."""
        origin = origin_of(body)
        week = action["value"]
        plan = await self._answers.plan(origin.workspace_id, origin.user_id, week)
        view = weekly_modals.reflection_form(
            await self._responder.strings(body),
            week,
            plan,
            response_url=body.get("response_url") or "",
        )
        await self._responder.open_modal(body, view)
        await ack()

    async def on_reflection_form(self, body: Json, ack: AsyncAck) -> None:
        """Keep what a seller wrote, and say so in the place of the message with the button."""
        origin, view = origin_of(body), body["view"]
        week, response_url = weekly_modals.read_opened_from(view)
        written = weekly_modals.read_reflection(view.get("state") or {})
        text = await self._answers.save_answers(
            origin.workspace_id,
            origin.user_id,
            week,
            {name: plain_text(answer) for name, answer in written.items()},
        )
        await self._responder.acknowledge_form_with(body, ack, text)
        strings = await self._responder.strings(body)
        if text in (strings["reflection"]["kept"], strings["reflection"]["not_kept"]):
            opened_from = {**body, "response_url": response_url}
            self._responder.replace(opened_from, weekly.reflected(week, text, strings))

    async def on_skip(self, body: Json, ack: AsyncAck) -> None:
        """Skip a week; nothing of it is kept."""
        await ack()
        await self._replace(body, "skipped")

    async def on_switch_off(self, body: Json, ack: AsyncAck) -> None:
        """Turn off the weekly reflection."""
        origin = origin_of(body)
        await self._schedule.switch(origin.workspace_id, origin.user_id, on=False)
        await ack()
        await self._replace(body, "ended")

    async def on_switch_on(self, body: Json, ack: AsyncAck) -> None:
        """Send a reflection every week."""
        origin = origin_of(body)
        await self._schedule.switch(origin.workspace_id, origin.user_id, on=True)
        await ack()
        await self._replace(body, "accepted")

    async def on_outcome(self, body: Json, action: Json, ack: AsyncAck) -> None:
        """Keep what came of a question."""
        origin = origin_of(body)
        outcome, key = weekly.read_outcome(action["value"])
        text = await self._follow_ups.record_outcome(
            origin.workspace_id, key, origin.user_id, outcome
        )
        await ack()
        if text is None:
            text = (await self._responder.strings(body))["feedback"]["old"]
        self._responder.replace(body, line(text))

    async def _replace(self, body: Json, key: str) -> None:
        words = (await self._responder.strings(body))["reflection"]
        self._responder.replace(body, line(words[key]))
