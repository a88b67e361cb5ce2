"""What advice was about: what a button carries, and what "another question" goes on with."""

from __future__ import annotations

from collections.abc import Sequence

from bot.core.model import Trap
from bot.flows.ports.asks import Ask
from bot.flows.ports.people import Topic
from bot.flows.ports.rendering import AskReply
from bot.flows.ports.unit_of_work import UnitOfWork


def pack_topic(trap: Trap | None, situations: Sequence[str]) -> str:
    """Return what a button carries, instead of keeping any words: the trap and the situations."""
    return f"{trap or ''}|{','.join(situations)}"


def unpack_topic(value: str) -> tuple[Trap | None, tuple[str, ...]]:
    """Return the trap and the situations that a button carried; none if it isn't one of ours."""
    name, _, situations = value.partition("|")
    trap = Trap(name) if name in set(Trap) else None
    return trap, tuple(s for s in situations.split(",") if s)


async def remember_reply(uow: UnitOfWork, ask: Ask, reply: AskReply, now: float) -> None:
    """Keep which questions a reply asked, and its topic if "another question" can go on with it."""
    questions = [q.id for q in reply.advice.questions] if reply.advice else []
    questions += [reply.question.id] if reply.question else []
    for question_id in questions:
        await uow.people.note_question(ask.workspace_id, ask.user_id, question_id, at=now)
    if reply.advice or reply.question:
        topic = Topic(reply.trap, tuple(reply.situations), now)
        await uow.people.set_topic(ask.workspace_id, ask.user_id, topic)
