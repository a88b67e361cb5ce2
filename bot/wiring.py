"""The composition root: settings in, a running bot out. The only place that knows every class.

``build_foundation`` opens what everything stands on, ``bot.flow_wiring`` puts the stories on it,
``build_web`` connects Slack to them, ``build_worker`` runs what is stored, ``build_all`` does all
of it in one process.
"""

from __future__ import annotations

import asyncio
import gc
import logging
import time
import uuid
from collections.abc import Callable, Coroutine, Mapping
from contextlib import AsyncExitStack
from functools import partial
from typing import TYPE_CHECKING, Any

import aiohttp

from bot import __version__
from bot.detectors import build_detection, build_llm_budget
from bot.flow_wiring import Foundation, build_flows
from bot.flows.ports.clock import Clock
from bot.flows.roles import Role
from bot.health import Health, Transport
from bot.playbook import load_playbook
from bot.probes import probe_routes
from bot.rules_wiring import build_rules
from bot.serve import Bot, NoWork, Work
from bot.settings import Settings
from bot.slack import http
from bot.slack.app import WorkspaceAuthorize, build_bolt
from bot.slack.background import BackgroundTasks
from bot.slack.connections import Connections, affordable_connections
from bot.slack.gateway import Gateway
from bot.slack.identity import who_am_i
from bot.slack.listeners.registration import Flows, register_listeners
from bot.slack.presenter import SlackPresenter
from bot.slack.socket_mode import SocketModeConnection
from bot.slack.state import SlackState
from bot.slack.url_posts import UrlPosts
from bot.slack.views.renderer import SlackRenderer
from bot.store_wiring import build_store, open_database
from bot.telemetry.prometheus import Prices, PrometheusTelemetry
from bot.telemetry.traces import open_spans
from bot.worker_wiring import build_job_worker, build_worker
from bot.workers.loop import WakeUps
from bot.workspace_wiring import build_slack_side, check_role, choose_transport

if TYPE_CHECKING:
    from bot.store.database import Database
    from bot.store.job_queue import JobQueue

log = logging.getLogger(__name__)


async def run(
    settings: Settings,
    asked: Transport | None,
    clock: Clock = time.time,
    role: Role = "all",
) -> None:
    """Build the bot and serve until it is told to stop.

    Args:
        settings: all of them.
        asked: how events come in; None to choose by which tokens are set.
        clock: Unix seconds.
        role: what this process does.

    Raises:
        SettingsError, PlaybookError, SetupError: with what to do next.
    """
    transport = choose_transport(settings, asked, role)
    check_role(settings, role)
    build = {"all": build_all, "web": build_web_process, "worker": build_worker_process}[role]
    async with AsyncExitStack() as stack:
        bot = await build(settings, transport, clock, stack)
        _spare_garbage_collection()
        await bot.serve()


def _spare_garbage_collection() -> None:
    """Take what is loaded by now out of garbage collection: it stays as long as the process, and to
    look through it again and again takes more time than the messages."""
    gc.collect()
    gc.freeze()


async def build_all(
    settings: Settings, transport: Transport, clock: Clock, stack: AsyncExitStack
) -> Bot:
    """Build everything in one process; ``stack`` closes it.

    Raises:
        PlaybookError, SetupError: with what to do next.
    """
    foundation = await build_foundation(settings, transport, clock, stack)
    wake_ups, background = WakeUps(), BackgroundTasks()
    stories = build_flows(foundation, wake_ups)
    worker = build_worker(foundation, stories, wake_ups)
    connections = Connections(affordable_connections())
    socket, site = build_web(
        foundation, stories.for_listeners, worker, background, transport, connections
    )
    return _bot(foundation, transport, worker, site, connections, background, socket)


async def build_web_process(
    settings: Settings, transport: Transport, clock: Clock, stack: AsyncExitStack
) -> Bot:
    """Build what listens to Slack and stores, while other processes work; ``stack`` closes it.

    Raises:
        PlaybookError, SetupError: with what to do next.
    """
    foundation = await build_foundation(settings, transport, clock, stack, "web")
    background, work = BackgroundTasks(), NoWork()
    stories = build_flows(foundation, WakeUps())
    connections = Connections(affordable_connections())
    socket, site = build_web(
        foundation, stories.for_listeners, work, background, transport, connections
    )
    return _bot(foundation, transport, work, site, connections, background, socket)


async def build_worker_process(
    settings: Settings, transport: Transport, clock: Clock, stack: AsyncExitStack
) -> Bot:
    """Build what works on what is stored, with probes and nothing for Slack; ``stack`` closes it.

    Raises:
        PlaybookError, SetupError: with what to do next.
    """
    foundation = await build_foundation(settings, transport, clock, stack, "worker")
    jobs = foundation.jobs
    if jobs is None:
        raise RuntimeError("a worker shares its work")
    await jobs.open()
    stack.push_async_callback(jobs.close)
    worker = build_job_worker(foundation, build_flows(foundation, WakeUps()), jobs)
    connections = Connections(affordable_connections())
    site = http.web_app(
        None,
        None,
        clock,
        _probes(foundation, transport, worker, None),
        connections=connections,
        note_slack_time=foundation.slack.note_time,
    )
    return _bot(foundation, transport, worker, site, connections, BackgroundTasks(), None)


