"""Turns an error of a listener into the answer that Slack gets. The only place that does so."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable

from slack_bolt.response import BoltResponse

from bot.flows.errors import ModalNotOpenedError, StoreRefusedError, StoreUnavailableError
from bot.slack.error_log import describe, is_ours
from bot.slack.listeners.payload import Json, workspace_of
from bot.slack.listeners.responder import StringsOf
from bot.slack.views.block_kit import line

log = logging.getLogger(__name__)


def error_handler(strings_of: StringsOf) -> Callable[[Exception, Json], Awaitable[BoltResponse]]:
    """Return what turns an error of a listener into an answer.

    Args:
        strings_of: the UI strings of a workspace.
    """

    async def on_error(error: Exception, body: Json) -> BoltResponse:
        workspace_id = workspace_of(body)
        match error:
            case StoreUnavailableError():
                log.error(
                    "workspace=%s the database can't take this now (%s); Slack sends events again",
                    workspace_id,
                    error,
                )
                return BoltResponse(status=503)
            case ModalNotOpenedError():
                log.warning("workspace=%s no modal: %s", workspace_id, error)
                try:
                    strings = await strings_of(workspace_id)
                except StoreUnavailableError as down:
                    return await on_error(down, body)
                no_form = line(strings["ask"]["no_form"])
                return BoltResponse(
                    status=200, body={**no_form.content, "response_type": "ephemeral"}
                )
            case StoreRefusedError():
                log.error(
                    "workspace=%s dropped: the database refuses a value (%s)", workspace_id, error
                )
                return BoltResponse(status=200)
            case _ if not is_ours(error):
                log.warning(
                    "workspace=%s a payload is out of shape: %s", workspace_id, describe(error)
                )
                return BoltResponse(status=400)
            case _:
                log.error("workspace=%s a listener failed: %s", workspace_id, describe(error))
                return BoltResponse(status=500)

    return on_error
