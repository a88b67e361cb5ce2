"""Find an order for words that doesn't say what about: "write me an email", "shorter please".

Whoever orders so is asked for the rest: a draft for any other spot would do harm, and what the bot
said last is not kept.
"""

from __future__ import annotations

import re
from enum import StrEnum

_WORD = re.compile(r"[^\W_]+(?:['\u2019][^\W_]+)*")
_DRAFTING_WORDS = """
write draft compose email emails mail mails message reply answer respond response note text
voicemail script letter followup dm
"""
_SAYING_BETTER_WORDS = """
reword rephrase rewrite polish shorten soften shorter softer friendlier firmer nicer politer longer
simpler warmer clearer better punchier formal informal casual polite friendly direct blunt short
concise nice nicely professional
"""
_AROUND_WORDS = """
a an the my me for to up back i need want would like please pls plz can could you u do it this
that one so now quick some something anything help with of and or in out on no not yes ok okay
make say sound put way more less much bit little even still again another version once just only
him her them he she they buyer customer client prospect champion procurement cfo ceo boss contact
lead guy lady person someone somebody good great new give get generate create does follow should
what how let's us our send sentence line words wording tone too thing here hey hi thanks very
really first it's its is be was
"""
_CHECKED_WORDS = """
email emails mail message draft text note reply wording tone letter subject line sentence paragraph
version words answer
"""
_CHECKING_WORDS = """
check proofread review feedback opinion thoughts look glance sound sounds read reads come comes is
too okay fine clear
"""
_AROUND_CHECKS = """
a an the my this that it its it's me for to i need want would like please pls plz can could will u
you do does if whether over through at have take give quick quickly second pair of eyes on what how
think about see tell say enough or and very really bit little so quite rather not any good right ok
hey hi thanks proposal follow-up followup offer here above below long short pushy aggressive needy
harsh soft desperate wordy stiff formal informal casual friendly polite direct blunt cold salesy
vague unclear boring
"""
_DRAFTING = frozenset(_DRAFTING_WORDS.split())
_SAYING_BETTER = frozenset(_SAYING_BETTER_WORDS.split())
_AROUND = frozenset(_AROUND_WORDS.split())
_CHECKED = frozenset(_CHECKED_WORDS.split())
_CHECKING = frozenset(_CHECKING_WORDS.split())
_ALL_OF_CHECKS = _CHECKED | _CHECKING | frozenset(_AROUND_CHECKS.split())
_SOUNDING = frozenset({"sound", "sounds", "proofread"})
_POINTING = frozenset({"this", "that", "it"})
_READ_MINE = re.compile(
    r"\b(?:can|do|could|will) (?:you|u|ya) read\b(?! (?:over|through))", re.IGNORECASE
)
_TRANSLATION = re.compile(
    r"\W*(?:(?:hey|hi|please|pls|plz|can|could|would|will|you|u|help|me|i|need|to|just|also)\W+)*"
    r"translate\b(?! (?:\w+ ){0,4}(?:into|to) (?:value|benefits?|outcomes?|money|dollars|roi))",
    re.IGNORECASE,
)


class BareOrder(StrEnum):
    """What an order is for: words to send; words that are there, said better or looked over; the
    same words in another language."""

    DRAFT = "draft"
    REWORD = "reword"
    TRANSLATION = "translation"


def read_bare_order(text: str) -> BareOrder | None:
    """Return what a text orders that holds nothing but the order; None for any other text.

    Args:
        text: as typed.
    """
    words = {word.lower().replace("\u2019", "'") for word in _WORD.findall(text)}
    if _is_check(words) and not _READ_MINE.search(text):
        return BareOrder.REWORD
    if not words <= _DRAFTING | _SAYING_BETTER | _AROUND:
        return None
    if words & _SAYING_BETTER:
        return BareOrder.REWORD
    return BareOrder.DRAFT if words & _DRAFTING else None


def orders_translation(text: str) -> bool:
    """Return whether a text begins by ordering a translation, with or without the words for it."""
    return _TRANSLATION.match(text) is not None


def _is_check(words: set[str]) -> bool:
    """Return whether words ask to look over a text that isn't there: "is this email too long"."""
    if not words <= _ALL_OF_CHECKS or not words & _CHECKING:
        return False
    return bool(words & _CHECKED) or bool(words & _SOUNDING and words & _POINTING)
