"""The office of ``reframe practice``: where its people live, and what it says of the app."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from bot.cli.practice import instructions
from bot.playground.app_connection import AppConnection, Seen
from bot.playground.company import load_company
from bot.playground.practice import (
    SIGNING_SECRET,
    Practice,
    WaitingOnly,
    is_request_url,
    zone_at_work,
)
from bot.playground.rest import rest_at
from bot.sandbox.delivery import DeliveryAttempt
from bot.sandbox.http_server import ApiCall
from bot.setting_values import odd_signing_secret
from tests.shipped import shipped_playbook

URL = "http://127.0.0.1:3000/slack/events"


@pytest.mark.parametrize("hour", range(24))
def test_it_is_daytime_there(hour: int) -> None:
    """On a workday, whatever the hour here, no usual quiet hours are in the way."""
    now = datetime(2026, 3, 3, hour, tzinfo=ZoneInfo("UTC")).timestamp()
    local = datetime.fromtimestamp(now, zone_at_work(now))

    assert local.weekday() < 5
    assert 8 <= local.hour <= 15


@pytest.mark.parametrize("hour", range(24))
@pytest.mark.parametrize("day", range(6, 9))
def test_it_is_daytime_on_a_weekend_too(day: int, hour: int) -> None:
    """Once it was Friday night there, while the terminal said that it was daytime."""
    now = datetime(2026, 3, day, hour, tzinfo=ZoneInfo("UTC")).timestamp()

    assert 7 <= datetime.fromtimestamp(now, zone_at_work(now)).hour < 19


@pytest.mark.parametrize("at", ["2026-03-06 23:00", "2026-03-08 22:00"])
def test_a_workday_counts_more_than_the_morning(at: str) -> None:
    """Late on Friday and on Sunday it is a workday somewhere else."""
    now = datetime.fromisoformat(at).replace(tzinfo=ZoneInfo("UTC")).timestamp()

    assert datetime.fromtimestamp(now, zone_at_work(now)).weekday() < 5


@pytest.mark.parametrize("at", ["2026-11-28 10:00", "2026-11-29 09:00", "2026-11-29 16:00"])
def test_on_a_weekend_people_live_where_it_is_none(at: str) -> None:
    """On Saturday people work in Kabul, on Sunday in Cairo."""
    now = datetime.fromisoformat(at).replace(tzinfo=ZoneInfo("UTC")).timestamp()

    assert rest_at(now, zone_at_work(now)) is None


@pytest.mark.parametrize(
    ("zone", "at", "rest"),
    [
        ("Europe/Berlin", "2026-11-28 12:00", "day_off"),
        ("Africa/Cairo", "2026-11-29 12:00", None),
        ("Europe/Berlin", "2026-11-30 22:30", "night"),
        ("Europe/Berlin", "2026-11-30 12:00", None),
    ],
)
def test_when_everybody_rests(zone: str, at: str, rest: str | None) -> None:
    here = ZoneInfo(zone)

    assert rest_at(datetime.fromisoformat(at).replace(tzinfo=here).timestamp(), here) == rest


def test_a_day_off_is_said_in_the_panel_and_in_the_terminal(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Nobody waits on a Saturday for a question that a sample promises."""
    saturday = datetime(2026, 11, 28, 20, tzinfo=ZoneInfo("UTC")).timestamp()
    monkeypatch.setattr("bot.playground.practice.time.time", lambda: saturday)
    words = shipped_playbook().strings["practice"]
    office = Practice(load_company(), URL, words)
    office.workspace.clock = lambda: saturday
    panel = office.state()["own_bot"]["panel"]

    assert rest_at(saturday, office.zone) == "day_off"
    assert "a day off" in panel
    assert "/reframe test here as Omar" in panel
    assert office.rest() in instructions(office, "http://127.0.0.1:1", words, "reframe")

    monday = saturday + 2 * 86_400
    office.workspace.clock = lambda: monday
    assert "day off" not in office.state()["own_bot"]["panel"]


@pytest.mark.parametrize(
    ("address", "is_one"),
    [
        (URL, True),
        ("https://bot.example.com/slack/events", True),
        ("http://[::1]:3000/slack/events", True),
        ("http://127.0.0.1:99999/slack/events", False),
        ("http://127.0.0.1:0/slack/events", False),
        ("http://127.0.0.1:port/slack/events", False),
        ("http://[::1/slack/events", False),
        ("localhost:3000", False),
        ("http:///slack/events", False),
    ],
)
def test_where_requests_can_be_sent(address: str, is_one: bool) -> None:
    assert is_request_url(address) is is_one


