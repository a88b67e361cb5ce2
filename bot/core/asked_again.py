"""Tell whether somebody who had the bot be quiet wants its questions back.

"I'm no longer away, ask me again" and "quit the silence" are full of words that say no, and yet are
the opposite of a wish to be left alone.
"""

from __future__ import annotations

import re

_CLAUSE_END = re.compile(r"[.,;:!?\n]+(?=\s|\Z)|\n|\b(?:and|but|so|because|now)\b", re.IGNORECASE)
_AWAY = r"(?:away|off|out|ooo|busy|(?:on|with) (?:my )?(?:leave|vacation|holidays?|pto))"
_BACK = re.compile(
    r"\b(?:resume|unpause|unmute|unsnooze|reactivate|re-?enable"
    r"|(?:turn|switch|put) (?:\w+ ){0,3}back on|(?:turn|switch) (?:\w+ ){0,2}on again"
    r"|start (?:asking|coaching|nudging)|(?:want|need|miss) (?:\w+ ){0,2}questions (?:back|again)"
    r"|(?:ask|coach|nudge|message|ping) (?:me|us) (?:\w+ ){0,3}again"
    r"|(?:keep|go ahead and) ask(?:ing)?|ask away"
    r"|i(?:['\u2019]m| am) back(?! (?:to|at|in|on) )"
    rf"|(?:no longer|not|done being) (?:\w+ )?{_AWAY}(?: any ?more)?"
    r"|(?:vacation|holiday|leave|pto|break|pause|silence)(?:['\u2019]s| is) over)\b",
    re.IGNORECASE,
)
_QUIET = r"(?:pause|silence|quiet|break|mute|snooze)"
_ENDS_QUIET = re.compile(
    rf"\b(?:(?:stop|end|lift|cancel|quit|drop|undo) (?:the|this|my|that) {_QUIET}"
    rf"|(?:don['\u2019]?t|do not|no longer) need (?:the|this|my|that) {_QUIET}"
    rf"|no (?:more )?{_QUIET} (?:is )?needed|enough {_QUIET}"
    r"|(?:don['\u2019]?t|do not) (?:be|stay|keep) (?:so )?(?:silent|quiet))\b",
    re.IGNORECASE,
)
_FOR_GOOD = re.compile(
    r"\b(?:off|gone|go|out|away|alone|leave (?:me|us)|unsubscribe|remove|uninstall|delete|disable"
    r"|never|permanent\w*|forever|for good|instead|rid|stop(?! (?:the|this|my|that) ))\b",
    re.IGNORECASE,
)
_NOT_YET = re.compile(
    r"\b(?:don['\u2019]?t|do not|never|not|why|stop|quit|no(?! longer)|hate|wh?en|if|until|till?)"
    r"\b",
    re.IGNORECASE,
)
_OF_QUESTIONS = re.compile(
    r"\b(?:again|resum\w*|un\w+|re-?\w*activat\w*|start\w*|restart|i(?:['\u2019]m| am) back"
    r"|im back|ask\w*|questions?|you|u|coach\w*|bot|reframe|nudg\w*|return\w*|awake|wake|ready"
    r"|continue|miss\w*|on|go on|bring|switch|turn)\b",
    re.IGNORECASE,
)


def may_want_back(text: str) -> bool:
    """Return whether a text says anything of asking, or of starting again: "go back?" doesn't."""
    return _OF_QUESTIONS.search(text) is not None


def wants_back(text: str) -> bool:
    """Return whether a text asks for questions again, in a clause that doesn't say no to them, or
    asks for an end of the quiet without a word of leaving for good.

    Args:
        text: as typed.
    """
    if _ENDS_QUIET.search(text) and not _FOR_GOOD.search(text):
        return True
    clauses = (clause.strip() for clause in _CLAUSE_END.split(text))
    found = ((clause, _BACK.search(clause)) for clause in clauses)
    return any(m is not None and not _NOT_YET.search(clause[: m.start()]) for clause, m in found)
