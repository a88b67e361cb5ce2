"""Any workspace installs the bot: the whole dance over HTTP, and two workspaces side by side."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import aiohttp
import pytest

from bot import settings as bot_settings
from bot import wiring
from bot.core.policy import InstallLimits
from bot.sandbox.installable import InstallableSlack, uninstall
from bot.sandbox.process import reserve_port
from bot.sandbox.slack import FakeSlack
from bot.sandbox.workspace import Workspace
from bot.store.encryption import generate_secret
from tests.browser.axe import axe
from tests.browser.chromium import Chromium
from tests.harness import ENTITLEMENT, NO_LIMITS, tell_channel
from tests.installing import BROWSER_COOKIE, Browser
from tests.postgres import Postgres
from tests.shipped import shipped_playbook

INSTALL = shipped_playbook().strings["install"]
CLIENT_ID, CLIENT_SECRET = "111.222", "client-secret-canary"


@dataclass
class Seller:
    """A seller in a deal channel; in every workspace the ids are the same."""

    slack: FakeSlack
    ana: str
    deal: str

    @property
    def team_id(self) -> str:
        return self.slack.workspace.team_id

    def posts(self) -> list[str]:
        """Return what the bot has said in the channel."""
        found = self.slack.workspace.messages(self.deal)
        return [str(m["text"]) for m in found if m.get("bot_id")]


@dataclass
class World:
    """Two workspaces with colliding ids, a bot that both may install, and a browser."""

    site: InstallableSlack
    one: Seller
    two: Seller
    browser: Browser
    address: str
    folder: Path

    async def install(self, seller: Seller) -> None:
        self.site.chosen = seller.slack
        await self.browser.install()
        assert self.browser.status == 200, self.browser.page
        assert INSTALL["done_title"] in self.browser.page
        await tell_channel(self.address, seller.team_id, seller.deal)

    async def says(self, seller: Seller, text: str = ENTITLEMENT) -> int:
        """Post a message; return the status of its delivery."""
        await seller.slack.post_message(seller.ana, seller.deal, text)
        await seller.slack.wait_for_deliveries()
        return seller.slack.attempts[-1].status


def seller(team_id: str) -> Seller:
    workspace = Workspace(team_id=team_id, bot_user_id="U0BOT", bot_id="B0BOT")
    slack = FakeSlack(workspace)
    slack.delivery.retry_scale = 0.005
    ana = workspace.add_user("ana")
    workspace.add_user("ben")
    return Seller(slack, ana, workspace.add_channel("deal", [ana]))


@asynccontextmanager
async def world(folder: Path, database: str, **settings: Any) -> AsyncIterator[World]:
    """Run the bot for whoever installs it."""
    one, two = seller("T0ONE"), seller("T0TWO")
    for each in (one, two):
        uninstall(each.slack)  # nobody has installed it yet
    async with AsyncExitStack() as stack:
        for each in (one, two):
            await stack.enter_async_context(each.slack)
        port = reserve_port(one)
        address = f"http://127.0.0.1:{port}"
        site = InstallableSlack(
            one.slack,
            two.slack,
            client_id=CLIENT_ID,
            client_secret=CLIENT_SECRET,
            redirect_url=f"{address}/slack/oauth_redirect",
        )
        await stack.enter_async_context(site)
        loaded = bot_settings.load(
            {
                **NO_LIMITS,
                "SLACK_API_URL": site.api_url,
                "SLACK_CLIENT_ID": CLIENT_ID,
                "SLACK_CLIENT_SECRET": CLIENT_SECRET,
                "SLACK_SIGNING_SECRET": one.slack.workspace.signing_secret,
                "REFRAME_ENCRYPTION_KEY": generate_secret(),
                "DATABASE_URL": database,
                "PORT": port,
                **settings,
            }
        )
        running = asyncio.create_task(wiring.run(loaded, None))
        stack.push_async_callback(_end, running)
        for each in (one, two):
            each.slack.set_request_url(f"{address}/slack/events")
        made = World(site, one, two, Browser(address), database, folder)
        await until(lambda: _is_up(running, address))
        yield made


async def _end(running: asyncio.Task[None]) -> None:
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)


async def _is_up(running: asyncio.Task[None], address: str) -> bool:
    if running.done():
        running.result()
    try:
        async with aiohttp.ClientSession() as session, session.get(f"{address}/healthz") as answer:
            return answer.status == 200
    except aiohttp.ClientError:
        return False


async def until(is_so: Any) -> None:
    """Wait until something is so, for at most a minute."""
    deadline = time.monotonic() + 60
    while not await is_so():
        assert time.monotonic() < deadline, "it never was"
        await asyncio.sleep(0.02)


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Any:
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path}/reframe.db"
        return
    postgres: Postgres = request.getfixturevalue("postgres")
    with postgres.database() as address:
        yield address


async def test_two_workspaces_install_and_one_leaves(tmp_path: Path, database: str) -> None:
    """Both are coached, each with its own token; the one that stays never notices the other."""
    async with world(tmp_path, database) as w:
        assert await w.says(w.one) == 200  # from a workspace that hasn't installed it: dropped
        await w.install(w.one)
        await w.install(w.two)
        first_tokens = {w.one.slack.workspace.bot_token, w.two.slack.workspace.bot_token}
        assert await w.says(w.one) == await w.says(w.two) == 200
        await until(lambda: _all_posted(w.one, w.two))
        assert len(w.one.posts()) == len(w.two.posts()) == 1

        uninstall(w.one.slack)
        gone = w.one.slack.envelope({"type": "app_uninstalled"}, "EvGone")
        assert (await w.one.slack.deliver(gone)).status == 200
        await w.says(w.one)
        await w.says(w.two)
        await until(lambda: _has_posted(w.two, 2))
        assert len(w.one.posts()) == 1

        await w.install(w.one)  # and it may come back
        await w.says(w.one)
        await until(lambda: _has_posted(w.one, 2))
    if database.startswith("sqlite"):
        kept = b"".join(p.read_bytes() for p in tmp_path.glob("reframe.db*"))
        assert [t for t in (*first_tokens, CLIENT_SECRET) if t.encode() in kept] == []


async def _all_posted(*sellers: Seller) -> bool:
    return all(each.posts() for each in sellers)


async def _has_posted(each: Seller, count: int) -> bool:
    return len(each.posts()) >= count


async def test_tokens_that_expire(tmp_path: Path) -> None:
    """They are exchanged in time, once, though a command and two messages come at once."""
    async with world(tmp_path, f"sqlite:///{tmp_path}/reframe.db") as w:
        w.site.expires_in = 3_600  # within what is exchanged ahead
        w.site.seconds = 0.1
        await w.install(w.one)
        w.site.expires_in = 43_200
        first = w.one.slack.workspace.bot_token
        w.one.slack.workspace.older_tokens.clear()
        both = (w.says(w.one), w.one.slack.run_command(w.one.ana, w.one.deal, "/reframe", "hi"))
        await asyncio.gather(*both)
        await until(lambda: _has_posted(w.one, 1))

        assert w.site.refreshes == {"T0ONE": 1}
        assert w.one.slack.workspace.bot_token != first


@pytest.mark.parametrize(
    ("what", "sentence", "status"),
    [
        ("canceled", "canceled", 200),
        ("another browser", "stale", 400),
        ("used before", "stale", 400),
        ("no code", "stale", 400),
        ("org-wide", "org_wide", 400),
        ("a wrong code", "failed", 400),
    ],
)
async def test_an_installation_that_comes_to_nothing(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, what: str, sentence: str, status: int
) -> None:
    """It says why, keeps nothing, and leads to the beginning."""
    async with world(tmp_path, f"sqlite:///{tmp_path}/reframe.db") as w:
        w.site.consents = what != "canceled"
        w.site.is_org_wide = what == "org-wide"
        back = await w.browser.come_back()
        cookies = {BROWSER_COOKIE: w.browser.cookie}
        query = parse_qs(urlsplit(back).query)
        if what == "another browser":
            cookies = {}
        if what == "used before":
            await w.browser.open(back, **cookies)
        if what == "no code":
            back = back.replace("code=", "other=")
        if what == "a wrong code":
            back = back.replace("code=code", "code=wrong")
        await w.browser.open(back, **cookies)

        assert (w.browser.status, w.browser.page) != (0, "")
        assert INSTALL[sentence].split(",")[0] in w.browser.page.replace("&#x27;", "'")
        assert w.browser.status == status
        assert 'href="install/start"' in w.browser.page
        for code in query.get("code", ()):
            assert code not in caplog.text
        if what != "used before":
            assert await w.says(w.one) == 200
            assert w.one.posts() == []


async def test_the_page_before_it(tmp_path: Path) -> None:
    """It says what is read and kept, loads nothing from elsewhere, and asks for the scopes of the
    manifest."""
    async with world(tmp_path, f"sqlite:///{tmp_path}/reframe.db") as w:
        await w.browser.open(f"{w.browser.address}/slack/install")
        assert w.browser.status == 200
        assert w.browser.page.count("<li>") == 5
        assert INSTALL["no_model"] in w.browser.page
        assert "http" not in w.browser.page.replace("https://slack.com", "")
        consent = await w.browser.open(f"{w.browser.address}/slack/install/start")
        asked = parse_qs(urlsplit(consent).query)
        assert asked["client_id"] == [CLIENT_ID]
        assert "chat:write" in asked["scope"][0].split(",")


async def test_somebody_who_begins_thousands(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They fill no table; whoever comes in earnest is asked to come again."""
    monkeypatch.setattr("bot.workspace_wiring.InstallLimits", lambda: InstallLimits(open_at_once=3))
    async with world(tmp_path, f"sqlite:///{tmp_path}/reframe.db") as w:
        statuses = []
        for _ in range(4):
            await w.browser.open(f"{w.browser.address}/slack/install/start")
            statuses.append(w.browser.status)
        assert statuses == [302, 302, 302, 503]
        assert INSTALL["busy"].split(".")[0].replace("'", "&#x27;") in w.browser.page


@pytest.mark.browser
@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_a_person_installs_it_in_a_browser(
    chromium_program: str, tmp_path: Path, scheme: str
) -> None:
    """From the page to Slack and back, by clicking; no page has a problem that axe knows."""
    async with (
        world(tmp_path, f"sqlite:///{tmp_path}/reframe.db") as w,
        Chromium(chromium_program) as browser,
    ):
        await browser.prefer(scheme)
        await browser.resize(390, 800)
        await browser.open(f"{w.browser.address}/slack/oauth_redirect?error=access_denied")
        await browser.see("h1", INSTALL["failed_title"])
        assert await axe(browser) == []
        await browser.open(f"{w.browser.address}/slack/install")
        await browser.see("h1", INSTALL["title"])
        assert await axe(browser) == []
        assert await browser.evaluate("document.documentElement.scrollWidth") <= 390
        await browser.click("a.button", INSTALL["button"])
        await browser.see("h1", INSTALL["done_title"])
        assert await axe(browser) == []
        assert browser.complaints == []
