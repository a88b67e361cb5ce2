"""Tells admiration in strong words from a label: "These people work weekends, insane, respect".

A text counts only if every clause of it fits, one of them admires, and what somebody does is hard
work: "they never sleep", "she answers at midnight". One word beside it that complains, doubts, or
speaks of us, and it is read like any other.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from bot.core.phrases import normalize

_MOST_WORDS = 24
_CLAUSES = re.compile(
    r"[.!?;\n]+|,\s*(?:and\s+|but\s+)?|\s+and (?=(?:i|we|respect|kudos|hats)\b)"
    r"|\s+(?:-+|\u2013|\u2014)\s+|:\s+"
)
_EMOJI = re.compile(r":[a-z0-9_+'-]+:|[\u2600-\u27bf\U0001f300-\U0001faff\ufe0f]")
_WHO = (
    r"(?:they|he|she|these|those|these (?:people|guys|folks|customers|clients|engineers)"
    r"|those (?:people|guys|folks|customers|clients|engineers)"
    r"|(?:the|their|that|this|her|his) (?:[\w'-]+ ){0,2}[\w'-]+)"
)
_BE = r"(?: (?:is|are|was|were)|'s|'re)"
_WHEN = (
    r"(?: (?:today|yesterday|too|again|over there|there|now|all day|every day|all weekend"
    r"|for (?:us|our (?:install|visit|demo|rollout|go-live))"
    r"|in (?:a|one|two|three|four|five|ten) (?:minutes?|hours?|days?|evenings?|weekends?|nights?)"
    r"|(?:over|on) (?:the|a) (?:weekend|saturday|sunday)|on (?:saturdays?|sundays?)"
    r"|at (?:midnight|night|five|six|dawn)(?: every morning)?))*"
)


class Admiration:
    """Tells it by the phrase lists of the playbook.

    Args:
        cues: ``works_hard``, what people do who are admired; ``admiring``, what is said of it;
            ``extreme``, strong words that are praise beside it; ``strengths``, what they have.
    """

    def __init__(self, cues: Mapping[str, Sequence[str]]) -> None:
        hard, admiring, extreme, strengths = (
            _any_of(cues[name]) for name in ("works_hard", "admiring", "extreme", "strengths")
        )
        very = (
            rf"(?:(?:{extreme}|so|such|absolutely|really|just|massive|huge|big|total|what an?) )*"
        )
        self._admires = re.compile(
            rf"{very}{admiring}{_WHEN}"
            rf"|{very}(?:a |an )?{strengths}{_WHEN}"
            rf"|{_WHO} (?:have|has|had|'ve got) {very}(?:a |an )?{very}{strengths}{_WHEN}"
            rf"|{_WHO}{_BE} {very}(?:a |an )?{very}{admiring}{_WHEN}"
        )
        self._works = re.compile(
            rf"{_WHO}(?:'ve|'re| have| has| are| is)? {very}{hard}{_WHEN}|{hard}{_WHEN}"
        )
        self._strong = re.compile(
            rf"{very}{extreme}(?: (?:people|guys|folks|team|crew|bunch|guy|woman"
            r"|customers?|clients?))?"
            rf"|(?:it|that|this)(?:'s| is) {very}{extreme}|{_WHO}{_BE} {very}{extreme}"
            r"|do they|damn|wow"
        )

    def __contains__(self, text: str) -> bool:
        """Return whether a text admires somebody's hard work or strength, and nothing else."""
        plain = normalize(_EMOJI.sub(" ", text))
        if len(plain.split()) > _MOST_WORDS:
            return False
        clauses = [" ".join(clause.split()) for clause in _CLAUSES.split(plain)]
        clauses = [clause for clause in clauses if clause]
        admires = [self._admires.fullmatch(clause) is not None for clause in clauses]
        works = [self._works.fullmatch(clause) is not None for clause in clauses]
        fits = all(
            a or w or self._strong.fullmatch(clause) is not None
            for a, w, clause in zip(admires, works, clauses, strict=True)
        )
        return fits and any(admires) and (any(works) or len(clauses) > 1)


def _any_of(phrases: Sequence[str]) -> str:
    return rf"(?:{'|'.join(re.escape(normalize(phrase)) for phrase in phrases) or '(?!)'})"
