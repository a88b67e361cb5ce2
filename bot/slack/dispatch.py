"""Hands a payload to Bolt, whichever way it came, so that Slack is never told that a payload was
taken which was not.

Bolt trips over payloads that are out of shape before its error handler can see them, and reports
what no listener wants as a failure. Both are decided here, once for HTTP and Socket Mode.
"""

from __future__ import annotations

import logging
import re
import time
from collections.abc import Awaitable, Callable
from typing import Any

from slack_bolt.async_app import AsyncApp, AsyncBoltRequest
from slack_bolt.response import BoltResponse

from bot.flows.ports.telemetry import Telemetry
from bot.flows.work_context import working_for
from bot.slack.error_log import describe, is_ours
from bot.slack.listeners.payload import Json, workspace_of

log = logging.getLogger(__name__)

_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
_MAY_BE_UNSTORABLE = re.compile(r"\\u(?:0000|[dD][89a-fA-F])")  # also half of each whole emoji
MESSAGE = "message"
"""The event that reaches its listener without Bolt."""

_DEEPEST = 100  # levels; Block Kit nests about ten


class _TooDeepError(Exception):
    """A payload is nested deeper than anything that Slack sends."""


_ODD = (_TooDeepError, AttributeError, KeyError, TypeError, ValueError)


class Dispatcher:
    """Hands payloads on.

    Messages go straight to their listener: they are nearly all there is, and finding it takes Bolt
    130 microseconds. All else goes through Bolt.

    Args:
        app: Bolt with its listeners.
        is_served: whether an event is for this bot at all.
        on_message: takes the envelope of a ``message`` event.
        on_error: turns an error of ``on_message`` into the answer that Slack gets.
        telemetry: is told how long Slack waited.
    """

    def __init__(
        self,
        app: AsyncApp,
        *,
        is_served: Callable[[Json], Awaitable[bool]],
        on_message: Callable[[Json], Awaitable[None]],
        on_error: Callable[[Exception, Json], Awaitable[BoltResponse]],
        telemetry: Telemetry,
    ) -> None:
        self._app = app
        self._is_served = is_served
        self._on_message = on_message
        self._on_error = on_error
        self._telemetry = telemetry

    async def dispatch(self, payload: Json, *, source: str | None = None) -> BoltResponse:
        """Handle a payload.

        Args:
            payload: parsed, and known to be from Slack.
            source: the JSON that it was parsed from, None if that isn't known. Of most payloads it
                shows at a glance that nothing in them has to be replaced.

        Returns:
            200 if it was handled, or nobody here wants it: Slack counts everything else as a
            failure. 400 if it is out of shape; 5xx if it could not be handled, so Slack sends
            events again.
        """
        began = time.monotonic()
        response = await self._answer(payload, source)
        self._telemetry.payload_handled(time.monotonic() - began, is_taken=response.status < 500)
        return response

    async def _answer(self, payload: Json, source: str | None) -> BoltResponse:
        try:
            clean = payload if source and _is_storable_json(source) else _storable(payload)
            workspace_id = workspace_of(clean)
        except _ODD as odd:
            return _out_of_shape({}, type(odd).__name__)
        with working_for(workspace_id):
            return await self._dispatch_clean(clean)

    async def _dispatch_clean(self, clean: Json) -> BoltResponse:
        try:
            if problem := _what_is_missing(clean):
                return _out_of_shape(clean, problem)
            if _is_message(clean):
                return await self._dispatch_message(clean)
            request = AsyncBoltRequest(body=clean, mode="socket_mode")
        except _ODD as odd:
            return _out_of_shape({}, type(odd).__name__)
        try:
            response = await self._app.async_dispatch(request)
        except Exception as broken:  # noqa: BLE001 - nothing may pass for an acknowledgment
            if not is_ours(broken, skip=1):
                return _out_of_shape(clean, describe(broken))
            workspace_id = workspace_of(clean)
            log.error("workspace=%s a payload was not handled: %s", workspace_id, describe(broken))
            return BoltResponse(status=500)
        return BoltResponse(status=200) if response.status == 404 else response

    async def _dispatch_message(self, payload: Json) -> BoltResponse:
        try:
            if await self._is_served(payload):
                await self._on_message(payload)
        except Exception as error:  # noqa: BLE001 - as Bolt does: each has its answer
            return await self._on_error(error, payload)
        return BoltResponse(status=200)


def _is_message(payload: Json) -> bool:
    if payload.get("type") != "event_callback":
        return False
    event = payload.get("event")
    return isinstance(event, dict) and event.get("type") == MESSAGE


def _out_of_shape(payload: Json, problem: str) -> BoltResponse:
    workspace_id = workspace_of(payload)
    log.warning("workspace=%s a payload is out of shape: %s", workspace_id, problem)
    return BoltResponse(status=400)


def _what_is_missing(payload: Json) -> str:
    """Return what Bolt would trip over, or an empty text."""
    if "event" in payload and not isinstance(payload["event"], dict):
        return "event is no object"
    if payload.get("type") == "block_actions":
        actions = payload.get("actions")
        if not (isinstance(actions, list) and actions and isinstance(actions[0], dict)):
            return "no action in actions"
    return ""


def _is_storable_json(source: str) -> bool:
    """Return whether ``_storable`` would change nothing. ``source``: decoded from UTF-8, which
    knows no half an emoji, and accepted by the parser, which takes a NUL in no other form."""
    is_shallow = source.count("{") + source.count("[") <= _DEEPEST
    return is_shallow and _MAY_BE_UNSTORABLE.search(source) is None


def _storable(value: Any, depth: int = 0) -> Any:
    """Return a copy without the characters that no database takes: NUL, and half an emoji."""
    if isinstance(value, str):
        if value.isprintable():
            return value
        return _UNSTORABLE.sub("\ufffd", value)
    if depth > _DEEPEST:
        raise _TooDeepError
    if isinstance(value, dict):
        return {_storable(k): _storable(v, depth + 1) for k, v in value.items()}
    if isinstance(value, list):
        return [_storable(item, depth + 1) for item in value]
    return value
