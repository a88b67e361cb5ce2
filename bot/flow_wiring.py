"""Puts the stories on their ports, once a foundation stands. Used by ``bot.wiring`` alone, and by
the commands that need one story."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from random import SystemRandom
from typing import TYPE_CHECKING

from bot.answer_wiring import build_model_answers, build_wishes, model_in_use
from bot.core.coach import Coach
from bot.core.draft_review import DraftReview
from bot.core.guard import Guard
from bot.core.matters_for_people import MattersForPeople
from bot.core.playbook_model import Playbook
from bot.core.plays import Plays
from bot.core.policy import Limits
from bot.detect.learned_intents import build_router
from bot.detect.learned_matters import matters_in_asks
from bot.detect.learned_plays import shipped_play_reader
from bot.detect.learned_situations import shipped_reader
from bot.flows.admission import Admissions
from bot.flows.advice import Advisor
from bot.flows.channel_invitation import ChannelInvitation
from bot.flows.channel_moves import ChannelMoves
from bot.flows.channel_settings import ChannelSettingsFlow
from bot.flows.channel_tests import ChannelTests
from bot.flows.decision_log import DecisionLog
from bot.flows.deliver import Deliver
from bot.flows.digest_sharing import DigestSharing
from bot.flows.direct_message import DirectMessages
from bot.flows.erasure import Erasure
from bot.flows.feedback import FeedbackHandler
from bot.flows.follow_up import FollowUps
from bot.flows.gatekeeper import Gatekeeper
from bot.flows.house_rules import HouseRules
from bot.flows.intake import Intake
from bot.flows.nudge import Nudge
from bot.flows.on_demand import OnDemand
from bot.flows.own_status import OwnStatus
from bot.flows.pause import Pauses
from bot.flows.ports.clock import Clock
from bot.flows.ports.detection import Answerer, Detector, InventionReader, Writer
from bot.flows.ports.rendering import Renderer
from bot.flows.preferences import PreferencesFlow
from bot.flows.probation import ProbationFlow
from bot.flows.reflection_answers import ReflectionAnswers
from bot.flows.reflection_schedule import ReflectionSchedule
from bot.flows.small_answers import SmallAnswers
from bot.flows.team_handover import TeamHandover
from bot.flows.team_members import TeamMembers
from bot.flows.team_setup import TeamSetup
from bot.flows.thread_reply import ThreadReplies
from bot.flows.thread_sharing import ThreadSharing
from bot.flows.turn_to_people import TurnToPeople
from bot.flows.workspace_settings import WorkspaceSettingsFlow
from bot.settings import Settings
from bot.slack.gateway import Gateway
from bot.slack.listeners.registration import Flows
from bot.slack.presenter import SlackPresenter
from bot.slack.state import SlackState
from bot.slack.views.renderer import SlackRenderer
from bot.store.database import Database
from bot.store.unit_of_work import SqlStore
from bot.telemetry.prometheus import PrometheusTelemetry
from bot.weekly_wiring import WeeklyWiring
from bot.workers.loop import WakeUps
from bot.workspace_wiring import SlackSide

if TYPE_CHECKING:  # it takes 11 MB, and on SQLite nothing is handed out
    from bot.store.job_queue import JobQueue


@dataclass(frozen=True, kw_only=True)
class Foundation:
    """What everything stands on.

    Attributes:
        rules: of each workspace.
        owner: under which name this process claims work.
        jobs: hands out work to processes with a role; None if this one does everything.
        slack: what Slack answered last. slack_side: who calls Slack.
    """

    settings: Settings
    playbook: Playbook
    rules: HouseRules
    clock: Clock
    owner: str
    database: Database
    store: SqlStore
    jobs: JobQueue | None
    slack: SlackState
    slack_side: SlackSide
    chat: Gateway
    presenter: SlackPresenter
    renderer: SlackRenderer
    telemetry: PrometheusTelemetry
    detector: Detector
    writer: Writer | None
    invention_reader: InventionReader | None
    answerer: Answerer | None
    answer_reader: InventionReader | None

    @property
    def limits(self) -> Limits:
        """The caps in force."""
        return self.settings.limits


@dataclass(frozen=True, kw_only=True)
class Stories:
    """Every story, built once: what listeners call, and what works on what is stored."""

    for_listeners: Flows
    nudge: Nudge
    deliver: Deliver


def build_flows(base: Foundation, wake_ups: WakeUps) -> Stories:
    """Put the stories on their ports."""
    settings, playbook, limits, rules = base.settings, base.playbook, base.limits, base.rules
    store, chat, clock = base.store, base.chat, base.clock
    renderer: Renderer = base.renderer
    wake_delivery = partial(wake_ups.wake, "delivery")
    coach = build_coach(settings, playbook)
    guard = build_guard(playbook)
    people = TurnToPeople(matters_in_asks(playbook.cues))
    pauses = Pauses(store=store, chat=chat, clock=clock, rules=rules)
    router = build_router(playbook.intents)
    wishes = build_wishes(store, chat, clock, rules, pauses, router, settings.watches)
    advisor = Advisor(
        store=store,
        detector=base.detector,
        model=build_model_answers(
            base.answerer, base.answer_reader, playbook, coach, clock=clock, limits=limits
        ),
        clock=clock,
        rules=rules,
        playbook=playbook,
        coach=coach,
        plays=build_plays(playbook),
        router=router,
        small=SmallAnswers(
            playbook,
            model=model_in_use(settings),
            retention_days=limits.retention_days,
            model_answers=base.answerer is not None,
        ),
        people=people,
        wishes=wishes,
        status=OwnStatus(store=store, chat=chat, watches=settings.watches),
    )
    on_demand = OnDemand(
        store=store,
        chat=chat,
        presenter=base.presenter,
        renderer=renderer,
        clock=clock,
        rules=rules,
        owner=base.owner,
        people=people,
        advisor=advisor,
        wake=partial(wake_ups.wake, "asks"),
        wake_delivery=wake_delivery,
        telemetry=base.telemetry,
    )
    probation = ProbationFlow(store=store, clock=clock, rules=rules, renderer=renderer)
    decision_log = DecisionLog(store=store, chat=chat, clock=clock, rules=rules, playbook=playbook)
    tests = ChannelTests(
        store=store,
        chat=chat,
        clock=clock,
        rules=rules,
        watches=settings.watches,
        decision_log=decision_log,
        wake_delivery=wake_delivery,
    )
    weekly = WeeklyWiring(
        rules=rules,
        playbook=playbook,
        store=store,
        chat=chat,
        renderer=renderer,
        clock=clock,
        owner=base.owner,
        wake_ups=wake_ups,
    )
    answers = ReflectionAnswers(store=store, clock=clock, rules=rules, people=people)
    follow_ups = FollowUps(
        store=store,
        chat=chat,
        clock=clock,
        rules=rules,
        playbook=playbook,
        renderer=renderer,
        wake_delivery=wake_delivery,
    )
    admissions = Admissions(chat=chat, limits=limits)
    for_listeners = Flows(
        admissions=admissions,
        intake=Intake(
            store=store,
            detector=base.detector,
            matters=MattersForPeople.of_cues(playbook.cues),
            chat=chat,
            clock=clock,
            limits=limits,
            watches=settings.watches,
            thread_replies=ThreadReplies(
                store=store,
                admissions=admissions,
                clock=clock,
                rules=rules,
                wishes=wishes,
                wake_delivery=wake_delivery,
            ),
            tests=tests,
            wake_decisions=partial(wake_ups.wake, "decisions"),
            wake_delivery=wake_delivery,
            telemetry=base.telemetry,
        ),
        direct_messages=DirectMessages(
            store=store,
            admissions=admissions,
            clock=clock,
            rules=rules,
            renderer=renderer,
            wishes=wishes,
            on_demand=on_demand,
            answers=answers,
            follow_ups=follow_ups,
            wake_delivery=wake_delivery,
        ),
        on_demand=on_demand,
        feedback=FeedbackHandler(
            store=store,
            chat=chat,
            clock=clock,
            rules=rules,
            probation=probation,
            people=people,
            playbook=playbook,
            coach=coach,
            wake_delivery=wake_delivery,
        ),
        thread_sharing=ThreadSharing(store, clock, rules, wake_delivery),
        pauses=pauses,
        wishes=wishes,
        preferences=PreferencesFlow(
            store=store,
            chat=chat,
            clock=clock,
            rules=rules,
            decisions=decision_log,
        ),
        decision_log=decision_log,
        channel_tests=tests,
        erasure=Erasure(store=store, clock=clock, rules=rules),
        probation=probation,
        channel_settings=ChannelSettingsFlow(
            store=store,
            clock=clock,
            rules=rules,
            chance=SystemRandom().randrange,
        ),
        workspace_settings=WorkspaceSettingsFlow(store=store, chat=chat, rules=rules),
        channel_invitation=ChannelInvitation(
            store=store,
            admissions=admissions,
            chat=chat,
            clock=clock,
            renderer=renderer,
            watches=settings.watches,
            rules=rules,
            wake_delivery=wake_delivery,
        ),
        channel_moves=ChannelMoves(store=store, watches=settings.watches),
        reflections=weekly.reflections(),
        reflection_answers=answers,
        reflection_schedule=ReflectionSchedule(store=store, chat=chat, clock=clock, rules=rules),
        follow_ups=follow_ups,
        team_setup=TeamSetup(
            store=store,
            chat=chat,
            clock=clock,
            rules=rules,
            renderer=renderer,
            wake_delivery=wake_delivery,
        ),
        team_members=TeamMembers(store=store, chat=chat, clock=clock, rules=rules),
        team_handover=TeamHandover(
            store=store,
            chat=chat,
            clock=clock,
            renderer=renderer,
            rules=rules,
            wake_delivery=wake_delivery,
        ),
        digests=weekly.digests(),
        past_digests=weekly.past_digests(),
        digest_sharing=DigestSharing(
            store=store,
            chat=chat,
            clock=clock,
            rules=rules,
            renderer=renderer,
            wake_delivery=wake_delivery,
        ),
    )
    nudge = Nudge(
        store=store,
        detector=base.detector,
        chat=chat,
        clock=clock,
        rules=rules,
        owner=base.owner,
        playbook=playbook,
        coach=coach,
        guard=guard,
        draft_review=DraftReview(
            playbook, coach, guard, is_read_again=base.invention_reader is not None
        ),
        writer=base.writer,
        invention_reader=base.invention_reader,
        tests=tests,
        renderer=renderer,
        wake_delivery=wake_delivery,
        telemetry=base.telemetry,
    )
    deliver = Deliver(
        store=store,
        chat=chat,
        clock=clock,
        limits=limits,
        gatekeeper=Gatekeeper(chat=chat, rules=rules),
        owner=base.owner,
        telemetry=base.telemetry,
    )
    return Stories(for_listeners=for_listeners, nudge=nudge, deliver=deliver)


def build_coach(settings: Settings, playbook: Playbook) -> Coach:
    """Build the coach, which reads what a message is about and chooses the words."""
    return Coach(playbook, settings.same_question_days, shipped_reader())


def build_plays(playbook: Playbook) -> Plays:
    """Build what chooses the play for an ask."""
    return Plays(playbook.plays, shipped_play_reader())


def build_guard(playbook: Playbook) -> Guard:
    """Build the guard, which has the last say on every word."""
    credits = frozenset(a.credit for a in playbook.articles.values())
    return Guard(playbook.rubric, credits, playbook.free_words)
