"""The keys of weekly messages, and what a sent message of ours is, by the ts that Slack gave it."""

from __future__ import annotations

from dataclasses import dataclass

from bot.core.gate import Unprompted
from bot.flows.ports.outbox import OutgoingMessage
from bot.flows.ports.unit_of_work import UnitOfWork
from bot.flows.ports.weekly import WeeklyKind

_REFLECTION = "reflection-"
_FOLLOW_UP = "followup-"
_DIGEST = "digest-"
_RUNS: dict[Unprompted | None, tuple[WeeklyKind, str]] = {
    Unprompted.REFLECTION: (WeeklyKind.REFLECTION, _REFLECTION),
    Unprompted.DIGEST: (WeeklyKind.DIGEST, _DIGEST),
}


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


def digest_key(team_id: str, week: str) -> str:
    """Return the key of a team's digest of the week in which it is due."""
    return f"{_DIGEST}{team_id}-{week}"


async def note_undelivered(uow: UnitOfWork, message: OutgoingMessage, reason: str) -> None:
    """Keep with the week of a reflection or a digest that it was queued, and did not arrive.

    Args:
        uow: the transaction that gives the message up.
        message: any message.
        reason: why it was given up.
    """
    kind, prefix = _RUNS.get(message.unprompted, (None, ""))
    if kind is None or not message.key.startswith(prefix):
        return
    subject_id, year, week = message.key.removeprefix(prefix).rsplit("-", 2)
    await uow.weekly.note_undelivered(
        kind, message.workspace_id, subject_id, f"{year}-{week}", reason=reason
    )


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
