"""Find said words that were put together to something that nobody said.

A plan told as done, a no as a yes, one person's words in another's mouth. The rules look at a few
words around each verb, in the sentence and in what was said.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from bot.core.free_words import FreeWordIndex, is_free
from bot.core.phrases import normalize
from bot.core.said import Said
from bot.core.word_forms import base_forms, inflected_forms
from bot.core.word_tables import MODALS, PAST_IRREGULAR, listed

_FUTURE = listed(
    """
    will 'll gonna going to may might could would should plan planning want wants hope
    hoping can must lets let's i'll we'll they'll he'll she'll wanna about if once when
    unless
    """
)
_BE = listed(
    """
    is are am 's 're i'm we're they're he's she's it's
    """
)
_NEGATIONS = listed(
    """
    not no zero never nobody none nothing without neither nor hardly cannot dont didnt doesnt
    wont isnt arent cant wasnt werent hasnt havent couldnt wouldnt n't refuse refuses
    refused refusing
    """
)
_OPEN = listed(
    """
    would could should may might will still until waiting wait yet least if stopped silence
    quiet missing lacks lacking
    """
)
_ADVERBS = listed(
    """
    just now also both still already then only all even first again have has had really
    finally and not never always
    """
)
_WISHES = listed(
    """
    want need like get have prefer expect ask
    """
)
_PRONOUNS = listed(
    """
    i we you he she they it who that which
    """
)
_SPEECH = listed(
    """
    say tell ask want promise write request insist mention offer call claim need agree
    """
)
_ROLE_ENDINGS = ("er", "or", "ist", "ant", "ary", "man", "rep", "head", "eer", "ian", "ess", "mgr")
_REACH = 5  # words that a negation or a plan reaches


def retold_wrongly(written: Sequence[str], said: Said, free: FreeWordIndex) -> Iterator[str]:
    """Return what the words of a sentence tell otherwise than it was said.

    Args:
        written: The words of a mirror sentence, in order.
        said: The message and its thread.
        free: Knows which words are verbs.
    """
    words = [normalize(w) for w in written]
    yield from _plans_told_as_done(words, said)
    yield from _turned_around(words, said, free)
    yield from _other_speakers(words, said, free)


def _is_past(word: str) -> bool:
    return word in PAST_IRREGULAR or (word.endswith("ed") and len(word) > 4)


def _plans_told_as_done(words: list[str], said: Said) -> Iterator[str]:
    """Find what is told as done by whom it wasn't, or not yet: "you sent" for "I'll send"."""
    for index, word in enumerate(words):
        if not _is_past(word) or not said.holds_itself(word):
            continue
        before = words[max(0, index - 3) : index]
        if any(w in MODALS or w in _BE or w in ("be", "been", "was", "were") for w in before):
            continue
        if any(inflected_forms(w) & _WISHES for w in words[max(0, index - 5) : index]):
            continue  # "wants the leak fixed"
        wants_you = _subject_is_you(words, index)
        if not any(_is_done(sentence, at, wants_you) for sentence, at in _places(word, said)):
            yield f"not done, or by somebody else: {word}"


def _subject_is_you(words: list[str], at: int) -> bool:
    """Return whether "you", or "you and your boss", does what the verb says."""
    before = [w for w in words[:at] if w not in _ADVERBS or w == "and"]
    return before[-1:] == ["you"] or before[-4:-2] == ["you", "and"]


def _places(word: str, said: Said) -> Iterator[tuple[list[str], int]]:
    """Return where a word was said: the sentence, and the index in it."""
    wanted = base_forms(word)
    for sentence in said.clauses:
        for at, each in enumerate(sentence):
            if base_forms(normalize(each)) & wanted:
                yield sentence, at


