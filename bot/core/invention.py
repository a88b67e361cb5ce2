"""Find what a model asserts though neither the message nor the thread says it (rubric R7).

The world is closed: each word must be said (``bot.core.said``), or free because it asserts nothing.
A sentence before the question states facts, so few words are free there. A question may ask for
what is unknown, so more are; but what it takes for granted ("the merger", "your demo", "the board
objected") must be said. Said words may still be put together to something that nobody said: a plan
told as done, a no as a yes, one person's words in another's mouth. The last rules look for these.
"""

from __future__ import annotations

from collections.abc import Iterator

from bot.core.free_words import FreeWordIndex, is_free
from bot.core.phrases import normalize
from bot.core.retelling import retold_wrongly
from bot.core.said import Said, is_number
from bot.core.word_forms import (
    WORD,
    base_forms,
    inflected_forms,
    is_time_name,
    number_of,
    numbers_in,
)
from bot.core.word_tables import MODALS, PAST_IRREGULAR, listed

_DETERMINERS = listed(
    """
    the their his her its your our my this these those whose
    """
)
_MODIFIERS = listed(
    """
    next same other whole right own main real current exact full last first only very actual
    best longer shorter lower higher
    """
)
_PAST_AUXILIARIES = listed(
    """
    did didn't was wasn't were weren't had hadn't
    """
)
_PERFECT = listed(
    """
    have haven't has hasn't
    """
)
_EVENTS = listed(
    """
    cut crisis failure error incident strike delay disruption setback shock rejection regret
    replacement reorganization penalty debt danger fight conflict mistake change launch trial
    review visit approval renewal training cancel launch reminder complaint increase audit deadline
    referral rollout kickoff pause promotion introduction
    """
)
_TAKEN_PART = listed("saw said asked used wanted needed decided heard met")
_INDEFINITE = listed(
    """
    a an any another some what which less more without of from to for against about no every each
    if would could might will can they you he she we it one
    """
)
_MAGNITUDES = listed(
    """
    k m hundred thousand million billion
    """
)
_ASSERTING = listed(
    """
    new old former recent previous sudden foreign early late broken dangerous expensive
    cheap unhappy worried young bad failed public missing hidden secret late alone guilty
    wrong second
    """
)
_COURTESIES = listed(
    """
    hi hello dear regards sincerely kind warm best fine glad happy welcome morning afternoon
    """
)
_UNITS = listed(
    """
    minute hour day week month quarter year
    """
)


def unsaid_in_mirror(mirror: str, said: Said, free: FreeWordIndex) -> list[str]:
    """Return what the sentence before the question asserts though nobody said it."""
    words = _words(mirror)
    return [
        *_strict(words, said),
        *(w for w in _unknown(words, said) if not is_free(w, free.anywhere)),
        *retold_wrongly(words, said, free),
    ]


def unsaid_in_question(question: str, said: Said, free: FreeWordIndex) -> list[str]:
    """Return what the question asserts or takes for granted though nobody said it."""
    words = _words(question)
    allowed = free.anywhere | free.given | free.verbs | free.open_nouns | free.open_words
    if not _is_about_the_past(words, said, free):
        allowed |= free.open_verbs
    return [
        *_strict(words, said, is_question=True),
        *(w for w in _unknown(words, said) if not is_free(w, allowed)),
        *_taken_for_granted(words, said, free),
        *_events(words, said),
    ]


def unsaid_in_advice(text: str, said: Said, free: FreeWordIndex) -> list[str]:
    """Return what a draft or a next step takes for granted though nobody said it.

    What may be asked or done is open there, but not what has happened.
    """
    words = _words(text)
    allowed = free.anywhere | free.given | free.verbs | _COURTESIES
    allowed |= free.open_nouns | free.open_words
    unknown = (w for w in _unknown(words, said) if _is_past(w) or not is_free(w, free.open_verbs))
    return [
        *(w for w in unknown if not is_free(w, allowed)),
        *_taken_for_granted(words, said, free),
        *_events(words, said),
    ]


def _is_past(word: str) -> bool:
    """Return whether a word may tell what happened: "they ignored us"."""
    return word in PAST_IRREGULAR or (word.endswith("ed") and len(word) > 4)


def _words(text: str) -> list[str]:
    return [w.replace("\u2019", "'") for w in WORD.findall(text)]


