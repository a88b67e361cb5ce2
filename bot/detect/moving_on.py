"""Tells a complaint that its author has already left behind: an obstacle, then their own next step.

"They refuse to give us a sandbox. Fine. We'll demo on ours." needs no question. Many traps end
with a step as well, such as one more demo, or a way over somebody's head; so every clause must fit:
the obstacle is something that they did or didn't do, without a verdict or a reason, and the step is
no pitch, no pressure, and no lesson.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from bot.core.phrases import Phrases, normalize

_MOST_WORDS = 32
_CLAUSES = re.compile(
    r"[.!;\n]+"
    r"|,?\s+(?:so|then|and so|but) (?=(?:i|we)(?:'|\s))"
    r"|,\s*(?:and |then |so )?(?=(?:i|we)(?:'(?:ll|ve|m|re|d)| (?:can|could|will|have|am|are))\b)"
    r"|,\s*(?=(?:fine|fair enough|no problem|no rush|that's (?:fine|ok|okay))\b)"
    r"|(?:^|(?<=[\s.,!;]))(?:fine|ok|okay|alright|all right|well|no problem"
    r"|no rush|fair enough|whatever)[,.:!]"
    r"|\s+(?:-+|\u2013|\u2014)\s+|:\s+"
)
_THEY = (
    r"(?:they|he|she|nobody (?:there|over there)|"
    r"(?:the|their|this|that) (?:[\w'-]+ )?(?:buyer|customer|client|team|contact|lead|board|company"
    r"|cfo|cto|cio|owner|manager|director)|procurement|purchasing|legal|it|finance|security)"
)
_CONDUCT = (
    r"(?:refuses?|refused|declines?|declined) to \w+",
    r"(?:won't|don't|doesn't|didn't|can't|cannot|never|no longer) \w+",
    r"(?:could|might|should) (?:at least |really |just |also )?(?:have \w+|say|tell|pick|name|give"
    r"|send|reply|answer|let|call|open|look|share|confirm|write|involve|invite|offer|warn)",
    r"(?:keep|keeps|kept) \w+ing",
    r"(?:just |again )?(?:moved|skipped|missed|cancell?ed|postponed|turned down|picked|chose"
    r"|changed|blocked|blocks?|ignored?|ignores|wants?|says?|said|asked|asks|sits? on|takes|took)",
    r"(?:reads|answers|opens|joins|replies|picks)",
)
_TAIL = r"(?:,? [\w'$%/-]+){0,11}"
_WE = (
    r"(?:(?:i|we)(?:'ll|'m going to|'re going to| will| can| could|'d rather)"
    r"(?: just| then| also)?)"
)
_DO = (
    r"(?:call|phone|text|mail|email|ring|ask|meet|visit|drop by|drive|wait|plan|book|move|park"
    r"|pause|offer|propose|suggest|send|bring|draft|write|record|split|start|run|demo|test|use"
    r"|take|do|work|go with|rework|shorten|make|put|try|check|follow|come back|stay|keep|pick|build"
    r"|live|change)"
)
_STEP = (
    rf"{_WE} {_DO}\b{_TAIL}",
    rf"(?:i'm|we're) (?:moving|planning|booking|parking|sending|asking|offering|calling)\b{_TAIL}",
    rf"(?:i've|we've) (?:moved|planned|booked|rebooked|parked|sent|asked|offered)\b{_TAIL}",
    r"(?:i|we) (?:have|got|'ve got) (?:one|two|three|four|a|an|some|another|a few|a couple)"
    r"(?: of)?(?: [\w'-]+){0,3} (?:(?:that )?(?:i|we) can (?:offer|propose|suggest|send|do)"
    r"|to offer|to propose|to suggest|ready|open)",
    r"(?:that's|that is|it's|it is) (?:fine|ok|okay|fair)(?: (?:by|with|for) (?:me|us))?",
    r"(?:i'm|we're) (?:fine|ok|okay) with (?:that|it|a no)",
    r"(?:i|we)(?:'d| would) (?:have )?(?:do|done) the same",
)
_FILLER = re.compile(
    r"(?:(?:fine|ok|okay|alright|all right|well|no problem|no rush|fair enough|so be it|their call)"
    r"(?: by (?:me|us))?)"
)


class MovingOn:
    """Tells such messages by the phrase lists of the playbook.

    Args:
        cues: ``spoils_obstacle``, words with which the first part is more than an obstacle;
            ``spoils_step``, words with which the second part is no step that can be left alone.
    """

    def __init__(self, cues: Mapping[str, Sequence[str]]) -> None:
        self._spoils_obstacle = Phrases(cues["spoils_obstacle"])
        self._spoils_step = Phrases(cues["spoils_step"])
        self._obstacle = re.compile(rf"(?:{_THEY}) (?:{'|'.join(_CONDUCT)})\b{_TAIL}")
        self._step = re.compile("|".join(f"(?:{step})" for step in _STEP))

    def __contains__(self, text: str) -> bool:
        """Return whether a text is an obstacle, then the author's own step or acceptance."""
        plain = normalize(text)
        if "?" in plain or len(plain.split()) > _MOST_WORDS:
            return False
        clauses = [" ".join(c.split()).strip(" ,:)") for c in _CLAUSES.split(plain)]
        clauses = [c for c in clauses if c and _FILLER.fullmatch(c) is None]
        steps = 0
        while steps < len(clauses) and self._is_step(clauses[-1 - steps]):
            steps += 1
        obstacles = clauses[: len(clauses) - steps]
        return 0 < steps <= 2 and bool(obstacles) and all(map(self._is_obstacle, obstacles))

    def _is_obstacle(self, clause: str) -> bool:
        return self._obstacle.fullmatch(clause) is not None and clause not in self._spoils_obstacle

    def _is_step(self, clause: str) -> bool:
        return self._step.fullmatch(clause) is not None and clause not in self._spoils_step
