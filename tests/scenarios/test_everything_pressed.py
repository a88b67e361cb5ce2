"""Whatever the bot listens to, pressed by everybody: members, and those who are none."""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from unittest import mock
from urllib.parse import urlencode

import aiohttp
import pytest

from bot.sandbox.faults import Fault
from bot.slack.background import BackgroundTasks
from bot.slack.parse import SLACKBOT
from bot.slack.views import erasure, home
from bot.store.tables import metadata
from tests.harness import BLAME, BotHarness, running_harness
from tests.payloads.everything import (
    NO_ROWS,
    OLD_BUTTON,
    UNINSTALL,
    CollectingApp,
    Heard,
    Payloads,
    Rows,
    Sender,
)
from tests.payloads.shapes import Json

NOW = datetime(2025, 11, 25, 10, 0, tzinfo=UTC).timestamp()  # a Tuesday; the clock stands still
OWN_DATA = {
    Heard("action", erasure.FORGET),
    Heard("action", home.DATA),
    Heard("command", "my data"),
    Heard("command", "forget me"),
}
SAY_HOW_IT_IS = {
    Heard("command", "team end"),
    Heard("command", "team leave"),
    Heard("command", "test off"),
}
"""These say "you have left" or "it is off", and the second time "you are in none"."""

STRANGERS: dict[str, dict[str, Any]] = {
    "guest": {"is_restricted": True},
    "single-channel guest": {"is_ultra_restricted": True},
    "stranger": {"is_stranger": True, "team_id": "T9OTHER"},
    "bot": {"is_bot": True},
    "deactivated": {"deleted": True},
}


_WAITING = (
    "SELECT 1 FROM inbox WHERE state = 'waiting'",
    "SELECT 1 FROM asks WHERE state = 'waiting'",
    "SELECT 1 FROM outbox WHERE state IN ('queued', 'sending')",
)


class Everything:
    """A running bot with a question, a team and an admin, and everything it listens to.

    Attributes:
        bot: it. heard: what it listens to. payloads: builds payloads for that.
        rows: of Ana, for whom they exist.
    """

    def __init__(
        self, bot: BotHarness, session: aiohttp.ClientSession, background: BackgroundTasks
    ) -> None:
        self.bot = bot
        self._background = background
        self._database = sqlite3.connect(bot.folder / "reframe.db", isolation_level=None)
        self.heard = CollectingApp.latest.heard
        self.payloads = Payloads(bot)
        self.rows = NO_ROWS
        self._session = session

    async def prepare(self) -> None:
        """Let Ana have a question, and a team of hers."""
        ts = await self.bot.say(BLAME)
        await self.idle()
        assert len(self.bot.replies(ts)) == 1
        form = self.payloads.of(Heard("view", "reframe_team"), self.member(), NO_ROWS)
        await self.post(form)
        await self.idle()
        self.rows = Rows(
            nudge=f"nudge-{self.bot.deal}-{ts}",
            team=f"G-{form['view']['id']}",
            channel=self.bot.deal,
        )

    def member(self, *, direct: bool = False) -> Sender:
        """Return Ana, in the deal channel or in her conversation with the bot."""
        where = self.bot.workspace.dm_channel(self.bot.ana) if direct else self.bot.deal
        return Sender(self.bot.ana, where)

    async def post(self, payload: Json) -> str:
        """Post a payload as Slack does, and return the body of the acknowledgment."""
        if "command" in payload:
            body = urlencode({k: v for k, v in payload.items() if v is not None}).encode()
        elif "event" in payload:
            body = json.dumps(payload).encode()
        else:
            body = urlencode({"payload": json.dumps(payload)}).encode()
        is_form = "event" not in payload
        kind = "application/x-www-form-urlencoded" if is_form else "application/json"
        headers = {"Content-Type": kind, **self.bot.slack.delivery.signed_headers(body)}
        url = f"{self.bot.url}/slack/events"
        async with self._session.post(url, data=body, headers=headers) as response:
            text = await response.text()
            assert response.status == 200, (response.status, payload)
            return text

    async def idle(self) -> None:
        """Wait until nothing is under way: nobody polls the bot for that, which would be slow."""
        await self._background.close()
        await self.bot.until(lambda: not self._is_waiting(), 15)

    def _is_waiting(self) -> bool:
        return any(self._database.execute(waits).fetchone() for waits in _WAITING)

    def stored(self) -> dict[str, list[str]]:
        """Return every row of every table, as text."""
        return {
            name: sorted(map(repr, self._database.execute(f"SELECT * FROM {name}")))
            for name in metadata.tables
        }

    def close(self) -> None:
        """Leave the database alone."""
        self._database.close()

    def responses(self) -> list[Json]:
        """Return what was posted to response addresses."""
        return self.bot.slack.response_url_bodies


