"""Tells joy about customers who are delighted from a complaint that they don't act on it.

"Wow, killer demo, they love the roadmap" accuses nobody. "They love it, so why won't they sign"
does. A text counts only if every clause of it fits, somebody on their side is delighted, and no
word in it asks, waits, or demands.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from bot.core.phrases import normalize

_MOST_WORDS = 24
_CLAUSES = re.compile(r"[.!;\n]+|,\s*(?:and\s+)?|\s+(?:and|-+|\u2013|\u2014)\s+|:\s+")
_EMOJI = re.compile(r":[a-z0-9_+'-]+:|[\u2600-\u27bf\U0001f300-\U0001faff\ufe0f]")
_COMPLAINS = re.compile(
    r"\?|n't\b|'(?:ll|d)\b|\b(?:but|yet|still|though|although|why|should\w*|must|ought|needs?"
    r"|needed|ha(?:ve|s|d) to|gotta|signs?|signed|signing|signature|buy\w*|bought|pay\w*|purchas\w*"
    r"|order\w*|decid\w*|decision|commit\w*|contract|po|wait\w*|stall\w*|drag\w*|ghost\w*|silen\w*"
    r"|repl\w*|answer\w*|respon\w*|not|never|no|nothing|nobody|none|cannot|without|only|if|once"
    r"|when|until|till|unless|would|could|will|gonna|going to|soon|already|anyway|instead|except"
    r"|apparently|suppos\w*|claim\w*|pretend\w*|competit\w*|cheap\w*|free|discount\w*|pric\w*"
    r"|crazy|insane|idiot\w*|stupid|blind|silly|reasons?|excuses?|sense|formality|matter of time"
    r"|because|since|then|than|expect\w*|deserv\w*|owes?|owed|finally|last|typical|course|sure"
    r"|obvious\w*|clearly|anyone|anybody|future|brainer|world|years? ahead|waste\w*|wasting|time to"
    r"|move|budget|money|want|wants|wanted)\b"
)
_INTENSE = r"(?:(?:really|totally|absolutely|just|all|so|super|truly|completely|both|very) )*"
_WHO = r"(?:(?:the|their|our|my|his|her|all|every) )?(?:[\w'&-]+ ){0,3}?[\w'&-]+"
_BE = r"(?: (?:is|are|was|were|seem(?:s|ed)?|look(?:s|ed)?|sound(?:s|ed)?|got)|'s|'re)"
_WHOSE = r"(?:the|our|my|this|that|these|those|your|[\w&-]+'s)"
_WHEN = (  # and to whom it is said
    r"(?: (?:today|yesterday|tonight|this (?:morning|afternoon|week)|in the (?:demo|call|meeting)"
    r"|on (?:the call|monday|tuesday|wednesday|thursday|friday)|here|now|so far))?"
    r"(?: (?:guys|team|everyone|folks|all))?"
)


class Celebrations:
    """Tells them by the phrase lists of the playbook.

    Args:
        cues: ``our_shows``, what is ours to be loved; ``delighted`` and ``splendid``, how people
            and things are; ``cheers``, what is said beside it.
    """

    def __init__(self, cues: Mapping[str, Sequence[str]]) -> None:
        thing = rf"(?:{_WHOSE} (?:[\w'&-]+ ){{0,3}}?)?{_any_of(cues['our_shows'])}"
        loved = (
            rf"(?:it|us|this|that|everything|every (?:minute|second|bit)(?: of it)?|{thing}"
            rf"|where {thing} is (?:going|headed|heading))"
        )
        happy, fine = _any_of(cues["delighted"]), _any_of(cues["splendid"])
        delight = (
            rf"{_WHO} {_INTENSE}(?:love[sd]?|adore[sd]?|like[sd]?|fell (?:in love with|for)"
            rf"|rave[sd]? about|praise[sd]?|enjoy(?:s|ed)?) {loved}",
            rf"{_WHO} (?:ate it up|lapped it up)",
            rf"{loved} (?:blew {_WHO} away|(?:wowed|hooked|impressed|thrilled) {_WHO})",
            rf"{_WHO}{_BE} {_INTENSE}(?:{happy})"
            rf"(?: (?:with|by|about|at|for|to see) {loved})?",
            rf"{_WHO} (?:thinks?|thought|said|says|called) (?:that )?"
            rf"(?:{loved}(?:'s| is| are| was| were)?) (?:a |an |just )?(?:{fine})",
        )
        praise = (
            rf"(?:{loved}){_BE} {_INTENSE}(?:a )?(?:{fine})",
            rf"(?:{loved}) (?:rocked|went {_INTENSE}(?:well|great)|crushed it|killed it)",
            rf"(?:(?:what|such) an? |an? )?(?:{fine})? ?(?:{_any_of(cues['our_shows'])})"
            r"(?: (?:with|from|by|at) [\w&'-]+)?",
            _any_of(cues["cheers"]),
        )
        self._delight = re.compile(rf"(?:{'|'.join(delight)}){_WHEN}")
        self._praise = re.compile(rf"(?:{'|'.join(praise)}){_WHEN}")

    def __contains__(self, text: str) -> bool:
        """Return whether a text is joy that customers are delighted, and nothing else."""
        plain = normalize(_EMOJI.sub(" ", text))
        if len(plain.split()) > _MOST_WORDS or _COMPLAINS.search(plain):
            return False
        clauses = [" ".join(clause.split()) for clause in _CLAUSES.split(plain)]
        clauses = [clause for clause in clauses if clause]
        delighted = [self._delight.fullmatch(clause) is not None for clause in clauses]
        return any(delighted) and all(
            is_delight or self._praise.fullmatch(clause) is not None
            for is_delight, clause in zip(delighted, clauses, strict=True)
        )


def _any_of(phrases: Sequence[str]) -> str:
    return rf"(?:{'|'.join(re.escape(normalize(phrase)) for phrase in phrases) or '(?!)'})"
