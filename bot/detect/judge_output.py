"""Defines the structured output of the judge, and turns it into a verdict."""

from __future__ import annotations

import re
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, StringConstraints

from bot.core.model import Reason, Trap, Verdict

SURE_SCORE = 0.95  # the score of a sure yes; probabilities that a model states mean little
UNSURE_SCORE = 0.5
_MIN_SPAN_OVERLAP = 0.6  # share of the span's words that must be in the message

_TrapName = Literal["blame", "labelling", "fixing", "entitlement", "future_pitching"]
_REASONS = {
    "reported": Reason.QUOTED,
    "rejected": Reason.QUOTED,
    "asked": Reason.NO_TRAP,
    "taken_back": Reason.SECOND_THOUGHTS,
}


class JudgeOutput(BaseModel):
    """The judge's answer, in this order: first the observations, then the conclusion."""

    model_config = ConfigDict(extra="forbid", strict=True)

    target: Literal["customer", "own_side", "other", "nobody"]
    stance: Literal["own", "reported", "rejected", "asked", "taken_back", "none"]
    span: Annotated[str, StringConstraints(max_length=4_000)]
    trap: Literal[_TrapName, "none"]
    also: list[_TrapName]
    sure: bool


def to_verdict(output: JudgeOutput, text: str, detector: str) -> Verdict:
    """Turn the judge's output into a verdict.

    The verdict is sure only if the whole output agrees: the judge is sure of a trap, the seller
    holds the view now, it is about the customer, and the quoted span is in the message.

    Args:
        output: the judge's answer.
        text: the masked message that the judge saw.
        detector: the judge's name, stored with the finding.
    """
    if output.trap == "none":
        why = _REASONS.get(output.stance)
        return Verdict(
            None, 1 - SURE_SCORE, suspicious=True, sure=False, detector=detector, why=why
        )
    agrees = (
        output.stance == "own" and output.target == "customer" and _is_in_text(output.span, text)
    )
    sure = output.sure and agrees
    return Verdict(
        Trap(output.trap),
        SURE_SCORE if sure else UNSURE_SCORE,
        suspicious=True,
        sure=sure,
        detector=detector,
        why=None if agrees else _REASONS.get(output.stance),
        also=tuple(dict.fromkeys(Trap(also) for also in output.also if also != output.trap)),
    )


def _is_in_text(span: str, text: str) -> bool:
    """Return whether the span is from the text; a few words may differ (typos, ellipses)."""
    span_words = re.findall(r"\w+", span.lower())
    text_words = set(re.findall(r"\w+", text.lower()))
    if not span_words:  # emoji or punctuation
        return bool(span.strip()) and span.strip() in text
    found = sum(word in text_words for word in span_words)
    return found >= _MIN_SPAN_OVERLAP * len(span_words)
