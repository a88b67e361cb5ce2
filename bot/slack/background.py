"""Work that need not be done before Slack gets its acknowledgement, and that may be lost.

Such as drawing Home again, or a line at a response URL: the next press or the next visit does the
same once more. What may not be lost goes through the store.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Coroutine
from typing import Any

from bot.flows.errors import DeliveryUnconfirmedError, SlackCallError, StoreUnavailableError
from bot.slack.error_log import describe

log = logging.getLogger(__name__)


class BackgroundTasks:
    """Keeps hold of small pieces of work until they are done."""

    def __init__(self) -> None:
        self._running: set[asyncio.Task[None]] = set()

    def spawn(self, workspace_id: str, work: Coroutine[Any, Any, Any]) -> None:
        """Start a piece of work for a workspace; a failure is logged."""
        task = asyncio.create_task(_logged(workspace_id, work))
        self._running.add(task)
        task.add_done_callback(self._running.discard)

    async def close(self) -> None:
        """Wait for everything that was started."""
        await asyncio.gather(*self._running)


async def _logged(workspace_id: str, work: Coroutine[Any, Any, Any]) -> None:
    try:
        await work
    except (SlackCallError, DeliveryUnconfirmedError, StoreUnavailableError) as failure:
        log.warning("workspace=%s not shown: %s", workspace_id, failure)
    except Exception as broken:  # noqa: BLE001 - nobody waits for it, so it ends in the log
        log.error("workspace=%s could not be shown: %s", workspace_id, describe(broken))
