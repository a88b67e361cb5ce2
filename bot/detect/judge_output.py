"""Defines the structured output of the judge, and turns it into a verdict."""

from __future__ import annotations

import re
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, StringConstraints

from bot.core.model import Reason, Trap, Verdict
from bot.detect.preprocess import clean_text


class Confidence(StrEnum):
    """How sure the judge is; the least first."""

    UNSURE = "unsure"
    LIKELY = "likely"
    CERTAIN = "certain"


# Of a trap by the judge's confidence; probabilities that a model states mean little.
_SCORES = {Confidence.CERTAIN: 0.95, Confidence.LIKELY: 0.85, Confidence.UNSURE: 0.5}
_NO_TRAP_SCORE = 0.05
_CONTRADICTION_SCORE = 0.5
_LEVELS = list(Confidence)
_NUMBER = re.compile(r"\d[\d.,:%]*")
_MIN_SPAN_OVERLAP = 0.6  # share of the span's words that must be in the message

_TrapName = Literal["blame", "labelling", "fixing", "entitlement", "future_pitching"]
_REASONS = {
    "reported": Reason.QUOTED,
    "rejected": Reason.QUOTED,
    "asked": Reason.NO_TRAP,
    "taken_back": Reason.MOVED_ON,
}


class JudgeOutput(BaseModel):
    """The judge's answer, in this order: first the observations, then the conclusion."""

    model_config = ConfigDict(extra="forbid", strict=True)

    target: Literal["customer", "own_side", "other", "nobody"]
    stance: Literal["own", "reported", "rejected", "asked", "taken_back", "none"]
    span: Annotated[str, StringConstraints(max_length=4_000)]
    trap: Literal[_TrapName, "none"]
    also: list[_TrapName]
    confidence: Literal["certain", "likely", "unsure"]


def to_verdict(
    output: JudgeOutput, text: str, detector: str, min_confidence: Confidence = Confidence.LIKELY
) -> Verdict:
    """Turn the judge's output into a verdict.

    The verdict is sure only if the whole output agrees: the judge is confident enough of a trap,
    the seller holds the view now, it is about the customer, and the quoted span is in what the
    seller wrote, outside of quotes, code, and forwarded text.

    Args:
        output: the judge's answer.
        text: the masked message that the judge saw.
        detector: the judge's name, stored with the finding.
        min_confidence: the least confidence at which the bot speaks.
    """
    if output.trap == "none":
        why = _REASONS.get(output.stance)
        is_kept = why is not None  # of an ordinary message nothing needs to stay
        return Verdict(
            None, _NO_TRAP_SCORE, suspicious=is_kept, sure=False, detector=detector, why=why
        )
    agrees = (
        output.stance == "own" and output.target == "customer" and _is_in_text(output.span, text)
    )
    confidence = Confidence(output.confidence)
    return Verdict(
        Trap(output.trap),
        _SCORES[confidence] if agrees else _CONTRADICTION_SCORE,
        suspicious=True,
        sure=agrees and _LEVELS.index(confidence) >= _LEVELS.index(min_confidence),
        detector=detector,
        why=None if agrees else _REASONS.get(output.stance),
        also=tuple(dict.fromkeys(Trap(also) for also in output.also if also != output.trap)),
    )


def _is_in_text(span: str, text: str) -> bool:
    """Return whether the span is from what the author wrote; a few words may differ (typos,
    ellipses)."""
    author_text = clean_text(text).author_text
    span_words = re.findall(r"\w+", _NUMBER.sub("0", span.lower()))
    if not span_words:  # emoji or punctuation
        shown = clean_text(span).author_text
        return bool(shown) and shown in author_text
    text_words = set(re.findall(r"\w+", author_text))
    found = sum(word in text_words for word in span_words)
    return found >= _MIN_SPAN_OVERLAP * len(span_words)
