"""One visit: a fake Slack with a company in it, the real bot, and the clock that both share."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from string import Template
from typing import Literal, Self

from bot.playground.company import Company
from bot.playground.office import Detector, Office
from bot.playground.rest import day_at, rest_at
from bot.playground.time_jumps import JUMPS, Jump, stops_before, target_of
from bot.sandbox.clock import SharedClock
from bot.sandbox.delivery import DeliveryAttempt
from bot.sandbox.demo_weekly import DemoWeekly
from bot.sandbox.process import BotProcess
from bot.sandbox.workspace import Json, Workspace

log = logging.getLogger(__name__)

Phase = Literal["starting", "ready", "working", "failed"]

_RETRY_SCALE = 0.05  # a minute between Slack's retries becomes three seconds
_OPT_IN_SECONDS_BEFORE = (3 * 24 + 20) * 3_600  # the Friday before: no digest without a whole week
_TICK_SECONDS = 1.0  # until the bot, which looks four times a second, has seen a new time
_SETTLE_SECONDS = "1"
NO_MODEL = "To use a language model, set OPENAI_MODEL in .env."
_REST = {
    "day_off": "It's $day here, a day off for everybody: the bot asks nothing today, and the"
    " samples get no question.",
    "night": "It's night here, outside everybody's working hours: the bot asks nothing now, and the"
    " samples get no question.",
}
_NO_CAPS = {
    "REFRAME_DAILY_CAP": "0",
    "REFRAME_WEEKLY_CAP": "0",
    "REFRAME_COOLDOWN_DAYS": "0",
    "REFRAME_SAME_QUESTION_DAYS": "0",
}


@dataclass(frozen=True, slots=True)
class ModelChoice:
    """The language model that a visitor may switch to.

    Attributes:
        name: empty if there is none. why_not: then why, as a sentence.
        settings: environment variables with which the bot uses it.
    """

    name: str = ""
    why_not: str = ""
    settings: Mapping[str, str] = field(default_factory=dict)


class Playground(Office):
    """An office with our bot in it, which runs after ``open``.

    Args:
        company: who works there. folder: for the clock, the database and the bot's log.
        bot_settings: environment variables for the bot, besides Slack's; they name the database.
        model: what else may judge messages.

    Attributes:
        clock: shared with the bot.
        phase: ``working`` while the bot restarts or the clock moves.
        caps_lifted: whether a seller may be asked any number of questions.
        detector: what judges messages.
    """

    def __init__(
        self,
        company: Company,
        folder: Path,
        bot_settings: Mapping[str, str],
        model: ModelChoice | None = None,
    ) -> None:
        self.model = model or ModelChoice(why_not=NO_MODEL)
        self.clock = SharedClock(folder / "clock")
        self.clock.jump_to(company.start - _OPT_IN_SECONDS_BEFORE)
        super().__init__(company, company.zone, Workspace(self.clock))
        self.slack.delivery.retry_scale = _RETRY_SCALE
        self.phase: Phase = "starting"
        self.caps_lifted = False
        self.detector: Detector = "offline"
        self._folder = folder
        self._bot_settings = bot_settings
        self._bot: BotProcess | None = None
        self._one_change = asyncio.Lock()

    async def __aenter__(self) -> Self:
        self._running.callback(self.clock.close)
        await super().__aenter__()
        self._running.push_async_callback(self._stop_bot)
        return self

    def state(self) -> Json:
        """Return the phase, the clock, the caps, and what judges messages."""
        return {
            "phase": self.phase,
            "clock": {"offset": self.clock.offset, "zone": self.zone.key, "jumps": JUMPS},
            "caps_lifted": self.caps_lifted,
            "rest": self._rest(),
            "rest_kind": rest_at(self.clock(), self.company.zone),
            "detector": {
                "now": self.detector,
                "model": self.model.name,
                "why_not": self.model.why_not,
            },
            "own_bot": None,
        }

    def _rest(self) -> str:
        """Return what to say of a day off or a night, when the bot asks nothing; else nothing."""
        now, zone = self.clock(), self.company.zone
        rest = rest_at(now, zone)
        return Template(_REST[rest]).substitute(day=day_at(now, zone)) if rest else ""

    def why_no_answer(self, attempt: DeliveryAttempt) -> str:
        """Return that it took too long: nothing else keeps the bot from answering here."""
        return "The bot did not answer in time. Try again."

    async def open(self) -> None:
        """Start the bot, invite it, let the team opt in to weekly messages, and begin.

        Raises:
            RuntimeError: the bot did not start; its log says why.
        """
        async with self._one_change:
            try:
                bot = await self._start_bot()
                await self._settle_in(bot)
            except BaseException:
                self.phase = "failed"
                raise
            self.phase = "ready"

    async def until_settled(self) -> None:
        """Wait while the bot starts or restarts, or the clock moves."""
        async with self._one_change:
            return

    async def move_clock(self, jump: Jump) -> None:
        """Move the clock forward, with a halt wherever something weekly is due."""
        async with self._one_change:
            self.phase = "working"
            zone, now = self.company.zone, self.clock()
            target = target_of(jump, now, zone)
            for at in [*stops_before(target, now, zone), target]:
                self.clock.jump_to(at)
                await asyncio.sleep(_TICK_SECONDS)
                await self._until_idle()
            self.phase = "ready"

    async def lift_caps(self, *, lifted: bool) -> None:
        """Restart the bot without caps on its questions, or with them."""
        self.caps_lifted = lifted
        await self._restart()

    async def switch_detector(self, detector: Detector) -> None:
        """Restart the bot with another detector.

        Raises:
            ValueError: there is no model.
        """
        if detector == "model" and not self.model.name:
            raise ValueError(self.model.why_not)
        self.detector = detector
        await self._restart()

    async def _restart(self) -> None:
        async with self._one_change:
            self.phase = "working"
            await self._stop_bot()
            await self._start_bot()
            self.phase = "ready"

    async def _start_bot(self) -> BotProcess:
        settings = {
            "SLACK_BOT_TOKEN": self.workspace.bot_token,
            "SLACK_SIGNING_SECRET": self.workspace.signing_secret,
            "SLACK_API_URL": self.slack.api_url,
            "REFRAME_DELIVERY": "thread",
            "REFRAME_SETTLE_SECONDS": _SETTLE_SECONDS,
            "REFRAME_ADMINS": ",".join(self.admin_ids),
            **self._bot_settings,
            **(_NO_CAPS if self.caps_lifted else {}),
            **(self.model.settings if self.detector == "model" else {}),
        }
        self._bot = BotProcess(settings, self._folder, "--http", "--clock", "clock")
        await self._bot.start()
        self.slack.set_request_url(self._bot.url)
        return self._bot

    async def _stop_bot(self) -> None:
        if self._bot is not None:
            await self._bot.stop()
            self._bot = None

    async def _settle_in(self, bot: BotProcess) -> None:
        """Invite the bot, let the team opt in on the Friday before, and go to the first day.

        Whoever is new here joins the team, and has chosen nothing about weekly reflections.
        """
        by_role = {p.role: self.user_ids[p.name] for p in self.company.people}
        for channel_id in self.channel_ids.values():
            await self.slack.invite_bot(channel_id, by_role["Admin"])
        await self.slack.wait_for_deliveries()
        weekly = DemoWeekly(self.slack, self.clock, bot, self.company.zone)
        sellers = [p for p in self.company.people if p.role == "Seller"]
        await weekly.opt_in(
            by_role["Manager"],
            [self.user_ids[p.name] for p in sellers if not p.is_new],
            next(iter(self.channel_ids.values())),
            [self.user_ids[p.name] for p in sellers if p.is_new],
        )
        self.clock.jump_to(self.company.start)
        await asyncio.sleep(_TICK_SECONDS)
        await bot.wait_until_idle()
        for channel in self.workspace.channels.values():
            channel.ephemerals.clear()  # Slack forgets these when somebody reloads
        self.workspace.open_modals.clear()

    async def _until_idle(self) -> None:
        if self._bot is not None:
            try:
                await self._bot.wait_until_idle()
            except TimeoutError:  # what waits for working hours waits on
                log.info("the bot still has something to send")
