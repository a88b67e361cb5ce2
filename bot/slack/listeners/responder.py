"""The ways in which a listener answers one person."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

from slack_bolt.async_app import AsyncAck
from slack_bolt.response import BoltResponse

from bot.core.languages import UiStrings
from bot.slack.background import BackgroundTasks
from bot.slack.listeners.payload import Json, origin_of, thread_of
from bot.slack.presenter import SlackPresenter
from bot.slack.views.block_kit import RenderedMessage, line
from bot.slack.views.inputs import first_field
from bot.slack.views.modals import line_modal

StringsOf = Callable[[str], Awaitable[UiStrings]]
"""Returns the UI strings in the language of a workspace, given its id."""


class Responder:
    """Answers commands and presses.

    What goes to a response URL is sent in the background: Slack waits for the acknowledgement, and
    a press in a modal or in Home has no such URL.

    Args:
        presenter: shows things.
        background: for what nobody waits for.
        strings_of: the UI strings of a workspace.
    """

    def __init__(
        self, *, presenter: SlackPresenter, background: BackgroundTasks, strings_of: StringsOf
    ) -> None:
        self._presenter = presenter
        self._background = background
        self._strings_of = strings_of

    async def strings(self, body: Json) -> UiStrings:
        """Return the UI strings in the language of the workspace that a payload comes from.

        Raises:
            StoreUnavailableError: that can't be looked up now.
        """
        return await self._strings_of(origin_of(body).workspace_id)

    async def acknowledge_with(self, ack: AsyncAck, message: RenderedMessage) -> None:
        """Acknowledge a command with a message for the person who typed it."""
        await ack(text=message.text, blocks=message.blocks, response_type="ephemeral")

    async def acknowledge_form_with(self, body: Json, ack: AsyncAck, text: str) -> None:
        """Acknowledge a form with a line that takes its place."""
        await ack(response_action="update", view=line_modal(text, await self.strings(body)))

    async def open_modal(self, body: Json, view: Json) -> str:
        """Open a modal for whoever typed or pressed, and return its id.

        Raises:
            ModalNotOpenedError: Slack did not open it.
        """
        workspace_id = origin_of(body).workspace_id
        return await self._presenter.open_view(workspace_id, body["trigger_id"], view)

    async def turn_away(self, body: Json, text: str, *, is_final: bool = True) -> BoltResponse:
        """Return the response to an interaction that is not carried out, and say why where Slack
        lets the bot say it: below a command or a message, in a form, or in the modal of a button.

        Args:
            body: the payload.
            text: why not.
            is_final: whether the text takes the place of a form; if not, it stands at the form's
                first field, and what was written there stays.
        """
        if "command" in body:
            shown = {**line(text).content, "response_type": "ephemeral"}
            return BoltResponse(status=200, body=shown)
        if body.get("type") == "view_submission":
            field = None if is_final else first_field(body.get("view"))
            if field is None:
                shown = line_modal(text, await self.strings(body))
                update = {"response_action": "update", "view": shown}
                return BoltResponse(status=200, body=update)
            errors = {"response_action": "errors", "errors": {field: text}}
            return BoltResponse(status=200, body=errors)
        self.show(body, line(text))
        view = body.get("view")
        if isinstance(view, dict) and view.get("type") == "modal" and view.get("id"):
            self.update_modal(body, str(view["id"]), text)
        return BoltResponse(status=200)

    def show(self, body: Json, message: RenderedMessage) -> None:
        """Show a message below the one whose button was pressed."""
        if url := body.get("response_url"):
            self._background.spawn(
                origin_of(body).workspace_id,
                self._presenter.respond(url, message, thread_ts=thread_of(body)),
            )

    def show_later(self, body: Json, text: Coroutine[Any, Any, str]) -> None:
        """Show a line below the message whose button was pressed, once the line is known."""
        self._background.spawn(origin_of(body).workspace_id, self._show_when_known(body, text))

    async def _show_when_known(self, body: Json, text: Coroutine[Any, Any, str]) -> None:
        known = await text
        if url := body.get("response_url"):
            await self._presenter.respond(url, line(known), thread_ts=thread_of(body))

    def replace(self, body: Json, message: RenderedMessage) -> None:
        """Show a message in the place of the one whose button was pressed."""
        if url := body.get("response_url"):
            self._background.spawn(
                origin_of(body).workspace_id,
                self._presenter.respond(url, message, replace=True, thread_ts=thread_of(body)),
            )

    def replace_later(self, body: Json, shown: Coroutine[Any, Any, RenderedMessage]) -> None:
        """Show a message in the place of the one whose button was pressed, once it is known."""
        self._background.spawn(origin_of(body).workspace_id, self._replace_when_known(body, shown))

    async def _replace_when_known(
        self, body: Json, shown: Coroutine[Any, Any, RenderedMessage]
    ) -> None:
        known = await shown
        if url := body.get("response_url"):
            await self._presenter.respond(url, known, replace=True, thread_ts=thread_of(body))

    def remove(self, body: Json) -> None:
        """Take away the message whose button was pressed."""
        if url := body.get("response_url"):
            self._background.spawn(
                origin_of(body).workspace_id, self._presenter.delete_original(url)
            )

    def update_modal(self, body: Json, view_id: str, text: str) -> None:
        """Show a line in an open modal."""
        self._background.spawn(
            origin_of(body).workspace_id, self._update_modal(body, view_id, text)
        )

    async def _update_modal(self, body: Json, view_id: str, text: str) -> None:
        view = line_modal(text, await self.strings(body))
        await self._presenter.update_view(origin_of(body).workspace_id, view_id, view)
