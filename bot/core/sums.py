"""Find the numbers of an answer that follow from the seller's own: 61, 58 and 70 hours make 189.

Advice that does the sums is worth more than advice that doesn't, and a sum that is right invents
nothing. So each number is tried as the result of one step from numbers that are known already: the
seller's, and those that the answer worked out before ("69 over" of the 189 is a second step).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import ROUND_HALF_UP, Decimal
from functools import lru_cache
from itertools import permutations

from bot.core.phrases import normalize
from bot.core.sentences import sentences_of
from bot.core.word_forms import WORD, number_of

_NUMBER = re.compile(r"\d{1,12}(?:\.\d{1,4})?")
_SMALL = re.compile(r"\d")
_PARTED = re.compile(r"\d{1,9}(?:[.,]\d{1,9})+")
_THOUSANDS = re.compile(r"\b\d{1,3}(?:\.\d{3})+\b")
_COMMA_CENTS = re.compile(r"\b\d{1,6},\d{1,2}\b")
_LIST = re.compile(r"\d[\d.,]{0,15}(?:(?:,| and|, and) \d[\d.,]{0,15})+")
_PERCENT = re.compile(r"(?i)%|\b(?:percent|per ?cent)\b")
_IS_WORKED_OUT = re.compile(
    r"(?i)\b(?:(?:about|around|roughly|nearly)(?= \D{0,4}\d)"
    r"|comes? to|comes? out|works? out|adds? up|in all|in total"
    r"|makes?|do the (?:math|sums)|half"
    r"|an? (?:hour|day|week|month|year|seat|unit|site|branch)"
    r"|each|per)\b"
)
"""What says that a number is worked out, so that its operands may stand in the ask alone."""
_PERCENTS = re.compile(r"(?i)(\d{1,3}(?:\.\d{1,2})?)\s?(?:%|percent\b|per ?cent\b)")
_OF_A_HUNDRED = re.compile(r"(?i)%|\bpercent\b|\b(?:in|of) (?:every |each )?(?:100|a hundred)\b")
_EVERY = re.compile(r"(?i)\b(?:every|per) \D?(10|100|1,?000)\b")
"""A base to work with: "on every $1,000 they'd bill 1,310"."""
_DAYS = re.compile(r"(?i)\b(?:days?|net \d)")
_LARGE_UNITS = {
    "lakh": Decimal("0.00001"),
    "crore": Decimal("0.0000001"),
    "million": Decimal("0.000001"),
}
_MOST_NUMBERS = 20
_LEAST_SUM = 10
_LEAST_RESULT = Decimal(1)
_ALL_PERCENT = 100
_ROUNDED_BY = Decimal("0.01")
"""How far a result may be off because zeros stand for its last digits, as a share: 3,000 for
3,016."""
_SAME_PRICE = Decimal("1.5")
_SAME_TERM = Decimal(3)
"""Two prices of one thing, or two terms of payment, are no further apart than so many times the
lower one."""
_STEPS_IN_A_SENTENCE = 3
"""A result may stand before what it follows from: "that's 11,040 at your 160 an hour"."""
_PARTS_OF_A_WHOLE = (Decimal(1), Decimal(2), Decimal(12))
"""The same in percent; halves and doubles; the months of a year."""


def following_numbers(said: frozenset[str], ask: str, answer: str) -> frozenset[str]:
    """Return the numbers of an answer that follow from what the seller said.

    A sum or a difference of two numbers follows as it is. A product or a quotient, of which there
    are too many by chance, follows only if one of the two stands in the same sentence, or the
    sentence says that it works something out.

    Args:
        said: the seller's numbers, as digits.
        ask: what the seller wrote; the numbers of a list in it may be added up.
        answer: what the seller is told, in order: later steps may start from earlier ones.

    Returns:
        The numbers, as digits.
    """
    european = _european(ask)
    known = _whole_numbers(said, ask) | european
    totals = frozenset(_totals(ask))
    found = set(european)
    for line in answer.splitlines():
        steps = _Steps(ask, known, line)
        for sentence in sentences_of(line):
            numbers = _numbers_of(sentence)
            bases = {n.replace(",", "") for n in _EVERY.findall(sentence)}
            known, found = known | bases, found | bases
            for number in numbers * _STEPS_IN_A_SENTENCE:
                if number not in {"1", *known} and (
                    number in totals or number in steps or _follows(number, known, sentence)
                ):
                    in_thousands = re.search(rf"\b{re.escape(number)}\s?k\b", sentence)
                    new = {number, f"{number}000"} if in_thousands else {number}
                    known, found = known | new, found | new
    return frozenset(found)


def _follows(number: str, known: frozenset[str], sentence: str) -> bool:
    if number in worked_out(known) or _is_rest_or_rounded(number, known, sentence):
        return True
    if _IS_WORKED_OUT.search(sentence) and not _SMALL.fullmatch(number):
        return _is_product_or_quotient(number, known, known, sentence)
    here = known & set(_numbers_of(sentence))
    return _is_product_or_quotient(number, here, known, sentence)


def _is_rest_or_rounded(number: str, known: frozenset[str], sentence: str) -> bool:
    """Return whether a number is what is missing to 100 percent, or one that is known, rounded."""
    if not _NUMBER.fullmatch(number):
        return False
    written, others = Decimal(number), _few(known)
    if _OF_A_HUNDRED.search(sentence) and _ALL_PERCENT - written in others:
        return True
    is_rounded = bool(_IS_WORKED_OUT.search(sentence)) and written >= _ALL_PERCENT
    return is_rounded and any(_rounds_to(other, written) for other in others)


class _Steps:
    """The proposals that lie between two numbers of the seller's, as concessions do.

    They are at 4.15 and can go down to 3.95: 4.05. The buyer wants 12 % off, and 6 is what they
    have: 2 %, 4 %. He wants 90 days instead of 45: 60 days.

    Args:
        ask: what the seller wrote. known: its numbers.
        line: of the answer; it says what is counted.
    """

    def __init__(self, ask: str, known: frozenset[str], line: str) -> None:
        self._known = [Decimal(n) for n in known if _NUMBER.fullmatch(n)]
        self._prices = [Decimal(n) for n in known if "." in n and _NUMBER.fullmatch(n)]
        percents = _PERCENTS.findall(ask) if _PERCENT.search(line) else []
        self._most_percent = max(map(Decimal, percents), default=Decimal(0))
        self._has_days = bool(_DAYS.search(line) and _DAYS.search(ask))

    def __contains__(self, number: str) -> bool:
        if not _NUMBER.fullmatch(number):
            return False
        step = Decimal(number)
        if "." in number and _is_between(step, self._prices, _SAME_PRICE):
            return True
        if self._has_days and _is_between(step, self._known, _SAME_TERM):
            return True
        # Below what they can do, if that is less than what is asked for.
        return any(step < limit < self._most_percent for limit in self._known)


def _is_between(step: Decimal, numbers: list[Decimal], most: Decimal) -> bool:
    return any(low < step < high <= low * most for low in numbers for high in numbers)


def _whole_numbers(said: frozenset[str], ask: str) -> frozenset[str]:
    """Return the numbers that were said, without the digits before and after a point or comma."""
    parts = {n for figure in _PARTED.findall(ask) for n in re.findall(r"[1-9]\d*", figure)}
    return said - (parts - set(_numbers_of(ask)))


def _european(ask: str) -> frozenset[str]:
    """Return what figures mean where a comma stands before the cents: 87.000 and 1,38."""
    thousands = {n.replace(".", "") for n in _THOUSANDS.findall(ask)}
    return frozenset(thousands | {n.replace(",", ".") for n in _COMMA_CENTS.findall(ask)})


@lru_cache(maxsize=64)  # each sentence of an answer is compared with the same ask
def worked_out(numbers: frozenset[str]) -> frozenset[str]:
    """Return the sums and differences of two numbers, what lies halfway between them, and their
    shares: 17 deals less the 2 big ones, 12 % of 40,000.

    Small results are left out: nearly every one is the difference of two numbers of a long ask.

    Args:
        numbers: as digits. Of more than 20, only the 20 shortest are worked with.

    Returns:
        Sums, differences and middles from 10 on or with a fraction, and shares of at most 100
        percent from 100 on, as digits.
    """
    found: set[Decimal] = set()
    for one, other in permutations(_few(numbers), 2):
        apart = one - other
        found |= {n for n in (one + other, apart) if n >= _LEAST_SUM or n % 1}
        if 0 < apart < other:
            places = Decimal(1).scaleb(min(int(n.as_tuple().exponent) for n in (one, other)))
            found.add(((one + other) / 2).quantize(places, ROUND_HALF_UP))
        found |= {apart * 100} if 0 < apart < 1 else set()  # 30 cents
        share = one * other / 100
        if one <= _ALL_PERCENT <= share:
            found |= {share, other - share, other + share}
    return frozenset(map(_digits, found))


def _is_product_or_quotient(
    number: str, operands: frozenset[str], known: frozenset[str], sentence: str
) -> bool:
    """Return whether a number is an operand, times or divided by a number that is known; perhaps
    tons by the price of a kilogram, or a part in percent."""
    if not _NUMBER.fullmatch(number):
        return False
    result, others = Decimal(number), [*_few(known), *_PARTS_OF_A_WHOLE]
    has_percent = bool(_PERCENT.search(sentence))
    of_product = (Decimal(1), Decimal(1_000), Decimal("0.001"), Decimal("0.01"))[: 3 + has_percent]
    of_product += tuple(by for unit, by in _LARGE_UNITS.items() if unit in sentence.lower())
    of_quotient = (Decimal(1), Decimal(100))[: 1 + has_percent]
    for one in _few(operands):
        for other in others:
            steps = [one * other * scale for scale in of_product]
            for top, bottom in ((one, other), (other, one)):
                steps += [top / bottom * scale for scale in of_quotient if bottom]
            if any(_rounds_to(step, result) for step in steps):
                return True
    return False


def _rounds_to(exact: Decimal, written: Decimal) -> bool:
    """Return whether a result was written so, as it is or rounded."""
    if exact < _LEAST_RESULT:
        return False
    place = int(written.normalize().as_tuple().exponent)
    most = Decimal(1).scaleb(place) / 2
    return abs(exact - written) <= (min(most, exact * _ROUNDED_BY) if place > 0 else most)


def _numbers_of(sentence: str) -> list[str]:
    words = map(normalize, WORD.findall(sentence))
    return [number for word in words if (number := number_of(word)) is not None]


def _totals(ask: str) -> Iterator[str]:
    """Return the sum of each list of numbers: "61, 58 and 70 hours"."""
    for match in _LIST.finditer(ask):
        listed = [Decimal(n) for n in _numbers_of(match.group()) if _NUMBER.fullmatch(n)]
        if listed:
            yield _digits(sum(listed, Decimal(0)))


def _few(numbers: frozenset[str]) -> list[Decimal]:
    plain = sorted((n for n in numbers if _NUMBER.fullmatch(n)), key=lambda n: (len(n), n))
    return [Decimal(n) for n in plain[:_MOST_NUMBERS]]


def _digits(number: Decimal) -> str:
    return f"{number.normalize():f}"
