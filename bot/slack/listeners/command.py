"""Listens to ``/reframe``: one table says which words mean what, everything else is an ask."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

from slack_bolt.async_app import AsyncAck, AsyncApp

from bot.flows.decision_log import DecisionLog
from bot.flows.digest import TeamDigests
from bot.flows.on_demand import OnDemand
from bot.flows.pause import Pauses
from bot.flows.ports.asks import Ask, AskKind, ReplyPlace
from bot.flows.team_setup import TeamSetup
from bot.slack.listeners.home_tab import HomeTab
from bot.slack.listeners.on_demand import data_ask
from bot.slack.listeners.payload import Json, Origin, origin_of
from bot.slack.listeners.preferences import PreferencesListeners
from bot.slack.listeners.responder import Responder
from bot.slack.parse import plain_text
from bot.slack.views import decisions, erasure, modals, weekly_modals
from bot.slack.views.block_kit import RenderedMessage, line, linked_line

COMMAND = "/reframe"

_PAUSE = "pause"
_PAUSE_WORDS = 4  # more are a sentence that begins with "pause"
_SENTENCE_WORDS = 3  # fewer are a mistyped command

HELP = "help"
ASK = "ask"  # not typed: what every sentence means


@dataclass(frozen=True, slots=True)
class CommandCall:
    """One use of the command.

    Attributes:
        origin: who typed it.
        text: what was typed behind it.
        rest: what was typed behind the words that name the subcommand.
        body: Slack's payload.
        ack: acknowledges it.
    """

    origin: Origin
    text: str
    rest: str
    body: Json
    ack: AsyncAck


Handler = Callable[[CommandCall], Awaitable[None]]


class CommandListener:
    """Takes ``/reframe``.

    Args:
        on_demand, pauses, decision_log, team_setup, digests: the flows.
        settings: opens the settings.
        responder: answers the command.
        home: draws Home again.
    """

    def __init__(
        self,
        *,
        on_demand: OnDemand,
        pauses: Pauses,
        decision_log: DecisionLog,
        team_setup: TeamSetup,
        digests: TeamDigests,
        settings: PreferencesListeners,
        responder: Responder,
        home: HomeTab,
    ) -> None:
        self._on_demand = on_demand
        self._pauses = pauses
        self._decision_log = decision_log
        self._team_setup = team_setup
        self._digests = digests
        self._settings = settings
        self._responder = responder
        self._home = home
        self._handlers: Mapping[str, Handler] = {
            "": self._open_ask_form,
            HELP: self._show_help,
            "why": self._show_decisions,
            _PAUSE: self._pause,
            "resume": self._resume,
            "settings": self._open_settings,
            "my data": self._send_data,
            "forget me": self._confirm_erasure,
            "team": self._open_team_form,
            "team leave": self._leave_teams,
            "digest": self._show_digest,
            ASK: self._ask,
        }

    def register(self, app: AsyncApp) -> None:
        """Register the listener."""
        app.command(COMMAND)(self.on_command)

    async def on_command(self, body: Json, ack: AsyncAck) -> None:
        """Do what the words behind the command say."""
        text = plain_text(body.get("text") or "")
        name, rest = find_subcommand(text, self._handlers)
        await self._handlers[name](CommandCall(origin_of(body), text, rest, body, ack))

    async def _open_ask_form(self, call: CommandCall) -> None:
        await self._responder.open_modal(call.body, modals.ask_form(self._responder.strings))
        await call.ack()

    async def _show_help(self, call: CommandCall) -> None:
        text = self._responder.strings["command"]["help"].strip()
        await self._responder.acknowledge_with(call.ack, linked_line(text))

    async def _show_decisions(self, call: CommandCall) -> None:
        found = await self._decision_log.latest(call.origin.workspace_id, call.origin.user_id)
        shown = decisions.decisions(found, self._responder.strings)
        await self._responder.acknowledge_with(call.ack, shown)

    async def _pause(self, call: CommandCall) -> None:
        text = await self._pauses.pause_for_text(
            call.origin.workspace_id, call.origin.user_id, call.rest
        )
        await self._responder.acknowledge_with(call.ack, line(text))
        self._home.draw(call.origin)

    async def _resume(self, call: CommandCall) -> None:
        text = await self._pauses.resume(call.origin.workspace_id, call.origin.user_id)
        await self._responder.acknowledge_with(call.ack, line(text))
        self._home.draw(call.origin)

    async def _open_settings(self, call: CommandCall) -> None:
        channel_id = call.body.get("channel_id") or ""
        view = await self._settings.settings_view(call.origin, channel_id)
        await self._responder.open_modal(call.body, view)
        await call.ack()

    async def _send_data(self, call: CommandCall) -> None:
        await self._on_demand.submit(data_ask(call.origin, call.body["trigger_id"]))
        sent = self._responder.strings["record"]["sent"]
        await self._responder.acknowledge_with(call.ack, line(sent))

    async def _confirm_erasure(self, call: CommandCall) -> None:
        shown = erasure.erasure_prompt(self._responder.strings)
        await self._responder.acknowledge_with(call.ack, shown)

    async def _open_team_form(self, call: CommandCall) -> None:
        team, member_ids = await self._team_setup.managed_team(
            call.origin.workspace_id, call.origin.user_id
        )
        view = weekly_modals.team_form(self._responder.strings, team, member_ids)
        await self._responder.open_modal(call.body, view)
        await call.ack()

    async def _leave_teams(self, call: CommandCall) -> None:
        text = await self._team_setup.leave_all(call.origin.workspace_id, call.origin.user_id)
        await self._responder.acknowledge_with(call.ack, line(text))

    async def _show_digest(self, call: CommandCall) -> None:
        content = await self._digests.latest(call.origin.workspace_id, call.origin.user_id)
        shown = line(self._responder.strings["digest"]["none"])
        if content is not None:
            shown = RenderedMessage.without_chart(content)
        await self._responder.acknowledge_with(call.ack, shown)

    async def _ask(self, call: CommandCall) -> None:
        ask = Ask(
            key=f"command-{call.body['trigger_id']}",
            kind=AskKind.ADVICE,
            workspace_id=call.origin.workspace_id,
            user_id=call.origin.user_id,
            place=ReplyPlace.RESPONSE,
            address=call.body["response_url"],
            text=call.text,
        )
        await self._on_demand.submit(ask)
        await call.ack()


def find_subcommand(text: str, known: Mapping[str, object]) -> tuple[str, str]:
    """Return which subcommand a text is, and what stands behind its name.

    Only ``pause`` takes anything behind it. A few words that are no subcommand get the help, and
    everything longer is a sentence to ask about.

    Args:
        text: as typed behind the command.
        known: by their words, in lower case.
    """
    words = text.split()
    name = " ".join(words).lower()
    if name in known and name != ASK:
        return name, ""
    if words[0].lower() == _PAUSE and len(words) <= _PAUSE_WORDS:
        return _PAUSE, " ".join(words[1:])
    return (HELP if len(words) < _SENTENCE_WORDS else ASK), ""
