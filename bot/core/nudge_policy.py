"""Whether a message gets a question, or why not: the gate, how sure we are, and how often."""

from __future__ import annotations

from dataclasses import dataclass

from bot.core.gate import Gate, Skip, Unprompted
from bot.core.model import Audience, Delivery, History, Person, Reason, Verdict
from bot.core.policy import DAY, WEEK, Limits, silence_for, with_preferences


@dataclass(frozen=True, slots=True)
class Speak:
    """The bot may ask its question; ``private``: for the author's eyes only."""

    private: bool = False


@dataclass(frozen=True, slots=True)
class StayQuiet:
    """The bot says nothing, and this is why."""

    reason: Reason


Decision = Speak | StayQuiet


def decide(
    verdict: Verdict,
    *,
    audience: Audience,
    author: Person,
    history: History,
    sent_at: float,
    now: float,
    gate: Gate,
) -> Decision:
    """Decide whether to coach this message, or why not.

    What protects people outside the company comes first, then what the author asked for, then how
    sure we are, then how often. The reason that is kept is always the weightiest one.

    Args:
        verdict: what the detector makes of the message.
        audience: who can read the channel, as known now.
        author: who wrote it.
        history: what happened before, to this author and in this place.
        sent_at: when the message was written, Unix seconds.
        now: Unix seconds.
        gate: the caps in force, holidays, and what a status of somebody away looks like.

    Returns:
        ``Speak``, or ``StayQuiet`` with its reason.
    """
    blocked = _blocked_at_gate(gate, author, history, now)
    reason = (
        _opted_out(audience, history, blocked, now)
        or _uncertain(verdict)
        or _bad_moment(sent_at, blocked, now, gate.limits)
        or _too_often(history, now, with_preferences(gate.limits, history.preferences))
        or _only_observing(history)
    )
    if reason:
        return StayQuiet(reason)
    return Speak(private=Delivery.PRIVATE in (history.preferences.delivery, history.delivery))


def blocked_regardless(
    *,
    audience: Audience,
    author: Person,
    history: History,
    sent_at: float,
    now: float,
    gate: Gate,
) -> Reason | None:
    """Return why the bot stays quiet whatever the detector finds; None if that depends on it.

    Asked before a model is: if nothing can come of it, no text needs to leave the machine.
    """
    blocked = _blocked_at_gate(gate, author, history, now)
    return (
        _opted_out(audience, history, blocked, now)
        or _bad_moment(sent_at, blocked, now, gate.limits)
        or _too_often(history, now, with_preferences(gate.limits, history.preferences))
    )


def channel_silence(
    delivery: Delivery | None, paused_until: float | None, now: float
) -> Reason | None:
    """Return why a question that is queued may not go to its channel any more, as far as the
    channel's settings say; None if they let it.

    Args:
        delivery: where questions of the channel go now; None if nobody has chosen.
        paused_until: no question in the channel before then, Unix seconds.
        now: Unix seconds.
    """
    if paused_until is not None and paused_until > now:
        return Reason.CHANNEL_PAUSED
    return Reason.OBSERVED if delivery is Delivery.OBSERVE else None


def _blocked_at_gate(gate: Gate, author: Person, history: History, now: float) -> Reason | None:
    """Return what speaks against any nudge to this author now."""
    passage = gate.check(
        Unprompted.NUDGE,
        author,
        history.preferences,
        now=now,
        due_at=now,
        muted_until=history.muted_until,
    )
    return passage.reason if isinstance(passage, Skip) else None


def _opted_out(
    audience: Audience, history: History, blocked: Reason | None, now: float
) -> Reason | None:
    if silence := silence_for(audience):
        return silence
    if blocked in (Reason.AUTHOR_NOT_COLLEAGUE, Reason.PAUSED):
        return blocked
    if history.channel_paused_until and history.channel_paused_until > now:
        return Reason.CHANNEL_PAUSED
    return blocked if blocked in (Reason.MUTED_TRAP, Reason.ONLY_ON_DEMAND) else None


def _uncertain(verdict: Verdict) -> Reason | None:
    if verdict.why:
        return verdict.why
    if verdict.trap is None:
        return Reason.NO_TRAP
    return None if verdict.sure else Reason.NOT_SURE


def why_quiet(verdict: Verdict, *, is_candidate: bool) -> Reason | None:
    """Return why a message gets no question, as far as its words tell; None if it may get one.

    Args:
        verdict: on the message.
        is_candidate: whether it would be stored and looked at. If not, it is named for what can be
            seen in it, such as another language, or else is one of many that hold nothing.
    """
    reason = _uncertain(verdict)
    if reason in (Reason.NO_TRAP, Reason.NOT_SURE) and not is_candidate:
        return Reason.ORDINARY
    return reason


def _bad_moment(
    sent_at: float, blocked: Reason | None, now: float, limits: Limits
) -> Reason | None:
    return Reason.TOO_OLD if now - sent_at > limits.too_old_seconds else blocked


def _too_often(history: History, now: float, limits: Limits) -> Reason | None:
    if history.ignored_in_a_row >= limits.ignored_ends:
        return Reason.ONLY_ON_DEMAND
    if history.thread_has_nudge:
        return Reason.THREAD_DONE
    if history.cooling_down:
        return Reason.COOL_DOWN
    today = sum(now - at < DAY for at in history.nudged_at)
    if limits.daily_cap and today >= limits.daily_cap:
        return Reason.DAILY_CAP
    weekly = limits.weekly_cap
    if history.ignored_in_a_row >= limits.ignored_halves:
        weekly = max(1, weekly // 2)
    if weekly and sum(now - at < WEEK for at in history.nudged_at) >= weekly:
        return Reason.WEEKLY_CAP
    return None


def _only_observing(history: History) -> Reason | None:
    """The last check: what would have been asked, if it were more than counted."""
    if history.delivery is Delivery.OBSERVE:
        return Reason.OBSERVED
    return Reason.ON_PROBATION if history.on_probation else None
