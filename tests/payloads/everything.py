"""Everything that the bot listens to, collected from the real Bolt app, and payloads for it.

A listener that is added is found by itself. What it needs in its payload beyond the usual goes into
``_VALUES``, ``_FORMS`` or ``_EVENTS``.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

from slack_bolt.async_app import AsyncApp

from bot.slack.dispatch import MESSAGE
from bot.slack.listeners.command import COMMAND, CommandListener
from bot.slack.views import (
    ask_reply,
    channels,
    digest,
    home,
    modals,
    nudge,
    teams,
    weekly,
    weekly_modals,
    workspace_settings,
)
from tests.harness import BotHarness
from tests.payloads.shapes import Json

Kind = Literal["action", "view", "shortcut", "command", "event"]

OTHER_WORDS = ("pause 2w", "stop", "coach me privately", "gdpr", "hm", "They owe us a call back.")
"""What may stand behind the command beside its subcommands."""

OLD_BUTTON = "a_button_of_an_older_version"
UNINSTALL = "app_uninstalled"


@dataclass(frozen=True, slots=True)
class Heard:
    """One thing that a listener hears: an action, a form, a subcommand, an event, and so on."""

    kind: Kind
    name: str


class CollectingApp(AsyncApp):
    """Bolt, which remembers what it was told to listen to."""

    latest: CollectingApp

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.heard = [Heard("event", MESSAGE)]  # reaches its listener without Bolt
        CollectingApp.latest = self

    def action(self, constraints: Any, *args: Any, **kwargs: Any) -> Any:
        self._add("action", constraints)
        return super().action(constraints, *args, **kwargs)

    def view(self, constraints: Any, *args: Any, **kwargs: Any) -> Any:
        self._add("view", constraints)
        return super().view(constraints, *args, **kwargs)

    def shortcut(self, constraints: Any, *args: Any, **kwargs: Any) -> Any:
        self._add("shortcut", constraints)
        return super().shortcut(constraints, *args, **kwargs)

    def event(self, event: Any, *args: Any, **kwargs: Any) -> Any:
        self._add("event", event)
        return super().event(event, *args, **kwargs)

    def command(self, command: Any, *args: Any, **kwargs: Any) -> Any:
        assert command == COMMAND
        register = super().command(command, *args, **kwargs)

        def collect(listener: Any) -> Any:
            owner = listener.__self__
            assert isinstance(owner, CommandListener)
            words = (*owner.subcommands, *OTHER_WORDS)
            self.heard += [Heard("command", text) for text in words]
            assert register is not None
            return register(listener)

        return collect

    def _add(self, kind: Kind, constraint: str | re.Pattern[str]) -> None:
        names = [constraint] if isinstance(constraint, str) else list(examples(constraint))
        self.heard += [Heard(kind, name) for name in names]


def examples(pattern: re.Pattern[str]) -> Iterator[str]:
    """Yield texts that match the pattern of a listener: alternatives, a beginning, or anything."""
    inside = pattern.pattern.removeprefix("^").removesuffix("$")
    grouped = re.fullmatch(r"\((.*)\)", inside)
    for part in (grouped.group(1) if grouped else inside).split("|"):
        plain = re.sub(r"\\(.)", r"\1", part)
        text = OLD_BUTTON if plain == ".*" else plain
        assert pattern.match(text), f"no example for {pattern.pattern}: extend examples()"
        yield text


@dataclass(frozen=True, slots=True)
class Rows:
    """What the values of buttons name; rows that exist, or ids of none."""

    nudge: str
    team: str
    channel: str
    week: str = "2025-W47"


NO_ROWS = Rows(nudge="nudge-C0000-1700000000.000100", team="G-none", channel="C0000")


@dataclass(frozen=True, slots=True)
class Sender:
    """Who sends something, and how Slack describes where.

    Attributes:
        user_id: who.
        channel_id: where; ``D...`` for the conversation with the bot.
        is_org_wide: whether the app is installed in an organization, and Slack names no workspace.
    """

    user_id: str
    channel_id: str
    is_org_wide: bool = False


class Payloads:
    """Builds a payload for anything that is heard. Ids that Slack makes unique are unique.

    Args:
        bot: running, over HTTP.
    """

    def __init__(self, bot: BotHarness) -> None:
        self._bot = bot
        self._numbers = itertools.count(1)

    def of(self, heard: Heard, sender: Sender, rows: Rows) -> Json:
        """Return a payload, signed by nobody yet."""
        number = next(self._numbers)
        match heard.kind:
            case "command":
                payload = self._command(heard.name, sender, number)
            case "event":
                payload = self._event(heard.name, sender, number)
            case _:
                payload = self._interaction(heard, sender, rows, number)
        return _org_wide(payload) if sender.is_org_wide else payload

    def in_home(self, heard: Heard, sender: Sender, rows: Rows) -> Json:
        """Return a press of a button in Home, which has no response address."""
        payload = self.of(heard, sender, rows)
        payload["view"] = {"id": "V-home", "type": "home", "callback_id": ""}
        payload["container"] = {"type": "view", "view_id": "V-home"}
        for name in ("response_url", "channel"):
            del payload[name]
        return payload

    def response_url(self, number: int) -> str:
        return f"{self._bot.slack.api_url.removesuffix('/api/')}/respond/everything-{number}"

    def _command(self, text: str, sender: Sender, number: int) -> Json:
        return {
            "command": COMMAND,
            "text": text,
            "user_id": sender.user_id,
            "team_id": self._bot.workspace.team_id,
            "api_app_id": self._bot.workspace.app_id,
            "channel_id": sender.channel_id,
            "trigger_id": f"{number}.everything",
            "response_url": self.response_url(number),
        }

    def _event(self, name: str, sender: Sender, number: int) -> Json:
        event = {
            "type": name if name != OLD_BUTTON else "planet_aligned",
            "user": sender.user_id,
            "channel": sender.channel_id,
            "event_ts": self._bot.workspace.next_ts(),
            **_EVENTS.get(name, {}),
        }
        if name == "message":
            event |= {"ts": event["event_ts"], "channel_type": "im", "text": "pause until Friday"}
            event["channel"] = self._bot.workspace.dm_channel(sender.user_id)
        if name in ("team_join", "user_change"):
            user = self._bot.workspace.users.get(sender.user_id)
            event["user"] = user.as_json(self._bot.clock()) if user else {"id": sender.user_id}
        return self._bot.slack.envelope(event, f"Ev-everything-{number}")

    def _interaction(self, heard: Heard, sender: Sender, rows: Rows, number: int) -> Json:
        workspace = self._bot.workspace
        common: Json = {
            "team": {"id": workspace.team_id},
            "user": {"id": sender.user_id, "team_id": workspace.team_id},
            "api_app_id": workspace.app_id,
            "trigger_id": f"{number}.everything",
        }
        if heard.kind == "view":
            metadata, state = _form(heard.name, rows, self._bot.ben)
            view = {
                "id": f"V-everything-{number}",
                "hash": "1",
                "type": "modal",
                "callback_id": heard.name,
                "private_metadata": metadata,
                "state": {"values": {n: {n: v} for n, v in state.items()}},
            }
            return {**common, "type": "view_submission", "view": view}
        common |= {
            "channel": {"id": sender.channel_id},
            "response_url": self.response_url(number),
        }
        if heard.kind == "shortcut":
            message = {"user": sender.user_id, "text": "They owe us a call back.", "ts": "1.2"}
            return {
                **common,
                "type": "message_action",
                "callback_id": heard.name,
                "message": message,
            }
        value = _value(heard.name, rows)
        action = {
            "action_id": heard.name,
            "block_id": rows.team,
            "type": "button",
            "value": value,
            "selected_option": {"value": value},
            "selected_user": self._bot.ben,
            "action_ts": f"{number}.5",
        }
        container = {"type": "message", "message_ts": "1.2", "channel_id": sender.channel_id}
        return {
            **common,
            "type": "block_actions",
            "container": {**container, "is_ephemeral": False},
            "actions": [action],
        }


def _org_wide(payload: Json) -> Json:
    """Return a payload as an org-wide installation would get it: no workspace is named."""
    changed = {**payload, "enterprise": {"id": "E1"}, "is_enterprise_install": True}
    if "command" in payload:
        return {**payload, "team_id": "E1", "is_enterprise_install": "true"}
    if "event" in payload:
        authorization = {"enterprise_id": "E1", "team_id": None, "is_enterprise_install": True}
        return {**changed, "team_id": None, "authorizations": [authorization]}
    return {**changed, "team": None, "user": {**payload["user"], "team_id": "E1"}}


def _value(action_id: str, rows: Rows) -> str:
    """Return what a button carries; most carry the key of a nudge."""
    if action_id.startswith(weekly.OUTCOME):
        return f"learned|{rows.nudge}"
    return {
        ask_reply.ANOTHER: "blame|silence",
        ask_reply.WHY: "blame|silence",
        channels.CLEAR_PROBATION: "blame",
        channels.DELIVERY: f"observe|{rows.channel}",
        digest.SHARE: f"{rows.team}|{rows.week}",
        nudge.MORE: f"why|{rows.nudge}",
        home.DATA: "data",
        teams.ACCEPT: rows.team,
        teams.DECLINE: rows.team,
        teams.END: rows.team,
        teams.LEAVE_IT: rows.team,
        teams.TAKE_OVER: rows.team,
        weekly.REFLECT: rows.week,
    }.get(action_id, rows.nudge)


def _form(callback_id: str, rows: Rows, member_id: str) -> tuple[str, Json]:
    """Return the private metadata of a form, and what is in its fields."""
    written = {"type": "plain_text_input", "value": "They went quiet."}
    match callback_id:
        case modals.ASK:
            return "", {modals.ASK_FIRST_FIELD: written}
        case modals.WRONG:
            return rows.nudge, {"words": written}
        case weekly_modals.REFLECTION:
            return rows.week, {"learned": written}
        case weekly_modals.TEAM:
            people = {"type": "multi_users_select", "selected_users": [member_id]}
            return "", {"name": {**written, "value": "North"}, "people": people}
        case workspace_settings.FORM:
            people = {"type": "multi_users_select", "selected_users": [member_id]}
            never = {"type": "static_select", "selected_option": {"value": "none"}}
            return "", {"admins": people, "quiet_hours": never}
    return "", {}


_EVENTS: dict[str, Json] = {
    "app_home_opened": {"tab": "home"},
    "channel_id_changed": {"old_channel_id": "C0000", "new_channel_id": "C0001"},
    "tokens_revoked": {"tokens": {"oauth": ["U1"]}},
}
