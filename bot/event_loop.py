"""The event loop that the bot runs on: uvloop's, where there is one."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

_new_loop: Callable[[], asyncio.AbstractEventLoop] = asyncio.new_event_loop
try:
    import uvloop
except ImportError:  # there is none for Windows
    pass
else:
    _new_loop = uvloop.new_event_loop

Result = TypeVar("Result")


def run(main: Coroutine[Any, Any, Result]) -> Result:
    """Run a coroutine to its end, as ``asyncio.run`` does, on the fastest loop of this system."""
    with asyncio.Runner(loop_factory=_new_loop) as runner:
        return runner.run(main)
