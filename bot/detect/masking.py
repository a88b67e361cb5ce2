"""Masks addresses, numbers and keys before a text is sent to a language model.

Email addresses, phone numbers, keys and card numbers never leave the machine (fault 43 of
``reliability.md``). Links are masked too, as they can carry a token. The rules read a normal form
of the text, so a full-width digit or a hyphen from another font hides nothing; what they find is
cut out of the original. ``tests/detect/masking.jsonl`` measures them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from bot.core.normal_form import normal_form
from bot.detect.addresses import find_addresses
from bot.detect.credentials import find_credentials
from bot.detect.long_numbers import find_long_numbers
from bot.detect.nearby_secrets import find_nearby_secrets
from bot.detect.obfuscated_addresses import find_obfuscated_addresses
from bot.detect.spans import Span
from bot.detect.spoken_numbers import find_spoken_numbers

_FINDERS: tuple[Callable[[str], Iterator[Span]], ...] = (
    find_credentials,
    find_nearby_secrets,
    find_addresses,
    find_obfuscated_addresses,
    find_long_numbers,
    find_spoken_numbers,
)


def mask(text: str) -> str:
    """Replace email addresses, links, mentions, keys, and account, card and phone numbers.

    Args:
        text: a message as Slack sends it, with Slack's tags.

    Returns:
        The text with a word in square brackets for each of them. Amounts, dates, times, versions
        and counts stay, as they are part of the content.
    """
    form = normal_form(text)
    found = sorted(span for finder in _FINDERS for span in finder(form.text))
    parts: list[str] = []
    end = 0  # in the original
    for start, stop, label in found:
        first, last = form.origins[start], form.origins[stop - 1] + 1
        if last <= end:
            continue
        if first >= end:  # else it continues what was masked before
            parts += [text[end:first], label]
        end = last
    return "".join([*parts, text[end:]])
