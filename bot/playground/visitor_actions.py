"""What a visitor can do on the page, checked and passed on to the fake Slack or the office."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from typing import get_args

from bot.playground.office import Detector, Office
from bot.playground.snapshot import players
from bot.playground.time_jumps import JUMPS
from bot.sandbox.delivery import DeliveryAttempt
from bot.sandbox.pressed import PICKERS, elements
from bot.sandbox.workspace import Channel, Json

COMMAND = "/reframe"
SHORTCUT = "reframe_this"
CALLED = frozenset({"@reframe", "reframe"})
_CHANGES = frozenset({"clock", "caps", "detector", "close"})
_NEED_NO_APP = _CHANGES | {"post", "edit", "delete", "install", "uninstall"}
LONGEST_TEXT = 4_000  # characters; Slack cuts longer messages in two
_ENTITIES = (("&", "&amp;"), ("<", "&lt;"), (">", "&gt;"))


class RefusedError(ValueError):
    """The page asked for something that can't be done; its text says why."""


class VisitorActions:
    """Carries out one action after another.

    Args:
        office: a running one.
    """

    def __init__(self, office: Office) -> None:
        self._office = office
        self._slack = office.slack
        self._actions: dict[str, Callable[[str, Json], Awaitable[Json]]] = {
            "post": self._post,
            "edit": self._edit,
            "delete": self._delete,
            "command": self._command,
            "invite": self._invite,
            "remove": self._remove,
            "shortcut": self._shortcut,
            "click": self._click,
            "click_view": self._click_view,
            "submit": self._submit,
            "close": self._close,
            "home": self._home,
            "clock": self._clock,
            "caps": self._caps,
            "detector": self._detector,
            "uninstall": self._uninstall,
            "install": self._install,
        }

    async def do(self, asked: Json) -> Json:
        """Carry out what the page asks for.

        Args:
            asked: ``as``, the id of who does it; ``do``, the name of the action; its arguments.

        Returns:
            What the page needs to know: nothing, or ``errors`` by field of a form.

        Raises:
            RefusedError: it can't be done.
        """
        user_id, action = _text(asked, "as"), self._actions.get(_text(asked, "do"))
        if action is None or user_id not in players(self._office):
            raise RefusedError("No such action or person.")
        if not self._office.workspace.is_installed and _text(asked, "do") not in _NEED_NO_APP:
            raise RefusedError(
                "The app is uninstalled. The panel has a button to install it again."
            )
        if _text(asked, "do") not in _CHANGES:  # nobody would be there to take it
            await self._office.until_settled()
        return await action(user_id, asked)

    async def _post(self, user_id: str, asked: Json) -> Json:
        channel, text = self._channel(user_id, asked), _escaped(_text(asked, "text"))
        thread_ts = _text(asked, "thread_ts", optional=True) or None
        if thread_ts is not None and channel.find(thread_ts) is None:
            raise RefusedError("That thread is gone.")
        ts = await self._slack.post_message(user_id, channel.id, text, thread_ts=thread_ts)
        return {"ts": ts}

    async def _edit(self, user_id: str, asked: Json) -> Json:
        channel, text = self._channel(user_id, asked), _escaped(_text(asked, "text"))
        await self._slack.edit_message(channel.id, self._own(user_id, channel, asked), text)
        return {}

    async def _delete(self, user_id: str, asked: Json) -> Json:
        channel = self._channel(user_id, asked)
        await self._slack.delete_message(channel.id, self._own(user_id, channel, asked))
        return {}

    async def _command(self, user_id: str, asked: Json) -> Json:
        channel = self._channel(user_id, asked)
        text = _text(asked, "text", optional=True)
        return self._taken(await self._slack.run_command(user_id, channel.id, COMMAND, text))

    async def _invite(self, user_id: str, asked: Json) -> Json:
        """Invite the bot, as ``/invite @Reframe`` does in Slack; anybody in the channel may."""
        channel = self._channel(user_id, asked)
        if not _names_bot(asked):
            raise RefusedError("Everybody else is in it. To invite the bot: /invite @Reframe")
        if channel.is_im:
            raise RefusedError("Invite it in a channel; this is a direct message.")
        if self._office.workspace.bot_user_id in channel.members:
            raise RefusedError("Reframe is in this channel already.")
        await self._slack.invite_bot(channel.id, user_id)
        return {}

    async def _remove(self, user_id: str, asked: Json) -> Json:
        """Remove the bot, as ``/remove @Reframe`` does in Slack."""
        channel = self._channel(user_id, asked)
        if not _names_bot(asked):
            raise RefusedError("Everybody else stays. To remove the bot: /remove @Reframe")
        if channel.is_im:
            raise RefusedError("Remove it from a channel; this is a direct message.")
        if self._office.workspace.bot_user_id not in channel.members:
            raise RefusedError("Reframe isn't in this channel.")
        await self._slack.remove_bot(channel.id, user_id)
        return {}

    async def _shortcut(self, user_id: str, asked: Json) -> Json:
        channel, ts = self._channel(user_id, asked), _text(asked, "ts")
        if channel.find(ts) is None:
            raise RefusedError("That message is gone.")
        return self._taken(await self._slack.run_shortcut(user_id, channel.id, ts, SHORTCUT))

    async def _click(self, user_id: str, asked: Json) -> Json:
        channel, ts = self._channel(user_id, asked), _text(asked, "ts")
        ephemeral = asked.get("ephemeral") is True
        messages = channel.ephemerals if ephemeral else channel.messages
        message = next((m for m in messages if m["ts"] == ts), None)
        if message is None or (ephemeral and message["user"] != user_id):
            raise RefusedError("That message is gone.")
        action_id, option, block_id = self._element(message, asked)
        attempt = await self._slack.click(
            user_id,
            channel.id,
            ts,
            action_id,
            ephemeral=ephemeral,
            option=option,
            block_id=block_id,
        )
        return self._taken(attempt)

    async def _click_view(self, user_id: str, asked: Json) -> Json:
        view = self._view(user_id, asked)
        action_id, option, block_id = self._element(view, asked)
        attempt = await self._slack.click_in_view(
            user_id, view, action_id, option=option, block_id=block_id
        )
        return self._taken(attempt)

    def _element(self, surface: Json, asked: Json) -> tuple[str, str, str]:
        """Return the action id, the chosen value, and the block id of an element that is on a
        message or view."""
        action_id, option = _text(asked, "action"), _text(asked, "option", optional=True)
        block_id = _text(asked, "block", optional=True)
        for block, element in elements(surface):
            if element["action_id"] != action_id or block_id not in ("", block.get("block_id")):
                continue
            values = [each["value"] for each in element.get("options") or []]
            if element.get("type") in PICKERS:
                values = [*self._office.workspace.users, *self._office.workspace.channels]
            if option in values or (not values and not option):
                return action_id, option, block_id
        raise RefusedError("That button is gone.")

    async def _submit(self, user_id: str, asked: Json) -> Json:
        view, values = self._view(user_id, asked), asked.get("values")
        if not isinstance(values, dict):
            raise RefusedError("The form is empty.")
        attempt = await self._slack.submit_view(user_id, view, values)
        answer = json.loads(attempt.body or "{}") if attempt.status == 200 else {}
        return {**self._taken(attempt), "errors": answer.get("errors") or {}}

    async def _close(self, user_id: str, _: Json) -> Json:
        self._slack.close_modal(user_id)
        return {}

    async def _home(self, user_id: str, _: Json) -> Json:
        await self._slack.open_home(user_id)
        return {}

    async def _clock(self, _: str, asked: Json) -> Json:
        jump = _text(asked, "to")
        for known in JUMPS:
            if jump == known:
                await self._office.move_clock(known)
                return {}
        raise RefusedError("The clock can't be moved there.")

    async def _caps(self, _: str, asked: Json) -> Json:
        await self._office.lift_caps(lifted=asked.get("lifted") is True)
        return {}

    async def _detector(self, _: str, asked: Json) -> Json:
        wanted = _text(asked, "to")
        for known in get_args(Detector):
            if wanted == known:
                try:
                    await self._office.switch_detector(known)
                except ValueError as no_model:
                    raise RefusedError(str(no_model)) from no_model
                return {}
        raise RefusedError("There is no such detector.")

    async def _uninstall(self, _: str, __: Json) -> Json:
        return self._taken(await self._office.uninstall())

    async def _install(self, _: str, __: Json) -> Json:
        await self._office.install_again()
        return {}

    def _channel(self, user_id: str, asked: Json) -> Channel:
        channel = self._office.workspace.channels.get(_text(asked, "channel"))
        if channel is None or user_id not in channel.members:
            raise RefusedError("No such channel.")
        return channel

    def _own(self, user_id: str, channel: Channel, asked: Json) -> str:
        ts = _text(asked, "ts")
        message = channel.find(ts)
        if message is None or message.get("user") != user_id or message.get("bot_id"):
            raise RefusedError("Only the author can change a message.")
        return ts

    def _taken(self, attempt: DeliveryAttempt) -> Json:
        if attempt.status != 200:
            raise RefusedError(self._office.why_no_answer(attempt))
        return {}

    def _view(self, user_id: str, asked: Json) -> Json:
        view_id, workspace = _text(asked, "view"), self._office.workspace
        if view_id not in (workspace.open_modals.get(user_id), f"H{user_id}"):
            raise RefusedError("That form is closed.")
        return workspace.views[view_id]


def _names_bot(asked: Json) -> bool:
    return _text(asked, "text", optional=True).strip().lower() in CALLED


def _text(asked: Json, name: str, *, optional: bool = False) -> str:
    value = asked.get(name)
    if value is None and optional:
        return ""
    if not isinstance(value, str) or len(value) > LONGEST_TEXT or not (value.strip() or optional):
        raise RefusedError(f"Write something, at most {LONGEST_TEXT} characters.")
    return value


def _escaped(text: str) -> str:
    """Return a text as Slack delivers what somebody types."""
    for character, entity in _ENTITIES:
        text = text.replace(character, entity)
    return text
