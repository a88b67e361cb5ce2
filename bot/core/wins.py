"""Find who tells of a win and asks for nothing: "we won!", "I closed the Harbor deal"."""

from __future__ import annotations

import re

_OPENING = (
    r"(?:(?:yes+|yess+|woo+\s?hoo+|woot|boom|finally|great news|good news|guys|team|hey|hi|wow|yay"
    r"|guess what|so|and|omg|amazing|update)\W+)*"
)
_WHAT = (
    r"(?:it|this|that|(?:(?:the|a|an|my|our|another|this|that)(?: [\w&'\u2019.-]+){0,3}? )?"
    r"(?:deal|contract|account|order|renewal|sale|customer|client|tender|bid|business|rfp|po|pitch"
    r"|upsell|logo)s?)"
)
_WHEN = r"(?: (?:today|yesterday|just now|this morning|this week|finally|at last|after all))?"
_END = r"[\W_]*(?::[a-z0-9_+-]+:[\W_]*)*"
_WHO = r"(?:i|we)(?:['\u2019]ve| have)?(?: just| finally| actually)?"
_NAME = r"(?:the )?(?:[\w&'\u2019.-]+ ){0,3}"
_WIN = re.compile(
    rf"{_OPENING}(?:{_WHO} won(?: {_WHAT})?{_WHEN}"
    rf"|{_WHO} (?:closed|landed|signed|bagged|nailed|got) (?!it\b){_WHAT}{_WHEN}"
    rf"|(?:they|he|she)(?: have| has)?(?: just| finally)? signed(?: {_WHAT})?{_WHEN}"
    rf"|{_NAME}(?:deal|contract)(?: is|['\u2019]s)? (?:won|signed|closed won){_WHEN}){_END}",
    re.IGNORECASE,
)


def tells_of_win(text: str) -> bool:
    """Return whether a text says that a deal is won, and nothing else.

    Args:
        text: as typed. "They signed with somebody else" and "we won, but legal ..." say more.
    """
    return _WIN.fullmatch(text.strip()) is not None
