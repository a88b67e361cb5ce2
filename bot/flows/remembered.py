"""What is remembered of a person who was forgotten: marks that name nobody, for a limited time.

Each says that something happened: a message was handled, a request was taken, a thread had its
question, a person has had a question lately. Whoever asks must know already what to ask for.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from bot.core.history import PastNudge, PastNudges
from bot.core.model import Message, Trap
from bot.flows.ports.inbox import SeenMessage
from bot.flows.ports.unit_of_work import UnitOfWork

_EVENT, _MESSAGE, _THREAD, _ASKED, _IGNORED = "event", "message", "thread", "asked", "ignored"
_REQUEST = "request"


async def message(uow: UnitOfWork, seen: SeenMessage) -> None:
    """Remember that a message was handled, and that its thread had a question if it had one."""
    workspace_id = seen.workspace_id
    await uow.marks.add(workspace_id, _EVENT, seen.event_id, at=seen.at)
    await uow.marks.add(workspace_id, _MESSAGE, seen.channel_id, seen.ts, at=seen.at)
    if seen.has_nudge:
        await uow.marks.add(workspace_id, _THREAD, seen.channel_id, seen.thread, at=seen.at)


async def handled(uow: UnitOfWork, workspace_id: str, new: Sequence[Message]) -> frozenset[Message]:
    """Return which messages of a workspace were handled before their author was forgotten."""
    keys = {m: ((_EVENT, m.event_id), (_MESSAGE, m.channel_id, m.ts)) for m in new}
    known = await uow.marks.known(workspace_id, [key for both in keys.values() for key in both])
    return frozenset(m for m, both in keys.items() if any(key in known for key in both))


async def take(uow: UnitOfWork, workspace_id: str, key: str, *, at: float) -> bool:
    """Remember that what somebody asks of the bot is taken now, ``at`` (Unix seconds).

    The mark is left at once and not when the person is forgotten: what was granted or answered
    leaves no row of which it could be made then.

    Returns:
        False if it was taken before.
    """
    if await is_taken(uow, workspace_id, key):
        return False
    await uow.marks.add(workspace_id, _REQUEST, key, at=at)
    return True


async def is_taken(uow: UnitOfWork, workspace_id: str, key: str) -> bool:
    """Return whether a request was taken before; Slack may deliver it again, also after its sender
    was forgotten or has changed their mind."""
    return bool(await uow.marks.times(workspace_id, _REQUEST, key))


async def spent(
    uow: UnitOfWork, workspace_id: str, user_id: str, nudges: Iterable[PastNudge]
) -> None:
    """Remember when a person had a question, and which of these went unanswered."""
    for nudge in nudges:
        kind = _IGNORED if nudge.answered_at is None and not nudge.observed else _ASKED
        await uow.marks.add(workspace_id, kind, user_id, at=nudge.at)


async def times_of(uow: UnitOfWork, workspace_id: str, user_id: str) -> list[float]:
    """Return the times of the marks that stand for a person, Unix seconds, oldest first."""
    marks = await uow.marks.times_of(workspace_id, [(_ASKED, user_id), (_IGNORED, user_id)])
    return sorted(at for times in marks.values() for at in times)


async def nudges_to(uow: UnitOfWork, workspace_id: str, user_id: str) -> list[PastNudge]:
    """Return all questions to a person, oldest first, those from before they were forgotten too."""
    asked, ignored = (_ASKED, user_id), (_IGNORED, user_id)
    marks = await uow.marks.times_of(workspace_id, [asked, ignored])
    before = _before(marks.get(asked, []), marks.get(ignored, []))
    since = await uow.findings.past_nudges_to(workspace_id, user_id)
    return sorted((*before, *since), key=lambda nudge: nudge.at)


async def nudges_beside(
    uow: UnitOfWork, message: Message, trap: Trap | None, *, since: float
) -> PastNudges:
    """Return all questions that bear on a message, those to people who were forgotten too.

    Args:
        uow: an open transaction. message: which one.
        trap: what was found in it; None for nothing.
        since: only those about the trap after this moment, Unix seconds.
    """
    workspace_id, author_id = message.workspace_id, message.author_id
    thread = (_THREAD, message.channel_id, message.thread)
    asked, ignored = (_ASKED, author_id), (_IGNORED, author_id)
    marks = await uow.marks.times_of(workspace_id, [asked, ignored, thread])
    past = await uow.findings.past_nudges(
        workspace_id, author_id, message.channel_id, message.thread, trap=trap, since=since
    )
    if not marks:
        return past
    before = _before(marks.get(asked, []), marks.get(ignored, []))
    return replace(
        past,
        to_author=sorted((*before, *past.to_author), key=lambda nudge: nudge.at),
        in_thread=[*(PastNudge(at) for at in marks.get(thread, [])), *past.in_thread],
    )


def _before(asked: Iterable[float], ignored: Iterable[float]) -> list[PastNudge]:
    """Return the questions that marks stand for."""
    answered = [PastNudge(at, answered_at=at) for at in asked]
    return [*answered, *(PastNudge(at) for at in ignored)]
