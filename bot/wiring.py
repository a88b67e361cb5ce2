"""The composition root: settings in, a running bot out. The only place that knows every class."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from contextlib import AsyncExitStack

import aiohttp

from bot import playbook as words
from bot.core.coach import Coach
from bot.core.guard import Guard
from bot.core.wording import Wording
from bot.core.words import Playbook
from bot.flows.ask import Answering
from bot.flows.channels import Arrivals
from bot.flows.deliver import Deliver
from bot.flows.digest import Digests
from bot.flows.feedback import Answers
from bot.flows.notice import Notice
from bot.flows.nudge import Nudge
from bot.flows.ports import Chat, ChatBusy, ChatDown, ChatRefused, Clock
from bot.flows.reflect import Reflect
from bot.flows.week_ports import Said
from bot.flows.wishes import Controls
from bot.minds import detector_of, judge_of, writer_if_any, writer_of
from bot.serve import Bot, SlackProblem, Way
from bot.settings import Settings, SettingsProblem
from bot.slack import app as slack
from bot.slack import blocks, door, listeners
from bot.slack.aside import Aside
from bot.slack.channel_requests import ChannelRequests
from bot.slack.gateway import Gateway, Identity
from bot.slack.requests import Requests
from bot.slack.screen import Screen
from bot.slack.week import WeekLayout
from bot.slack.week_requests import WeekRequests
from bot.store.asks import SqlAsks
from bot.store.channels import SqlChannels
from bot.store.database import Database
from bot.store.inbox import SqlInbox
from bot.store.outbox import SqlOutbox
from bot.store.people import SqlPeople
from bot.store.record import SqlRecord
from bot.store.sealing import Sealer
from bot.store.teams import SqlTeams
from bot.store.weeks import SqlWeeks
from bot.work.local import Loop

log = logging.getLogger(__name__)

__all__ = ["Bot", "SlackProblem", "Way", "judge_of", "run", "writer_of"]


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
    detector = await detector_of(settings, playbook, database, stack, clock)
    writer = writer_if_any(settings, playbook, database, stack, clock)
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
    reflect, digests, weeks = week_of(
        settings, playbook, database, gateway, clock, wake("delivery")
    )

    async def say(team: str, said: Said) -> bool:
        new = await weeks.say(team, said, now=clock())
        wake("delivery")()
        return new

    weekly = WeekRequests(reflect=reflect, digests=digests, screen=screen, aside=aside, say=say)
    requests = Requests(
        me=me,
        answering=answering,
        controls=controls,
        feedback=answers,
        channels=ChannelRequests(
            me=me, arrivals=arrivals, controls=controls, screen=screen, aside=aside
        ),
        weekly=weekly,
        screen=screen,
        aside=aside,
    )
    bolt = slack.bolt(client)
    listeners.register(bolt, me, notice, answers, requests, screen, aside)
    socket = None
    if way == "socket" and settings.slack_app_token:
        socket = slack.Socket(bolt, settings.slack_app_token.get_secret_value(), client)
    waiting = {"waiting": inbox.waiting, "to_send": outbox.waiting, "to_answer": asks.waiting}

    async def week() -> int:
        return await reflect.tick() + await digests.tick()

    bot = Bot(settings, way, database, notice, loops, waiting, socket, clock, aside, week)
    secret = settings.slack_signing_secret if way == "http" else None
    bot.site = door.web_app(bolt, secret.get_secret_value() if secret else None, clock, bot.health)
    return bot


def week_of(
    settings: Settings,
    playbook: Playbook,
    database: Database,
    chat: Chat,
    clock: Clock,
    wake_delivery: Callable[[], None],
) -> tuple[Reflect, Digests, SqlWeeks]:
    """What comes once a week: the flows, and the store behind them."""
    weeks = SqlWeeks(database, Sealer(*settings.seal_keys))
    layout = WeekLayout(playbook)
    reflect = Reflect(
        weeks=weeks,
        record=SqlRecord(database),
        chat=chat,
        clock=clock,
        limits=settings.limits,
        playbook=playbook,
        layout=layout,
        holidays=settings.holidays,
        wake_delivery=wake_delivery,
    )
    digests = Digests(
        weeks=weeks,
        teams=SqlTeams(database),
        chat=chat,
        clock=clock,
        playbook=playbook,
        layout=layout,
        holidays=settings.holidays,
        admins=settings.admins,
        wake_delivery=wake_delivery,
    )
    return reflect, digests, weeks


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
