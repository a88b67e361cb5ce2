"""Work that need not be done before Slack is answered, and that costs nothing if it is lost.

Drawing Home anew or showing a line at a response address: the next press or the next opening does
the same again. What may not be lost goes through the store instead.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Coroutine
from typing import Any

from bot.flows.ports import ChatBusy, ChatDown, ChatRefused, StoreDown

log = logging.getLogger(__name__)


class Aside:
    """Keeps hold of small pieces of work until they are done."""

    def __init__(self) -> None:
        self._under_way: set[asyncio.Task[None]] = set()

    def do(self, work: Coroutine[Any, Any, Any]) -> None:
        """Starts it."""
        task = asyncio.create_task(_told_in_the_log(work))
        self._under_way.add(task)
        task.add_done_callback(self._under_way.discard)

    async def close(self) -> None:
        """Waits for what is under way."""
        await asyncio.gather(*self._under_way)


async def _told_in_the_log(work: Coroutine[Any, Any, Any]) -> None:
    try:
        await work
    except (ChatRefused, ChatBusy, ChatDown, StoreDown) as failure:
        log.warning("not shown: %s", failure)
    except Exception as broken:  # noqa: BLE001 - nobody waits for it, so the log is told
        log.error("could not be shown: %s: %s", type(broken).__name__, broken)
