"""All stories over in-memory ports, with a clock that the test sets."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from functools import cached_property

from bot.core.answer_guard import AnswerGuard
from bot.core.answer_review import AnswerReview
from bot.core.coach import Coach
from bot.core.digest_stats import Chance
from bot.core.draft_review import DraftReview
from bot.core.gate import Gate
from bot.core.guard import Guard
from bot.core.intents import IntentRouter
from bot.core.languages import Languages
from bot.core.matters_for_people import MattersForPeople
from bot.core.model import Delivery, DirectMessage, Feedback, Message
from bot.core.phrases import Phrases
from bot.core.playbook_model import Playbook
from bot.core.plays import Plays
from bot.core.policy import Batches, Limits
from bot.core.weekly_slot import Holidays
from bot.core.workspace_rules import WorkspaceRules
from bot.flows.admission import Admissions
from bot.flows.advice import Advisor
from bot.flows.answering import ModelAnswers
from bot.flows.channel_invitation import ChannelInvitation
from bot.flows.channel_settings import ChannelSettingsFlow
from bot.flows.channel_switch import ChannelSwitch
from bot.flows.channel_tests import ChannelTests
from bot.flows.decision_log import DecisionLog
from bot.flows.deliver import Deliver
from bot.flows.digest import TeamDigests
from bot.flows.digest_figures import DigestFiguresOnce
from bot.flows.digest_sharing import DigestSharing
from bot.flows.direct_message import DirectMessages
from bot.flows.erasure import Erasure
from bot.flows.feedback import FeedbackHandler, Press
from bot.flows.follow_up import FollowUps
from bot.flows.gatekeeper import Gatekeeper
from bot.flows.house_rules import HouseRules
from bot.flows.intake import Intake
from bot.flows.nudge import Nudge
from bot.flows.on_demand import OnDemand
from bot.flows.own_status import OwnStatus
from bot.flows.past_digests import PastDigests
from bot.flows.pause import Pauses
from bot.flows.ports.detection import Answerer, InventionReader, Writer
from bot.flows.ports.findings import DecisionRecord
from bot.flows.ports.rendering import Renderer
from bot.flows.ports.unit_of_work import Store
from bot.flows.preferences import PreferencesFlow
from bot.flows.probation import ProbationFlow
from bot.flows.reflection_answers import ReflectionAnswers
from bot.flows.reflection_schedule import ReflectionSchedule
from bot.flows.small_answers import ModelInUse, SmallAnswers
from bot.flows.team_handover import TeamHandover
from bot.flows.team_members import TeamMembers
from bot.flows.team_setup import TeamSetup
from bot.flows.thread_reply import ThreadReplies
from bot.flows.thread_sharing import ThreadSharing
from bot.flows.turn_to_people import TurnToPeople
from bot.flows.weekly_reflection import WeeklyReflections
from bot.flows.wishes import Wishes
from bot.flows.workspace_settings import WorkspaceSettingsFlow
from tests.fakes.chat import FakeChat
from tests.fakes.detector import FakeDetector
from tests.fakes.rendering import FakePresenter, FakeRenderer
from tests.fakes.telemetry import FakeTelemetry

MODEL_IN_USE = ModelInUse("a-model", "models.example", gets_asks=True, gets_messages=True)
NOON = 1_764_158_400.0  # Wednesday, 2025-11-26 12:00 UTC

UNLIMITED = Limits(
    delivery=Delivery.THREAD,
    settle_seconds=0, daily_cap=0, weekly_cap=0, cool_down_days=0, same_question_days=0,
    quiet_hours=None, post_gap_seconds=0,
    # By the real clock, and a database may be slow on a busy machine:
    audience_within_seconds=60, thinking_after_seconds=60, batches=Batches(patience_seconds=60),
)  # fmt: skip


def _nothing(*_: object) -> None:
    """Take a wake-up that nobody waits for."""


@dataclass
class Stories:
    """Builds each story once, over the same ports.

    Attributes:
        store: where everything is kept. owner: who claims.
        now: what the clock says, Unix seconds.
    """

    store: Store
    playbook: Playbook
    owner: str = "worker-1"
    limits: Limits = UNLIMITED
    now: float = NOON
    admins: frozenset[str] = frozenset()
    writer: Writer | None = None
    invention_reader: InventionReader | None = None
    languages: Languages | None = None
    answerer: Answerer | None = None
    chat: FakeChat = field(default_factory=FakeChat)
    detector: FakeDetector = field(default_factory=FakeDetector)
    presenter: FakePresenter = field(default_factory=FakePresenter)
    renderer: Renderer = field(default_factory=FakeRenderer)
    holidays: Holidays = field(default_factory=Holidays)
    chance: Chance = field(default_factory=lambda: random.Random(0).randrange)
    telemetry: FakeTelemetry = field(default_factory=FakeTelemetry)

    def __post_init__(self) -> None:
        self.chat.clock = self.clock

    def clock(self) -> float:
        """Return the time that the test has set."""
        return self.now

    @property
    def rules(self) -> HouseRules:
        languages = self.languages or self.playbook.languages
        house = WorkspaceRules(
            gate=Gate(self.limits, self.holidays, Phrases(self.playbook.cues["away"])),
            languages=languages,
            strings=languages.usual,
            admins=self.admins,
            slack_admins_may_choose=not self.admins,
            uses_model=True,
            daily_model_calls=100,
            help_contact="People team, #people-help",
        )
        return HouseRules(house)

    @cached_property
    def people(self) -> TurnToPeople:
        return TurnToPeople(MattersForPeople.of_cues(self.playbook.cues))

    @cached_property
    def coach(self) -> Coach:
        return Coach(self.playbook, self.limits.same_question_days)

    @cached_property
    def guard(self) -> Guard:
        credits = frozenset(a.credit for a in self.playbook.articles.values())
        return Guard(self.playbook.rubric, credits, self.playbook.free_words)

    @cached_property
    def draft_review(self) -> DraftReview:
        return DraftReview(self.playbook, self.coach, self.guard)

    @cached_property
    def intake(self) -> Intake:
        return Intake(
            store=self.store,
            telemetry=self.telemetry,
            detector=self.detector,
            matters=MattersForPeople.of_cues(self.playbook.cues),
            chat=self.chat,
            clock=self.clock,
            limits=self.limits,
            watches=lambda _, channel_id: channel_id != "C-unwatched",
            thread_replies=self.thread_replies,
            tests=self.channel_tests,
            wake_decisions=_nothing,
            wake_delivery=_nothing,
        )

    @cached_property
    def nudge(self) -> Nudge:
        return Nudge(
            store=self.store,
            telemetry=self.telemetry,
            detector=self.detector,
            chat=self.chat,
            clock=self.clock,
            rules=self.rules,
            owner=self.owner,
            playbook=self.playbook,
            coach=self.coach,
            guard=self.guard,
            draft_review=self.draft_review,
            writer=self.writer,
            invention_reader=self.invention_reader,
            tests=self.channel_tests,
            renderer=self.renderer,
            wake_delivery=_nothing,
        )

    @cached_property
    def channel_tests(self) -> ChannelTests:
        return ChannelTests(
            store=self.store,
            chat=self.chat,
            clock=self.clock,
            rules=self.rules,
            watches=lambda _, channel_id: channel_id != "C-unwatched",
            decision_log=self.decisions,
            wake_delivery=_nothing,
        )

    @cached_property
    def deliver(self) -> Deliver:
        return Deliver(
            store=self.store,
            telemetry=self.telemetry,
            chat=self.chat,
            clock=self.clock,
            limits=self.limits,
            gatekeeper=Gatekeeper(chat=self.chat, rules=self.rules),
            owner=self.owner,
        )

    @cached_property
    def model_answers(self) -> ModelAnswers | None:
        if self.answerer is None:
            return None
        guard = AnswerGuard(
            self.playbook.rubric,
            self.playbook.free_words,
            self.limits.answer,
            lambda text: "en" if text.isascii() else "de",
        )
        return ModelAnswers(
            model=self.answerer,
            reader=self.invention_reader,
            review=AnswerReview(guard),
            coach=self.coach,
            clock=self.clock,
            limits=self.limits,
        )

    @cached_property
    def advisor(self) -> Advisor:
        return Advisor(
            store=self.store,
            detector=self.detector,
            model=self.model_answers,
            clock=self.clock,
            rules=self.rules,
            playbook=self.playbook,
            coach=self.coach,
            plays=Plays(self.playbook.plays),
            router=self.router,
            small=SmallAnswers(
                self.playbook,
                model=MODEL_IN_USE if self.answerer is not None else None,
                retention_days=90.0,
                model_answers=self.answerer is not None,
            ),
            people=self.people,
            status=OwnStatus(
                store=self.store,
                chat=self.chat,
                watches=lambda _, channel_id: channel_id != "C-unwatched",
            ),
            wishes=self.wishes,
        )

    @cached_property
    def on_demand(self) -> OnDemand:
        return OnDemand(
            store=self.store,
            telemetry=self.telemetry,
            chat=self.chat,
            presenter=self.presenter,
            renderer=self.renderer,
            clock=self.clock,
            rules=self.rules,
            owner=self.owner,
            people=self.people,
            advisor=self.advisor,
            wake=_nothing,
            wake_delivery=_nothing,
        )

    @cached_property
    def probation(self) -> ProbationFlow:
        return ProbationFlow(
            store=self.store,
            clock=self.clock,
            rules=self.rules,
            renderer=self.renderer,
        )

    @cached_property
    def feedback(self) -> FeedbackHandler:
        return FeedbackHandler(
            store=self.store,
            chat=self.chat,
            clock=self.clock,
            rules=self.rules,
            probation=self.probation,
            people=self.people,
            playbook=self.playbook,
            coach=self.coach,
            wake_delivery=_nothing,
        )

    @cached_property
    def thread_sharing(self) -> ThreadSharing:
        return ThreadSharing(self.store, self.clock, self.rules, _nothing)

    @cached_property
    def pauses(self) -> Pauses:
        return Pauses(store=self.store, chat=self.chat, clock=self.clock, rules=self.rules)

    @cached_property
    def admissions(self) -> Admissions:
        return Admissions(chat=self.chat, limits=self.limits)

    @cached_property
    def wishes(self) -> Wishes:
        return Wishes(
            store=self.store,
            chat=self.chat,
            clock=self.clock,
            rules=self.rules,
            pauses=self.pauses,
            switch=self.switch,
            router=self.router,
        )

    @cached_property
    def router(self) -> IntentRouter:
        return IntentRouter(self.playbook.intents, is_english=str.isascii)

    @cached_property
    def switch(self) -> ChannelSwitch:
        return ChannelSwitch(
            store=self.store,
            clock=self.clock,
            rules=self.rules,
            watches=lambda _, channel_id: channel_id != "C-unwatched",
        )

    @cached_property
    def thread_replies(self) -> ThreadReplies:
        return ThreadReplies(
            store=self.store,
            admissions=self.admissions,
            clock=self.clock,
            rules=self.rules,
            wishes=self.wishes,
            wake_delivery=_nothing,
        )

    @cached_property
    def decisions(self) -> DecisionLog:
        return DecisionLog(
            store=self.store,
            chat=self.chat,
            clock=self.clock,
            rules=self.rules,
            playbook=self.playbook,
        )

    @cached_property
    def preferences(self) -> PreferencesFlow:
        return PreferencesFlow(
            store=self.store,
            chat=self.chat,
            clock=self.clock,
            rules=self.rules,
            decisions=self.decisions,
        )

    @cached_property
    def erasure(self) -> Erasure:
        return Erasure(store=self.store, clock=self.clock, rules=self.rules)

    @cached_property
    def channel_settings(self) -> ChannelSettingsFlow:
        return ChannelSettingsFlow(
            store=self.store,
            clock=self.clock,
            rules=self.rules,
            chance=self.chance,
        )

    @cached_property
    def workspace_settings(self) -> WorkspaceSettingsFlow:
        return WorkspaceSettingsFlow(store=self.store, chat=self.chat, rules=self.rules)

    @cached_property
    def invitation(self) -> ChannelInvitation:
        return ChannelInvitation(
            store=self.store,
            admissions=self.admissions,
            chat=self.chat,
            clock=self.clock,
            renderer=self.renderer,
            watches=lambda _, channel_id: channel_id != "C-unwatched",
            rules=self.rules,
            wake_delivery=_nothing,
        )

    @cached_property
    def reflections(self) -> WeeklyReflections:
        return WeeklyReflections(
            store=self.store,
            chat=self.chat,
            clock=self.clock,
            rules=self.rules,
            owner=self.owner,
            playbook=self.playbook,
            renderer=self.renderer,
            wake_delivery=_nothing,
        )

    @cached_property
    def answers(self) -> ReflectionAnswers:
        return ReflectionAnswers(
            store=self.store,
            clock=self.clock,
            rules=self.rules,
            people=self.people,
        )

    @cached_property
    def schedule(self) -> ReflectionSchedule:
        return ReflectionSchedule(
            store=self.store, chat=self.chat, clock=self.clock, rules=self.rules
        )

    @cached_property
    def follow_ups(self) -> FollowUps:
        return FollowUps(
            store=self.store,
            chat=self.chat,
            clock=self.clock,
            rules=self.rules,
            playbook=self.playbook,
            renderer=self.renderer,
            wake_delivery=_nothing,
        )

    @cached_property
    def team_setup(self) -> TeamSetup:
        return TeamSetup(
            store=self.store,
            chat=self.chat,
            clock=self.clock,
            rules=self.rules,
            renderer=self.renderer,
            wake_delivery=_nothing,
        )

    @cached_property
    def team_members(self) -> TeamMembers:
        return TeamMembers(
            store=self.store,
            chat=self.chat,
            clock=self.clock,
            rules=self.rules,
        )

    @cached_property
    def team_handover(self) -> TeamHandover:
        return TeamHandover(
            store=self.store,
            chat=self.chat,
            clock=self.clock,
            renderer=self.renderer,
            rules=self.rules,
            wake_delivery=_nothing,
        )

    @cached_property
    def digest_figures(self) -> DigestFiguresOnce:
        return DigestFiguresOnce(self.chance, self.limits.teams)

    @cached_property
    def past_digests(self) -> PastDigests:
        return PastDigests(
            store=self.store,
            clock=self.clock,
            rules=self.rules,
            renderer=self.renderer,
            figures=self.digest_figures,
        )

    @cached_property
    def digest_sharing(self) -> DigestSharing:
        return DigestSharing(
            store=self.store,
            chat=self.chat,
            clock=self.clock,
            rules=self.rules,
            renderer=self.renderer,
            wake_delivery=_nothing,
        )

    @cached_property
    def digests(self) -> TeamDigests:
        return TeamDigests(
            store=self.store,
            chat=self.chat,
            clock=self.clock,
            rules=self.rules,
            owner=self.owner,
            renderer=self.renderer,
            figures=self.digest_figures,
            wake_delivery=_nothing,
        )

    @cached_property
    def direct_messages(self) -> DirectMessages:
        return DirectMessages(
            store=self.store,
            admissions=self.admissions,
            clock=self.clock,
            rules=self.rules,
            renderer=self.renderer,
            wishes=self.wishes,
            on_demand=self.on_demand,
            answers=self.answers,
            follow_ups=self.follow_ups,
            wake_delivery=_nothing,
        )

    async def deliver_all(self) -> float | None:
        """Deliver until nothing is ready any more; return when the next message is."""
        while True:
            next_at = await self.deliver.run_due()
            if next_at is None or next_at > self.now:
                return next_at

    def message(self, text: str, **changes: str) -> Message:
        """Return a message of Ana's in the deal channel, written now."""
        ts = changes.pop("ts", f"{self.now:.6f}")
        values = {
            "event_id": f"Ev-{ts}-{changes.get('author_id', 'U-ana')}",
            "workspace_id": "T1",
            "channel_id": "C-deal",
            "ts": ts,
            "author_id": "U-ana",
            "text": text,
            "version": ts,
        }
        return Message(**{**values, **changes})

    async def coach_message(self, text: str, **changes: str) -> str:
        """Take a message, decide it and deliver what follows; return the message's ts."""
        message = self.message(text, **changes)
        await self.intake.receive(message)
        await self.nudge.run_due()
        await self.deliver_all()
        return message.ts

    async def press(self, ts: str, feedback: Feedback, user_id: str = "U-ana") -> Press:
        """Press a button below the nudge that answers a message, and deliver what follows."""
        key = f"nudge-C-deal-{ts}"
        met = await self.feedback.record_feedback("T1", key, user_id, feedback)
        await self.deliver_all()
        return met

    async def write_direct(self, text: str, **changes: str) -> None:
        """Write to the bot, and let it answer."""
        message = self.message(text, channel_id="D-ana", **changes)
        await self.direct_messages.receive(DirectMessage(message))
        await self.on_demand.run_due()
        await self.deliver_all()

    async def decided(self, workspace_id: str = "T1") -> list[DecisionRecord]:
        """Return all decisions on Ana's messages, newest first."""
        async with self.store.begin() as uow:
            return await uow.findings.decisions(workspace_id, "U-ana", limit=100)
