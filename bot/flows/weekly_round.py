"""One round of weekly work: each person or team that is due is handled once."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TypeVar

from bot.flows.ports.weekly import DueDigest, DueReflection

Due = TypeVar("Due", DueReflection, DueDigest)


async def run_round(
    *,
    claim: Callable[[], Awaitable[list[Due]]],
    send: Callable[[Due], Awaitable[bool | None]],
    release: Callable[[list[Due]], Awaitable[None]],
) -> int:
    """Send what is due until nothing new is left; return how many were sent.

    If Slack times out again and again, a round outlasts its own leases and claims what it left
    waiting once more. So it remembers whom it has handled, and ends when nobody else is due.

    Args:
        claim: claims a batch of what is due.
        send: sends one; None if it can't be sent now and stays due.
        release: ends the claims on what stays due, for the next tick.
    """
    sent, waiting, handled = 0, list[Due](), set[tuple[str, str]]()
    while batch := await claim():
        new = [one for one in batch if one.subject not in handled]
        waiting += [one for one in batch if one.subject in handled]
        for one in new:
            handled.add(one.subject)
            outcome = await send(one)
            if outcome is None:
                waiting.append(one)
            else:
                sent += outcome
        if not new:
            break
    if waiting:
        await release(waiting)
    return sent
