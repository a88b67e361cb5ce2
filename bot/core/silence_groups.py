"""Reasons for silence in groups that say nothing about anybody.

A reason is for its author's eyes (``/reframe why``). Whoever watches that the bot works needs to
tell silence by rule from silence by failure, and must not learn that somebody wrote about an
illness, muted a trap, or wants to be left alone. So counts know groups alone.
"""

from __future__ import annotations

from enum import StrEnum

from bot.core.model import Reason


class SilenceGroup(StrEnum):
    """What kind of silence it is.

    ``NOTHING_TO_ASK``: the message gives no cause, or is none to coach on. ``NOT_NOW``: a cap, a
    wish, or the hour. ``NOT_HERE``: the channel, who reads it, or who wrote. ``TOO_LATE``: the
    moment is over. ``FAILED``: something broke.
    """

    NOTHING_TO_ASK = "nothing_to_ask"
    NOT_NOW = "not_now"
    NOT_HERE = "not_here"
    TOO_LATE = "too_late"
    FAILED = "failed"


_REASONS: dict[SilenceGroup, tuple[Reason, ...]] = {
    SilenceGroup.NOTHING_TO_ASK: (
        Reason.ORDINARY,
        Reason.NO_TRAP,
        Reason.NOT_SURE,
        Reason.OTHER_LANGUAGE,
        Reason.QUOTED,
        Reason.NEVER_COACH,
        Reason.SECOND_THOUGHTS,
        Reason.JOKE,
        Reason.OWN_PART,
        Reason.NEXT_STEP,
        Reason.THEIR_SIDE,
        Reason.NEXT_MESSAGE,
        Reason.MOVED_ON,
        Reason.WITHDRAWN_BY_EDIT,
        Reason.DELETED,
        Reason.NO_ONE_DEAL,
        Reason.TOO_LITTLE,
        Reason.NOTHING_TO_ASK,
        Reason.NO_EVIDENCE,
        Reason.OWN_POST,
        Reason.BOT_POST,
        Reason.NOT_A_MESSAGE,
        Reason.DIRECT_MESSAGE,
    ),
    SilenceGroup.NOT_NOW: (
        Reason.DAILY_CAP,
        Reason.WEEKLY_CAP,
        Reason.COOL_DOWN,
        Reason.THREAD_DONE,
        Reason.QUIET_HOURS,
        Reason.DAY_OFF,
        Reason.HOLIDAY,
        Reason.AWAY,
        Reason.PAUSED,
        Reason.MUTED_TRAP,
        Reason.NO_QUESTION_LEFT,
        Reason.ONLY_ON_DEMAND,
        Reason.OBSERVED,
        Reason.ON_PROBATION,
    ),
    SilenceGroup.NOT_HERE: (
        Reason.CHANNEL_PAUSED,
        Reason.NOT_WATCHED,
        Reason.OUTSIDERS_READ,
        Reason.VISIBILITY_UNKNOWN,
        Reason.AUTHOR_NOT_COLLEAGUE,
        Reason.AUTHOR_UNKNOWN,
    ),
    SilenceGroup.TOO_LATE: (Reason.TOO_OLD,),
    SilenceGroup.FAILED: (Reason.FAILED, Reason.TEXT_LOST),
}

_GROUPS = {reason: group for group, reasons in _REASONS.items() for reason in reasons}


def silence_group(reason: Reason) -> SilenceGroup:
    """Return the group that a reason belongs to."""
    return _GROUPS[reason]