def test_the_secret_looks_like_slacks() -> None:
    """Or the doctor would call a right set-up odd."""
    assert odd_signing_secret(SIGNING_SECRET) == ""


def attempt(status: int, body: str = "", *, by_socket: bool = False) -> DeliveryAttempt:
    """Return how a delivery ended."""
    return DeliveryAttempt("", 0, "", status, 0.0, body, by_socket=by_socket)


@pytest.mark.parametrize(
    ("last", "says"),
    [
        (None, "No app is connected right now"),
        (attempt(0, "connection_failed"), "No app is connected right now"),
        (attempt(200, by_socket=True), "No app is connected right now"),
        (attempt(0, "http_timeout"), "did not answer within three seconds"),
        (attempt(200), "connected over HTTP: it answers at"),
        (attempt(401), "SLACK_SIGNING_SECRET"),
        (attempt(404), "said 404"),
    ],
)
def test_what_is_known_of_the_app(last: DeliveryAttempt | None, says: str) -> None:
    """Each way in which a delivery can end has its sentence."""
    office = Practice(load_company(), URL, shipped_playbook().strings["practice"])
    office.slack.attempts.extend([last] if last else [])

    assert says in office.connection().words


CALL = ApiCall("auth.test", {}, 200, {"ok": False, "error": "invalid_auth"}, 0.0)
APP_CALL = ApiCall("apps.connections.open", {}, 200, {"ok": False, "error": "invalid_auth"}, 0.0)
GOOD_CALL = ApiCall("auth.test", {}, 200, {"ok": True}, 0.0)
NOBODY = Seen(
    is_installed=True,
    has_socket=False,
    last_by_socket=None,
    last_by_http=attempt(0, "connection_failed"),
    last_call=None,
    was_connected=False,
)


@pytest.mark.parametrize(
    ("changed", "state", "says"),
    [
        ({}, "waiting", "No app is connected right now"),
        ({"last_call": GOOD_CALL}, "waiting", "No app is connected right now"),
        ({"last_call": CALL}, "problem", "SLACK_BOT_TOKEN isn't the one"),
        ({"last_call": APP_CALL}, "problem", "SLACK_APP_TOKEN isn't the one"),
        ({"has_socket": True}, "connected", "by Socket Mode"),
        ({"has_socket": True, "last_by_socket": attempt(0)}, "problem", "three seconds"),
        ({"has_socket": True, "last_by_socket": attempt(200)}, "connected", "by Socket Mode"),
        ({"has_socket": True, "is_installed": False}, "uninstalled", "is uninstalled"),
        ({"last_by_http": attempt(200)}, "connected", "over HTTP"),
        ({"last_by_http": attempt(401)}, "problem", "SLACK_SIGNING_SECRET"),
        ({"last_by_http": attempt(401), "was_connected": True}, "problem", "(401)"),
        ({"last_by_http": attempt(0, "challenge_failed")}, "problem", "Another program"),
        ({"last_by_http": attempt(0, "http_timeout")}, "problem", "three seconds"),
        ({"last_by_http": attempt(502)}, "problem", "said 502"),
        ({"was_connected": True}, "lost", "was connected, and isn't any more"),
        ({"was_connected": True, "is_installed": False}, "uninstalled", "is uninstalled"),
    ],
)
def test_the_banner_tells_each_state(changed: dict[str, Any], state: str, says: str) -> None:
    """Its color follows the state, so a refused token is never shown as a connection."""
    app = AppConnection(shipped_playbook().strings["practice"], URL)
    found = app.describe(replace(NOBODY, **changed))

    assert found.state == state
    assert says in found.words


async def test_an_app_that_goes_after_it_was_turned_away_is_missed_soon() -> None:
    """Between two challenges the page looks whether anything listens there, without a log line."""
    listening = web.Application()
    listening.router.add_post("/slack/events", turn_away)
    async with TestServer(listening) as server:
        url = str(server.make_url("/slack/events"))
        async with Practice(load_company(), url, shipped_playbook().strings["practice"]) as office:
            there = await office.slack.delivery.is_listening()
            await server.close()
            gone = await office.slack.delivery.is_listening()

    assert (there, gone) == (True, False)