def _strict(written: list[str], said: Said, *, is_question: bool = False) -> Iterator[str]:
    """Find numbers, days, and names that were not said: no list makes these free."""
    words = [normalize(w) for w in written]
    numbers = numbers_in(words)
    expanded = said.expansions(words)
    for index, word in enumerate(words):
        if index in numbers:
            if number_of(word) == "50" and words[index + 1 : index + 3] == ["an", "hour"]:
                continue
            if is_question and _is_a_moment(words, index, said):
                continue
            is_pair = numbers[index] == "2" and said.holds_itself("both")
            if is_number(word) and numbers[index] not in said.numbers and not is_pair:
                yield word
            elif _unit_differs(words, index, numbers[index], said):
                yield f"{word} {words[index + 1]}"
        elif word == "an" and words[index + 1 : index + 2] == ["hour"]:
            if said.holds_itself("minute") and not said.holds_itself("hour"):
                yield "an hour"
        elif is_time_name(word):
            if not said.holds(word):
                yield word
        elif written[index][0].isupper() and index > 0 and index not in expanded:
            is_name = word not in ("i", "i'm", "i'll", "i've", "i'd")
            if is_name and not said.holds(word):
                yield word


def _is_a_moment(words: list[str], index: int, said: Said) -> bool:
    """Return whether a number only says "a moment": ten minutes of their day."""
    is_minutes = words[index + 1 : index + 2] in (["minutes"], ["minute"])
    return is_minutes and not (said.holds_itself("minute") or said.holds_itself("hour"))


def _events(written: list[str], said: Said) -> Iterator[str]:
    """Find what happened, or who did it, that nobody told: "the budget cut", "the rep who left"."""
    words = [normalize(w) for w in written]
    for index, word in enumerate(words):
        if said.holds(word):
            continue
        before = words[max(0, index - 2) : index]
        if inflected_forms(word) & _EVENTS and not any(w in _INDEFINITE for w in before):
            yield f"takes for granted: {word}"
        if (
            _is_past(word)
            and word not in _TAKEN_PART
            and before[-1:]
            and before[-1] in ("who", "that", "which")
        ):
            yield f"takes for granted: {before[-1]} {word}"


def _unit_differs(words: list[str], index: int, number: str, said: Said) -> bool:
    """Return whether "30 days" was said as "30 weeks"."""
    following = words[index + 1 : index + 2]
    unit = base_forms(following[0]) & _UNITS if following else frozenset()
    if not unit:
        return False
    all_words, numbers = said.words, numbers_in(said.words)
    places = [at for at, value in numbers.items() if value == number]
    near = {f for at in places for w in all_words[at + 1 : at + 4] for f in base_forms(w)} & _UNITS
    return bool(near) and not near & unit


def _unknown(written: list[str], said: Said) -> Iterator[str]:
    """Find words that were not said; numbers, days and names have been looked at."""
    words = [normalize(w) for w in written]
    numbers, expanded = numbers_in(words), said.expansions(words)
    skip = {i + 1 for i in numbers if i + 1 < len(words) and words[i + 1] in _MAGNITUDES}
    for index, word in enumerate(words):
        if index in numbers or index in expanded or index in skip or is_time_name(word):
            continue
        if base_forms(word) & said.epithets or not said.holds(word):
            yield word


def _is_about_the_past(written: list[str], said: Said, free: FreeWordIndex) -> bool:
    """Return whether a question takes for granted that something happened."""
    words = [normalize(w) for w in written]
    for index, word in enumerate(words):
        before = words[index - 1] if index else ""
        if word in _PAST_AUXILIARIES:
            return True
        if word in _PERFECT and before not in MODALS and words[index + 1 : index + 2] != ["to"]:
            return True
    second = words[1] if len(words) > 1 else ""
    return second.endswith("ed") or second in PAST_IRREGULAR


def _taken_for_granted(written: list[str], said: Said, free: FreeWordIndex) -> Iterator[str]:
    """Find "the merger", "your demo", "their biggest retailer": definite, and never said."""
    words = [normalize(w) for w in written]
    given = free.given | free.anywhere | free.verbs
    numbers = numbers_in(words)
    for index, word in enumerate(words[:-1]):
        if word not in _DETERMINERS and not word.endswith("'s"):
            continue
        if word in ("it's", "that's", "what's", "there's", "he's", "she's", "who's", "how's"):
            continue
        following = index + 1
        while following < len(words) - 1 and _is_modifier(words[following], free):
            following += 1
        if following in numbers:
            continue
        head = words[following]
        if not said.holds(head) and not is_free(head, given) and not is_time_name(head):
            yield f"{word} {head}"


def _is_modifier(word: str, free: FreeWordIndex) -> bool:
    is_open = is_free(word, free.open_words) and word not in _ASSERTING
    return word in _MODIFIERS or is_open
