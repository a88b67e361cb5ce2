"""Connects Slack to the flows: registers every listener, in the order that Bolt needs."""

from __future__ import annotations

import re
from dataclasses import dataclass

from slack_bolt.async_app import AsyncApp

from bot.core.policy import Limits
from bot.flows.admission import Admissions
from bot.flows.channel_invitation import ChannelInvitation
from bot.flows.channel_moves import ChannelMoves
from bot.flows.channel_settings import ChannelSettingsFlow
from bot.flows.channel_tests import ChannelTests
from bot.flows.decision_log import DecisionLog
from bot.flows.digest import TeamDigests
from bot.flows.digest_sharing import DigestSharing
from bot.flows.direct_message import DirectMessages
from bot.flows.erasure import Erasure
from bot.flows.feedback import FeedbackHandler
from bot.flows.follow_up import FollowUps
from bot.flows.intake import Intake
from bot.flows.on_demand import OnDemand
from bot.flows.past_digests import PastDigests
from bot.flows.pause import Pauses
from bot.flows.ports.clock import Clock
from bot.flows.ports.telemetry import Telemetry
from bot.flows.preferences import PreferencesFlow
from bot.flows.probation import ProbationFlow
from bot.flows.reflection_answers import ReflectionAnswers
from bot.flows.reflection_schedule import ReflectionSchedule
from bot.flows.team_handover import TeamHandover
from bot.flows.team_members import TeamMembers
from bot.flows.team_setup import TeamSetup
from bot.flows.thread_sharing import ThreadSharing
from bot.flows.weekly_reflection import WeeklyReflections
from bot.flows.wishes import Wishes
from bot.flows.workspace_settings import WorkspaceSettingsFlow
from bot.slack.background import BackgroundTasks
from bot.slack.dispatch import Dispatcher
from bot.slack.listeners import (
    admission,
    channel_changes,
    errors,
    installs,
    leftovers,
    messages,
)
from bot.slack.listeners.admission import ServedWorkspaces
from bot.slack.listeners.channel_changes import RemembersReaders
from bot.slack.listeners.channels import ChannelListeners
from bot.slack.listeners.command import CommandListener
from bot.slack.listeners.erasure import ErasureListener
from bot.slack.listeners.feedback import FeedbackListeners
from bot.slack.listeners.home import HomeListeners
from bot.slack.listeners.home_tab import HomeTab
from bot.slack.listeners.on_demand import OnDemandListeners
from bot.slack.listeners.responder import Responder, StringsOf
from bot.slack.listeners.settings import SettingsListeners
from bot.slack.listeners.teams import TeamListeners
from bot.slack.listeners.weekly import WeeklyListeners
from bot.slack.listeners.workspace_settings import WorkspaceSettingsListeners
from bot.slack.presenter import SlackPresenter
from bot.slack.workspaces import Workspaces


@dataclass(frozen=True, slots=True, kw_only=True)
class Flows:
    """The flows that listeners call."""

    admissions: Admissions
    intake: Intake
    direct_messages: DirectMessages
    on_demand: OnDemand
    feedback: FeedbackHandler
    thread_sharing: ThreadSharing
    pauses: Pauses
    wishes: Wishes
    preferences: PreferencesFlow
    decision_log: DecisionLog
    channel_tests: ChannelTests
    erasure: Erasure
    probation: ProbationFlow
    channel_settings: ChannelSettingsFlow
    workspace_settings: WorkspaceSettingsFlow
    channel_invitation: ChannelInvitation
    channel_moves: ChannelMoves
    reflections: WeeklyReflections
    reflection_answers: ReflectionAnswers
    reflection_schedule: ReflectionSchedule
    follow_ups: FollowUps
    team_setup: TeamSetup
    team_members: TeamMembers
    team_handover: TeamHandover
    digests: TeamDigests
    past_digests: PastDigests
    digest_sharing: DigestSharing


