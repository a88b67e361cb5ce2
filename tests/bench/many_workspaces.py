"""Many fake workspaces that install the bot by OAuth, and what is written in their channels."""

from __future__ import annotations

import json
import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from bot.core.matters_for_people import MattersForPeople
from bot.core.policy import Limits
from bot.detect.offline import OfflineDetector
from bot.playbook import load_playbook
from bot.sandbox.installable import InstallableSlack, uninstall
from bot.sandbox.process import BotProcess
from bot.sandbox.slack import FakeSlack
from bot.sandbox.workspace import Json, Workspace
from tests.faults.fleet import KEY, TEXTS
from tests.faults.role_processes import RoleProcesses
from tests.harness import NO_LIMITS, tell_channel
from tests.installing import Browser

_CLIENT = ("111.222", "client-secret-canary")
_SHARES = {"edit": 0.03, "deletion": 0.01, "join": 0.02, "bot": 0.05, "thread": 0.15}
"""What else comes in from a channel beside plain messages. A share of each, guessed: an app that
posts tickets or calls, corrections, and answers in threads."""


class Place(NamedTuple):
    """Where a message is. Channels and messages have the same ids in all workspaces."""

    workspace_id: str
    channel_id: str
    ts: str


@dataclass(frozen=True)
class Written:
    """Something that was written: the body of its event, where it is, whether the bot should answer
    it, and whether it takes back what its author wrote before."""

    body: bytes
    headers: dict[str, str]
    place: Place
    is_trap: bool
    takes_back: bool


class TakenBack(NamedTuple):
    """What takes back what came before it, and when it was sent (of a monotonic clock)."""

    place: Place
    sent_at: float


