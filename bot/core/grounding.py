"""Check that a model's text invents nothing that the seller's message does not say (rubric R7).

Every number, name and event in the text must be in the message. Code can check numbers in digits or
letters, capitalized words (at the start of a sentence only those that could be a name), and the
situations of ``prompts/situations.toml``. In case of doubt a word counts as invented.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from bot.core.guard import has_link_or_mention
from bot.core.phrases import Phrases, normalize

MAX_WORDS = 45
MAX_SENTENCES = 2
_LOOK_BACK = 8  # characters

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
_SENTENCE_END = ".!?:;"
_OPENING_MARKS = '"(\u201c'
_SENTENCE_OPENERS = frozenset(
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


def ungrounded_words(written: str, message: str) -> list[str]:
    """Return numbers, names and days in the text that are not in the message.

    Args:
        written: The model's text.
        message: The seller's.
    """
    known = {normalize(w) for w in _WORD.findall(message)}
    stems = {_stem(w) for w in known}
    numbers = set(_DIGITS.findall(message))
    found = [d for d in _DIGITS.findall(written) if d not in numbers]
    for match in _WORD.finditer(written):
        word = normalize(match.group())
        if word in known or _stem(word) in stems or word in _FIRST_PERSON:
            continue
        is_opener = word in _SENTENCE_OPENERS and _starts_sentence(written, match.start())
        is_name = match.group()[0].isupper() and not is_opener
        if is_name or word in _NUMBER_WORDS or word in _TIMES:
            found.append(word)
    return found


def _starts_sentence(text: str, at: int) -> bool:
    """Return whether a sentence starts at this index. Looks back a few characters only."""
    before = text[max(0, at - _LOOK_BACK) : at]
    last = before.rstrip()[-1:]
    if not last:
        return at <= _LOOK_BACK
    return last in _OPENING_MARKS or (last in _SENTENCE_END and before[-1].isspace())


def invented_situations(written: Iterable[str], message: Iterable[str]) -> list[str]:
    """Return situations of the text that are not in the message.

    Args:
        written: Ids of the model's text, from ``Coach.cued_situations``.
        message: Ids of the seller's message.
    """
    known = set(message)
    return [situation for situation in written if situation not in known]


def rewording_violations(reworded: str, message: str, verdicts: Phrases) -> list[str]:
    """Return why a reworded sentence can't be shown; empty if it can.

    Only the seller sees it, so it need not be a question. It must be short, judge nobody, contain
    no link or mention, and say nothing that the message does not say.

    Args:
        reworded: The model's version of the seller's sentence.
        message: The seller's.
        verdicts: Words of judgment (R5).
    """
    found = [f"not in the message: {word}" for word in ungrounded_words(reworded, message)]
    if not reworded.strip() or len(reworded.split()) > MAX_WORDS:
        found.append(f"not 1 to {MAX_WORDS} words")
    if len(re.findall(r"[.!?](?=\s|$)", reworded)) > MAX_SENTENCES or "\n" in reworded:
        found.append(f"more than {MAX_SENTENCES} sentences")
    if hit := verdicts.first_match(reworded):
        found.append(f"a verdict: {hit}")
    if has_link_or_mention(reworded):
        found.append("link, mention or channel call")
    return found


def _stem(word: str) -> str:
    return word.removesuffix("'s").removesuffix("\u2019s").removesuffix("s")
