"""A direct message to the bot: a wish, a reply to something weekly, or a draft to look at."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from bot.core.admission import Admission, Purpose
from bot.core.gate import Unprompted
from bot.core.model import DirectMessage, Message
from bot.core.policy import HOUR
from bot.core.wishes import WishKind
from bot.flows import remembered
from bot.flows.admission import Admissions
from bot.flows.follow_up import FollowUps
from bot.flows.house_rules import HouseRules
from bot.flows.on_demand import OnDemand
from bot.flows.ports.asks import Ask, AskKind, ReplyPlace
from bot.flows.ports.clock import Clock
from bot.flows.ports.outbox import MessageKind, OutgoingMessage
from bot.flows.ports.rendering import Renderer
from bot.flows.ports.unit_of_work import Store, UnitOfWork
from bot.flows.ports.weekly import FollowUpOutcome
from bot.flows.reflection_answers import REPLY, ReflectionAnswers
from bot.flows.weekly_messages import WeeklyMessage, parse_key, weekly_message_at
from bot.flows.wishes import Wishes


class DirectMessages:
    """Finds out what a direct message is, and passes it on.

    Whoever writes below a reflection within a day, and not in its thread, has answered it: that
    text is for nobody else, so it is never coached, and no model reads it. The same holds for the
    first message below a follow-up that nobody has answered.

    Whoever is no member of the workspace is not answered, unless they ask about their data.

    Args:
        store, clock: the ports. rules: of each workspace. renderer: renders the thanks.
        admissions: decides who may write to the bot.
        wishes, on_demand, answers, follow_ups: who takes it.
        wake_delivery: called when something was queued.
    """

    def __init__(
        self,
        *,
        store: Store,
        admissions: Admissions,
        clock: Clock,
        rules: HouseRules,
        renderer: Renderer,
        wishes: Wishes,
        on_demand: OnDemand,
        answers: ReflectionAnswers,
        follow_ups: FollowUps,
        wake_delivery: Callable[[], None],
    ) -> None:
        self._store = store
        self._admissions = admissions
        self._clock = clock
        self._rules = rules
        self._limits = rules.limits
        self._renderer = renderer
        self._wishes = wishes
        self._on_demand = on_demand
        self._answers = answers
        self._follow_ups = follow_ups
        self._wake_delivery = wake_delivery

    async def receive(self, direct: DirectMessage) -> None:
        """Take a direct message.

        Raises:
            StoreUnavailableError: nothing was stored, so it must not be acknowledged.
        """
        message = direct.message
        place = (message.workspace_id, message.author_id)
        is_own_data = self._wishes.is_about_own_data(message.text)
        purpose = Purpose.OWN_DATA if is_own_data else Purpose.ORDINARY
        if await self._admissions.admit(*place, purpose) is not Admission.ADMITTED:
            return  # in silence, and nothing is stored
        async with self._store.begin() as uow:
            if await remembered.is_taken(uow, message.workspace_id, _request_key(message)):
                return
        if self._on_demand.is_for_people(message.text):  # first: not an answer to anything weekly
            await self._on_demand.submit(_ask_about(message))
            return
        if (granted := await self._wishes.grant(*place, message.text)) is not None:
            kind, line = granted
            async with self._store.begin() as uow:
                thanks = self._thanks(message, line)
                if kind is WishKind.ERASE:
                    strings = await self._rules.strings(uow, message.workspace_id)
                    thanks = replace(thanks, content=self._renderer.erasure_prompt(strings))
                await self._thank(uow, message, thanks)
            self._wake_delivery()
            return
        if await self._is_reply_to_weekly(message):
            self._wake_delivery()
            return
        await self._on_demand.submit(_ask_about(message))

    async def _is_reply_to_weekly(self, message: Message) -> bool:
        """Take a reply to a reflection or a follow-up, and thank for it; False if it is neither."""
        async with self._store.begin() as uow:
            # a form and a reply may come at once, and so may the same event twice
            await uow.serialize(message.workspace_id, message.author_id)
            if await uow.outbox.is_live(message.workspace_id, _thanks_key(message)):
                return True
            if message.thread_ts is None:
                thanks = await self._take_beside_reflection(uow, message)
                thanks = thanks or await self._take_beside_follow_up(uow, message)
            else:
                line = await self._take_reply(uow, message)
                thanks = None if line is None else self._thanks(message, line)
            if thanks is None:
                return False
            await self._thank(uow, message, thanks)
        return True

    async def _thank(self, uow: UnitOfWork, message: Message, thanks: OutgoingMessage) -> None:
        now = self._clock()
        await uow.outbox.enqueue(thanks, now=now)
        await remembered.take(uow, message.workspace_id, _request_key(message), at=now)

    async def _take_reply(self, uow: UnitOfWork, message: Message) -> str | None:
        """Return the line of thanks, or None if the message is no reply to anything weekly."""
        workspace_id, user_id = message.workspace_id, message.author_id
        found = await weekly_message_at(uow, workspace_id, user_id, message.thread)
        match found:
            case WeeklyMessage(Unprompted.REFLECTION, week):
                return await self._answers.save_in(
                    uow, workspace_id, user_id, week, {REPLY: message.text}
                )
            case WeeklyMessage(Unprompted.FOLLOW_UP, key):
                return await self._follow_ups.record_in(
                    uow, workspace_id, key, user_id, FollowUpOutcome.LEARNED
                )
        return None

    async def _take_beside_reflection(
        self, uow: UnitOfWork, message: Message
    ) -> OutgoingMessage | None:
        """Take a message below a reflection as an answer to it.

        It may be a new matter, so the line of thanks says how to get it looked at.
        """
        key = await self._above(uow, message, Unprompted.REFLECTION)
        found = None if key is None else parse_key(key)
        if found is None:
            return None
        line = await self._answers.save_in(
            uow, message.workspace_id, message.author_id, found.about, {REPLY: message.text}
        )
        words = (await self._rules.strings(uow, message.workspace_id))["reflection"]
        if line == words["kept"]:
            line = words["beside"]
        return self._thanks(message, line)

    async def _take_beside_follow_up(
        self, uow: UnitOfWork, message: Message
    ) -> OutgoingMessage | None:
        """Take the first message below a follow-up as its answer, unless it was answered already.

        It may be a new matter, so the line of thanks says how to get it looked at.
        """
        workspace_id, user_id = message.workspace_id, message.author_id
        key = await self._above(uow, message, Unprompted.FOLLOW_UP)
        found = None if key is None else parse_key(key)
        if found is None or not await uow.weekly.waits_for_outcome(
            workspace_id, found.about, user_id
        ):
            return None
        await self._follow_ups.record_in(
            uow, workspace_id, found.about, user_id, FollowUpOutcome.LEARNED
        )
        strings = await self._rules.strings(uow, workspace_id)
        return self._thanks(message, strings["followup"]["beside"])

    async def _above(self, uow: UnitOfWork, message: Message, kind: Unprompted) -> str | None:
        """Return the key of the last weekly message of a kind that still stands close above."""
        since = message.sent_at - self._limits.reply_beside_hours * HOUR
        return await uow.outbox.last_sent(
            message.workspace_id, message.author_id, kind, since=since
        )

    def _thanks(self, message: Message, line: str) -> OutgoingMessage:
        return OutgoingMessage(
            key=_thanks_key(message),
            kind=MessageKind.MESSAGE,
            workspace_id=message.workspace_id,
            channel_id=message.channel_id,
            recipient_id=message.author_id,
            thread_ts=message.thread,
            content=self._renderer.line(line),
        )


def _ask_about(message: Message) -> Ask:
    return Ask(
        key=_request_key(message),
        kind=AskKind.ADVICE,
        workspace_id=message.workspace_id,
        user_id=message.author_id,
        place=ReplyPlace.DIRECT,
        address=message.channel_id,
        text=message.text,
        thread_ts=message.thread,
    )


def _request_key(message: Message) -> str:
    return f"dm-{message.channel_id}-{message.ts}"


def _thanks_key(message: Message) -> str:
    return f"thanks-{message.channel_id}-{message.ts}"
