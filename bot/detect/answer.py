"""The judge's answer: a closed form. Anything else is no answer."""

from __future__ import annotations

import re
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, StringConstraints

from bot.core.model import Reason, Trap, Verdict

SURE_SCORE = 0.95  # what a yes counts as; judges give no probabilities that mean anything
UNSURE_SCORE = 0.5
_SPAN_SHARE = 0.6

_TrapName = Literal["blame", "labelling", "fixing", "entitlement", "future_pitching"]
_Silence = {
    "reported": Reason.QUOTED,
    "rejected": Reason.QUOTED,
    "asked": Reason.NO_TRAP,
    "taken_back": Reason.SECOND_THOUGHTS,
}


class Answer(BaseModel):
    """What the judge must fill in, in this order: first what it saw, then what it makes of it."""

    model_config = ConfigDict(extra="forbid", strict=True)

    target: Literal["customer", "own_side", "other", "nobody"]
    stance: Literal["own", "reported", "rejected", "asked", "taken_back", "none"]
    span: Annotated[str, StringConstraints(max_length=4_000)]
    trap: Literal[_TrapName, "none"]
    also: list[_TrapName]
    sure: bool


def verdict(answer: Answer, text: str, detector: str) -> Verdict:
    """The verdict that an answer amounts to.

    It speaks only if everything in the answer agrees: a trap, the seller's own, about the customer,
    sure, and shown by words that do stand in the message.

    Args:
        answer: as the judge gave it. text: the (masked) message that it was asked about.
        detector: the judge's name, kept with the finding.
    """
    if answer.trap == "none":
        why = _Silence.get(answer.stance)
        return Verdict(
            None, 1 - SURE_SCORE, suspicious=True, sure=False, detector=detector, why=why
        )
    trap = Trap(answer.trap)
    agrees = answer.stance == "own" and answer.target == "customer" and _holds(text, answer.span)
    sure = answer.sure and agrees
    return Verdict(
        trap,
        SURE_SCORE if sure else UNSURE_SCORE,
        suspicious=True,
        sure=sure,
        detector=detector,
        why=None if agrees else _Silence.get(answer.stance),
        also=tuple(dict.fromkeys(Trap(a) for a in answer.also if a != answer.trap)),
    )


def _holds(text: str, span: str) -> bool:
    """Whether the span is from the text; a word or two may differ (typos put right, dots left
    out)."""
    words = re.findall(r"\w+", span.lower())
    there = set(re.findall(r"\w+", text.lower()))
    if not words:
        return not re.search(r"\w", span) and bool(span.strip()) and span.strip() in text
    return sum(w in there for w in words) >= _SPAN_SHARE * len(words)
