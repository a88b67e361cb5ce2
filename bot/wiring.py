"""The composition root: settings in, a running bot out. The only place that knows every class."""

from __future__ import annotations

import asyncio
import logging
import signal
import time
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import aiohttp
from aiohttp import web

from bot import playbook as words
from bot import schedule
from bot.core.coach import Coach
from bot.core.guard import Guard
from bot.core.model import Playbook
from bot.core.policy import JudgeLimits
from bot.detect.offline import OfflineDetector
from bot.flows.deliver import Deliver
from bot.flows.feedback import Answers
from bot.flows.notice import Notice
from bot.flows.nudge import Nudge
from bot.flows.ports import ChatBusy, ChatDown, ChatRefused, Clock, Detector, StoreDown
from bot.settings import Settings, SettingsProblem
from bot.slack import app as slack
from bot.slack import door, listeners
from bot.slack.gateway import Gateway, Identity
from bot.store.budget import SqlBudget
from bot.store.database import Database
from bot.store.inbox import SqlInbox
from bot.store.outbox import SqlOutbox
from bot.store.people import SqlPeople
from bot.store.tidy import tidy
from bot.work.local import Loop

if TYPE_CHECKING:
    from bot.detect.llm import LlmJudge

log = logging.getLogger(__name__)

Way = Literal["socket", "http"]
_LAST_WORDS_SECONDS = 8.0


class SlackProblem(Exception):
    """Slack can't be used. ``kind`` names the sentence of voice.toml that says so."""

    def __init__(self, kind: str, what: str) -> None:
        super().__init__(what)
        self.kind = kind
        self.what = what


def voice_of(settings: Settings) -> Playbook:
    """The words in force."""
    return words.read(settings.prompts_dir)


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


@dataclass
class Bot:
    """Everything that runs, put together but not yet started."""

    settings: Settings
    way: Way
    database: Database
    notice: Notice
    loops: dict[str, Loop]
    inbox: SqlInbox
    outbox: SqlOutbox
    socket: slack.Socket | None
    site: web.Application
    clock: Clock

    async def serve(self) -> None:
        """Runs until SIGTERM or SIGINT, then ends what is under way and stops.

        Raises:
            SlackProblem: the port is taken.
        """
        await self.notice.remember()
        stop = asyncio.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(number, stop.set)
        runner = web.AppRunner(self.site, access_log=None)
        await runner.setup()
        try:
            await self._listen(runner)
            await self._work_until(stop)
        finally:
            await runner.cleanup()

    async def health(self) -> dict[str, object]:
        """What /healthz tells: whether it works, and how much waits."""
        try:
            waiting, to_send = await self.inbox.waiting(), await self.outbox.waiting()
        except StoreDown:
            return {"ok": False, "why": "database"}
        connected = self.socket is None or await self.socket.alive()
        return {"ok": connected, "door": self.way, "waiting": waiting, "to_send": to_send}

    async def _listen(self, runner: web.AppRunner) -> None:
        where = f"{self.settings.host}:{self.settings.port}"
        try:
            await web.TCPSite(runner, self.settings.host, self.settings.port).start()
        except OSError as taken:
            raise SlackProblem("port_in_use", where) from taken
        log.info("listening on http://%s (door: %s)", where, self.way)

    async def _work_until(self, stop: asyncio.Event) -> None:
        ticker = schedule.ticker(self._tidy)
        ticker.start()
        await self._tidy()
        loops = [asyncio.create_task(loop.run(), name=n) for n, loop in self.loops.items()]
        others: list[asyncio.Task[Any]] = [asyncio.create_task(stop.wait(), name="stop")]
        if self.socket:
            others.append(asyncio.create_task(self.socket.run(), name="socket"))
        try:
            done, _ = await asyncio.wait([*loops, *others], return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                task.result()
        finally:
            ticker.shutdown(wait=False)
            for task in others:
                task.cancel()
            for loop in self.loops.values():
                loop.stop()
            _, late = await asyncio.wait(loops, timeout=_LAST_WORDS_SECONDS)
            for task in late:
                task.cancel()
            await asyncio.gather(*loops, *others, return_exceptions=True)
            log.info("stopped")

    async def _tidy(self) -> int:
        return await tidy(self.database, self.settings.limits, self.clock())


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
    limits = settings.limits
    token = settings.slack_bot_token.get_secret_value() if settings.slack_bot_token else ""
    client = slack.client(token, settings.slack_api_url, limits.post_timeout_seconds, session)
    gateway = Gateway(client, playbook.voice, clock)
    me = await _identity(gateway, settings)
    if way == "socket" and settings.slack_app_token:
        await _may_connect(gateway, settings.slack_app_token.get_secret_value())
    inbox, outbox, people = SqlInbox(database), SqlOutbox(database), SqlPeople(database)
    detector = await _detector(settings, playbook, database, stack, clock)
    coach, guard = coach_of(playbook, settings)
    deliver = Deliver(outbox=outbox, people=people, chat=gateway, clock=clock, limits=limits)
    delivery = Loop("delivery", deliver.step, clock)
    loops = {"delivery": delivery}
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
        settled=notice.settled,
        wake_delivery=delivery.wake,
    )
    loops["decisions"] = Loop("decisions", nudge.step, clock)
    answers = Answers(
        people=people,
        chat=gateway,
        clock=clock,
        limits=limits,
        playbook=playbook,
        wake_delivery=delivery.wake,
    )
    bolt = slack.bolt(client)
    listeners.register(bolt, me, notice, answers)
    socket = None
    if way == "socket" and settings.slack_app_token:
        socket = slack.Socket(bolt, settings.slack_app_token.get_secret_value(), client)
    secret = settings.slack_signing_secret if way == "http" else None
    bot: Bot

    async def health() -> dict[str, object]:
        return await bot.health()

    site = door.web_app(bolt, secret.get_secret_value() if secret else None, clock, health)
    bot = Bot(settings, way, database, notice, loops, inbox, outbox, socket, site, clock)
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
