"""Running several coroutines side by side without leaving one behind."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Iterable
from typing import Any, TypeVar

Result = TypeVar("Result")


async def run_all(work: Iterable[Coroutine[Any, Any, Result]]) -> list[Result]:
    """Run all of it side by side and return the results in order.

    If one fails, the others are waited for before its error goes up. ``asyncio.gather`` would let
    them run on unwatched, while the caller starts the same work again: that posted twice. And
    ``TaskGroup`` would cancel them in the middle of a post.

    Raises:
        The first error, in order.
    """
    results = await asyncio.gather(*work, return_exceptions=True)
    for result in results:
        if isinstance(result, BaseException):
            raise result
    return [result for result in results if not isinstance(result, BaseException)]
