"""Masks addresses, numbers and keys before a text is sent to a language model.

Email addresses, phone numbers, keys and card numbers never leave the machine (fault 43 of
``reliability.md``). Links are masked too, as they can carry a token.
"""

from __future__ import annotations

import re

_NOT_A_DATE = r"(?<![\w.,/-])(?!\d{1,4}([./-])\d{1,2}\1\d{1,4}(?!\d))"

_MASKS: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("[key]", re.compile(r"-----BEGIN [A-Z ]+-----.*?(?:-----END [A-Z ]+-----|\Z)", re.DOTALL)),
    ("[mail]", re.compile(r"<mailto:[^>]*>|(?:mailto:)?[\w.+%'-]+@[\w-]+(?:\.[\w-]+)+")),
    ("[link]", re.compile(r"<(?:https?|ftp|tel|slack):[^>]*>|\b(?:https?|ftp)://\S+", re.I)),
    ("[link]", re.compile(r"\bwww\.\S+|\b[\w-]+(?:\.[\w-]+)*\.[a-z]{2,6}/\S+", re.I)),
    ("[mention]", re.compile(r"<[@#!][^>]*>")),
    ("[key]", re.compile(r"\b(?:xox[a-z]|xapp)-[\w-]+|\b(?:sk|pk|rk|ghp|gho|glpat)[-_][\w-]{8,}")),
    ("[key]", re.compile(r"\b(?:AKIA|ASIA)[A-Z0-9]{12,}\b|\beyJ[\w-]{8,}(?:\.[\w-]+){0,2}")),
    ("[key]", re.compile(r"(?i)\b(?:pass(?:word|code|phrase)?|pwd|secret|token|api[ _-]?key)"
                         r"\s*(?:is|was|[:=])+\s*\S+")),
    ("[account]", re.compile(r"\b[A-Z]{2}\d{2}(?:[ ]?[A-Z0-9]{4}){2,7}(?:[ ]?[A-Z0-9]{1,3})?\b")),
    ("[key]", re.compile(r"\b(?=[A-Za-z0-9_+/=-]*\d)(?=[A-Za-z0-9_+/=-]*[A-Za-z])"
                         r"[A-Za-z0-9_+/=-]{24,}")),
    ("[number]", re.compile(_NOT_A_DATE + r"\+?\(?\d(?:[\s().\u00a0/-]{0,2}\d){7,18}(?![\w])")),
)  # fmt: skip


def mask(text: str) -> str:
    """Replace email addresses, links, mentions, keys, and account, card and phone numbers.

    Args:
        text: a message as Slack sends it, with Slack's tags.

    Returns:
        The text with a word in square brackets for each of them. Amounts and dates of fewer than
        eight digits stay, as they are part of the content.
    """
    for replacement, pattern in _MASKS:
        text = pattern.sub(replacement, text)
    return text
