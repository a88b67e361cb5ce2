"""Two workspaces whose ids collide, installed by OAuth, and served by four processes."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import psycopg
import pytest

from bot.sandbox.faults import Fault
from bot.sandbox.installable import InstallableSlack, uninstall
from bot.sandbox.process import BotProcess
from bot.store.encryption import generate_secret
from tests.faults.role_processes import RoleProcesses
from tests.harness import ENTITLEMENT, NO_LIMITS, tell_channel
from tests.installing import Browser
from tests.postgres import Postgres
from tests.scenarios.test_installs import (
    CLIENT_ID,
    CLIENT_SECRET,
    INSTALL,
    Seller,
    seller,
)

pytestmark = [pytest.mark.postgres, pytest.mark.slow]
CHANNELS = 20
WAITING_POSTS = 100
ON_HOLD_SECONDS = 6.0
STOP_SECONDS = 10.0
TABLES = """
    SELECT table_name FROM information_schema.columns
    WHERE table_schema = 'public' AND column_name = 'workspace_id'
"""
HOLDS = "SELECT count(*) FROM method_holds WHERE workspace_id = %s AND method = 'chat.postMessage'"


class Fleet:
    """Two web and two worker processes, and two workspaces that may install the bot.

    Args:
        folder: for the logs. address: of the database.
    """

    def __init__(self, folder: Path, address: str) -> None:
        self.one, self.two = seller("T0ONE"), seller("T0TWO")
        self.channels = {
            each.team_id: [
                each.deal,
                *(
                    each.slack.workspace.add_channel(f"deal-{n}", [each.ana])
                    for n in range(CHANNELS)
                ),
            ]
            for each in (self.one, self.two)
        }
        for each in (self.one, self.two):
            uninstall(each.slack)
        self.address = address
        self.said: Counter[tuple[str, str, str]] = Counter()
        self._key = generate_secret()
        self._folder = folder
        self.site: InstallableSlack
        self.webs: list[BotProcess] = []
        self.workers: list[BotProcess] = []

    def prepare(self) -> RoleProcesses:
        """Return the processes, once the fake workspaces are up."""
        settings = {
            **NO_LIMITS,
            "SLACK_API_URL": self.site.api_url,
            "SLACK_CLIENT_ID": CLIENT_ID,
            "SLACK_CLIENT_SECRET": CLIENT_SECRET,
            "SLACK_SIGNING_SECRET": self.one.slack.workspace.signing_secret,
            "REFRAME_ENCRYPTION_KEY": self._key,
            "DATABASE_URL": self.address,
        }
        processes = RoleProcesses(self._folder, settings, webs=2, workers=2)
        self.webs, self.workers = processes.webs, processes.workers
        return processes

    async def install(self, each: Seller) -> None:
        """Install the bot: begun at one web process, ended at the other."""
        self.site.chosen = each.slack
        browser = Browser(f"http://127.0.0.1:{self.webs[1].port}")
        await browser.install()
        assert INSTALL["done_title"] in browser.page
        for channel_id in self.channels[each.team_id]:
            await tell_channel(self.address, each.team_id, channel_id)

    async def say(self, each: Seller, channel: int = 0) -> None:
        """Let the seller of a workspace write in one of its channels."""
        channel_id = self.channels[each.team_id][channel]
        ts = await each.slack.post_message(each.ana, channel_id, ENTITLEMENT)
        self.said[each.team_id, channel_id, ts] += 1

    def answered(self, each: Seller) -> Counter[tuple[str, str, str]]:
        """How many questions of the bot each thread of a workspace has."""
        return Counter(
            (each.team_id, channel_id, str(message["thread_ts"]))
            for channel_id, message in each.slack.workspace.bot_messages()
            if "thread_ts" in message
        )

    def waiting(self, each: Seller) -> int:
        """How many messages of a workspace have no question yet."""
        said = {key for key in self.said if key[0] == each.team_id}
        return len(said - set(self.answered(each)))

    async def until_answered(self, *sellers: Seller) -> None:
        """Wait until each message has its question, and see that it has one alone."""
        async with asyncio.timeout(60):
            while any(map(self.waiting, sellers)):
                await asyncio.sleep(0.02)
        for each in sellers:
            assert set(self.answered(each).values()) == {1}

    def left_of(self, workspace_id: str) -> dict[str, int]:
        """Return how many rows each table has of a workspace, jobs that wait included."""
        with psycopg.connect(self.address) as connection:
            tables = [str(name) for [name] in connection.execute(TABLES)]
            where = dict.fromkeys(tables, "workspace_id")
            where["procrastinate_jobs"] = "args->>'workspace_id'"
            counts = {
                table: connection.execute(
                    f"SELECT count(*) FROM {table} WHERE {column} = %s",
                    [workspace_id],
                ).fetchone()
                for table, column in where.items()
            }
        return {table: count[0] for table, count in counts.items() if count and count[0]}


@asynccontextmanager
async def running(folder: Path, address: str) -> AsyncIterator[Fleet]:
    """Start the fake workspaces and the processes, and stop what is left of them."""
    fleet = Fleet(folder, address)
    async with AsyncExitStack() as stack:
        for each in (fleet.one, fleet.two):
            await stack.enter_async_context(each.slack)
        fleet.site = InstallableSlack(
            fleet.one.slack, fleet.two.slack,
            client_id=CLIENT_ID, client_secret=CLIENT_SECRET, redirect_url="",
        )  # fmt: skip
        await stack.enter_async_context(fleet.site)
        processes = fleet.prepare()
        fleet.site.redirect_url = f"http://127.0.0.1:{fleet.webs[0].port}/slack/oauth_redirect"
        await processes.start()
        for each, web in zip((fleet.one, fleet.two), fleet.webs, strict=True):
            each.slack.set_request_url(web.url)
        try:
            yield fleet
        finally:
            await processes.stop()


async def test_two_workspaces_and_four_processes(tmp_path: Path, postgres: Postgres) -> None:
    """The whole life of two installations, with processes that come to an end meanwhile."""
    with postgres.database(migrated=True) as address:
        async with running(tmp_path, address) as fleet:
            await each_is_answered_with_its_own_token(fleet)
            await a_hold_is_for_one_method_of_one_workspace(fleet)
            await a_noisy_workspace_holds_up_nobody(fleet)
            await one_leaves_in_the_middle_of_work(fleet)


async def each_is_answered_with_its_own_token(fleet: Fleet) -> None:
    """The tokens are about to end, and all processes need them at once: each is exchanged once."""
    fleet.site.expires_in = 3_600  # within what is exchanged ahead
    fleet.site.seconds = 0.3
    await fleet.install(fleet.one)
    await fleet.install(fleet.two)
    fleet.site.expires_in = 43_200
    for channel in range(8):
        await fleet.say(fleet.one, channel)
        await fleet.say(fleet.two, channel)
    await fleet.until_answered(fleet.one, fleet.two)

    assert fleet.site.refreshes == {"T0ONE": 1, "T0TWO": 1}


async def who_logged(processes: Sequence[BotProcess], words: str) -> BotProcess:
    """Return the process that writes these words: it stores what it heard before it logs it."""
    async with asyncio.timeout(30):
        while True:
            for process in processes:
                if words in process.log_file.read_text():
                    return process
            await asyncio.sleep(0.02)


async def a_hold_is_for_one_method_of_one_workspace(fleet: Fleet) -> None:
    """One worker hears 429 and then ends; the other one waits as Slack asked, for that workspace
    alone. A web process ends too. Nothing is lost, and a wait is no try."""
    slack = fleet.one.slack
    slack.faults.inject("chat.postMessage", Fault.rate_limited(str(ON_HOLD_SECONDS)))
    calls = len(slack.calls_to("chat.postMessage"))
    await fleet.say(fleet.one)
    with psycopg.connect(fleet.address, autocommit=True) as connection:
        async with asyncio.timeout(30):
            while connection.execute(HOLDS, ["T0ONE"]).fetchone() != (1,):
                await asyncio.sleep(0.02)
        held_since = time.monotonic()
        told = await who_logged(fleet.workers, "slack failed")
        for channel in range(8):
            await fleet.say(fleet.one, channel)
        began = time.monotonic()
        fleet.one.slack.set_request_url(fleet.webs[1].url)
        ended = await asyncio.gather(told.stop(), fleet.webs[0].stop())
        assert set(ended) == {0}
        assert time.monotonic() - began < STOP_SECONDS
        await fleet.say(fleet.one)
        await fleet.say(fleet.two)
        await fleet.until_answered(fleet.two)
        if time.monotonic() - held_since < ON_HOLD_SECONDS - 1:
            assert len(slack.calls_to("chat.postMessage")) == calls + 1
        await fleet.until_answered(fleet.one)
        assert time.monotonic() - held_since > ON_HOLD_SECONDS - 1
        tries = "SELECT max(attempts) FROM outbox WHERE workspace_id = 'T0ONE'"
        assert connection.execute(tries).fetchone() == (0,)


async def a_noisy_workspace_holds_up_nobody(fleet: Fleet) -> None:
    """A hundred posts of one wait for a slow Slack; a question in the other comes soon."""
    fleet.one.slack.faults.inject("chat.postMessage", Fault.slow(0.8), times=WAITING_POSTS)
    for number in range(WAITING_POSTS):
        await fleet.say(fleet.one, number % CHANNELS)
    await fleet.say(fleet.two)
    await fleet.until_answered(fleet.two)

    assert fleet.waiting(fleet.one) > WAITING_POSTS / 2


async def one_leaves_in_the_middle_of_work(fleet: Fleet) -> None:
    """Nothing of it is left, nothing more is said there, and the other one is served on."""
    gone = fleet.one.slack.envelope({"type": "app_uninstalled"}, "EvGone")
    uninstall(fleet.one.slack)
    assert (await fleet.one.slack.deliver(gone)).status == 200
    await fleet.say(fleet.two)
    await fleet.until_answered(fleet.two)
    deadline = time.monotonic() + 30
    while left := fleet.left_of("T0ONE").keys():
        assert time.monotonic() < deadline, left
        await asyncio.sleep(0.1)
    assert fleet.waiting(fleet.one) > 0
    assert set(fleet.answered(fleet.one).values()) == {1}