async def test_an_uninstall_that_nobody_took_is_told_as_such() -> None:
    """The panel claims that everything is erased only if the app said that it was told."""
    listening = web.Application()
    listening.router.add_post("/slack/events", answer)
    async with TestServer(listening) as server:
        url = str(server.make_url("/slack/events"))
        async with Practice(load_company(), url, shipped_playbook().strings["practice"]) as office:
            office.slack.delivery.retry_scale = 0.0
            await office.ask()
            await server.close()
            await office.uninstall()
            state = office.state()["own_bot"]

    assert "may still be there" in state["uninstall"]
    assert state["connection"]["state"] == "uninstalled"


async def answer(request: web.Request) -> web.Response:
    """Answer a challenge as an app does that Slack may reach."""
    return web.json_response({"challenge": (await request.json())["challenge"]})


async def turn_away(_: web.Request) -> web.Response:
    """Turn a request away, as an app with another signing secret does."""
    return web.Response(status=401)


async def greet(_: web.Request) -> web.Response:
    """Answer as a program does that is no app."""
    return web.Response(text="hello")


async def answer_in_bytes(_: web.Request) -> web.Response:
    """Answer as a program does that speaks another encoding than it says, or none."""
    return web.Response(body=b"\xff\xfe\x00", content_type="text/plain", charset="utf-8")


@pytest.mark.parametrize(
    ("app", "says"),
    [
        (answer, "connected over HTTP: it answers at"),
        (turn_away, "SLACK_SIGNING_SECRET"),
        (greet, "Another program answers"),
        (answer_in_bytes, "Another program answers"),
        (None, "said 404"),
    ],
)
async def test_an_app_is_seen_before_anything_is_sent_to_it(
    app: Callable[[web.Request], Awaitable[web.Response]] | None, says: str
) -> None:
    """As soon as it listens, and no longer than it does."""
    listening = web.Application()
    if app is not None:
        listening.router.add_post("/slack/events", app)
    async with TestServer(listening) as server:
        url = str(server.make_url("/slack/events"))
        async with Practice(load_company(), url, shipped_playbook().strings["practice"]) as office:
            await office.ask()
            there = office.connection().words
            sent = list(office.slack.attempts)
            await server.close()
            await office.ask()
            gone = office.connection().words

    assert says in there
    was_there = app is answer
    assert ("Your app was connected" if was_there else "No app is connected right now") in gone
    assert sent == []


async def test_the_silence_after_a_message_is_explained() -> None:
    """While the bot waits, the page says so, below what people wrote in a channel that it reads."""
    listening = web.Application()
    listening.router.add_post("/slack/events", answer)
    now = 1_772_532_000.0
    async with TestServer(listening) as server:
        url = str(server.make_url("/slack/events"))
        async with Practice(load_company(), url, shipped_playbook().strings["practice"]) as office:
            office.workspace.clock = lambda: now
            traces, deal = WaitingOnly(office), office.channel_ids["deal-northwind"]
            message = {"user": office.user_ids["ana"], "text": "x", "ts": f"{now - 5:.6f}"}
            before = traces.summary(deal, message)["words"]
            await office.slack.invite_bot(deal, office.user_ids["ana"])
            await office.ask()
            waits = traces.summary(deal, message)
            by_bot = traces.summary(deal, {**message, "user": office.workspace.bot_user_id})
            old = traces.summary(deal, {**message, "ts": f"{now - 60:.6f}"})
            told = {"text": "Test: I would ask", "app_id": "A"}
            office.workspace.add_ephemeral(deal, office.user_ids["ana"], told)
            in_test = traces.summary(deal, message)

    assert (before, by_bot["words"], old["words"], in_test["words"]) == ("", "", "", "")
    assert "In test mode it answers its tester at once." in waits["words"]
    assert waits["state"] == "settling"
    assert "about 15 seconds" in waits["words"]


async def test_nobody_is_uninstalled_unheard() -> None:
    """Without an app, an uninstall would teach nothing, so it is refused with the reason."""
    async with Practice(load_company(), URL, shipped_playbook().strings["practice"]) as office:
        with pytest.raises(ValueError, match="No app is connected"):
            await office.uninstall()

        assert office.workspace.is_installed
