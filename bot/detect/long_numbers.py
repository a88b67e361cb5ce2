"""Finds card, account, phone and identity numbers in a normalized text.

Prices, dates, times, percentages, versions, ranges and counts are set aside first, as they are the
content of a seller's message. What is left is judged by its digits and its grouping.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from bot.detect.national_ids import find_national_ids
from bot.detect.spans import Span

_NUMBER = "[number]"
_ACCOUNT = "[account]"

_MONTH = r"(?:jan|feb|mar|apr|may|jun|jul|aug|sep|sept|oct|nov|dec)[a-z]{0,6}\.?"
_DAY = r"(?:0?[1-9]|[12]\d|3[01])"
_MONTH_NUMBER = r"(?:0?[1-9]|1[0-2])"
_YEAR = r"(?:19|20)\d\d"
_UNIT = (
    r"(?:k|m|mm|mn|mio|bn|tn|x|%|percent|pct|usd|eur|gbp|chf|aud|cad|jpy|sek|nok|dkk|dollars?|euros?"
    r"|pounds?|bucks|francs?|million|billion|thousand|hundred|users?|seats?|licen[cs]es?|people"
    r"|employees|headcount|units?|pcs|pieces|items|rows?|records?|contacts?|leads?|accounts?|orders?"
    r"|tickets|calls|emails|mails|visits|views|clicks|impressions|sessions|downloads|customers|stores"
    r"|sites|shipments|parcels|tons?|tonnes|kg|km|miles|meters|sqm|sqft|hours?|hrs|days|weeks|months"
    r"|years|ms|gb|tb|mb|requests|events|messages|transactions|devices|endpoints|pages|words|shares"
    r"|points|pts|subscribers|signups|invoices|cases|pallets|boxes|bottles|patients|students|beds"
    r"|arr|mrr|acv|tcv|gmv|a year|a month|per)"
)
_ORDINARY: tuple[re.Pattern[str], ...] = tuple(
    re.compile(rf"(?<!\w)(?<!\d\.){pattern}", re.I)
    for pattern in (
        # dates and times
        rf"{_YEAR}-\d\d-\d\d(?![\d-])",
        rf"{_YEAR}-\d\d-\d\d(?:[ t]\d\d:\d\d(?::\d\d)?(?:\.\d{{1,6}})?(?:z|[+-]\d\d:?\d\d)?)",
        rf"{_YEAR}[./]\d{{1,2}}[./]\d{{1,2}}(?![\d./]\d)",
        rf"(?:{_DAY}([./-]){_MONTH_NUMBER}\1|{_MONTH_NUMBER}([/-]){_DAY}\2)(?:{_YEAR}|\d\d)"
        r"(?![\d/]|\.\d|-\d(?!\d?[./]))",
        rf"\d{{1,2}}(?:st|nd|rd|th|\.)? {{0,2}}(?:of )?{_MONTH},? {{0,2}}(?:{_YEAR})?(?!\w)",
        rf"{_MONTH} {{0,2}}\d{{1,2}}(?:st|nd|rd|th)?(?:,? {{0,2}}{_YEAR})?(?!\w)",
        r"\d{1,2}[:.h]\d\d(?:[:.]\d\d)? {0,2}(?:am|pm|a\.m\.|p\.m\.|uhr|h)?"
        r"(?: {0,2}- {0,2}\d{1,2}:\d\d(?: {0,2}(?:am|pm))?)?(?![\d:.]\d)(?=\W|$)",
        rf"(?:{_YEAR}|fy ?\d\d)(?: {{0,2}}[-/] {{0,2}}(?:{_YEAR}|\d\d))?(?![\w-]|[./]\d)",
        r"(?:19|20)\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])(?![\w-])",
        # amounts
        r"\d{1,3}(?:,\d{3})+(?:\.\d{1,4})?(?![\d,]\d)",
        r"\d{1,3}(?:\.\d{3})+(?:,\d{1,2})(?!\d)",
        r"\d{1,3}(?:\.\d{3}){1,3}(?<=00)(?![\w-]|\.\d)",
        r"\d{1,3}(?:'\d{3})+(?:\.\d{1,2})?(?!\d)",
        r"\d{1,2}(?: \d{3}){1,2}(?<=00)(?![\w-]| \d)",
        r"[1-9]\d{0,8}[.,]\d{1,2}(?![\w-]|[.,]\d)",
        r"0[.,]\d{1,10}(?![\w-]|[.,]\d)",
        r"(?:v?\d{1,2}|20\d\d)(?:\.\d{1,3}){1,2}(?:-[a-z]\w{0,10})?(?![\w-]|\.\d)",
    )
)
_PRICE = re.compile(
    r"(?:[$\u20ac\u00a3\u00a5\u20b9]|\b(?:usd|eur|gbp|chf|aud|cad)) {0,2}"
    r"\d{1,3}(?:[ .,']?\d{3}){0,4}(?:[.,]\d{1,2})?(?!\d)"
    r"|[$\u20ac\u00a3] {0,2}\d{1,12}(?!\d)",
    re.I,
)
_COUNT = re.compile(
    rf"(?<![\w.-])\d{{1,3}}(?:[ .,]\d{{3}}){{1,3}} {{0,2}}(?:{_UNIT}\b|%|\u20ac|\$|\u00a3)"
    rf"|(?<![\w-])\d{{1,9}} {{0,2}}(?:{_UNIT}\b|%|\u20ac|\$|\u00a3)",
    re.I,
)
_RANGE = re.compile(
    r"(?<![\w.+/-])(\d{1,7}) {0,2}(?:-|/|to|vs\.?) {0,2}(\d{1,7})(?![\w-]|[./]\d)", re.I
)
_VERSION = re.compile(
    r"\b(?:v|version|build|release|firmware|patch|upgrade to|update to|clause|section) {0,2}"
    r"\d{1,6}(?:\.\d{1,6}){1,5}",
    re.I,
)

_NUMBERED = re.compile(
    r"\b(?:invoice|quote|po|order|ticket|case|rfp|rfq|rfi|inv|offer|contract|project|release|ref)"
    r"[ #:.]{0,3}(?:no\.? {0,2})?(?:19|20)\d\d[-/.]\d{1,6}(?![\w-])",
    re.I,
)
_TICKET = re.compile(
    r"\b(?:case|ticket|order|po|invoice|quote|inc|req|chg|sku|rfp|bug|deal)"
    r"(?:[ #:.-]{0,3}|[ ]no\.?[ ])\d{4,9}(?![\w.-])",
    re.I,
)
_LADDER = re.compile(r"(?<![\w.+/-])[1-9]\d{0,6}(?: ?/ ?[1-9]\d{0,6}){2,8}(?![\w./-])")
# Phones whose parts look like times and dates
_DOTTED_PHONE = re.compile(
    r"(?<![\w.+-])(?:\+\d{1,3}[ .]?|00\d{2}[ .]?)?\(?0?\)?\d{1,2}"
    r"(?P<mark>[ .-])\d\d(?:(?P=mark)\d\d){3}(?![\w]|[.-]\d)"
    r"|(?<![\w.])\+\d{1,3}(?:[ .()/-]{1,3}\d{1,5}){2,6}(?![\w]|[.-]\d)"
)

_SEPARATOR = r"(?: ?[()] ?-? ?| {1,3}|\. ?(?=\d+[. ])|\.| ?[-/_] ?)?"
_DIGITS = re.compile(rf"[+(]{{0,2}}\d(?:{_SEPARATOR}\d)*+")
_CARD = re.compile(r"\d(?:[ .,/_*-]{0,3}\d)*+")
_SSN = re.compile(r"(?<![\w+])\d{3}[ .-]{1,3}\d{2}[ .-]{1,3}\d{4}(?![\w])")
_IBAN = re.compile(r"(?<![A-Za-z0-9])([A-Z]{2})\d{2}(?:[ -]{0,2}[A-Z0-9]){8,30}", re.I)
_IBAN_LENGTHS = {
    "AD": 24, "AE": 23, "AT": 20, "BE": 16, "BG": 22, "CH": 21, "CY": 28, "CZ": 24, "DE": 22,
    "DK": 18, "EE": 20, "ES": 24, "FI": 18, "FR": 27, "GB": 22, "GR": 27, "HR": 21, "HU": 28,
    "IE": 22, "IL": 23, "IS": 26, "IT": 27, "LI": 21, "LT": 20, "LU": 20, "LV": 21, "MC": 27,
    "MT": 31, "NL": 18, "NO": 15, "PL": 28, "PT": 25, "RO": 24, "RS": 22, "SA": 24, "SE": 24,
    "SI": 19, "SK": 24, "TR": 26, "UA": 29,
}  # fmt: skip
_LABEL_END = (
    r"(?![a-z])(?:[ ]?(?:numbers?|no\.?|nr\.?|num|#|ids?|code|card|me|him|her|them|us|back)){0,2}"
    r"(?:[ ](?:for|of|on|at|to|under)(?:[ ]\w{1,20}){0,3}?)?"
    r"[ ]{0,2}(?:is|was|ends in|:|=|#|-)?[ ]{0,3}"
)
_IDENTITY = re.compile(
    r"(?<![a-z])(?:account|acct|a/c|acc|konto|kontonummer|iban|routing|aba|sort ?code|bsb|swift|ssn"
    r"|social(?: security)?|tax(?: ?id)?|vat(?: ?id)?|ein|itin|nino|tin|national insurance|passport"
    r"|driver'?s? licen[cs]e|id card|identity card|personal id|insurance|policy|member(?:ship)?"
    r"|patient|medicare|nhs|aadhaar|iccid|imei|card|cc|visa|mastercard|amex|national id|nif|cpf)"
    rf"{_LABEL_END}"
    r"(?P<value>(?:[A-Z]{1,3}[ -]?)?\d[A-Z0-9]{0,30}(?:[ ./_-]{1,2}[A-Z]{0,2}\d[A-Z0-9]{0,30})*+)",
    re.I,
)
_PHONE = re.compile(
    r"(?<![a-z])(?:phone|tel|telephone|cell|mobile|fax|whatsapp|handy|call|ring|dial|text|reach|direct"
    rf"|number|extension|ext|landline|hotline){_LABEL_END}(?P<value>[+(]{{0,2}}\d(?:{_SEPARATOR}\d)*+)",
    re.I,
)
_SORT_CODE = re.compile(r"sort|bsb|ssn|social", re.I)  # their numbers look like dates
_MIN_IDENTITY_DIGITS = 5
_MIN_PHONE_DIGITS = 7


def find_long_numbers(text: str) -> Iterator[Span]:
    """Find card, account, phone and identity numbers.

    Args:
        text: from ``bot.core.normal_form``.
    """
    if not any(character.isdigit() for character in text):
        return
    yield from _ibans(text)
    for match in _SSN.finditer(text):
        yield Span(*match.span(), _NUMBER)
    for match in _CARD.finditer(text):
        if _is_card(match.group()):
            yield Span(*match.span(), _NUMBER)
    for match in _DOTTED_PHONE.finditer(text):
        digits = _digits(match.group())
        if len(digits) >= _MIN_PHONE_DIGITS + 1 and not digits.endswith("000"):
            yield Span(*match.span(), _NUMBER)
    rest = _set_aside(text)
    yield from find_national_ids(text, rest)
    for match in _IDENTITY.finditer(text):
        start, stop = match.span("value")
        is_ordinary = not _digits(rest[start:stop]) and not _SORT_CODE.match(match.group())
        if len(_digits(match["value"])) >= _MIN_IDENTITY_DIGITS and not is_ordinary:
            yield Span(start, stop, _ACCOUNT)
    for match in _PHONE.finditer(rest):
        digits = _digits(match["value"])
        if len(digits) >= _MIN_PHONE_DIGITS and not digits.endswith("000"):
            yield Span(*match.span("value"), _NUMBER)
    for match in _DIGITS.finditer(rest):
        neighbors = rest[max(0, match.start() - 1) : match.start()] + rest[match.end() :][:1]
        if _is_secret(match.group(), glued=any(c.isalnum() for c in neighbors)):
            yield Span(*match.span(), _NUMBER)


def _set_aside(text: str) -> str:
    """Blot out ordinary numbers, each with as many characters."""
    text = _LADDER.sub(lambda m: _blot(m) if _is_ladder(m.group()) else m.group(), text)
    for pattern in (_NUMBERED, _TICKET, _VERSION, _PRICE, _COUNT, *_ORDINARY):
        text = pattern.sub(_blot, text)
    return _RANGE.sub(lambda match: _blot(match) if _is_range(match) else match.group(), text)


def _blot(match: re.Match[str]) -> str:
    return "_" * len(match.group())


def _is_ladder(run: str) -> bool:
    """Return whether numbers rise or fall, as in "50/100/250/500 seats"."""
    steps = [int(number) for number in re.findall(r"\d+", run)]
    is_round = all(step % 5 == 0 for step in steps)
    return is_round and steps in (sorted(steps), sorted(steps, reverse=True))


def _is_range(match: re.Match[str]) -> bool:
    low, high = match.groups()
    if low.startswith("0") or int(low) >= int(high):
        return False
    is_round = low[-1] in "05" and high[-1] in "05"
    return is_round or len(low) + len(high) < _MIN_PHONE_DIGITS


def _ibans(text: str) -> Iterator[Span]:
    for match in _IBAN.finditer(text):
        length = _IBAN_LENGTHS.get(match.group(1).upper(), 0)
        places = [i for i, c in enumerate(match.group()) if c.isalnum()][:length]
        if length and len(places) == length:
            stop = places[-1] + 1
            if sum(c.isdigit() for c in match.group()[:stop]) >= 10:
                yield Span(match.start(), match.start() + stop, _ACCOUNT)


def _is_card(run: str) -> bool:
    """Return whether digits in the groups of a card pass its checksum (Luhn)."""
    groups = re.findall(r"\d+", run)
    sizes = [len(group) for group in groups]
    if not 13 <= sum(sizes) <= 19:
        return False
    by_four = set(sizes[:-1]) == {4} and sizes[-1] <= 4
    even = len(set(sizes)) == 1 and ("," not in run or sizes[0] != 3)
    if not (by_four or even or sizes in ([4, 6, 5], [4, 6, 4])):
        return False
    total = 0
    for place, digit in enumerate(reversed("".join(groups))):
        value = int(digit) * (1 + place % 2)
        total += value - 9 if value > 9 else value
    return total % 10 == 0


def _is_secret(run: str, *, glued: bool) -> bool:
    """Return whether a run of digits is too long to be an amount, or grouped like a phone number.

    Args:
        run: digits and what separates them, without what was set aside.
        glued: whether a letter stands right before or after it.
    """
    groups = re.findall(r"\d+", run)
    digits = "".join(groups)
    count = len(digits)
    if count < _MIN_PHONE_DIGITS:
        return False
    if len(groups) == 1:
        if digits.endswith("0000") and count <= 12:
            return False
        return run[0] == "+" or digits[0] == "0" or count >= (9 if glued else 8)
    if run[0] in "+(" or (digits[0] == "0" and len(groups[0]) > 1):
        return True
    if all(group.endswith("00") for group in groups):
        return False
    sizes = [len(group) for group in groups]
    if set(sizes) == {1}:
        return count >= 9
    return count >= 8 or sizes in ([3, 4], [3, 2, 2], [3, 3, 1])


def _digits(text: str) -> str:
    return "".join(character for character in text if character.isdigit())