@pytest.fixture
async def everything(tmp_path: Path) -> AsyncIterator[Everything]:
    """Yield a bot that is ready to be pressed; its clock stands still."""
    background = BackgroundTasks()
    async with running_harness(tmp_path, lambda: NOW) as bot, aiohttp.ClientSession() as session:
        with (
            mock.patch("bot.slack.app.AsyncApp", CollectingApp),
            mock.patch("bot.wiring.BackgroundTasks", return_value=background),
        ):
            await bot.start(REFRAME_ADMINS=bot.ben)
        ready = Everything(bot, session, background)
        with closing(ready):
            await ready.prepare()
            yield ready


def strangers(bot: BotHarness) -> dict[str, str]:
    """Add somebody of each kind that is no member of the workspace; return their ids."""
    found = {kind: bot.workspace.add_user(kind, **flags) for kind, flags in STRANGERS.items()}
    return {**found, "Slackbot": SLACKBOT, "unknown to Slack": "U0NOBODY"}


def answer(body: str) -> str:
    """Return an acknowledgment in which numbers don't count: "erased 12 entries" has no second."""
    return re.sub(r"\d+", "0", body)


async def test_everything_is_collected(everything: Everything) -> None:
    """What is pressed here comes from the app itself, and none of it is missing."""
    names = {kind: {h.name for h in everything.heard if h.kind == kind} for kind in KINDS}

    assert {"reframe_answer_helpful", "reframe_resume", "reframe_forget", OLD_BUTTON} <= names[
        "action"
    ]
    assert {"reframe_ask", "reframe_settings", "reframe_team", OLD_BUTTON} <= names["view"]
    assert names["shortcut"] == {"reframe_this"}
    assert {"", "help", "why", "my data", "forget me", "team", "digest"} <= names["command"]
    assert {"message", "app_home_opened", UNINSTALL, OLD_BUTTON} <= names["event"]
    assert set(everything.heard) >= OWN_DATA


async def test_who_is_no_member_gets_a_sentence(everything: Everything) -> None:
    """Whatever they press, and wherever: they are told, and not a row is about them."""
    bot, before = everything.bot, everything.stored()
    sentence = "only members of this workspace"
    expected = 0
    for kind, user_id in strangers(bot).items():
        for where in (bot.deal, "D0000") if kind == "guest" else (bot.deal,):
            sender = Sender(user_id, where)
            for heard in everything.heard:
                if heard in OWN_DATA or heard.name == UNINSTALL:
                    continue
                payload = everything.payloads.of(heard, sender, everything.rows)
                body = await everything.post(payload)
                if heard.kind in ("command", "view"):
                    assert sentence in body, (kind, heard)
                elif heard.kind in ("action", "shortcut"):
                    expected += 1
                if heard.kind == "action" and kind == "guest":
                    await everything.post(
                        everything.payloads.in_home(heard, sender, everything.rows)
                    )
    await bot.until(lambda: len(everything.responses()) >= expected, 10)
    await everything.idle()

    assert all(sentence in r["text"] for r in everything.responses())
    assert everything.stored() == before
    assert bot.slack.calls_to("views.open") == []
    for view in bot.workspace.home_tabs.values():
        assert "reframe_home_settings" not in json.dumps(view)


