"""What people do with their hands in the pretend Slack: press, choose, type, send forms."""

from __future__ import annotations

import itertools
import json

from bot.sandbox import checks
from bot.sandbox.delivery import Attempt, Delivery
from bot.sandbox.port import Port
from bot.sandbox.workspace import Address, Json, Workspace


class Hands:
    """Everything that reaches an app as an interaction or a command, each delivered once.

    Args:
        workspace: people and channels. delivery: brings it to the app. door: gives out response
            addresses.
    """

    def __init__(self, workspace: Workspace, delivery: Delivery, door: Port) -> None:
        self.workspace = workspace
        self.delivery = delivery
        self._door = door
        self._numbers = itertools.count(1)

    async def press(
        self,
        user: str,
        channel: str,
        ts: str,
        action_id: str,
        *,
        ephemeral: bool = False,
        choose: str = "",
    ) -> Attempt:
        """Someone presses a button of a message, or chooses from a menu of it.

        Args:
            choose: the start of the value of the option. (docs: interaction payloads,
                block_actions)
        """
        held = self.workspace.channels[channel]
        shown = held.ephemerals if ephemeral else held.messages
        message = next(m for m in shown if m["ts"] == ts)
        return await self.interact(
            {
                "type": "block_actions",
                "channel": {"id": channel, "name": held.name},
                "container": {
                    "type": "message",
                    "message_ts": ts,
                    "channel_id": channel,
                    "is_ephemeral": ephemeral,
                },
                "message": message,
                "actions": [self._action(message, action_id, choose)],
            },
            user,
            Address(channel, user, ts),
        )

    async def press_in(self, user: str, view: Json, action_id: str, *, choose: str = "") -> Attempt:
        """Someone presses a button in a modal or in Home; there is no response address there."""
        return await self.interact(
            {
                "type": "block_actions",
                "container": {"type": "view", "view_id": view.get("id")},
                "view": view,
                "actions": [self._action(view, action_id, choose)],
            },
            user,
        )

    async def shortcut(self, user: str, channel: str, ts: str, callback_id: str) -> Attempt:
        """Someone uses a message shortcut (docs: interactivity/implementing-shortcuts)."""
        return await self.interact(
            {
                "type": "message_action",
                "callback_id": callback_id,
                "channel": {"id": channel, "name": self.workspace.channels[channel].name},
                "message_ts": ts,
                "message": self._message(channel, ts),
            },
            user,
            Address(channel, user),
        )

    async def submit(self, user: str, view: Json, values: Json) -> Attempt:
        """Someone sends off a modal (docs: interaction payloads, view_submission). What the app
        answers with changes the modal: another view, or errors that it shows."""
        attempt = await self.interact(
            {
                "type": "view_submission",
                "view": {**view, "hash": "1", "state": {"values": values}},
            },
            user,
        )
        told = json.loads(attempt.body or "{}") if attempt.status == 200 else {}
        if told.get("response_action") == "update":
            name = str(view["id"])
            self.workspace.views[name] = {**checks.view(told["view"]), "id": name}
        return attempt

    async def interact(self, payload: Json, user: str, address: Address | None = None) -> Attempt:
        """Delivers an interaction with a trigger, and with a response_url where it has one; no
        retries."""
        number = next(self._numbers)
        common = {
            "user": {"id": user, "team_id": self.workspace.team_id},
            "team": {"id": self.workspace.team_id, "domain": "pretend"},
            "api_app_id": self.workspace.app_id,
            "token": "pretend",
            "trigger_id": f"{number}.pretend",
        }
        if address is not None:
            common["response_url"] = self._response_url(number, address)
        return await self.delivery.deliver({**common, **payload}, "interactive")

    async def command(self, user: str, channel: str, command: str, text: str) -> Attempt:
        """Someone types a slash command (docs: interactivity/implementing-slash-commands); what
        the app acknowledges with is shown to that person."""
        number = next(self._numbers)
        attempt = await self.delivery.deliver(
            {
                "command": command,
                "text": text,
                "user_id": user,
                "channel_id": channel,
                "channel_name": self.workspace.channels[channel].name,
                "team_id": self.workspace.team_id,
                "api_app_id": self.workspace.app_id,
                "trigger_id": f"{number}.pretend",
                "response_url": self._response_url(number, Address(channel, user)),
            },
            "slash_commands",
        )
        told = json.loads(attempt.body or "{}") if attempt.status == 200 else {}
        if told.get("text"):
            checks.blocks(told.get("blocks") or [])
            self.workspace.show(channel, user, told)
        return attempt

    def _message(self, channel: str, ts: str) -> Json:
        message = self.workspace.channels[channel].find(ts)
        if message is None:
            raise LookupError(f"no message {ts} in {channel}")
        return message

    def _action(self, shown: Json, action_id: str, choose: str) -> Json:
        element = next(
            e
            for b in shown["blocks"]
            for e in [*b.get("elements", []), b.get("accessory") or {}]
            if e.get("action_id") == action_id
        )
        action = {**element, "action_ts": self.workspace.next_ts()}
        if "options" in element:
            options = (o for o in element["options"] if o["value"].startswith(choose))
            action["selected_option"] = next(options)
        return action

    def _response_url(self, number: int, address: Address) -> str:
        self._door.address(str(number), address)
        return f"{self._door.base}/respond/{number}"