def _is_done(sentence: list[str], at: int, wants_you: bool) -> bool:
    """Return whether a verb tells what was done, by the seller if that is wanted."""
    words = [normalize(w) for w in sentence]
    word, before = words[at], words[max(0, at - _REACH) : at]
    close = before[-2:]
    if any(w in _FUTURE or w.endswith("'ll") for w in close):
        return False
    if word.endswith("ing") and any(w in _BE or w.endswith("'s") for w in close):
        return False
    if not wants_you:
        return True
    subjects = [i for i in range(max(0, at - 2), at) if words[i] not in _ADVERBS]
    if not subjects:
        return True
    last = subjects[-1]
    is_named = sentence[last][0].isupper() and words[last] not in ("i", "we") and last + 1 == at
    return not (is_named or words[last] in ("he", "she", "they"))


def _turned_around(words: list[str], said: Said, free: FreeWordIndex) -> Iterator[str]:
    """Find a no that became a yes, or the other way around."""
    for index, word in enumerate(words):
        to_be_done = word.endswith("ing") or (index > 0 and words[index - 1] == "to")
        if to_be_done or not said.holds_itself(word):
            continue
        if not (is_free(word, free.verbs | free.open_verbs) or _is_past(word)):
            continue
        places = [([normalize(w) for w in s], at) for s, at in _places(word, said)]
        if _is_negated(words, index):
            differs = not any(w in _NEGATIONS | _OPEN or w.endswith("n't") for w in said.words)
        else:
            differs = all(_is_negated(s, at) for s, at in places)
        if places and differs:
            yield f"turned around: {word}"


def _is_negated(words: list[str], at: int) -> bool:
    near = words[max(0, at - _REACH) : at]
    joints = [i for i, w in enumerate(near) if w in ("and", "but")]
    near = near[joints[-1] + 1 if joints else 0 :]
    return any(w in _NEGATIONS or w.endswith("n't") for w in near)


def _other_speakers(words: list[str], said: Said, free: FreeWordIndex) -> Iterator[str]:
    """Find one person's words in another's mouth: "Tom says" where Wei said it."""
    for index, word in enumerate(words):
        if index == 0 or word.endswith("ing") or not inflected_forms(word) & _SPEECH:
            continue
        at = index - 1
        while at > 0 and words[at] in _ADVERBS:
            at -= 1
        subject = words[at]
        if subject in _PRONOUNS or not said.holds_itself(subject):
            continue
        places = list(_places(word, said))
        phrase = [subject, *(w for w in words[max(0, at - 4) : at] if len(w) > 2)]
        alike = {f for w in phrase for s in (w, *free.same_as(w)) for f in base_forms(s)}
        if not places or any(_is_near(alike, clause, place) for clause, place in places):
            continue
        spoken_to = any(_is_spoken_to(subject, clause, place) for clause, place in places)
        if spoken_to or all(_speaker(clause, place, free) for clause, place in places):
            yield f"said by somebody else: {subject} {word}"


def _is_spoken_to(name: str, clause: list[str], at: int) -> bool:
    return any(base_forms(normalize(w)) & base_forms(name) for w in clause[at + 1 : at + 3])


def _speaker(sentence: list[str], at: int, free: FreeWordIndex) -> str | None:
    """Return the person right before a verb; None if it is no name or role."""
    before = [w for w in sentence[:at] if normalize(w) not in _ADVERBS]
    if not before:
        return None
    name = normalize(before[-1])
    is_whose = len(before) > 1 and before[-2].endswith(("'s", "\u2019s"))
    is_person = before[-1][0].isupper() or is_whose or name.endswith(_ROLE_ENDINGS)
    return name if is_person and name not in _PRONOUNS and not free.knows(name) else None


def _is_near(forms: frozenset[str] | set[str], sentence: list[str], at: int) -> bool:
    """Return whether one of the forms stands close before a verb, and not as "surgeon's"."""
    near = [normalize(w) for w in sentence[max(0, at - _REACH) : at]]
    owners = [i for i, w in enumerate(near) if w.endswith("'s") and i + 1 < len(near)]
    return any(base_forms(w) & forms for w in near[owners[-1] + 1 if owners else 0 :])