async def test_what_is_kept_is_everybodys_own(everything: Everything) -> None:
    """A former member sees and erases what is kept about them, whatever they are by now."""
    bot = everything.bot
    await everything.post(
        everything.payloads.of(Heard("command", "pause 2w"), everything.member(), NO_ROWS)
    )
    bot.workspace.users[bot.ana].is_restricted = True
    await bot.slack.change_user(bot.ana, is_restricted=True)
    await bot.slack.wait_for_deliveries()
    sender = everything.member()
    data = await everything.post(
        everything.payloads.of(Heard("command", "my data"), sender, NO_ROWS)
    )
    await everything.idle()
    assert "pulling it together" in data
    assert len(bot.slack.uploads) == 1
    asked = await everything.post(
        everything.payloads.of(Heard("command", "forget me"), sender, NO_ROWS)
    )
    assert erasure.FORGET in asked
    count = len(everything.responses())
    await everything.post(everything.payloads.of(Heard("action", erasure.FORGET), sender, NO_ROWS))
    await bot.until(lambda: len(everything.responses()) > count, 5)

    assert "I erased" in everything.responses()[-1]["text"]
    assert not any(bot.ana in row for row in everything.stored()["findings"])


@pytest.mark.parametrize(
    ("who", "rows", "place"),
    [
        ("member", "old", "in a channel"),
        ("member", "missing", "with the bot"),
        ("admin", "old", "with the bot"),
    ],
)
async def test_a_second_press_changes_nothing_more(
    everything: Everything, who: str, rows: str, place: str
) -> None:
    """The same press, delivered twice, is answered the same and stored once."""
    bot = everything.bot
    named = everything.rows if rows == "old" else NO_ROWS
    user_id = bot.ana if who == "member" else bot.ben
    where = bot.deal if place == "in a channel" else bot.workspace.dm_channel(user_id)
    last = (erasure.FORGET, UNINSTALL)  # nothing would be left to press
    for heard in sorted(everything.heard, key=lambda h: h.name in last and 1 + last.index(h.name)):
        payload = everything.payloads.of(heard, Sender(user_id, where), named)
        first = await everything.post(payload)
        await everything.idle()
        before = everything.stored()
        second = await everything.post(payload)
        await everything.idle()
        assert everything.stored() == before, heard
        if heard not in SAY_HOW_IT_IS:
            assert answer(second) == answer(first), heard


async def test_elsewhere(everything: Everything, caplog: pytest.LogCaptureFixture) -> None:
    """From an org-wide installation nothing is changed, and each press is answered."""
    bot, before, count = everything.bot, everything.stored(), len(everything.responses())
    sender = Sender(bot.ana, bot.deal, is_org_wide=True)
    presses = 0
    for heard in everything.heard:
        body = await everything.post(everything.payloads.of(heard, sender, everything.rows))
        if heard.kind in ("command", "view"):
            assert "I'm not installed in this workspace" in body, heard
        presses += heard.kind in ("action", "shortcut")
    await bot.until(lambda: len(everything.responses()) == count + presses, 10)

    assert all("this workspace" in r["text"] for r in everything.responses()[count:])
    assert everything.stored() == before
    assert "workspace=unknown is not served" in caplog.text


async def test_slack_does_not_say_who_it_is(everything: Everything) -> None:
    """Nobody is written to, and nothing begins to come by itself; to be left alone still works."""
    bot = everything.bot
    before = everything.stored()
    cara = bot.workspace.add_user("cara")
    bot.slack.faults.inject("users.info", Fault.http(503), times=100_000)
    for heard in everything.heard:
        if heard in OWN_DATA or heard.kind == "event":
            continue
        await everything.post(
            everything.payloads.of(heard, Sender(cara, bot.deal), everything.rows)
        )
    after = everything.stored()
    bot.slack.faults.clear()

    for table in ("findings", "sales_teams", "sales_team_members", "named_people", "weekly_runs"):
        assert after[table] == before[table]
    new = [row for row in after["outbox"] if row not in before["outbox"]]
    assert all(f"line-only_author-{cara}" in row for row in new)
    assert [row for row in after["preferences"] if cara in row]


KINDS = ("action", "view", "shortcut", "command", "event")
