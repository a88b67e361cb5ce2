"""Listens to the buttons of a nudge, and of the private lines that follow it."""

from __future__ import annotations

import re

from slack_bolt.async_app import AsyncAck, AsyncApp

from bot.core.model import Feedback, More
from bot.core.policy import DAY, Limits
from bot.flows.feedback import FeedbackHandler, Press
from bot.flows.pause import Pauses
from bot.flows.thread_sharing import ThreadShare, ThreadSharing
from bot.slack.listeners.home_tab import HomeTab
from bot.slack.listeners.payload import Json, origin_of
from bot.slack.listeners.responder import Responder
from bot.slack.parse import plain_text
from bot.slack.views import modals, nudge
from bot.slack.views.block_kit import RenderedMessage, line


class FeedbackListeners:
    """Takes feedback, pauses, and what was wrong.

    Args:
        feedback, sharing, pauses: the flows.
        limits: how long a pause and a longer pause are.
        responder: answers presses.
        home: draws Home again.
    """

    def __init__(
        self,
        *,
        feedback: FeedbackHandler,
        sharing: ThreadSharing,
        pauses: Pauses,
        limits: Limits,
        responder: Responder,
        home: HomeTab,
    ) -> None:
        self._feedback = feedback
        self._sharing = sharing
        self._pauses = pauses
        self._limits = limits
        self._responder = responder
        self._home = home

    def register(self, app: AsyncApp) -> None:
        """Register the listeners."""
        choices = "|".join(re.escape(f"{nudge.FEEDBACK}{f}") for f in Feedback)
        app.action(re.compile(f"^({choices})$"))(self.on_feedback)
        app.action(nudge.MORE)(self.on_menu)
        app.action(nudge.TO_THREAD)(self.on_to_thread)
        app.action(re.compile(f"^({nudge.PAUSE_LONGER}|{nudge.PAUSE_OPEN})$"))(self.on_pause)
        app.action(nudge.RESUME)(self.on_resume)
        app.action(nudge.TELL_WHY)(self.on_tell_why)
        app.view(modals.WRONG)(self.on_wrong_form)

    async def on_feedback(self, body: Json, action: Json, ack: AsyncAck) -> None:
        """Take a feedback button."""
        feedback = Feedback(action["action_id"].removeprefix(nudge.FEEDBACK))
        await self._record(body, action["value"], feedback)
        await ack()

    async def on_menu(self, body: Json, action: Json, ack: AsyncAck) -> None:
        """Take a choice from a nudge's menu."""
        wanted, _, key = action["selected_option"]["value"].partition("|")
        if wanted in set(Feedback):
            await self._record(body, key, Feedback(wanted))
        elif wanted in set(More) - {More.TO_THREAD}:
            await self._give_more(body, key, More(wanted))
        else:
            await self._answer_old(body)
        await ack()

    async def on_to_thread(self, body: Json, action: Json, ack: AsyncAck) -> None:
        """Bring a private nudge to its thread, and say in its place what became of that."""
        origin, key = origin_of(body), action["value"]
        share = await self._sharing.begin(origin.workspace_id, key, origin.user_id)
        await ack()
        if share is None:
            await self._answer_old(body)
        elif share.line:
            self._responder.replace(body, line(share.line))
        elif share.key:
            self._responder.replace_later(body, self._private_copy(body, key, share))

    async def _private_copy(self, body: Json, key: str, share: ThreadShare) -> RenderedMessage:
        """Return what a private nudge looks like once it is in the thread: without the button."""
        strings = await self._responder.strings(body)
        note = strings["feedback"][await self._sharing.outcome(origin_of(body).workspace_id, share)]
        content = share.content or {}
        return nudge.nudge(content, key, strings, self._limits, private=True, note=note)

    async def on_pause(self, body: Json, action: Json, ack: AsyncAck) -> None:
        """Make a pause longer, or open-ended."""
        origin = origin_of(body)
        is_open = action["action_id"] == nudge.PAUSE_OPEN
        seconds = float("inf") if is_open else self._limits.longer_pause_days * DAY
        text = await self._pauses.pause(
            origin.workspace_id, origin.user_id, seconds, has_button=True
        )
        await ack()
        strings = await self._responder.strings(body)
        shown = nudge.paused(text, "", strings, self._limits, longer=False)
        self._responder.replace(body, shown)

    async def on_resume(self, body: Json, ack: AsyncAck) -> None:
        """End a pause; the button is below a nudge and in Home."""
        origin = origin_of(body)
        text = await self._pauses.resume(origin.workspace_id, origin.user_id)
        await ack()
        if body.get("response_url"):
            self._responder.replace(body, line(text))
        else:
            self._home.draw(origin)

    async def on_tell_why(self, body: Json, action: Json, ack: AsyncAck) -> None:
        """Open the form that asks what was wrong."""
        strings = await self._responder.strings(body)
        keeps_words = await self._feedback.keeps_words()
        view = modals.wrong_form(action["value"], strings, keeps_words=keeps_words)
        await self._responder.open_modal(body, view)
        await ack()

    async def on_wrong_form(self, body: Json, ack: AsyncAck) -> None:
        """Keep what was wrong."""
        origin, view = origin_of(body), body["view"]
        reason, words = modals.read_wrong(view.get("state") or {})
        text = await self._feedback.explain_wrong(
            origin.workspace_id,
            view.get("private_metadata") or "",
            origin.user_id,
            reason=reason,
            words=plain_text(words),
        )
        await self._responder.acknowledge_form_with(body, ack, text)

    async def _record(self, body: Json, key: str, feedback: Feedback) -> None:
        origin = origin_of(body)
        met = await self._feedback.record_feedback(
            origin.workspace_id, key, origin.user_id, feedback
        )
        if met is Press.UNKNOWN and feedback is Feedback.PAUSE:
            seconds = self._limits.pause_days * DAY
            text = await self._pauses.pause(
                origin.workspace_id, origin.user_id, seconds, has_button=True
            )
            shown = nudge.paused(text, "", await self._responder.strings(body), self._limits)
            self._responder.show(body, shown)
        elif met is Press.UNKNOWN:
            await self._answer_old(body)
        else:
            self._take_back(body, met, is_wrong=feedback is Feedback.WRONG)
            if met is Press.TAKEN and feedback in nudge.BUTTONS:
                await self._mark_chosen(body, key, feedback)

    async def _mark_chosen(self, body: Json, key: str, feedback: Feedback) -> None:
        """Show below a private question which button was pressed.

        A question in a thread stays as it is: what its author thinks of it is not for everybody,
        and the private line says what was noted.
        """
        if not (body.get("container") or {}).get("is_ephemeral"):
            return
        content = await self._feedback.private_words(origin_of(body).workspace_id, key)
        if content:
            strings = await self._responder.strings(body)
            shown = nudge.nudge(content, key, strings, self._limits, private=True, chosen=feedback)
            self._responder.replace(body, shown)

    async def _give_more(self, body: Json, key: str, wanted: More) -> None:
        origin = origin_of(body)
        met = await self._feedback.give_more(origin.workspace_id, key, origin.user_id, wanted)
        if met is Press.UNKNOWN:
            await self._answer_old(body, "privately" if wanted is More.PRIVATELY else "old")
        else:
            self._take_back(body, met)

    def _take_back(self, body: Json, met: Press, *, is_wrong: bool = False) -> None:
        """Remove a private nudge that was wrong, or whose message is deleted.

        Slack lets a bot remove what one person alone sees in answer to a press, and never else.
        """
        is_ephemeral = (body.get("container") or {}).get("is_ephemeral")
        is_over = met is Press.MESSAGE_DELETED or (met is Press.TAKEN and is_wrong)
        if is_ephemeral and is_over:
            self._responder.remove(body)

    async def _answer_old(self, body: Json, key: str = "old") -> None:
        """Say what became of a press below a question that nothing is known of any more."""
        self._responder.show(body, line((await self._responder.strings(body))["feedback"][key]))