class ManyWorkspaces:
    """The workspaces, and the processes that serve them.

    Args:
        folder: for the logs. address: of the database.
        webs, workers: how many processes of each role.
        workspaces: how many there are. channels: in each, with a seller of its own.
        ordinary: lines that the bot has nothing to say to. rng: seeded.
        settings: environment variables that differ from ``NO_LIMITS``.

    Attributes:
        deals: each channel, with its workspace and a seller in it.
        sent: each message that was acknowledged, and should be answered.
        takes_back: the lines with which a seller takes back what came just before.
        taken_back: where one of these was sent. acknowledged: when messages in ``sent`` were.
    """

    def __init__(
        self,
        folder: Path,
        address: str,
        *,
        webs: int,
        workers: int,
        workspaces: int,
        channels: int,
        ordinary: Sequence[str],
        rng: random.Random,
        **settings: Any,
    ) -> None:
        self.slacks = [FakeSlack(Workspace(team_id=f"T{n:04}")) for n in range(workspaces)]
        self.sent: list[Place] = []
        self.takes_back = _what_takes_back(ordinary)
        self.taken_back: list[TakenBack] = []
        self.acknowledged: dict[Place, float] = {}
        self._folder, self._address, self._settings = folder, address, settings
        self._counts = {"webs": webs, "workers": workers}
        self._ordinary, self._rng = ordinary, rng
        self.deals: list[tuple[FakeSlack, str, str]] = []
        for number in range(channels):
            for slack in self.slacks:
                seller = slack.workspace.add_user(f"seller{number}")
                deal = slack.workspace.add_channel(f"deal-{number}", [seller])
                self.deals.append((slack, deal, seller))
        self.webs: list[BotProcess] = []
        self.workers: list[BotProcess] = []
        self._processes: RoleProcesses | None = None
        for slack in self.slacks:
            slack.events.echo_bot_messages = False
            uninstall(slack)  # nobody has installed it yet
        client_id, client_secret = _CLIENT
        self.site = InstallableSlack(
            *self.slacks, client_id=client_id, client_secret=client_secret, redirect_url=""
        )

    async def start(self) -> None:
        """Start all processes at once, and install the bot in each workspace."""
        await self.site.__aenter__()
        settings = {
            **NO_LIMITS,
            "REFRAME_ENCRYPTION_KEY": KEY,
            "SLACK_CLIENT_ID": _CLIENT[0],
            "SLACK_CLIENT_SECRET": _CLIENT[1],
            "SLACK_SIGNING_SECRET": self.slacks[0].workspace.signing_secret,
            "SLACK_API_URL": self.site.api_url,
            "DATABASE_URL": self._address,
            **self._settings,
        }
        processes = RoleProcesses(self._folder, settings, "--http", **self._counts)
        self.webs, self.workers = processes.webs, processes.workers
        self._processes = processes
        await processes.start()
        home = self.webs[0].url.removesuffix("/slack/events")
        browser, self.site.redirect_url = Browser(home), f"{home}/slack/oauth_redirect"
        for slack in self.slacks:
            self.site.chosen = slack
            await browser.install()
            if browser.status != 200:
                raise RuntimeError(f"not installed: {browser.page}")
        for slack, channel_id, _ in self.deals:
            await tell_channel(self._address, slack.workspace.team_id, channel_id)

    async def stop(self) -> None:
        """Stop all processes, and the fake Slack."""
        if self._processes is not None:
            await self._processes.stop()
        await self.site.__aexit__(None, None, None)

    def write(self, number: int, *, is_trap: bool) -> Written:
        """Let somebody write, somewhere.

        Args:
            number: of the event. is_trap: whether the bot should answer it.
        """
        slack, channel_id, seller = self.deals[number % len(self.deals)]
        space = slack.workspace
        message: Json = {
            "type": "message",
            "user": seller,
            "text": self.text(is_trap=is_trap),
            "team": space.team_id,
            "ts": space.next_ts(),
        }
        if is_trap:  # only what gets a reply is kept, so that memory stays small
            message = space.add_message(channel_id, message)
            event = slack.message_event(channel_id, message)
        else:
            event = {**message, **self._varied(message)}
            event |= {"channel": channel_id, "channel_type": "channel", "event_ts": message["ts"]}
        body = json.dumps(slack.envelope(event, f"Ev{number}")).encode()
        place = Place(space.team_id, channel_id, str(message["ts"]))
        return Written(
            body,
            slack.delivery.signed_headers(body),
            place,
            is_trap=is_trap,
            takes_back=event.get("text") in self.takes_back,
        )

    def text(self, *, is_trap: bool) -> str:
        """Draw what somebody writes."""
        return self._rng.choice(TEXTS if is_trap else self._ordinary)

    def may_be_taken_back(self, place: Place) -> bool:
        """Return whether what took a message back may have arrived before it: then the message is
        acknowledged, and never stored."""
        written, acknowledged = float(place.ts), self.acknowledged[place]
        return any(
            each.place[:2] == place[:2]
            and written < float(each.place.ts) <= written + Limits().take_back_seconds
            and each.sent_at < acknowledged
            for each in self.taken_back
        )

    @property
    def folders(self) -> dict[Path, str]:
        """The folder of each process, with what it is."""
        return {
            process.log_file.parent: kind
            for kind, some in (("web", self.webs), ("worker", self.workers))
            for process in some
        }

    @property
    def replies(self) -> Counter[Place]:
        """How many messages of the bot are in each thread."""
        return Counter(place for place, _ in self._threads())

    @property
    def reply_seconds(self) -> list[float]:
        """The seconds from each message to its reply, sorted."""
        return sorted(float(ts) - float(place.ts) for place, ts in self._threads())

    def _threads(self) -> list[tuple[Place, str]]:
        return [
            (Place(s.workspace.team_id, channel, str(m["thread_ts"])), str(m["ts"]))
            for s in self.slacks
            for channel, m in s.workspace.bot_messages()
            if "thread_ts" in m
        ]

    def _varied(self, message: Json) -> Json:
        """Return what makes an ordinary message something else, now and then."""
        drawn = self._rng.random()
        for kind, share in _SHARES.items():
            if drawn < share:
                return _kinds(message)[kind]
            drawn -= share
        return {}


def _what_takes_back(lines: Sequence[str]) -> frozenset[str]:
    """Return the lines after which nothing that their author wrote just before is answered."""
    cues = load_playbook().cues
    detector, matters = OfflineDetector.shipped(cues), MattersForPeople.of_cues(cues)
    return frozenset(line for line in lines if detector.is_retraction(line) or line in matters)


def _kinds(message: Json) -> dict[str, Json]:
    """Return what a message is instead, by name (docs.slack.dev/reference/events/message)."""
    inner = {k: message[k] for k in ("type", "user", "text", "ts")}
    edited = {**inner, "edited": {"user": message["user"], "ts": message["ts"]}}
    return {
        "edit": {
            "subtype": "message_changed",
            "message": edited,
            "previous_message": {**inner, "text": "before"},
        },
        "deletion": {
            "subtype": "message_deleted",
            "deleted_ts": message["ts"],
            "previous_message": inner,
        },
        "join": {"subtype": "channel_join"},
        "bot": {"subtype": "bot_message", "bot_id": "B0OTHER"},
        "thread": {"thread_ts": "1700000000.000100"},
    }
