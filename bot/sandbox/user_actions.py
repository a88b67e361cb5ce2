"""Simulates users: they write messages, click buttons, run commands and submit modals."""

from __future__ import annotations

import itertools
import json
from typing import Any

from bot.sandbox import validation
from bot.sandbox.delivery import DeliveryAttempt
from bot.sandbox.events import EventEmitter
from bot.sandbox.http_server import HttpServer
from bot.sandbox.pressed import pressed
from bot.sandbox.workspace import Json, ResponseTarget, Workspace

SLACKBOT = "USLACKBOT"


class UserActions:
    """Everything that users do in Slack, as far as an app learns about it.

    Messages reach the app as events. Interactions and commands are delivered once, without retries.

    Args:
        workspace: users and channels. events: emits and delivers. http: provides response URLs.
    """

    def __init__(self, workspace: Workspace, events: EventEmitter, http: HttpServer) -> None:
        self.workspace = workspace
        self.events = events
        self._http = http
        self._interaction_numbers = itertools.count(1)

    async def post_message(
        self,
        author_id: str,
        channel_id: str,
        text: str,
        *,
        thread_ts: str | None = None,
        ts: str | None = None,
        event_id: str | None = None,
        envelope: Json | None = None,
        **extra: Any,
    ) -> str:
        """Post a message as a user (docs.slack.dev/reference/events/message).

        Args:
            ts: a new one by default. event_id, envelope: override what the event would carry.
            extra: further fields of the message.

        Returns:
            The message's ts.
        """
        message: Json = {"user": author_id, "text": text, "team": self.workspace.team_id, **extra}
        if thread_ts:
            message["thread_ts"] = thread_ts
        stored = self.workspace.add_message(channel_id, message, ts)
        event = self.events.message_event(channel_id, stored)
        self.events.emit(event, event_id=event_id, envelope=envelope)
        return str(stored["ts"])

    async def edit_message(self, channel_id: str, ts: str, text: str) -> None:
        """Edit a message as its author (docs: events/message/message_changed)."""
        message = self._message(channel_id, ts)
        previous = dict(message)
        message["text"] = text
        message["edited"] = {"user": message.get("user"), "ts": self.workspace.next_ts()}
        change = {"subtype": "message_changed", "message": dict(message)}
        self._emit_change(channel_id, previous, change)

    async def delete_message(self, channel_id: str, ts: str) -> None:
        """Delete a message (docs: events/message/message_deleted).

        A message with replies stays as a tombstone, which Slack reports as an edit.
        """
        message = self._message(channel_id, ts)
        previous = dict(message)
        change: Json = {"subtype": "message_deleted", "deleted_ts": ts}
        if message.get("reply_count"):
            message |= {"subtype": "tombstone", "text": "", "user": SLACKBOT, "hidden": True}
            change = {"subtype": "message_changed", "message": dict(message)}
        else:
            self.workspace.channels[channel_id].messages.remove(message)
        self._emit_change(channel_id, previous, change)

    async def open_home(self, user_id: str) -> None:
        """Open the app's Home tab (docs: events/app_home_opened)."""
        self.events.emit({"type": "app_home_opened", "user": user_id, "tab": "home"})

    async def invite_bot(self, channel_id: str, inviter_id: str) -> None:
        """Invite the bot to a channel (docs: events/member_joined_channel)."""
        bot_id = self.workspace.bot_user_id
        self.workspace.channels[channel_id].members.append(bot_id)
        self.events.emit(
            {
                "type": "member_joined_channel",
                "user": bot_id,
                "channel": channel_id,
                "inviter": inviter_id,
            }
        )

    async def remove_bot(self, channel_id: str, remover_id: str) -> None:
        """Remove the bot from a channel, as ``/remove`` does.

        The channel says so. The app gets ``channel_left`` if its manifest asks for that, no
        ``member_left_channel``, since it is no member any more, and a direct message of Slackbot
        (docs: events/channel_left; github.com/slackapi/node-slack-sdk/issues/211).
        """
        bot_id, channel = self.workspace.bot_user_id, self.workspace.channels[channel_id]
        channel.members.remove(bot_id)
        told = f"was removed from #{channel.name} by <@{remover_id}>"
        self.workspace.add_message(
            channel_id, {"subtype": "channel_leave", "user": bot_id, "text": told}
        )
        left = {"channel": channel_id, "actor_id": remover_id, "event_ts": self.workspace.next_ts()}
        self.events.emit({"type": "channel_left", **left}, to_members=False)
        note = f"You have been removed from #{channel.name} by <@{remover_id}>"
        await self.post_message(SLACKBOT, self.workspace.dm_channel(SLACKBOT), note)

    async def uninstall_app(self) -> DeliveryAttempt:
        """Uninstall the app: its token holds no longer, and it is in no channel any more. It is
        told so in two events (docs: events/tokens_revoked, events/app_uninstalled); return how the
        delivery of the second one ended."""
        bot_id, space = self.workspace.bot_user_id, self.workspace
        space.is_installed = False
        for channel in space.channels.values():
            if bot_id in channel.members and not channel.is_im:
                channel.members.remove(bot_id)
        space.home_tabs.clear()
        space.open_modals.clear()
        revoked = {"type": "tokens_revoked", "tokens": {"oauth": [], "bot": [bot_id]}}
        await self.events.delivery.deliver(self.events.envelope(revoked), retry=False)
        gone = self.events.envelope({"type": "app_uninstalled"})
        return await self.events.delivery.deliver(gone, retry=False)

    async def join_channel(self, user_id: str, channel_id: str) -> None:
        """Join a channel (docs: events/member_joined_channel)."""
        self.workspace.channels[channel_id].members.append(user_id)
        self.events.emit({"type": "member_joined_channel", "user": user_id, "channel": channel_id})

    async def leave_channel(self, user_id: str, channel_id: str) -> None:
        """Leave a channel (docs: events/member_left_channel)."""
        self.workspace.channels[channel_id].members.remove(user_id)
        self.events.emit({"type": "member_left_channel", "user": user_id, "channel": channel_id})

    async def change_user(self, user_id: str, **changes: Any) -> None:
        """Change a user, as an admin or the user would (docs: events/user_change)."""
        user = self.workspace.users[user_id]
        for name, value in changes.items():
            setattr(user, name, value)
        self.events.emit({"type": "user_change", "user": user.as_json(self.workspace.clock())})

    async def change_channel_id(self, channel_id: str, new_id: str) -> None:
        """Give a channel a new id (docs: events/channel_id_changed)."""
        channel = self.workspace.channels.pop(channel_id)
        channel.id = new_id
        self.workspace.channels[new_id] = channel
        self.events.emit(
            {
                "type": "channel_id_changed",
                "old_channel_id": channel_id,
                "new_channel_id": new_id,
                "event_ts": self.workspace.next_ts(),
            }
        )

    async def unarchive_channel(self, channel_id: str, user_id: str) -> None:
        """Unarchive a channel (docs: events/channel_unarchive, events/group_unarchive)."""
        channel = self.workspace.channels[channel_id]
        channel.is_archived = False
        kind = "group_unarchive" if channel.is_private else "channel_unarchive"
        self.events.emit({"type": kind, "channel": channel_id, "user": user_id})

    async def click(
        self,
        user_id: str,
        channel_id: str,
        ts: str,
        action_id: str,
        *,
        ephemeral: bool = False,
        option: str = "",
        block_id: str = "",
    ) -> DeliveryAttempt:
        """Click a button in a message, or choose from a menu (docs: payloads, block_actions).

        Args:
            ephemeral: whether the message is an ephemeral one.
            option, block_id: as for ``pressed``.
        """
        channel = self.workspace.channels[channel_id]
        messages = channel.ephemerals if ephemeral else channel.messages
        message = next(m for m in messages if m["ts"] == ts)
        return await self.send_interaction(
            {
                "type": "block_actions",
                "channel": {"id": channel_id, "name": channel.name},
                "container": {
                    "type": "message",
                    "message_ts": ts,
                    "channel_id": channel_id,
                    "is_ephemeral": ephemeral,
                    **({"thread_ts": message["thread_ts"]} if message.get("thread_ts") else {}),
                },
                "message": message,
                "actions": [self._action(message, action_id, option, block_id)],
            },
            user_id,
            ResponseTarget(channel_id, user_id, ts),
        )

    async def click_in_view(
        self, user_id: str, view: Json, action_id: str, *, option: str = "", block_id: str = ""
    ) -> DeliveryAttempt:
        """Click a button in a modal or in the Home tab; these have no response URL."""
        return await self.send_interaction(
            {
                "type": "block_actions",
                "container": {"type": "view", "view_id": view.get("id")},
                "view": view,
                "actions": [self._action(view, action_id, option, block_id)],
            },
            user_id,
        )

    async def run_shortcut(
        self, user_id: str, channel_id: str, ts: str, callback_id: str
    ) -> DeliveryAttempt:
        """Run a message shortcut (docs: interactivity/implementing-shortcuts)."""
        channel = self.workspace.channels[channel_id]
        return await self.send_interaction(
            {
                "type": "message_action",
                "callback_id": callback_id,
                "channel": {"id": channel_id, "name": channel.name},
                "message_ts": ts,
                "message": self._message(channel_id, ts),
            },
            user_id,
            ResponseTarget(channel_id, user_id),
        )

    async def submit_view(self, user_id: str, view: Json, values: Json) -> DeliveryAttempt:
        """Submit a modal (docs: interaction payloads, view_submission).

        If the app responds with another view, the modal changes to it; with errors, it stays as it
        is; else it closes.
        """
        attempt = await self.send_interaction(
            {
                "type": "view_submission",
                "view": {**view, "hash": "1", "state": {"values": values}},
            },
            user_id,
        )
        response = _response_body(attempt)
        if response.get("response_action") == "update":
            view_id = str(view["id"])
            updated = validation.validate_view(response["view"])
            self.workspace.views[view_id] = {**updated, "id": view_id}
        elif attempt.status == 200 and response.get("response_action") != "errors":
            self.close_modal(user_id)
        return attempt

    def close_modal(self, user_id: str) -> None:
        """Close a user's modal. No app is told: none of its views asks to (``notify_on_close``)."""
        self.workspace.open_modals.pop(user_id, None)

    async def send_interaction(
        self, payload: Json, user_id: str, target: ResponseTarget | None = None
    ) -> DeliveryAttempt:
        """Deliver an interaction with a trigger id, and with a response URL if it has a target."""
        number = next(self._interaction_numbers)
        common = {
            "user": {"id": user_id, "team_id": self.workspace.team_id},
            "team": {"id": self.workspace.team_id, "domain": "fake"},
            "api_app_id": self.workspace.app_id,
            "token": "fake",
            "trigger_id": self._trigger_id(number, user_id),
        }
        if target is not None:
            common["response_url"] = self._http.create_response_url(str(number), target)
        return await self.events.delivery.deliver({**common, **payload}, "interactive")

    async def run_command(
        self, user_id: str, channel_id: str, command: str, text: str
    ) -> DeliveryAttempt:
        """Run a slash command (docs: interactivity/implementing-slash-commands).

        The app's acknowledgment is shown to the user as an ephemeral message.
        """
        number = next(self._interaction_numbers)
        target = ResponseTarget(channel_id, user_id)
        attempt = await self.events.delivery.deliver(
            {
                "command": command,
                "text": text,
                "user_id": user_id,
                "channel_id": channel_id,
                "channel_name": self.workspace.channels[channel_id].name,
                "team_id": self.workspace.team_id,
                "api_app_id": self.workspace.app_id,
                "trigger_id": self._trigger_id(number, user_id),
                "response_url": self._http.create_response_url(str(number), target),
            },
            "slash_commands",
        )
        response = _response_body(attempt)
        if response.get("text"):
            validation.validate_blocks(response.get("blocks") or [])
            self.workspace.add_ephemeral(channel_id, user_id, response)
        return attempt

    def _emit_change(self, channel_id: str, previous: Json, change: Json) -> None:
        self.events.emit(
            {
                "type": "message",
                "hidden": True,
                "channel": channel_id,
                "channel_type": self.workspace.channels[channel_id].kind,
                "ts": self.workspace.next_ts(),
                "previous_message": previous,
                **change,
            }
        )

    def _message(self, channel_id: str, ts: str) -> Json:
        message = self.workspace.channels[channel_id].find(ts)
        if message is None:
            raise LookupError(f"no message {ts} in {channel_id}")
        return message

    def _trigger_id(self, number: int, user_id: str) -> str:
        trigger_id = f"{number}.{self.workspace.team_id}"
        self.workspace.trigger_users[trigger_id] = user_id
        return trigger_id

    def _action(self, surface: Json, action_id: str, option: str, block_id: str) -> Json:
        at = self.workspace.next_ts()
        return pressed(surface, action_id, option=option, block_id=block_id, action_ts=at)


def _response_body(attempt: DeliveryAttempt) -> Json:
    """Return what the app acknowledged with, or nothing if it did not acknowledge."""
    body: Json = json.loads(attempt.body or "{}") if attempt.status == 200 else {}
    return body
