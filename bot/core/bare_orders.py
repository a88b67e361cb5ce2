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
_DRAFTING = frozenset(_DRAFTING_WORDS.split())
_SAYING_BETTER = frozenset(_SAYING_BETTER_WORDS.split())
_AROUND = frozenset(_AROUND_WORDS.split())


class BareOrder(StrEnum):
    """What an order is for: words to send, or words said better."""

    DRAFT = "draft"
    REWORD = "reword"


def read_bare_order(text: str) -> BareOrder | None:
    """Return what a text orders that holds nothing but the order; None for any other text.

    Args:
        text: as typed.
    """
    words = {word.lower().replace("\u2019", "'") for word in _WORD.findall(text)}
    if not words <= _DRAFTING | _SAYING_BETTER | _AROUND:
        return None
    if words & _SAYING_BETTER:
        return BareOrder.REWORD
    return BareOrder.DRAFT if words & _DRAFTING else None
