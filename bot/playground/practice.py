"""``reframe practice``: the small Slack with no bot in it, to which somebody connects their own."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from string import Template
from typing import Self
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from bot.core.policy import Limits
from bot.playground.app_connection import (
    AppConnection,
    Connection,
    ConnectionState,
    Seen,
    last_where,
)
from bot.playground.company import Company
from bot.playground.office import Office
from bot.playground.rest import day_at, rest_at
from bot.sandbox.delivery import DeliveryAttempt
from bot.sandbox.workspace import Channel, Json, Workspace
from bot.slack.identity import SCOPES

SIGNING_SECRET = "70726163746963652d6f6e6c792d3031"  # noqa: S105 - valid only here
_ZONES = (
    *("Pacific/Honolulu", "America/Los_Angeles", "America/New_York", "America/Sao_Paulo"),
    *("Europe/London", "Europe/Berlin", "Asia/Dubai", "Asia/Kolkata", "Asia/Bangkok"),
    *("Asia/Tokyo", "Australia/Sydney", "Pacific/Auckland"),
)
_OTHER_WEEKENDS = ("Asia/Kabul", "Asia/Tehran", "Africa/Cairo", "Asia/Riyadh")
"""Where people work while it is the weekend elsewhere: some on Saturday, some on Sunday."""
_ASK_SECONDS = 2.0  # between two challenges to whatever is at the request URL
_LOOKS_BEFORE_ASKING = 9  # once it has turned one away: each challenge makes a line in its log
_SETTLED_SECONDS = Limits().settle_seconds + 3  # until a bot with the usual settings has decided
_DAYTIME = range(7, 19)  # hours: an hour before the usual quiet hours begin is too late to start
_MORNING = 11  # the hour around which a long practice stays within working hours


class Practice(Office):
    """An office whose bot is somebody else's process, with the real clock.

    Args:
        company: who works there. request_url: where the bot takes requests over HTTP; Socket Mode
            takes precedence while it is connected. words: ``[practice]`` of ``strings.toml``.
    """

    def __init__(self, company: Company, request_url: str, words: Mapping[str, str]) -> None:
        workspace = Workspace(time.time, signing_secret=SIGNING_SECRET)
        workspace.granted_scopes = ",".join(sorted(SCOPES))
        super().__init__(company, zone_at_work(time.time()), workspace)
        self.request_url = request_url
        self.slack.set_request_url(request_url)
        self._words = words
        self._app = AppConnection(words, request_url)
        self._was_connected = False
        self._uninstalled: DeliveryAttempt | None = None  # how the app was told, the last time
        self._challenged = DeliveryAttempt("", 0, "", 0, 0.0, "connection_failed")
        self._attempts_before = 0  # how many deliveries there were when it was challenged

    async def __aenter__(self) -> Self:
        await super().__aenter__()
        asking = asyncio.create_task(self._keep_asking())
        self._running.push_async_callback(_cancel, asking)
        return self

    def state(self) -> Json:
        """Return the real clock, whether an app answers, and what this page can't show."""
        found = self.connection()
        return {
            "phase": "ready",
            "clock": {"offset": 0, "zone": self.zone.key, "jumps": []},
            "caps_lifted": False,
            "detector": {"now": "offline", "model": "", "why_not": ""},
            "rest": self.rest(),
            "rest_kind": rest_at(self.workspace.clock(), self.zone),
            "own_bot": {
                "connection": {"state": found.state, "words": found.words},
                "panel": f"{self.rest()}\n{self._text('panel')}".strip(),
                "installed": self.workspace.is_installed,
                "uninstall": self._words[self._uninstall_key()],
            },
        }

    async def uninstall(self) -> DeliveryAttempt:
        """Uninstall the app that is connected, which erases what it has stored.

        Raises:
            ValueError: none is, so nobody would hear of it.
        """
        last = self._last_by_http()
        if not self.slack.socket_mode.connected and last.status != 200:
            raise ValueError(self.why_no_answer(last))
        self._uninstalled = await self.slack.uninstall_app()
        return self._uninstalled

    async def install_again(self) -> None:
        """Let the app's token hold again. It is in no channel yet."""
        self.workspace.is_installed = True

    def rest(self) -> str:
        """Return what to say of a day off or a night, when the bot asks nothing; else nothing."""
        now = self.workspace.clock()
        rest = rest_at(now, self.zone)
        if rest is None:
            return ""
        admin = next(person.name for person in self.company.people if person.role == "Admin")
        return self._text(rest, day=day_at(now, self.zone), admin=admin.title())

    def connection(self) -> Connection:
        """Return how the app can be reached now: by Socket Mode, at the request URL, or not."""
        slack = self.slack
        found = self._app.describe(
            Seen(
                is_installed=self.workspace.is_installed,
                has_socket=slack.socket_mode.connected,
                last_by_socket=last_where(slack.attempts, by_socket=True),
                last_by_http=self._last_by_http(),
                last_call=slack.calls[-1] if slack.calls else None,
                was_connected=self._was_connected,
            )
        )
        self._was_connected |= found.state is ConnectionState.CONNECTED
        return found

    def why_no_answer(self, attempt: DeliveryAttempt) -> str:
        """Return what went wrong on the way to the app."""
        return self._app.why_no_answer(attempt)

    def waits_with(self, channel_id: str, message: Json) -> str:
        """Return what to say while the bot waits with an answer to a message; else nothing."""
        channel, posted = self.workspace.channels[channel_id], float(message["ts"])
        is_heard = self.slack.socket_mode.connected or self._last_by_http().status == 200
        is_read = not channel.is_im and self.workspace.bot_user_id in channel.members
        is_a_persons = message.get("user") in self.user_ids.values()
        is_new = self.workspace.clock() - posted < _SETTLED_SECONDS
        waits = is_heard and is_read and is_a_persons and is_new
        return self._text("waits") if waits and not _is_answered(channel, message) else ""

    async def ask(self) -> None:
        """Ask once whether an app is at the request URL, as long as none is connected."""
        if not self.slack.socket_mode.connected:
            before = len(self.slack.attempts)
            self._challenged = await self.slack.delivery.challenge()
            self._attempts_before = before

    async def _keep_asking(self) -> None:
        while True:
            await self.ask()
            self.connection()  # or nobody may see, between two looks at the page, that it was there
            await asyncio.sleep(_ASK_SECONDS)
            for _ in range(_LOOKS_BEFORE_ASKING):
                if self._challenged.status != 401 or not await self.slack.delivery.is_listening():
                    break
                await asyncio.sleep(_ASK_SECONDS)

    def _last_by_http(self) -> DeliveryAttempt:
        """Return how the last request to the request URL ended."""
        since = self.slack.attempts[self._attempts_before :]
        return last_where(since, by_socket=False) or self._challenged

    def _uninstall_key(self) -> str:
        if self.workspace.is_installed:
            return "uninstall"
        is_told = self._uninstalled is None or self._uninstalled.status == 200
        return "uninstalled" if is_told else "uninstalled_unheard"

    def _text(self, key: str, **values: str) -> str:
        seconds = f"{Limits().settle_seconds:g}"
        return Template(self._words[key]).substitute(
            url=self.request_url, seconds=seconds, **values
        )


