"""The outgoing messages that belong to a nudge: itself, its deletion, and the lines about it."""

from __future__ import annotations

from bot.core.gate import Unprompted
from bot.core.languages import UiStrings
from bot.core.model import Message, Reply
from bot.flows.ports.findings import NudgeRecord
from bot.flows.ports.outbox import MessageKind, OutgoingMessage
from bot.flows.ports.unit_of_work import UnitOfWork

ONLY_AUTHOR = "only_author"  # topic of the line for somebody else who pressed a button


def nudge_key(message: Message) -> str:
    """Return the key of the nudge that answers a message."""
    return f"nudge-{message.channel_id}-{message.ts}"


def asked_about_at(key: str) -> float | None:
    """Return when the message was posted that a nudge with this key answers, Unix seconds; None for
    every other key."""
    prefix, _, ts = key.rpartition("-")
    is_nudge = prefix.startswith("nudge-") and ts.replace(".", "", 1).isdecimal()
    return float(ts) if is_nudge else None


def thread_copy_key(key: str) -> str:
    """Return the key of the copy that an author brought into the thread."""
    return f"{key}-thread"


def nudge_for(
    message: Message,
    reply: Reply,
    strings: UiStrings,
    *,
    drafted: Reply | None = None,
    after_key: str = "",
) -> OutgoingMessage:
    """Return the nudge that answers a message: in its thread, or for its author's eyes only.

    Args:
        message: what it answers. reply: the playbook's words.
        strings: the fixed words around it; they are filled in when it is posted.
        drafted: the same question in a model's words, which are preferred; None for none.
        after_key: of the notice to the channel that it waits for; empty for none.
    """
    return OutgoingMessage(
        key=nudge_key(message),
        kind=MessageKind.EPHEMERAL_NUDGE if reply.private else MessageKind.NUDGE,
        workspace_id=message.workspace_id,
        channel_id=message.channel_id,
        recipient_id=message.author_id,
        thread_ts=message.thread_ts or "" if reply.private else message.thread,
        content=_parts(reply, strings),
        private_content=None if drafted is None else _parts(drafted, strings),
        about_key=after_key,
        unprompted=Unprompted.NUDGE,
    )


def _parts(reply: Reply, strings: UiStrings) -> dict[str, str]:
    return {"mirror": reply.mirror, "question": reply.question, "language": strings.language}


def deletion_of(nudge: NudgeRecord, key: str) -> OutgoingMessage:
    """Return what takes a posted nudge away again.

    Args:
        nudge: whose question it is.
        key: of the posted message: the nudge's, or its copy's in the thread.
    """
    return OutgoingMessage(
        key=f"delete-{key}",
        kind=MessageKind.DELETE,
        workspace_id=nudge.workspace_id,
        channel_id=nudge.channel_id,
        recipient_id=nudge.author_id,
        thread_ts=nudge.thread_ts,
        about_key=key,
    )


async def take_away(
    uow: UnitOfWork, nudge: NudgeRecord, key: str, reason: str, *, now: float
) -> None:
    """Drop a message that shows a nudge if it still waits, or delete it once it is posted.

    Args:
        uow: an open transaction.
        nudge, key: as for ``deletion_of``.
        reason: kept with what is dropped.
        now: Unix seconds.
    """
    workspace_id = nudge.workspace_id
    if await uow.outbox.cancel(workspace_id, key, reason, now=now):
        await uow.outbox.cancel_deletion_of(workspace_id, key, now=now)
    elif await uow.outbox.is_live(workspace_id, key):
        await uow.outbox.enqueue(deletion_of(nudge, key), now=now)


def line_about(
    nudge: NudgeRecord,
    user_id: str,
    topic: str,
    line: str,
    strings: UiStrings,
    *,
    turn: str = "",
    offer: str = "",
) -> OutgoingMessage:
    """Return a line for one person's eyes in the nudge's thread.

    Args:
        nudge: what it is about.
        user_id: who reads it.
        topic: what it tells. The same topic and turn go out once.
        line: the words. strings: what its buttons say.
        turn: tells repeated lines of one topic apart.
        offer: what the line offers with a button; empty for nothing.
    """
    return OutgoingMessage(
        key=f"line-{topic}{turn}-{user_id}-{nudge.key}",
        kind=MessageKind.EPHEMERAL,
        workspace_id=nudge.workspace_id,
        channel_id=nudge.channel_id,
        recipient_id=user_id,
        thread_ts=nudge.visible_thread_ts,
        content={
            "line": line,
            "topic": topic,
            "key": nudge.key,
            "offer": offer,
            "language": strings.language,
        },
        about_key=nudge.key,
        topic=topic,
    )


async def reject_other_user(
    uow: UnitOfWork, nudge: NudgeRecord, user_id: str, strings: UiStrings, *, now: float
) -> None:
    """Tell somebody else, once, that only the author can press.

    Args:
        uow: an open transaction. nudge: whose button it is. user_id: who pressed.
        strings: the words. now: Unix seconds.
    """
    line = strings["feedback"][ONLY_AUTHOR]
    await uow.outbox.enqueue(line_about(nudge, user_id, ONLY_AUTHOR, line, strings), now=now)
