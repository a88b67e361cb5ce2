"""What follows a try that failed: when the next one is, and what must be left alone until then.

How long the waits are, and how many tries there are: ``Backoff`` and ``Limits`` in
``bot/core/policy.py``. Which of them a story uses, the story says.
"""

from __future__ import annotations

from dataclasses import dataclass

from bot.core.policy import Backoff, Limits
from bot.flows.errors import RateLimitedError
from bot.flows.ports.chat import Chat
from bot.flows.ports.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True)
class NextTry:
    """When to try again, Unix seconds, and how many tries there have been by then."""

    at: float
    attempts: int


def next_try(why: Exception, *, attempts: int, backoff: Backoff, now: float) -> NextTry | None:
    """Return when to try again; None if this was the last try.

    A try that Slack did not take, because it asks to wait, doesn't count.

    Args:
        why: what went wrong.
        attempts: how many tries there were before this one.
        backoff: how long to wait, and how often to try.
        now: Unix seconds.
    """
    if isinstance(why, RateLimitedError):
        return NextTry(now + why.retry_after, attempts)
    attempts += 1
    if backoff.is_exhausted(attempts):
        return None
    return NextTry(now + backoff.delay(attempts), attempts)


def ends_every_claim(unfinished_claims: int, *, since: float, now: float, limits: Limits) -> bool:
    """Return whether a row may be what kills the process that claims it.

    A process that is killed often, whatever it does, leaves claims without an outcome too. So they
    must also have gone on for some minutes.

    Args:
        unfinished_claims: how many in a row.
        since, now: when the row came, and the time; Unix seconds.
        limits: how many claims, and for how long.
    """
    too_many = unfinished_claims > limits.unfinished_claims_at_most
    return too_many and now - since > limits.unfinished_claims_seconds


async def respect_rate_limits(uow: UnitOfWork, chat: Chat, *, now: float) -> None:
    """Let this process leave alone what Slack told another one, or an earlier one, to; whoever
    hears it keeps it (``bot.flows.shared_rate_limits``)."""
    for (workspace_id, method), until in (await uow.rate_limits.holds(now=now)).items():
        chat.leave_alone(workspace_id, method, until=until)
