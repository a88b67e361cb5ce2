"""What one person is shown: answers, modals, Home; implements ``bot.flows.ask_ports.Screen``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bot.flows.ask_ports import Answer, Ask, Place
from bot.flows.wishes import Standing
from bot.slack import answers, blocks, home, views
from bot.slack.blocks import Look, Voice
from bot.slack.gateway import Gateway


class Screen:
    """Lays things out and shows them through the gateway.

    Args:
        gateway: Slack's Web API. voice: the fixed words. days_kept: how long labels stay.
    """

    def __init__(self, gateway: Gateway, voice: Voice, days_kept: float) -> None:
        self._gateway = gateway
        self.voice = voice
        self._days_kept = days_kept

    async def answer(self, ask: Ask, answer: Answer) -> None:
        look = answers.answer(answer, self.voice)
        if ask.place is Place.VIEW:
            await self._gateway.update_view(ask.address, views.showing(look, self.voice))
        else:
            await self.respond(ask.address, look)

    def body(self, answer: Answer) -> Mapping[str, str]:
        return answers.answer(answer, self.voice).body

    async def file(self, user: str, name: str, content: str, comment: str) -> None:
        await self._gateway.send_file(user, name, content, comment)

    async def respond(self, url: str, look: Look, *, replace: bool = False) -> None:
        """A line at a response address, for one reader.

        Args:
            url: Slack's. replace: in the place of the message whose button was pressed.
        """
        said = {"text": blocks.escaped(look.text), "blocks": look.blocks}
        how = {"response_type": "ephemeral", "replace_original": replace}
        await self._gateway.respond(url, {**said, **how})

    async def remove(self, url: str) -> None:
        """Takes away the message whose button was pressed."""
        await self._gateway.respond(url, {"delete_original": True})

    async def open(self, trigger: str, view: dict[str, Any]) -> str:
        """Opens a modal and returns its id; the trigger holds for three seconds."""
        return await self._gateway.open_view(trigger, view)

    async def waiting(self, trigger: str) -> str:
        """Opens a modal that says that something is being read, and returns its id."""
        return await self.open(trigger, self.thinking())

    def thinking(self) -> dict[str, Any]:
        """The modal that is shown while something is being read."""
        return self.only(self.voice["advice"]["thinking"])

    def only(self, line: str) -> dict[str, Any]:
        """A modal with one line."""
        return views.showing(blocks.line(line), self.voice)

    async def show(self, view_id: str, line: str) -> None:
        """Shows a line in an open modal."""
        await self._gateway.update_view(view_id, self.only(line))

    async def home(self, user: str, standing: Standing) -> None:
        """Draws the person's Home tab."""
        view = home.home(standing, self.voice, self._days_kept)
        await self._gateway.publish_home(user, view)
