"""The keys of weekly messages, and what a sent message of ours is, by the ts that Slack gave it."""

from __future__ import annotations

from dataclasses import dataclass

from bot.core.gate import Unprompted
from bot.flows.ports.unit_of_work import UnitOfWork

_REFLECTION = "reflection-"
_FOLLOW_UP = "followup-"


@dataclass(frozen=True, slots=True)
class WeeklyMessage:
    """A weekly message that somebody replies to.

    Attributes:
        kind: REFLECTION or FOLLOW_UP.
        about: the week of a reflection; the key of the nudge that a follow-up is about.
    """

    kind: Unprompted
    about: str


def reflection_key(user_id: str, week: str) -> str:
    """Return the key of a person's reflection of a week."""
    return f"{_REFLECTION}{user_id}-{week}"


def follow_up_key(nudge_key: str) -> str:
    """Return the key of the follow-up on a nudge."""
    return f"{_FOLLOW_UP}{nudge_key}"


def parse_key(key: str) -> WeeklyMessage | None:
    """Return what a key stands for; None if it is neither a reflection nor a follow-up."""
    if key.startswith(_REFLECTION):
        return WeeklyMessage(Unprompted.REFLECTION, "-".join(key.split("-")[-2:]))
    if key.startswith(_FOLLOW_UP):
        return WeeklyMessage(Unprompted.FOLLOW_UP, key.removeprefix(_FOLLOW_UP))
    return None


async def weekly_message_at(
    uow: UnitOfWork, workspace_id: str, user_id: str, ts: str
) -> WeeklyMessage | None:
    """Return what a message of ours to a person is; None if it is nothing weekly."""
    key = await uow.outbox.key_of_sent(workspace_id, user_id, ts)
    return None if key is None else parse_key(key)
