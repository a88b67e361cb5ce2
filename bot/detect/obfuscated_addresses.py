"""Finds addresses that are written so that no machine reads them: "name (at) company [dot] com"."""

from __future__ import annotations

import re
from collections.abc import Iterator

from bot.detect.spans import Span

_MAIL = "[mail]"
_LINK = "[link]"
_NAME = r"[\w.+%'-]"
_DOTS = "dot|punkt|punto|ponto|point|kropka"
_BRACKET_DOT = rf"[(\[{{<] {{0,2}}(?:\.|{_DOTS}) {{0,2}}[)\]}}>]"
_DOT = rf"(?:\.|{_BRACKET_DOT}|\b(?:dot|punkt|punto|ponto)\b)"
_PART = rf" {{0,2}}{_DOT} {{0,2}}[\w-]++"
_AT = r"[(\[{<] {0,2}at {0,2}[)\]}>]"
_OTHER_AT = (
    r"[(\[{<|*-]{1,2} {0,2}(?:at|@|a|ae|arroba|chiocciola|arobase|malpa"
    r"|snabel-?a) {0,2}[)\]}>|*-]{1,2}"
)
# Without one of these, none of the rules can find anything
_HINT = re.compile(rf"[\[({{<|*]|(?<![a-z])(?:{_DOTS})(?![a-z])|_at_|[ ]@|@[ ]|h[xt*]{{2}}p", re.I)

_RULES: tuple[tuple[str, re.Pattern[str]], ...] = tuple(
    (label, re.compile(pattern, re.I))
    for label, pattern in (
        (
            _MAIL,
            rf"(?<!{_NAME}){_NAME}++(?:{_PART}){{0,4}} {{0,2}}{_AT} {{0,2}}[\w-]++"
            rf"(?:{_PART}){{0,5}}",
        ),
        (
            _MAIL,
            rf"(?<!{_NAME}){_NAME}++(?:{_PART}){{0,4}} {{0,2}}{_OTHER_AT} {{0,2}}[\w-]++"
            rf"(?: {{0,2}}{_BRACKET_DOT} {{0,2}}[\w-]++|\.[\w-]++){{1,5}}",
        ),
        (
            _MAIL,
            rf"(?<!{_NAME}){_NAME}++(?: dot {_NAME}++){{0,4}} (?:at|arroba|chiocciola"
            rf"|arobase) [\w-]++"
            rf"(?: (?:{_DOTS}) [\w-]++|\[\.\][\w-]++){{1,5}}+",
        ),
        (_MAIL, r"(?<!\w)\w{1,40}_at_\w{1,40}_dot_[a-z]{2,6}(?!\w)"),
        (
            _MAIL,
            rf"(?<!{_NAME}){_NAME}++ ?@ ?[\w-]++(?:\.[\w-]++| ?{_BRACKET_DOT} ?[\w-]++"
            rf"| \. [\w-]++){{1,5}}+"
            r"(?<=[a-z][a-z])",
        ),
        (_LINK, r"(?<![a-z])h[xt*]{2}ps? ?[\[({]?:[\])}]? ?[\[({]?//[\])}]? ?\S+"),
        (
            _LINK,
            rf"(?<![\w-])(?<!\w\.)[\w-]++(?:\.[\w-]++)*+(?: ?{_BRACKET_DOT} ?[\w-]++"
            rf"(?:\.[\w-]++)*+)++"
            r"(?:[:/]\S*)?",
        ),
        ("[address]", r"(?<!\w)\d{1,3}(?: dot \d{1,3}){3}(?!\w)"),
    )
)


def find_obfuscated_addresses(text: str) -> Iterator[Span]:
    """Find email addresses, links and network addresses with disguised dots and at signs.

    Args:
        text: from ``bot.core.normal_form``.
    """
    if not _HINT.search(text):
        return
    for label, pattern in _RULES:
        for match in pattern.finditer(text):
            yield Span(*match.span(), label)