def zone_at_work(now: float) -> ZoneInfo:
    """Return a time zone in which it is a workday morning, or as near to one as there is now: a bot
    with its usual quiet hours asks nothing at night or on a day off. Daytime comes first, for there
    is always some in the world, and for some hours of a weekend no workday is left but in a night.

    Args:
        now: Unix seconds.
    """

    def distance(name: str) -> tuple[bool, bool, bool, int]:
        zone = ZoneInfo(name)
        hour = datetime.fromtimestamp(now, UTC).astimezone(zone).hour
        is_day_off = rest_at(now, zone) == "day_off"
        is_second_choice = name in _OTHER_WEEKENDS
        return hour not in _DAYTIME, is_day_off, is_second_choice, abs(hour - _MORNING)

    return ZoneInfo(min((*_ZONES, *_OTHER_WEEKENDS), key=distance))


def is_request_url(address: str) -> bool:
    """Return whether requests can be sent to an address."""
    try:
        parts = urlsplit(address)
        has_port = parts.port != 0
    except ValueError:  # a port that is none, or an IPv6 address without its end
        return False
    return parts.scheme in ("http", "https") and bool(parts.hostname) and has_port


def _is_answered(channel: Channel, message: Json) -> bool:
    """Return whether the bot has answered a message, to everybody or to its author alone, as it
    does at once in test mode."""
    after, thread = float(message["ts"]), {message["ts"], message.get("thread_ts")} - {None}
    replies = [
        *(m for m in channel.messages if m.get("bot_id") and m.get("thread_ts") in thread),
        *(m for m in channel.ephemerals if m["user"] == message["user"]),
    ]
    return any(float(reply["ts"]) > after for reply in replies)


async def _cancel(task: asyncio.Task[None]) -> None:
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task


class WaitingOnly:
    """Knows of a bot whose database is none of ours only that it waits before it answers.
    Implements ``MessageTraces``.

    Args:
        office: a running one.
    """

    def __init__(self, office: Practice) -> None:
        self._office = office

    async def refresh(self) -> None:
        """Do nothing: there is nothing to look at."""

    def summary(self, channel_id: str, message: Json) -> Json:
        """Return whether the bot may still wait with an answer; nothing else is known."""
        words = self._office.waits_with(channel_id, message)
        return {"state": "settling" if words else "unknown", "words": words}

    def rows(self, channel_id: str, message: Json) -> list[Json]:
        """Return none."""
        return []
