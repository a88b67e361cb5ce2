"""Listens to ``/reframe``: one table says which words mean what. All else is a wish or an ask."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Mapping
from dataclasses import dataclass

from slack_bolt.async_app import AsyncAck, AsyncApp

from bot.core.languages import UiStrings
from bot.core.wishes import WishKind
from bot.flows.channel_tests import ChannelTests
from bot.flows.decision_log import DecisionLog
from bot.flows.on_demand import OnDemand
from bot.flows.past_digests import PastDigests
from bot.flows.pause import Pauses
from bot.flows.ports.asks import Ask, AskKind, ReplyPlace
from bot.flows.preferences import PreferencesFlow
from bot.flows.team_handover import TeamHandover
from bot.flows.team_members import TeamMembers
from bot.flows.team_setup import TeamSetup
from bot.flows.wishes import Wishes
from bot.slack.listeners.home_tab import HomeTab
from bot.slack.listeners.on_demand import data_ask
from bot.slack.listeners.payload import Json, Origin, origin_of, shared_channel
from bot.slack.listeners.responder import Responder
from bot.slack.listeners.settings import SettingsListeners
from bot.slack.parse import plain_text
from bot.slack.views import decisions, erasure, modals, teams, weekly_modals
from bot.slack.views.block_kit import RenderedMessage, line, linked_line

COMMAND = "/reframe"

HELP = "help"


@dataclass(frozen=True, slots=True)
class CommandCall:
    """One use of the command.

    Attributes:
        origin: who typed it.
        text: what was typed behind it.
        body: Slack's payload.
        ack: acknowledges it.
    """

    origin: Origin
    text: str
    body: Json
    ack: AsyncAck


Handler = Callable[[CommandCall], Awaitable[None]]


class CommandListener:
    """Takes ``/reframe``.

    Args:
        on_demand, pauses, wishes, decision_log, channel_tests, digests, preferences: the flows.
        team_setup, team_members, team_handover: the flows of sales teams.
        settings: opens the settings.
        responder: answers the command.
        home: draws Home again.
    """

    def __init__(
        self,
        *,
        on_demand: OnDemand,
        pauses: Pauses,
        wishes: Wishes,
        decision_log: DecisionLog,
        channel_tests: ChannelTests,
        team_setup: TeamSetup,
        team_members: TeamMembers,
        team_handover: TeamHandover,
        digests: PastDigests,
        preferences: PreferencesFlow,
        settings: SettingsListeners,
        responder: Responder,
        home: HomeTab,
    ) -> None:
        self._on_demand = on_demand
        self._pauses = pauses
        self._wishes = wishes
        self._decision_log = decision_log
        self._channel_tests = channel_tests
        self._team_setup = team_setup
        self._team_members = team_members
        self._team_handover = team_handover
        self._digests = digests
        self._preferences = preferences
        self._settings = settings
        self._responder = responder
        self._home = home
        self._handlers: Mapping[str, Handler] = {
            "": self._open_ask_form,
            HELP: self._show_help,
            "why": self._show_decisions,
            "test here": self._start_test,
            "test off": self._stop_test,
            "resume": self._resume,
            "settings": self._open_settings,
            "my data": self._send_data,
            "forget me": self._confirm_erasure,
            "team": self._open_team_form,
            "team leave": self._leave_teams,
            "team manage": self._manage_teams,
            "team end": self._end_teams,
            "digest": self._show_digest,
        }

    def register(self, app: AsyncApp) -> None:
        """Register the listener."""
        app.command(COMMAND)(self.on_command)

    @property
    def subcommands(self) -> Collection[str]:
        """The words behind the command that have a meaning of their own."""
        return self._handlers.keys()

    async def on_command(self, body: Json, ack: AsyncAck) -> None:
        """Do what the words behind the command say."""
        text = plain_text(body.get("text") or "")
        name = find_subcommand(text, self._handlers)
        call = CommandCall(origin_of(body), text, body, ack)
        if name is None:
            await self._grant(call)
        else:
            await self._handlers[name](call)

    async def _open_ask_form(self, call: CommandCall) -> None:
        await self._responder.open_modal(call.body, modals.ask_form(await self._strings(call)))
        await call.ack()

    async def _show_help(self, call: CommandCall) -> None:
        text = (await self._strings(call))["command"]["help"].strip()
        await self._responder.acknowledge_with(call.ack, linked_line(text))

    async def _show_decisions(self, call: CommandCall) -> None:
        workspace_id, channel_id = call.origin.workspace_id, _channel_of(call)
        found = await self._decision_log.latest(workspace_id, call.origin.user_id)
        silent = None
        if channel_id:
            silent = await self._decision_log.why_quiet_here(workspace_id, channel_id)
        strings = await self._strings(call)
        quiet_here = strings["quiet"][silent] if silent else ""
        shown = decisions.decisions(found, strings, quiet_here=quiet_here)
        await self._responder.acknowledge_with(call.ack, shown)

    async def _start_test(self, call: CommandCall) -> None:
        origin, channel_id = call.origin, call.body.get("channel_id") or ""
        text = await self._channel_tests.start(origin.workspace_id, channel_id, origin.user_id)
        await self._responder.acknowledge_with(call.ack, line(text))

    async def _stop_test(self, call: CommandCall) -> None:
        origin, channel_id = call.origin, call.body.get("channel_id") or ""
        text = await self._channel_tests.stop(origin.workspace_id, channel_id, origin.user_id)
        await self._responder.acknowledge_with(call.ack, line(text))

    async def _grant(self, call: CommandCall) -> None:
        """Do what is wished in other words than those of a subcommand, or take it as an ask."""
        origin = call.origin
        if self._on_demand.is_for_people(call.text):
            await self._ask(call)
            return
        channel_id = _channel_of(call)
        granted = await self._wishes.grant(
            origin.workspace_id, origin.user_id, call.text, channel_id=channel_id
        )
        if granted is None:
            await self._ask(call)
        elif granted[0] is WishKind.HELP:
            await self._show_help(call)
        elif granted[0] is WishKind.ERASE:
            await self._confirm_erasure(call)
        elif granted[0] in (WishKind.ASK_HOW, WishKind.HOW_OFTEN, WishKind.WHO):
            await self._responder.acknowledge_with(call.ack, line(granted[1]))
        elif granted[0] is WishKind.CHANNEL:
            await self._responder.acknowledge_with(call.ack, linked_line(granted[1]))
        else:
            await self._responder.acknowledge_with(call.ack, line(granted[1]))
            self._home.draw(origin)

    async def _resume(self, call: CommandCall) -> None:
        text = await self._pauses.resume(call.origin.workspace_id, call.origin.user_id)
        await self._responder.acknowledge_with(call.ack, line(text))
        self._home.draw(call.origin)

    async def _open_settings(self, call: CommandCall) -> None:
        channel_id = call.body.get("channel_id") or ""
        view = await self._settings.settings_view(call.body, channel_id)
        await self._responder.open_modal(call.body, view)
        await call.ack()

    async def _send_data(self, call: CommandCall) -> None:
        await self._on_demand.submit(data_ask(call.origin, call.body["trigger_id"]))
        sent = (await self._strings(call))["record"]["sent"]
        await self._responder.acknowledge_with(call.ack, line(sent))

    async def _confirm_erasure(self, call: CommandCall) -> None:
        shown = erasure.erasure_prompt(await self._strings(call))
        await self._responder.acknowledge_with(call.ack, shown)

    async def _open_team_form(self, call: CommandCall) -> None:
        team, member_ids = await self._team_setup.managed_team(
            call.origin.workspace_id, call.origin.user_id
        )
        weekend = await self._preferences.weekend(call.origin.workspace_id, call.origin.user_id)
        strings = await self._strings(call)
        view = weekly_modals.team_form(strings, team, member_ids, weekend=weekend)
        await self._responder.open_modal(call.body, view)
        await call.ack()

    async def _leave_teams(self, call: CommandCall) -> None:
        text = await self._team_members.leave_all(call.origin.workspace_id, call.origin.user_id)
        await self._responder.acknowledge_with(call.ack, line(text))

    async def _manage_teams(self, call: CommandCall) -> None:
        found = await self._team_handover.teams_of(call.origin.workspace_id, call.origin.user_id)
        shown = teams.manage(found, await self._strings(call))
        await self._responder.acknowledge_with(call.ack, shown)

    async def _end_teams(self, call: CommandCall) -> None:
        text = await self._team_handover.end_all(call.origin.workspace_id, call.origin.user_id)
        await self._responder.acknowledge_with(call.ack, line(text))

    async def _show_digest(self, call: CommandCall) -> None:
        content = await self._digests.latest(call.origin.workspace_id, call.origin.user_id)
        if content is None:
            shown = line((await self._strings(call))["digest"]["none"])
        else:
            shown = RenderedMessage.without_chart(content)
        await self._responder.acknowledge_with(call.ack, shown)

    async def _strings(self, call: CommandCall) -> UiStrings:
        return await self._responder.strings(call.body)

    async def _ask(self, call: CommandCall) -> None:
        ask = Ask(
            key=f"command-{call.body['trigger_id']}",
            kind=AskKind.ADVICE,
            workspace_id=call.origin.workspace_id,
            user_id=call.origin.user_id,
            place=ReplyPlace.RESPONSE,
            address=call.body["response_url"],
            text=call.text,
            channel_id=_channel_of(call),
        )
        await self._on_demand.submit(ask)
        await call.ack()


def _channel_of(call: CommandCall) -> str:
    """Return the channel in which the command was typed; empty for a direct conversation."""
    return shared_channel(call.body.get("channel_id"))


def find_subcommand(text: str, known: Collection[str]) -> str | None:
    """Return which subcommand a text is; None if it is a wish in other words, or a sentence.

    Args:
        text: as typed behind the command.
        known: their words, in lower case.
    """
    name = " ".join(text.split()).lower()
    return name if name in known else None
