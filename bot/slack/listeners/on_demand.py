"""Listens to asks that don't come as a command: the form, the shortcut, and a reply's buttons."""

from __future__ import annotations

import logging

from slack_bolt.async_app import AsyncAck, AsyncApp

from bot.flows.errors import StoreUnavailableError
from bot.flows.on_demand import OnDemand
from bot.flows.ports.asks import Ask, AskKind, ReplyPlace
from bot.slack.listeners.payload import (
    Json,
    Origin,
    direct_channel_of,
    origin_of,
    shared_channel,
    thread_of,
)
from bot.slack.listeners.responder import Responder
from bot.slack.parse import plain_text
from bot.slack.views import ask_reply, modals

log = logging.getLogger(__name__)

SHORTCUT = "reframe_this"


class OnDemandListeners:
    """Takes asks.

    Args:
        on_demand: the flow.
        responder: answers presses.
    """

    def __init__(self, *, on_demand: OnDemand, responder: Responder) -> None:
        self._on_demand = on_demand
        self._responder = responder

    def register(self, app: AsyncApp) -> None:
        """Register the listeners."""
        app.shortcut(SHORTCUT)(self.on_shortcut)
        app.view(modals.ASK)(self.on_form)
        app.action(ask_reply.ANOTHER)(self.on_another)
        app.action(ask_reply.WHY)(self.on_why)

    async def on_shortcut(self, body: Json, ack: AsyncAck) -> None:
        """Take 'Reframe this' from a message's menu; the reply comes in a modal."""
        origin, message = origin_of(body), body["message"]
        strings = await self._responder.strings(body)
        text = plain_text(str(message.get("text") or ""))
        if message.get("user") != origin.user_id:
            view = modals.line_modal(strings["ask"]["own_only"], strings)
            await self._responder.open_modal(body, view)
        elif not text.strip():
            view = modals.line_modal(strings["ask"]["nothing"], strings)
            await self._responder.open_modal(body, view)
        else:
            view_id = await self._responder.open_modal(body, modals.thinking_modal(strings))
            key = f"shortcut-{body['trigger_id']}"
            channel_id = shared_channel((body.get("channel") or {}).get("id"))
            if not await self._submit_in_modal(key, origin, view_id, text, channel_id):
                self._responder.update_modal(body, view_id, strings["advice"]["failed"])
        await ack()

    async def on_form(self, body: Json, ack: AsyncAck) -> None:
        """Take the form behind ``/reframe`` alone."""
        view, strings = body["view"], await self._responder.strings(body)
        text = plain_text(modals.read_ask(view.get("state") or {}))
        if not text.strip():
            errors = {modals.ASK_FIRST_FIELD: strings["ask"]["empty"]}
            await ack(response_action="errors", errors=errors)
            return
        key = f"form-{view['id']}-{view.get('hash') or ''}"
        taken = await self._submit_in_modal(key, origin_of(body), view["id"], text)
        shown = strings["advice"]["thinking" if taken else "failed"]
        await self._responder.acknowledge_form_with(body, ack, shown)

    async def on_another(self, body: Json, action: Json, ack: AsyncAck) -> None:
        """Take an ask for one more question."""
        await self._on_demand.submit(_follow_up_ask(AskKind.ANOTHER, body, action))
        await ack()

    async def on_why(self, body: Json, action: Json, ack: AsyncAck) -> None:
        """Take an ask for the idea behind a reply."""
        await self._on_demand.submit(_follow_up_ask(AskKind.WHY, body, action))
        await ack()

    async def _submit_in_modal(
        self, key: str, origin: Origin, view_id: str, text: str, channel_id: str = ""
    ) -> bool:
        """Submit an ask whose reply goes into an open modal.

        False: it can't be stored. Slack sends no interaction again, so the modal must say so.
        """
        ask = Ask(
            key=key,
            kind=AskKind.ADVICE,
            workspace_id=origin.workspace_id,
            user_id=origin.user_id,
            place=ReplyPlace.VIEW,
            address=view_id,
            text=text,
            channel_id=channel_id,
        )
        try:
            await self._on_demand.submit(ask)
        except StoreUnavailableError as down:
            log.error(
                "workspace=%s the database can't take this now (%s)", origin.workspace_id, down
            )
            return False
        return True


def data_ask(origin: Origin, trigger_id: str) -> Ask:
    """Return an ask for everything that is kept about a person."""
    return Ask(
        key=f"data-{trigger_id}",
        kind=AskKind.DATA,
        workspace_id=origin.workspace_id,
        user_id=origin.user_id,
        place=ReplyPlace.DIRECT,
        address=origin.user_id,
    )


def _follow_up_ask(kind: AskKind, body: Json, action: Json) -> Ask:
    """Return the ask of a button below a reply; what comes goes where that reply is.

    A response URL posts outside the thread in which the button was pressed, and a reply in the
    direct conversation is in one.
    """
    origin, view = origin_of(body), body.get("view") or {}
    place, address, thread_ts = ReplyPlace.RESPONSE, body.get("response_url") or "", ""
    if view.get("type") == "modal":
        place, address = ReplyPlace.VIEW, view["id"]
    elif direct := direct_channel_of(body):
        place, address, thread_ts = ReplyPlace.DIRECT, direct, thread_of(body)
    pressed = action.get("action_ts") or body["trigger_id"]
    return Ask(
        key=f"{kind}-{pressed}-{origin.user_id}",
        kind=kind,
        workspace_id=origin.workspace_id,
        user_id=origin.user_id,
        place=place,
        address=address,
        text=action["value"],
        thread_ts=thread_ts,
    )
