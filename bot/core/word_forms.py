"""Reduce words to forms that can be compared: "tues" and "Tuesday", "third" and "three".

A small stemmer for business English, without a dictionary. It returns several candidate forms per
word; two words are the same if they share one. It rather joins two words too many: what it joins
must still pass every other rule of ``bot.core.guard``.
"""

from __future__ import annotations

import re
from functools import lru_cache

from bot.core.phrases import normalize
from bot.core.word_tables import (
    DAYS,
    ENDINGS,
    IRREGULAR,
    MAGNITUDES,
    MONTHS,
    OTHER_NUMBERS,
    SHORT,
    TENS,
    UNITS,
)

WORD = re.compile(r"\d+(?:[.,:]\d+)*(?:(?:st|nd|rd|th)\b)?|[^\W\d_]+(?:['\u2019][^\W\d_]+)*")
_LEADING_ZEROS = re.compile(r"^0+(?=\d)")
_INFLECTIONS = (
    ("ies", "y"), ("ied", "y"), ("es", ""), ("es", "e"), ("s", ""), ("ed", ""), ("ed", "e"),
    ("ing", ""), ("ing", "e"), ("est", ""), ("est", "e"), ("iest", "y"), ("ly", ""), ("ily", "y"),
)  # fmt: skip
_DERIVATIONS = (("er", ""), ("er", "e"), ("ier", "y"))
_TIED = re.compile(r"'(?:s|ll|ve|re|d)?$")
_MIN_STEM = 4  # letters; shorter stems join words that have nothing in common
_LONGEST_WORD = 40  # letters; the rest of a longer one is not looked at
_AMERICAN = (
    (re.compile(r"(?<=[a-z]{2})our(?=$|s$|ed$|ing$|able$|ite$|al$|er)"), "or"),
    (re.compile(r"(?<=[a-z]{2})is(?=e$|es$|ed$|er$|ers$|ing$|ation$|ations$)"), "iz"),
    (re.compile(r"(?<=[a-z]{2})ys(?=e$|es$|ed$|er$|ers$|ing$)"), "yz"),
    (re.compile(r"(?<=[a-z][bt])re(?=$|s$)"), "er"),
    (re.compile(r"ll(?=ed$|ing$|er$|ers$)"), "l"),
    (re.compile(r"ogue(?=$|s$)"), "og"),
    (re.compile(r"(?<=[a-z]{3})ence(?=$|s$)"), "ense"),
    (re.compile(r"mme(?=$|s$)"), "m"),
)


def words_of(text: str) -> list[str]:
    """Return the words and numbers of a text in order, normalized."""
    return [normalize(w) for w in WORD.findall(text)]


def number_of(word: str) -> str | None:
    """Return the number that a word stands for, as digits; None if it stands for none.

    ``half`` and ``50`` are one number: "50/50" is half each.
    """
    if word[:1].isdigit():
        hour = word.removesuffix(":00")
        if hour != word and hour.isdecimal():  # a superscript is a digit that int() can't read
            return str(int(hour) % 12 or 12)  # five o'clock
        digits = word.replace(",", "").replace(":", ".").rstrip(".stndrh")  # 8:30 is 8.30
        return _LEADING_ZEROS.sub("", digits) or "0"
    if word in OTHER_NUMBERS:
        return str(OTHER_NUMBERS[word])
    bare = word.removesuffix("th")
    bare = f"{bare[:-2]}y" if bare.endswith("ie") else bare
    if bare in UNITS:
        return str(UNITS.index(bare))
    if bare in TENS:
        return str(20 + 10 * TENS.index(bare))
    magnitude = MAGNITUDES.get(word.removesuffix("s"))
    return str(magnitude) if magnitude else None


def numbers_in(words: list[str]) -> dict[int, str]:
    """Return the numbers of a text by index of their (first) word: forty one, 60 k, 2 million."""
    found: dict[int, str] = {}
    index = 0
    while index < len(words):
        value, used = number_of(words[index]), 1
        if value is not None:
            following = words[index + 1] if index + 1 < len(words) else ""
            unit = number_of(following)
            if words[index] in TENS and following.removesuffix("th") in UNITS and unit:
                value, used = str(int(value) + int(unit)), 2
            elif value.isdecimal() and (following in ("k", "m") or following in MAGNITUDES):
                short = {"k": 1_000, "m": 1_000_000}
                value = str(int(value) * (short.get(following) or MAGNITUDES[following]))
                used = 2
            found[index] = value
        index += used
    return found


def is_time_name(word: str) -> bool:
    """Return whether a word is the name of a day or a month, or a day seen from today."""
    return bool(base_forms(word) & _TIME_NAMES)


@lru_cache(maxsize=16_384)
def inflected_forms(word: str) -> frozenset[str]:
    """Return the forms under which a normalized word is looked up in a list of base forms.

    Unlike ``base_forms`` it joins no words of one family: "developer" is not "develop".
    """
    bare = _bare(word[:_LONGEST_WORD])
    forms = {bare, _american(bare)}
    for each in tuple(forms):
        forms |= {IRREGULAR[each]} if each in IRREGULAR else set()
        forms |= _inflected_from(each, _INFLECTIONS)
    return frozenset(forms)


@lru_cache(maxsize=16_384)
def base_forms(word: str) -> frozenset[str]:
    """Return the forms under which a normalized word is compared."""
    bare = _bare(word[:_LONGEST_WORD])
    forms = {bare}
    for each in tuple(forms):
        forms |= {SHORT[s] for s in (each, each.removesuffix("s")) if s in SHORT}
    for each in tuple(forms):
        forms.add(_american(each))
    for each in tuple(forms):
        forms |= {IRREGULAR[each]} if each in IRREGULAR else set()
        forms |= _inflected_from(each, (*_INFLECTIONS, *_DERIVATIONS))
    for each in tuple(forms):
        forms |= {IRREGULAR[each]} if each in IRREGULAR else set()
        forms.add(_stem(each))
    forms |= _time_names(bare)
    return frozenset(forms)


def _american(word: str) -> str:
    for british, american in _AMERICAN:
        word = british.sub(american, word)
    return word


def _bare(word: str) -> str:
    """Return the word without what an apostrophe ties to it."""
    return _TIED.sub("", word) or word


def _inflected_from(word: str, endings: tuple[tuple[str, str], ...]) -> set[str]:
    """Return the likely base forms of an inflected word: answered, answer; replies, reply."""
    found = set()
    for ending, instead in endings:
        if word.endswith(ending) and len(word) - len(ending) >= 3:
            rest = word.removesuffix(ending)
            found.add(rest + instead)
            if not instead and len(rest) >= 4 and rest[-1] == rest[-2]:
                found.add(rest[:-1])  # stopped, stop
    return found


def _stem(word: str) -> str:
    """Return what is left without endings, marked so that it equals no word by chance."""
    for ending in ENDINGS:
        is_plural = ending != "s" or not word.endswith("ss")
        if is_plural and word.endswith(ending) and len(word) - len(ending) >= _MIN_STEM:
            return f"{word.removesuffix(ending)}~"
    return f"{word}~"


def _time_names(word: str) -> set[str]:
    short = word.removesuffix("s")
    days = {day for day in DAYS if len(short) >= 3 and day.startswith(short)}
    months = {m for m in MONTHS if len(short) >= 3 and m.startswith(short)}
    return days | months


_TIME_NAMES = frozenset((*DAYS, *MONTHS, "tomorrow", "yesterday", "tonight")) - {"may", "march"}