def _bot(
    foundation: Foundation,
    transport: Transport,
    worker: Work,
    site: aiohttp.web.Application,
    connections: Connections,
    background: BackgroundTasks,
    socket: SocketModeConnection | None,
) -> Bot:
    return Bot(
        transport=transport,
        host=foundation.settings.host,
        port=foundation.settings.port,
        database=foundation.database,
        worker=worker,
        site=site,
        connections=connections,
        watches=_watches(foundation),
        socket=socket,
        background=background,
    )


def _watches(base: Foundation) -> Mapping[str, Callable[[], Coroutine[Any, Any, None]]]:
    """Return what is looked at all the time: the one token, if there is only one."""
    if base.slack_side.install_pages:
        return {}
    return {"token": partial(base.slack.watch, partial(who_am_i, base.slack_side.client))}


async def build_foundation(
    settings: Settings,
    transport: Transport,
    clock: Clock,
    stack: AsyncExitStack,
    role: Role = "all",
) -> Foundation:
    """Read the words, open the database, and ask Slack who we are.

    Raises:
        PlaybookError, SetupError: with what to do next.
    """
    playbook = load_playbook(settings.prompts_dir, settings.language)
    database = await open_database(settings, role)
    stack.push_async_callback(database.close)
    jobs = None if role == "all" else _job_queue(database, clock)
    store = await build_store(settings, database, clock(), jobs)
    if role == "all":
        await store.release_all_leases()  # the database is ours now, so nobody works on them

    timeout = settings.limits.post_timeout_seconds
    session = await stack.enter_async_context(aiohttp.ClientSession())
    slack = SlackState(clock)
    owner = database.process_name if jobs else None
    owner = owner or f"worker-{uuid.uuid4().hex[:12]}"
    slack_side = await build_slack_side(
        settings,
        transport,
        store=store,
        slack=slack,
        session=session,
        strings=playbook.strings,
        clock=clock,
        owner=owner,
        role=role,
    )
    gateway = Gateway(slack_side.workspaces, playbook.languages, clock, settings.limits)
    renderer = SlackRenderer(playbook)
    rules = build_rules(settings, playbook)
    budget = build_llm_budget(settings, store, rules, renderer)
    prices = Prices(settings.input_price, settings.output_price)
    spans = None
    if settings.traces_endpoint:
        spans = open_spans(settings.traces_endpoint, __version__)
        stack.push_async_callback(asyncio.to_thread, spans.close)
    telemetry = PrometheusTelemetry(__version__, prices, spans)
    detection = build_detection(settings, playbook, budget, stack, clock, telemetry)
    return Foundation(
        settings=settings,
        playbook=playbook,
        rules=rules,
        clock=clock,
        owner=owner,
        database=database,
        store=store,
        jobs=jobs,
        slack=slack,
        slack_side=slack_side,
        chat=gateway,
        presenter=SlackPresenter(
            clients=slack_side.workspaces,
            direct_channels=gateway.direct_channels,
            url_posts=UrlPosts(session, timeout),
            retention_days=settings.retention_days,
        ),
        renderer=renderer,
        telemetry=telemetry,
        detector=detection.detector,
        writer=detection.writer,
        invention_reader=detection.invention_reader,
        answerer=detection.answerer,
        answer_reader=detection.answer_reader,
    )


def _job_queue(database: Database, clock: Clock) -> JobQueue:
    from bot.store.job_queue import JobQueue  # only processes with a role need its library: 11 MB

    return JobQueue(database, clock)


def build_web(
    base: Foundation,
    flows: Flows,
    worker: Work,
    background: BackgroundTasks,
    transport: Transport,
    connections: Connections,
) -> tuple[SocketModeConnection | None, aiohttp.web.Application]:
    """Build what Slack talks to: Bolt with its listeners, and the HTTP endpoints."""
    settings = base.settings
    side = base.slack_side
    bolt = build_bolt(side.client, WorkspaceAuthorize(side.workspaces))
    dispatcher = register_listeners(
        bolt,
        workspaces=side.workspaces,
        flows=flows,
        presenter=base.presenter,
        readers=base.chat,
        background=background,
        strings_of=partial(base.rules.read_strings, base.store),
        limits=base.limits,
        clock=base.clock,
        telemetry=base.telemetry,
    )
    socket = None
    if transport == "socket" and settings.slack_app_token:
        app_token = settings.slack_app_token.get_secret_value()
        socket = SocketModeConnection(dispatcher, app_token, side.client)
    secret = settings.slack_signing_secret if transport == "http" else None
    signing_secret = secret.get_secret_value() if secret else None
    pages = side.install_pages.routes() if side.install_pages else ()
    site = http.web_app(
        dispatcher,
        signing_secret,
        base.clock,
        (*_probes(base, transport, worker, socket), *pages),
        connections=connections,
        note_slack_time=base.slack.note_time,
    )
    return socket, site


def _probes(
    base: Foundation, transport: Transport, worker: Work, socket: SocketModeConnection | None
) -> list[aiohttp.web.RouteDef]:
    health = Health(
        transport=transport,
        clock=base.clock,
        database=base.database,
        slack=base.slack,
        loops=worker.loops,
        tick_age=worker.tick_age,
        socket=socket,
        does_work=not isinstance(worker, NoWork),
    )
    token = base.settings.metrics_token
    return probe_routes(health, base.telemetry, token.get_secret_value() if token else None)
