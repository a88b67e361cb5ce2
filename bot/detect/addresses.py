"""Finds links, domains, email addresses, mentions and network addresses in a normalized text."""

from __future__ import annotations

import re
from collections.abc import Iterator
from ipaddress import ip_address

from bot.detect.spans import Span

# Top-level domains that are no word: "call.They" lacks a blank and is no domain
_DOMAINS = (
    "com|net|org|io|co|ai|dev|app|edu|gov|info|biz|cloud|tech|xyz|de|uk|fr|es|nl|eu|ch|se|dk|fi|pl|cz"
    "|pt|gr|ro|hu|ie|jp|cn|kr|ru|ua|br|mx|ca|au|nz|tr|il|za|sg|hk|tw|tv|local|internal|corp|lan"
    "|intranet|localdomain|example|test"
)
_MAIL = "[mail]"
_LINK = "[link]"
_NAME = r"[\w.+%'-]"
_FILES = (
    "png|jpe?g|gif|svg|pdf|docx?|xlsx?|pptx?|csv|tsv|zip|txt|md|json|ya?ml|mp[34]|mov|eml|msg|ics"
    "|log"
)
_START = r"(?<![\w-])(?<!\w\.)"  # of a run of labels with dots between, once for each run

_RULES: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("[mention]", re.compile(r"<[@#!][^<>]*(?:>|\Z)")),
    (_MAIL, re.compile(r"<mailto:[^<>]*(?:>|\Z)", re.I)),
    (_LINK, re.compile(r"<[a-z][a-z0-9+.-]{1,20}:[^<>]*(?:>|\Z)", re.I)),
    (_LINK, re.compile(r"(?<![a-z0-9+.-])(?:[a-z][a-z0-9+.-]{1,20}://|www\.|mailto:)\S+", re.I)),
    (_LINK, re.compile(r"(?<!\\)\\\\\w\S*")),
    (
        _MAIL,
        re.compile(
            rf"(?<!{_NAME}){_NAME}++@\[?(?:[^\W\d_][\w-]*+|[\w-]++(?=\.\w))(?:\.[\w-]++)*", re.I
        ),
    ),
    (_LINK, re.compile(rf"{_START}(?:[\w-]++\.)++[a-z]{{2,12}}(?::\d{{2,5}})?/[^\s/]\S*", re.I)),
    (
        _LINK,
        re.compile(
            rf"{_START}(?:[^\W_][\w-]*+\.)+(?:{_DOMAINS})(?::\d{{2,5}})?(?![\w-])", re.I
        ),
    ),
    (
        _LINK,
        re.compile(
            rf"{_START}(?:[^\W_][\w-]++\.){{2,}}+(?!(?:{_FILES})\b)[a-z]{{2,12}}(?![\w-])", re.I
        ),
    ),
    (
        "[address]",
        re.compile(r"(?<![\w:-])(?:[0-9a-f]{2}[:-]){5}[0-9a-f]{2}(?![\w:-])", re.I),
    ),
)  # fmt: skip
_IPV4 = re.compile(r"(?<![\w.])\d{1,3}(?:\.\d{1,3}){3}(?![\w]|\.\d)")
_IPV6 = re.compile(r"(?<![\w:])[0-9a-f:]{2,39}+(?:\.\d{1,3}){0,3}(?![\w:])", re.I)
_VERSION_BEFORE = re.compile(
    r"(?:\bv|\bversions?|\bbuild|\brelease|\bclause|\bsection|\bfirmware|\bpatch|\bupgrade to"
    r"|\bupdate to|\bios|\bandroid|\bchrome|\barticle|\bpara(?:graph)?)\W{0,3}$",
    re.I,
)
_VERSION_AFTER = re.compile(r" (?:release|build|firmware|version|patch)(?![a-z])", re.I)
_CONTEXT = 24  # characters before an address that may say what it is


def find_addresses(text: str) -> Iterator[Span]:
    """Find links, domains, email addresses, mentions and network addresses.

    Args:
        text: from ``bot.core.normal_form``.
    """
    for label, pattern in _RULES:
        for match in pattern.finditer(text):
            yield Span(*match.span(), label)
    for pattern in (_IPV4, _IPV6):
        for match in pattern.finditer(text):
            before = text[max(0, match.start() - _CONTEXT) : match.start()]
            after = text[match.end() : match.end() + _CONTEXT]
            if not _is_ip(match.group()) or _VERSION_AFTER.match(after):
                continue
            if not _VERSION_BEFORE.search(before):
                yield Span(*match.span(), "[address]")


def _is_ip(text: str) -> bool:
    if text == "::":
        return False
    try:
        ip_address(text)
    except ValueError:
        return False
    return True