def register_listeners(
    app: AsyncApp,
    *,
    workspaces: Workspaces,
    flows: Flows,
    presenter: SlackPresenter,
    readers: RemembersReaders,
    background: BackgroundTasks,
    strings_of: StringsOf,
    limits: Limits,
    clock: Clock,
    telemetry: Telemetry,
) -> Dispatcher:
    """Register the check of who sends something, every listener, and the error handler; return
    what hands payloads to them.

    Args:
        app: Bolt, with ``process_before_response=True``.
        workspaces: knows the bot in each that is served.
        flows: what the listeners call.
        presenter: shows things to one person.
        readers: remembers who reads each channel.
        background: for what nobody waits for.
        strings_of: the UI strings of a workspace.
        limits: how long a pause is.
        clock: Unix seconds.
        telemetry: is told how long Slack waited.
    """
    on_error = errors.error_handler(strings_of)
    app.error(on_error)
    served = ServedWorkspaces(workspaces, clock)
    responder = Responder(presenter=presenter, background=background, strings_of=strings_of)
    home = HomeTab(
        admissions=flows.admissions,
        preferences=flows.preferences,
        workspace_settings=flows.workspace_settings,
        presenter=presenter,
        background=background,
        strings_of=strings_of,
    )
    admission.register(
        app, served=served, admissions=flows.admissions, responder=responder, home=home
    )
    settings = SettingsListeners(
        preferences=flows.preferences,
        channel_settings=flows.channel_settings,
        schedule=flows.reflection_schedule,
        responder=responder,
        home=home,
    )
    FeedbackListeners(
        feedback=flows.feedback,
        sharing=flows.thread_sharing,
        pauses=flows.pauses,
        limits=limits,
        responder=responder,
        home=home,
    ).register(app)
    OnDemandListeners(on_demand=flows.on_demand, responder=responder).register(app)
    CommandListener(
        on_demand=flows.on_demand,
        pauses=flows.pauses,
        wishes=flows.wishes,
        decision_log=flows.decision_log,
        channel_tests=flows.channel_tests,
        team_setup=flows.team_setup,
        team_members=flows.team_members,
        team_handover=flows.team_handover,
        digests=flows.past_digests,
        preferences=flows.preferences,
        settings=settings,
        responder=responder,
        home=home,
    ).register(app)
    settings.register(app)
    WorkspaceSettingsListeners(
        flow=flows.workspace_settings, responder=responder, home=home
    ).register(app)
    HomeListeners(
        pauses=flows.pauses,
        pause_days=limits.pause_days,
        on_demand=flows.on_demand,
        responder=responder,
        home=home,
    ).register(app)
    ErasureListener(erasure=flows.erasure, responder=responder, home=home).register(app)
    WeeklyListeners(
        answers=flows.reflection_answers,
        schedule=flows.reflection_schedule,
        follow_ups=flows.follow_ups,
        responder=responder,
    ).register(app)
    TeamListeners(
        setup=flows.team_setup,
        members=flows.team_members,
        handover=flows.team_handover,
        sharing=flows.digest_sharing,
        responder=responder,
    ).register(app)
    ChannelListeners(
        invitation=flows.channel_invitation,
        settings=flows.channel_settings,
        probation=flows.probation,
        limits=limits,
        readers=readers,
        responder=responder,
    ).register(app)
    channel_changes.register(app, readers=readers, moves=flows.channel_moves)
    installs.register(app, erasure=flows.erasure, workspaces=workspaces)
    leftovers.register(app, responder=responder)
    app.event(re.compile(".*"))(_ignore)  # last: it takes every event that is left
    on_message = messages.message_listener(
        intake=flows.intake, direct_messages=flows.direct_messages
    )
    return Dispatcher(
        app,
        is_served=served.serves,
        on_message=on_message,
        on_error=on_error,
        telemetry=telemetry,
    )


async def _ignore() -> None:
    """Acknowledge an event that means nothing here: an unanswered one counts against the app
    (docs.slack.dev/apis/events-api)."""
