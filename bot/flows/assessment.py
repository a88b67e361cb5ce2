"""What Slack and the detector say about a candidate, asked before any transaction decides it."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from bot.core.coach import Coach
from bot.core.draft_review import LlmDraft
from bot.core.matters_for_people import MattersForPeople
from bot.core.model import Audience, Message, Person, Reason, Verdict
from bot.core.nudge_policy import blocked_regardless
from bot.core.situations import no_deal_to_ask_about
from bot.flows.drafting import Drafter
from bot.flows.house_rules import HouseRules
from bot.flows.nudge_history import read_background
from bot.flows.ports.chat import Chat
from bot.flows.ports.clock import Clock
from bot.flows.ports.detection import Detector
from bot.flows.ports.unit_of_work import Store


@dataclass(frozen=True, slots=True)
class Assessment:
    """What is known about one candidate.

    Attributes:
        verdict: of the detector.
        author, audience: who wrote it, and who reads the channel.
        situations: what the message is about; empty if we will stay quiet.
        draft: what a model would say; None if none was asked, or it failed.
        context: what was said before, oldest first.
    """

    verdict: Verdict
    author: Person
    audience: Audience
    situations: Sequence[str] = ()
    draft: LlmDraft | None = None
    context: tuple[str, ...] = ()


class Assessor:
    """Asks, in the order of cost, and only as long as the answer could end in a question.

    Args:
        store, detector, chat, clock: the ports. rules: of each workspace.
        coach: says what a message is about.
        matters: finds what is for people and not for a bot.
        drafter: has a model write words, if one may.
    """

    def __init__(
        self,
        *,
        store: Store,
        detector: Detector,
        chat: Chat,
        clock: Clock,
        rules: HouseRules,
        coach: Coach,
        matters: MattersForPeople,
        drafter: Drafter,
    ) -> None:
        self._store = store
        self._detector = detector
        self._chat = chat
        self._clock = clock
        self._rules = rules
        self._coach = coach
        self._matters = matters
        self._drafter = drafter

    async def assess(self, message: Message) -> Assessment:
        """Return what is known about a message.

        Raises:
            SlackCallError: Slack doesn't say who reads, or who wrote it.
        """
        uses_model = await self._rules.allow_model(self._store, message.workspace_id)
        detector = self._detector if uses_model else self._detector.without_model
        look = await detector.first_look(message.text)
        if not detector.may_lead_to_reply(look):
            # We will stay quiet, so skip the calls to Slack.
            return Assessment(look, Person.unknown(message.author_id), Audience.COLLEAGUES)
        workspace_id = message.workspace_id
        audience = await self._chat.audience(workspace_id, message.channel_id)
        author = await self._chat.person(workspace_id, message.author_id)
        if await self._is_blocked(message, audience, author):
            # No text leaves the machine in vain.
            await detector.prepare(message.text)
            return Assessment(detector.quick_verdict(message.text), author, audience)
        turns = await self._chat.preceding_messages(
            workspace_id, message.channel_id, message.thread_ts, message.ts
        )
        context = [turn.text for turn in turns]
        if any(before in self._matters for before in context):
            # Nobody asks about a deal below bad news, and no model reads such news.
            return Assessment(self._for_people(), author, audience)
        verdict = await detector.classify(workspace_id, message.text, context)
        if not verdict.sure or verdict.trap is None:
            return Assessment(verdict, author, audience)
        situations = await asyncio.to_thread(self._coach.find_situations, message.text)
        draft = None
        if uses_model and not no_deal_to_ask_about(message.text, situations):
            draft = await self._drafter.draft(message, verdict.trap, situations, turns)
        return Assessment(verdict, author, audience, situations, draft, tuple(context))

    def _for_people(self) -> Verdict:
        name, why = self._detector.name, Reason.NEVER_COACH
        return Verdict(None, 0.0, suspicious=False, sure=False, detector=name, why=why)

    async def _is_blocked(self, message: Message, audience: Audience, author: Person) -> bool:
        now = self._clock()
        async with self._store.look() as uow:  # asked again in the transaction that decides
            known = await read_background(uow, message, None, now=now, rules=self._rules)
        reason = blocked_regardless(
            audience=audience,
            author=author,
            history=known.history,
            sent_at=message.sent_at,
            now=now,
            gate=known.rules.gate,
        )
        return reason is not None
