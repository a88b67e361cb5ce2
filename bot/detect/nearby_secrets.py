"""Finds passwords and codes some words away from the word that announces them, before or after.

"The password for the demo, until Friday, is ..." and "use ... , same pw as last time": the word
that announces and the secret needn't be neighbors. What is far from the word must look made up, so
names, products, dates and amounts of ordinary talk stay.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise

from bot.detect.secret_words import CODE, PASSWORD
from bot.detect.spans import Span
from bot.detect.word_pattern import any_of, words

_KEY = "[key]"
_AFTER, _BEFORE = 90, 50  # characters around a word that may hold the secret

_WEAK = any_of(
    [
        *words(
        "secret secrets token tokens tkn tkns tok key keys apikey apikeys api cred creds "
        "credential credentials login log_in logon log-in unlock zugang zugangsdaten anmeldung "
        "identifiant identifiants acceso accesso acesso inloggen inlog code codes chiave "
        "schlussel cle llave chave sleutel klucz session sid signature hash salt seed bearer "
        "webhook license licence voucher "
    ),
        "log in", "sign in", "dane logowania", "session id",
    ]
)  # fmt: skip
_LABEL = re.compile(
    rf"(?<![A-Za-z])(?:(?P<strong>{PASSWORD})|(?P<code>{CODE})|(?P<weak>{_WEAK})"
    r"|pass(?= (?:for|to|is|was|changed|now|again)(?!\w)))(?![A-Za-z])",
    re.I,
)
_TOKEN = re.compile(r"[^\s\"`<>,;]{5,200}")
_WORD_END = re.compile(r"\S{0,200}")
# Right before a secret: it makes a plainer one credible
_ANNOUNCES = re.compile(
    r"(?:(?<!\w)(?:is|are|was|its|it's|now|use|using|try|enter|type|es|e|est|ist|lautet|jest"
    r"|is now|with"
    r"|usa|usar|utilise|nutze|nimm|to|as)[ ]{1,2}|[=:?\u2192\u21d2\u279c]{1,2}[ ]{0,2}|->[ ]?"
    r"|=>[ ]?)"
    r"[\"'`(\[]{0,2}$",
    re.I,
)
_OPENING, _CLOSING = "\"'`([{<*_~", ".,;:!?)]}>\"'`*~"
_SYMBOLS = frozenset("!@#$%^*=~|\\_?")
_FILE = re.compile(
    r"\.(?:png|jpe?g|gif|svg|pdf|docx?|xlsx?|pptx?|csv|tsv|zip|txt|md|json|ya?ml|html?|mp[34]"
    r"|mov|key"
    r"|pages|numbers|eml|msg|ics|log|py|js|ts|sql|xml)$",
    re.I,
)
_ORDINARY = re.compile(
    r"[$\u20ac\u00a3\u00a5~+-]?\d[\d.,:'/-]*(?:[a-z%]{1,8})?(?:/[a-z]{1,8})?"  # amounts, dates
    r"|[a-z]{1,10}[-/#]\d[\d.-]*|[a-z]{1,3}\d{1,5}|v?\d+(?:\.\w+)+"  # tickets, rooms, versions
    r"|(?:q|h|fy|cy|m|w)\d+[/-]?(?:q|h|fy|cy)?\d*|\w{1,12}/\w{1,12}|[a-z]+(?:[-'][a-z]+)*"
    r"|[a-z]+[-_]?(?:v?\d{1,3}|(?:19|20)\d\d)|\d+[-_]?[a-z]+"
    r"|https?:.*|www\..*|.*@[\w-]+\.\w.*|@\w+|#[\w-]+",
    re.I,
)
_NUMBER_AFTER = re.compile(
    rf"(?<![A-Za-z])(?:{CODE})(?![A-Za-z])"
    r"(?:(?:[ ][\w'./@-]{1,15}){0,7}?[ ]{0,2}(?:(?<!\w)(?:is|was|are|es|e|est|ist|lautet|now)"
    r"(?!\w)|[:=]|->|\u2192)"
    r"|[ ]?[(#]|[ ]{1,2})[ ]{0,2}[\"'(\[]?(?P<value>\d(?:[ -]?\d){2,9})(?![\w%]|[.,]\d)",
    re.I,
)
_NUMBER_FOR = re.compile(
    rf"(?<![A-Za-z])(?:{CODE})[ ](?:for|to|of|fur|pour|para|per)"
    rf"(?:[ ][\w'-]{{1,15}}){{1,4}}?[ ]{{1,2}}"
    r"(?P<value>\d(?:[ -]?\d){3,7})(?![\w%]|[.,]\d|[ ][a-z]{2,12}s(?!\w))",
    re.I,
)
_NUMBER_BEFORE = re.compile(
    r"(?<![\w.,-])(?P<value>\d(?:[ -]?\d){3,9})[\"')]?[ ]{0,2}(?:is|as|was|ist|als|es|=|-"
    r"|,)?[ ]{1,2}"
    rf"(?:(?:the|your|my|our|a|der|die|mein|dein|el|la|le|il)[ ])?(?:\w{{1,12}}[ ])?"
    rf"(?:{CODE})(?![A-Za-z])",
    re.I,
)
_WORD_BEFORE = re.compile(
    r"(?<![\w'-])(?P<value>[\w!@#$%^&*.-]{6,60})[\"')]?[ ]"
    r"(?:(?:is|was|ist|es|est)[ ](?:the|your|my|our|das|la|le)|as(?:[ ](?:the|your|my|our|a))?|als)"
    rf"[ ](?:\w{{1,12}}[ ]){{0,2}}?(?:{PASSWORD})(?![A-Za-z])(?=[ ]{{0,2}}(?:$|[.,;:!?)\n]"
    rf"|for\b|to\b|on\b))",
    re.I | re.M,
)
_NO_WORD = frozenset(
    words(
        "this that here there where what which where's what's that's here's everything nothing "
        "anything something another thing things something's single sign-on biometrics security"
    )
)
_SEED = re.compile(
    r"(?<![a-z])(?:seed|recovery|backup|mnemonic|wallet|secret)(?: recovery)?(?: ?(?:phrase"
    r"|words))?"
    r"[^:=\n]{0,40}[:=-]\s{0,2}(?P<value>[a-z]{3,8}(?:[ ,]{1,2}[a-z]{3,8}){11,23})(?![a-z])",
    re.I,
)


def find_nearby_secrets(text: str) -> Iterator[Span]:
    """Find what a word such as "password" announces from some words away.

    Args:
        text: from ``bot.core.normal_form``.
    """
    for pattern in (_NUMBER_AFTER, _NUMBER_FOR, _NUMBER_BEFORE):
        for match in pattern.finditer(text):
            if not _is_year(match["value"]):
                yield Span(*match.span("value"), _KEY)
    for match in _WORD_BEFORE.finditer(text):
        if match["value"].lower() not in _NO_WORD:
            yield Span(*match.span("value"), _KEY)
    for match in _SEED.finditer(text):
        yield Span(*match.span("value"), _KEY)
    for label in _LABEL.finditer(text):
        is_weak = label["weak"] is not None
        window = _window(text, label.end(), label.end() + _AFTER)
        before = _window(text, label.start() - _BEFORE, label.start(), backwards=True)
        for start, stop in (window, before):
            for match in _TOKEN.finditer(text, start, stop):
                value, first = _bare(match)
                lead = text[max(start, first - 12) : first]
                announced = start == label.end() and bool(_ANNOUNCES.search(lead))
                if _is_made_up(value, is_weak=is_weak, is_announced=announced):
                    yield Span(first, first + len(value), _KEY)


def _window(text: str, start: int, stop: int, *, backwards: bool = False) -> tuple[int, int]:
    """Return the part of the line from ``start`` to ``stop``, in whole words."""
    start, stop = max(0, start), min(len(text), stop)
    if backwards:
        start = max(start, text.rfind("\n", start, stop) + 1)
        if start and not text[start - 1].isspace():
            blank = text.find(" ", start, stop)
            start = stop if blank == -1 else blank
        return start, stop
    end = text.find("\n", start, stop)
    return start, end if end != -1 else _end_of_word(text, stop)


def _end_of_word(text: str, place: int) -> int:
    match = _WORD_END.match(text, place)
    return match.end() if match else place


def _bare(match: re.Match[str]) -> tuple[str, int]:
    """Return a word without the marks around it, and where it starts."""
    whole = match.group()
    value = whole.lstrip(_OPENING)
    first = match.start() + len(whole) - len(value)
    return value.rstrip(_CLOSING), first


def _is_made_up(value: str, *, is_weak: bool, is_announced: bool) -> bool:
    """Return whether a word far from its label is a secret rather than a name or an amount."""
    if len(value) < 6 or _FILE.search(value) or not value.isascii():
        return False
    digits = sum(c.isdigit() for c in value)
    letters = sum(c.isalpha() for c in value)
    if not letters:
        return False
    inner = value[1:-1]
    has_symbol = any(c in _SYMBOLS for c in inner) or (
        digits > 0 and ("&" in inner or "+" in inner)
    )
    if is_announced and not is_weak and digits and letters >= 3 and len(value) >= 8:
        is_plain = value[0].islower() and value.isalnum() and value[-2:].isdigit()
        return is_plain or value[-4:].isdigit() or not _ORDINARY.fullmatch(value)
    if _ORDINARY.fullmatch(value):
        return False
    if is_weak:
        if len(value) < 8 or not digits:
            return False
        return has_symbol or _kind_changes(value) >= 3 or (digits >= 2 and _case_mixed(value))
    if has_symbol and letters >= 3:
        return True
    return letters >= 4 and digits >= 1 and (digits >= 2 or _case_mixed(value))


def _case_mixed(value: str) -> bool:
    """Return whether capitals and small letters are mixed beyond a capital at the start."""
    return any(c.isupper() for c in value[1:]) and any(c.islower() for c in value)


def _kind_changes(value: str) -> int:
    kinds = [c.isdigit() for c in value if c.isalnum()]
    return sum(a != b for a, b in pairwise(kinds))


def _is_year(value: str) -> bool:
    return re.fullmatch(r"(?:19|20)\d\d", value) is not None
