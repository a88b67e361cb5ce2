"""A seller replies in words below a question: it was answered, or it is a wish to be left alone."""

from __future__ import annotations

from collections.abc import Callable

from bot.core.admission import Admission, Purpose
from bot.core.gate import Unprompted
from bot.core.model import Message
from bot.core.policy import HOUR
from bot.core.wishes import may_be_wish
from bot.flows import remembered
from bot.flows.admission import Admissions
from bot.flows.house_rules import HouseRules
from bot.flows.nudge_messages import line_about
from bot.flows.ports.clock import Clock
from bot.flows.ports.findings import NudgeRecord
from bot.flows.ports.unit_of_work import Store
from bot.flows.wishes import Wishes

WISH = "wish"
"""The topic of the line that follows."""


class ThreadReplies:
    """Notices replies of the author of a question, in its thread. Their words are not kept.

    Args:
        store, clock: the ports. rules: of each workspace.
        admissions: decides whose wishes count. wishes: grants what is wished.
        wake_delivery: called when something was queued.
    """

    def __init__(
        self,
        *,
        store: Store,
        admissions: Admissions,
        clock: Clock,
        rules: HouseRules,
        wishes: Wishes,
        wake_delivery: Callable[[], None],
    ) -> None:
        self._store = store
        self._admissions = admissions
        self._clock = clock
        self._rules = rules
        self._limits = rules.limits
        self._wishes = wishes
        self._wake_delivery = wake_delivery

    async def receive(self, message: Message) -> bool:
        """Take a message of the author of a question: a reply in its thread, or, if only they see
        the question and it stands in no thread, what they write next in the channel.

        Below such a question only a wish is looked for. Other words in the channel are for those
        who read it, who see no question, so they answer nothing.

        Returns:
            Whether it was a wish, and so is no message to coach.

        Raises:
            StoreUnavailableError: nothing was noted, so it must not be acknowledged.
        """
        if message.thread_ts is not None:
            nudge = await self._question_in_thread(message)
            return (
                nudge is not None and self._is_wish(message) and await self._grant(message, nudge)
            )
        # Nearly all of what is written in a channel is no wish, so the database isn't asked.
        is_worth_reading = may_be_wish(message.text) or self._wishes.is_heard_beside(message.text)
        if not (is_worth_reading and self._is_wish(message)):
            return False
        nudge = await self._private_question_above(message)
        return nudge is not None and await self._grant(message, nudge)

    def _is_wish(self, message: Message) -> bool:
        return self._wishes.is_wish(message.text, addressed=False)

    async def _question_in_thread(self, message: Message) -> NudgeRecord | None:
        """Return the question that a reply follows; it counts as answered."""
        place = (message.workspace_id, message.channel_id, message.thread, message.author_id)
        async with self._store.look() as uow:  # nearly all threads have no question of ours
            asked = await uow.findings.latest_nudge_in_thread(*place)
        if asked is None or message.sent_at < asked.at:
            return None
        async with self._store.begin() as uow:
            if message.sent_at - asked.at < self._limits.answer_hours * HOUR:
                await uow.findings.mark_answered(message.workspace_id, asked.key, now=self._clock())
            return await uow.findings.nudge(message.workspace_id, asked.key)

    async def _private_question_above(self, message: Message) -> NudgeRecord | None:
        """Return the question that the author alone has just seen in this channel."""
        workspace_id, author_id = message.workspace_id, message.author_id
        since = message.sent_at - self._limits.wish_beside_seconds
        async with self._store.look() as uow:
            key = await uow.outbox.last_sent(workspace_id, author_id, Unprompted.NUDGE, since=since)
            nudge = None if key is None else await uow.findings.nudge(workspace_id, key)
        if nudge is None or nudge.channel_id != message.channel_id or nudge.visible_thread_ts:
            return None
        return nudge

    async def _grant(self, message: Message, nudge: NudgeRecord) -> bool:
        request = f"reply-{message.channel_id}-{message.ts}"
        author = (message.workspace_id, message.author_id)
        async with self._store.begin() as uow:
            if await remembered.is_taken(uow, message.workspace_id, request):
                return True
        if await self._admissions.admit(*author, Purpose.ORDINARY) is not Admission.ADMITTED:
            return True
        granted = await self._wishes.grant(
            *author, message.text, channel_id=message.channel_id, addressed=False
        )
        if granted is None:
            return False
        async with self._store.begin() as uow:
            strings = await self._rules.strings(uow, message.workspace_id)
            line = line_about(
                nudge, message.author_id, WISH, granted[1], strings, turn=f"-{message.ts}"
            )
            now = self._clock()
            await uow.outbox.enqueue(line, now=now)
            await uow.findings.mark_answered(message.workspace_id, nudge.key, now=now)
            await remembered.take(uow, message.workspace_id, request, at=now)
        self._wake_delivery()
        return True


def key_of_wish_line(ts: str) -> str:
    """Return how the key begins of the line that follows a wish, given the ts of the reply."""
    return f"line-{WISH}-{ts}-"
