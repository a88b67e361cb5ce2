"""What advice was about: what a button carries, and what "another question" goes on with."""

from __future__ import annotations

from bot.core.model import Trap
from bot.flows.ports.asks import Ask
from bot.flows.ports.people import Topic
from bot.flows.ports.rendering import AskReply
from bot.flows.ports.unit_of_work import UnitOfWork


def pack_topic(reply: AskReply) -> str:
    """Return what a button carries, instead of keeping any words.

    That is the trap, the situations, and the id of the reply's first question, or of the one whose
    idea a model has applied.
    """
    return f"{reply.trap or ''}|{','.join(reply.situations)}|{''.join(_question_ids(reply)[:1])}"


def unpack_topic(value: str) -> tuple[Trap | None, tuple[str, ...]]:
    """Return the trap and the situations that a button carried; none if it isn't one of ours."""
    name, _, rest = value.partition("|")
    trap = Trap(name) if name in set(Trap) else None
    return trap, tuple(s for s in rest.partition("|")[0].split(",") if s)


def unpack_question(value: str) -> str:
    """Return the id of the question that a button carried; empty if it carried none."""
    return "".join(value.split("|")[2:3])


async def remember_reply(uow: UnitOfWork, ask: Ask, reply: AskReply, now: float) -> None:
    """Keep which questions a reply asked, and its topic if "another question" can go on with it."""
    for question_id in _question_ids(reply):
        await uow.people.note_question(ask.workspace_id, ask.user_id, question_id, at=now)
    if reply.advice or reply.question:
        topic = Topic(reply.trap, tuple(reply.situations), now)
        await uow.people.set_topic(ask.workspace_id, ask.user_id, topic)


def _question_ids(reply: AskReply) -> list[str]:
    questions = [*reply.advice.questions] if reply.advice else []
    if reply.advice and reply.advice.credited:
        questions = [reply.advice.credited, *questions]
    questions += [reply.question] if reply.question else []
    return [q.id for q in questions]
