"""Finds numbers that are spelled out in words, or written with letters that look like digits."""

from __future__ import annotations

import re
from collections.abc import Iterator

from bot.detect.spans import Span
from bot.detect.word_pattern import any_of, words

_NUMBER = "[number]"
_MIN_WORDS = 6  # "one two three four five" is a way of counting
_MIN_DIGITS = 7

_NUMBER_WORDS = words(
    "zero oh one two three four five six seven eight nine ten niner double triple nought "
    "eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen twenty "
    "thirty forty fifty sixty seventy eighty ninety null eins zwei zwo drei vier fünf sechs "
    "sieben acht neun zehn zéro un deux trois quatre cinq sept huit neuf dix onze douze "
    "treize quatorze quinze seize vingt trente quarante cinquante soixante septante nonante "
    "et cero uno dos tres cuatro cinco seis siete ocho nueve diez um dois três quatro sete "
    "oito nove meia due tre quattro cinque sei sette otto nul een twee drie vijf zes zeven "
    "negen jeden dwa trzy cztery pięć sześć siedem osiem dziewięć noll ett två fyra fem sex "
    "sju åtta nio "
)
_WORD = rf"(?:{any_of(_NUMBER_WORDS)}|\d)"
_SPOKEN = re.compile(
    rf"(?<![\w'-]){_WORD}(?:[ ,.-]{{1,3}}{_WORD}){{{_MIN_WORDS - 1},40}}+(?![\w'])", re.I
)
_IS_WORD = re.compile(r"[^\W\d]{2,}")
_LOOKALIKE = str.maketrans("OoIlLSB|", "00111581")
_SPELLED = re.compile(
    r"(?<![\w.-])[+(]{0,2}[\dOoIlLSB|]{1,16}(?:[ .()/-]{1,3}[\dOoIlLSB|]{2,8}){0,5}(?!\w)"
)
_INSIDE = re.compile(r"[OoIlLSB|]{1,4}\d|\d[OoIlLSB|]{1,4}\d")


def find_spoken_numbers(text: str) -> Iterator[Span]:
    """Find phone, card and account numbers in words or in letters that look like digits.

    Args:
        text: from ``bot.core.normal_form``.
    """
    for match in _SPOKEN.finditer(text):
        words = _IS_WORD.findall(match.group())
        if len(words) >= _MIN_WORDS - 2 and len(set(words)) > 1:
            yield Span(*match.span(), _NUMBER)
    for match in _SPELLED.finditer(text):
        written = match.group()
        groups = re.findall(r"[\dOoIlLSB|]+", written)
        has_letter = any(c.isalpha() or c == "|" for c in written)
        digits = sum(c.isdigit() for c in written)
        if not has_letter or digits < sum(map(len, groups)) / 2 or not _INSIDE.search(written):
            continue
        count = len("".join(groups).translate(_LOOKALIKE))
        if count >= (_MIN_DIGITS if len(groups) > 1 else _MIN_DIGITS + 2) and digits >= 5:
            yield Span(*match.span(), _NUMBER)
