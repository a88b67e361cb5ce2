"""Read what somebody may mean for the bot who has just been asked a question by it, among others.

There a wish is rarely in words that a list foresaw: "stop asking me these things", "not now please,
I'm busy". What isn't about being asked, or about now, is for colleagues and never looked at twice.
"""

from __future__ import annotations

import re

from bot.core.plain_words import simplified
from bot.core.wish_phrases import CLAUSES, SOFT

_LONGEST = 120  # characters
# Politeness is taken away first, and "now" at the end counts as that: "not now" reads "not".
_NOT_NOW = re.compile(
    r"(?:no )?(?:really )?not(?: really)?(?: right)?(?: now)?(?: at the moment)?"
    r"|(?:this is |its )?(?:not (?:a|the) good (?:time|moment)|(?:a )?bad (?:time|moment|timing))"
    r"|(?:i )?(?:cant|cannot)(?: answer| do)?(?: (?:this|that|it))?(?: right)?(?: now)?"
    r"|(?:i )?(?:have |got |have got |ve got )?no time(?: for (?:this|that|it|questions?))?"
    r"|(?:i )?dont have (?:the )?time(?: for (?:this|that|it|questions?))?"
    r"|ask (?:me )?(?:again )?(?:later|another time|some other time)"
)
_SAYS_SO = re.compile(r"\b(?:now|ask|moment|good time|bad tim(?:e|ing)|time for)\b", re.IGNORECASE)
_QUIET = re.compile(
    r"\b(?:stop\w*|quit|cease|no more|never|do not|don['\u2019]?t|not|enough|sick|tired|fed up|done"
    r"|leave|spare|less|fewer|off|mute|pause|silen\w+|quiet|away|without|hate|need no|want no)\b",
    re.IGNORECASE,
)
_OF_BEING_ASKED = re.compile(
    r"\b(?:bots?|robots?|reframe|(?:asking|asked) (?:me|us)"
    r"|ask (?:me|us)(?= (?:this|that|th[eo]se|such|stuff|things?|any\w*|again|here|your)\b)"
    r"|being asked|your questions?|th[eo]se questions?"
    r"|questions (?:here|to me|for me|anymore|any more)|nudg\w+|coach(?:ing|ed)?"
    r"|(?:bother|bug|ping|pester|spam|annoy|interrupt|question|judg|lectur|analy[sz]|critici[sz])\w*"
    r" (?:me|us|my|what i|everything i|all i)"
    r"|(?:what|everything|anything|all|whatever) i (?:write|post|type|say))\b",
    re.IGNORECASE,
)


def says_not_now(text: str) -> bool:
    """Return whether somebody says that now is no time to be asked, and nothing else.

    Args:
        text: as typed.
    """
    if len(text) > _LONGEST or "?" in text or not _SAYS_SO.search(text):
        return False  # nearly all texts
    clauses = [words for piece in CLAUSES.split(text) if (words := simplified(piece))]
    found = [words for words in clauses if _NOT_NOW.fullmatch(words)]
    rest = (words for words in clauses if not _NOT_NOW.fullmatch(words))
    return bool(found) and all(SOFT.fullmatch(words) for words in rest)


def speaks_of_being_asked(text: str) -> bool:
    """Return whether a text wants less of something, and speaks of the bot or of being asked. What
    exactly it wants, a reader of intents must tell.

    Args:
        text: as typed.
    """
    if len(text) > _LONGEST:
        return False
    return bool(_QUIET.search(text) and _OF_BEING_ASKED.search(text))
