"""The composition root: settings in, a running bot out. The only place that knows every class."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING, Any

import aiohttp

from bot import playbook as words
from bot.core.coach import Coach
from bot.core.guard import Guard
from bot.core.policy import JudgeLimits
from bot.core.wording import Wording
from bot.core.words import Playbook
from bot.detect.offline import OfflineDetector
from bot.flows.ask import Answering
from bot.flows.channels import Arrivals
from bot.flows.deliver import Deliver
from bot.flows.feedback import Answers
from bot.flows.notice import Notice
from bot.flows.nudge import Nudge
from bot.flows.ports import Budget, ChatBusy, ChatDown, ChatRefused, Clock, Detector
from bot.flows.wishes import Controls
from bot.serve import Bot, SlackProblem, Way
from bot.settings import Settings, SettingsProblem
from bot.slack import app as slack
from bot.slack import blocks, door, listeners
from bot.slack.aside import Aside
from bot.slack.gateway import Gateway, Identity
from bot.slack.requests import Requests
from bot.slack.screen import Screen
from bot.store.asks import SqlAsks
from bot.store.budget import SqlBudget
from bot.store.channels import SqlChannels
from bot.store.database import Database
from bot.store.inbox import SqlInbox
from bot.store.outbox import SqlOutbox
from bot.store.people import SqlPeople
from bot.store.record import SqlRecord
from bot.work.local import Loop

if TYPE_CHECKING:
    from bot.detect.llm import LlmJudge
    from bot.detect.writer import LlmWriter

log = logging.getLogger(__name__)

__all__ = ["Bot", "SlackProblem", "Way", "run"]


def voice_of(settings: Settings) -> Playbook:
    """The words in force."""
    return words.read(settings.prompts_dir, settings.language)


def coach_of(playbook: Playbook, settings: Settings) -> tuple[Coach, Guard]:
    """Who picks the words, and who has the last say on them."""
    credits = frozenset(a.credit for a in playbook.articles.values())
    return Coach(playbook, settings.same_question_days), Guard(playbook.rubric, credits)


def way_in(settings: Settings, asked: Way | None) -> Way:
    """Socket Mode or HTTP: as asked, else by which tokens are set.

    Raises:
        SettingsProblem: what that way needs is not set.
    """
    if settings.slack_bot_token is None:
        raise SettingsProblem("SLACK_BOT_TOKEN", "missing_bot_token")
    way: Way = asked or ("socket" if settings.slack_app_token else "http")
    needed = settings.slack_app_token if way == "socket" else settings.slack_signing_secret
    if needed is None:
        name = "SLACK_APP_TOKEN" if way == "socket" else "SLACK_SIGNING_SECRET"
        raise SettingsProblem(name, "missing_door")
    return way


async def run(settings: Settings, asked: Way | None, clock: Clock = time.time) -> None:
    """Builds the bot and serves until it is told to stop.

    Raises:
        SettingsProblem, PlaybookProblem, DatabaseProblem, SlackProblem: with what to do next.
    """
    way = way_in(settings, asked)
    playbook = voice_of(settings)
    async with AsyncExitStack() as stack:
        database = await opened(settings)
        stack.push_async_callback(database.close)
        session = await stack.enter_async_context(aiohttp.ClientSession())
        bot = await _build(settings, way, playbook, database, session, stack, clock)
        await bot.serve()


async def opened(settings: Settings) -> Database:
    """The database, taken for this process and brought up to date."""
    database = Database(settings.database_url.get_secret_value())
    await database.open()
    try:
        await database.migrate()
    except BaseException:
        await database.close()
        raise
    log.info("database %s is ready", database.name)
    return database


async def _build(
    settings: Settings,
    way: Way,
    playbook: Playbook,
    database: Database,
    session: aiohttp.ClientSession,
    stack: AsyncExitStack,
    clock: Clock,
) -> Bot:
    limits, admins = settings.limits, settings.admins
    token = settings.slack_bot_token.get_secret_value() if settings.slack_bot_token else ""
    client = slack.client(token, settings.slack_api_url, limits.post_timeout_seconds, session)
    gateway = Gateway(client, playbook.voice, clock)
    me = await _identity(gateway, settings)
    if way == "socket" and settings.slack_app_token:
        await _may_connect(gateway, settings.slack_app_token.get_secret_value())
    inbox, outbox, asks = SqlInbox(database), SqlOutbox(database), SqlAsks(database)
    people, record, channels = SqlPeople(database), SqlRecord(database), SqlChannels(database)
    detector = await _detector(settings, playbook, database, stack, clock)
    writer = _writer(settings, playbook, database, stack, clock)
    coach, guard = coach_of(playbook, settings)
    wording = Wording(playbook, coach, guard)
    screen, aside = Screen(gateway, playbook.voice, settings.retention_days), Aside()
    loops: dict[str, Loop] = {}

    def wake(name: str) -> Callable[[], None]:
        return lambda: loops[name].wake()

    deliver = Deliver(outbox=outbox, people=people, chat=gateway, clock=clock, limits=limits)
    notice = Notice(
        detector, inbox, gateway, clock, limits, settings.watches, wake=lambda: _wake_all(loops)
    )
    nudge = Nudge(
        detector=detector,
        inbox=inbox,
        chat=gateway,
        clock=clock,
        limits=limits,
        playbook=playbook,
        coach=coach,
        guard=guard,
        writer=writer if settings.words == "all" else None,
        wording=wording,
        settled=notice.settled,
        wake_delivery=wake("delivery"),
    )
    answering = Answering(
        asks=asks,
        record=record,
        screen=screen,
        chat=gateway,
        detector=detector,
        writer=writer,
        clock=clock,
        limits=limits,
        playbook=playbook,
        coach=coach,
        wording=wording,
        wake=wake("answers"),
        wake_delivery=wake("delivery"),
    )
    loops |= {
        "delivery": Loop("delivery", deliver.step, clock),
        "decisions": Loop("decisions", nudge.step, clock),
        "answers": Loop("answers", answering.step, clock),
    }
    voice, traps = playbook.voice, playbook.traps
    answers = Answers(
        people=people,
        asks=asks,
        channels=channels,
        chat=gateway,
        clock=clock,
        limits=limits,
        playbook=playbook,
        coach=coach,
        probation=lambda t, bad, n: blocks.probation(t, traps[t].title, bad, n, voice).body,
        admins=admins,
        wake_delivery=wake("delivery"),
    )
    controls = Controls(
        record=record,
        people=people,
        channels=channels,
        chat=gateway,
        clock=clock,
        limits=limits,
        playbook=playbook,
        admins=admins,
    )
    arrivals = Arrivals(
        channels=channels,
        chat=gateway,
        clock=clock,
        hello=lambda channel, may: blocks.hello(channel, may, voice).body,
        notice=lambda: blocks.line(voice["channel"]["notice"]).body,
        watched=settings.watches,
        admins=admins,
        wake_delivery=wake("delivery"),
    )
    requests = Requests(
        me=me,
        answering=answering,
        controls=controls,
        feedback=answers,
        arrivals=arrivals,
        screen=screen,
        aside=aside,
    )
    bolt = slack.bolt(client)
    listeners.register(bolt, me, notice, answers, requests, screen, aside)
    socket = None
    if way == "socket" and settings.slack_app_token:
        socket = slack.Socket(bolt, settings.slack_app_token.get_secret_value(), client)
    waiting = {"waiting": inbox.waiting, "to_send": outbox.waiting, "to_answer": asks.waiting}
    bot = Bot(settings, way, database, notice, loops, waiting, socket, clock, aside)
    secret = settings.slack_signing_secret if way == "http" else None
    bot.site = door.web_app(bolt, secret.get_secret_value() if secret else None, clock, bot.health)
    return bot


async def _detector(
    settings: Settings,
    playbook: Playbook,
    database: Database,
    stack: AsyncExitStack,
    clock: Clock,
) -> Detector:
    offline = OfflineDetector.shipped(playbook.cues)
    if not settings.has_judge:
        if settings.judge_key and not settings.openai_model:
            log.warning("OPENAI_MODEL is not set: the model is not asked, nothing is sent to it")
        return offline
    from bot.detect.cascade import Cascade, Mode

    judge = judge_of(settings, playbook, clock)
    stack.push_async_callback(judge.close)
    budget = SqlBudget(database, settings.judge_daily_calls)
    log.info("judge=%s sees what is %s", judge.name, settings.judge)
    return Cascade(offline, judge, Mode(settings.judge), budget, clock)


def judge_of(
    settings: Settings,
    playbook: Playbook,
    clock: Clock,
    transport: Any = None,
    limits: JudgeLimits | None = None,
) -> LlmJudge:
    """The language model as the judge; ``openai`` is imported here and not before.

    Args:
        transport: another way than the network, from ``bot.detect.recorded``.
        limits: others than those of the settings.
    """
    from bot.detect import llm, prompt

    limits = limits or settings.judge_limits
    client = llm.client_for(settings.openai_base_url, settings.judge_key, limits, transport)
    words = prompt.instructions(playbook)
    return llm.LlmJudge(client, settings.openai_model, words, limits, clock)


def _writer(
    settings: Settings,
    playbook: Playbook,
    database: Database,
    stack: AsyncExitStack,
    clock: Clock,
) -> LlmWriter | None:
    if not settings.openai_model or settings.words == "playbook":
        return None
    budget = SqlBudget(database, settings.judge_daily_calls)
    writer = writer_of(settings, playbook, budget, clock)
    stack.push_async_callback(writer.close)
    log.info("writer=%s writes for %s", writer.name, settings.words)
    return writer


def writer_of(
    settings: Settings, playbook: Playbook, budget: Budget, clock: Clock, transport: Any = None
) -> LlmWriter:
    """The language model as the writer; ``openai`` is imported here and not before.

    Args:
        budget: how often it may be asked. transport: another way than the network.
    """
    from bot.detect import llm, writer

    limits = settings.judge_limits
    client = llm.client_for(settings.openai_base_url, settings.judge_key, limits, transport)
    told = writer.instructions(playbook)
    model = settings.openai_model
    asker = llm.Asker(client, model, told, writer.Form, limits, clock, "reframe-writer")
    return writer.LlmWriter(asker, f"writer-{model}", budget, clock)


def _wake_all(loops: dict[str, Loop]) -> None:
    for loop in loops.values():
        loop.wake()


async def _may_connect(gateway: Gateway, app_token: str) -> None:
    """The library would go on asking with a token that Slack refuses; so it is tried once here."""
    try:
        await gateway.may_connect(app_token)
    except ChatRefused as refused:
        raise SlackProblem("slack_refused_app_token", refused.code) from None
    except (ChatDown, ChatBusy) as passing:
        log.warning("Socket Mode is not there yet: %s", passing)


async def _identity(gateway: Gateway, settings: Settings) -> Identity:
    try:
        me = await gateway.who_am_i()
    except ChatRefused as refused:
        raise SlackProblem("slack_refused_token", refused.code) from None
    except (ChatDown, ChatBusy):
        raise SlackProblem("slack_unreachable", settings.slack_api_url) from None
    if settings.slack_app_id:
        me = Identity(me.team, me.user, me.bot, settings.slack_app_id)
    log.info("team=%s bot=%s", me.team, me.user)
    return me
