"""Whether words that a model wrote hold nothing that the seller's message does not (rubric R7).

Every number, every name and every event of the written words must be in the message. What code can
tell of that is here: numbers in digits or letters, words with a capital (at the start of a
sentence, those that could be a name), and the situations of ``prompts/situations.toml``; what it
can't tell for sure counts as not grounded.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from bot.core.guard import reaches_out
from bot.core.phrases import Phrases, plain

MAX_WORDS = 45
MAX_SENTENCES = 2

_NUMBER_WORDS = frozenset(
    {
        "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve",
        "fifteen", "twenty", "thirty", "forty", "fifty", "sixty", "hundred", "thousand", "million",
        "dozen", "half", "twice", "double", "triple", "percent",
    }
)  # fmt: skip
_TIMES = frozenset(
    {
        "monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday", "january",
        "february", "march", "april", "june", "july", "august", "september", "october",
        "november", "december", "tomorrow", "yesterday", "tonight",
    }
)  # fmt: skip
_WORD = re.compile(r"[^\W\d_][\w'\u2019-]*")
_DIGITS = re.compile(r"\d+")
_START = re.compile(r"(?:^|[.!?:;]\s+|[\"(\u201c]\s*)$")
_OPENERS = frozenset(
    {
        "a", "after", "an", "and", "another", "as", "at", "before", "but", "by", "for", "from",
        "he", "how", "if", "in", "instead", "it", "it's", "its", "my", "next", "no", "nobody",
        "not", "nothing", "now", "of", "on", "once", "one", "or", "our", "she", "since", "so",
        "some", "someone", "something", "that", "the", "their", "then", "there", "these", "they",
        "this", "those", "to", "until", "we", "we've", "what", "when", "where", "which", "while",
        "who", "with", "without", "you", "you've", "your",
    }
)  # fmt: skip
_FIRST_PERSON = frozenset({"i", "i'm", "i'd", "i'll", "i've"})


def ungrounded(written: str, message: str) -> list[str]:
    """What stands in the written words and not in the message: numbers, names, days.

    Args:
        written: by a model. message: by the seller.
    """
    there = {plain(w) for w in _WORD.findall(message)}
    stems = {_stem(w) for w in there}
    found = [d for d in _DIGITS.findall(written) if d not in _DIGITS.findall(message)]
    for match in _WORD.finditer(written):
        word = plain(match.group())
        told = word in there or _stem(word) in stems
        if told or word in _FIRST_PERSON:
            continue
        opens = _START.search(written[: match.start()]) and word in _OPENERS
        named = match.group()[0].isupper() and not opens
        if named or word in _NUMBER_WORDS or word in _TIMES:
            found.append(word)
    return found


def strange_events(written: Iterable[str], message: Iterable[str]) -> list[str]:
    """Situations that the written words hold and the message does not.

    Args:
        written, message: ids from ``Coach.situations``.
    """
    known = set(message)
    return [scene for scene in written if scene not in known]


def unfit(reworded: str, message: str, verdicts: Phrases) -> list[str]:
    """Why the seller's sentence, said another way, can't be shown; empty where it can.

    It is for the seller's eyes only, so it need not be a question; but it is short, holds no
    verdict on anybody, no link or mention, and nothing that the message does not say.

    Args:
        reworded: by a model. message: by the seller. verdicts: words of judgement (R5).
    """
    found = [f"not in the message: {word}" for word in ungrounded(reworded, message)]
    if not reworded.strip() or len(reworded.split()) > MAX_WORDS:
        found.append(f"not 1 to {MAX_WORDS} words")
    if len(re.findall(r"[.!?](?=\s|$)", reworded)) > MAX_SENTENCES or "\n" in reworded:
        found.append(f"more than {MAX_SENTENCES} sentences")
    if hit := verdicts.first(reworded):
        found.append(f"a verdict: {hit}")
    if reaches_out(reworded):
        found.append("link, mention or channel call")
    return found


def _stem(word: str) -> str:
    return word.removesuffix("'s").removesuffix("\u2019s").removesuffix("s")
