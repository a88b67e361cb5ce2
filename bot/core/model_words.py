"""Check words that a language model wrote, before anyone reads them. In doubt they are refused.

The rubric (``bot.core.guard``) lists what may not be said, and a list has holes. Here the rule is
the other way around: plain letters, plain words (``bot.core.vocabulary``) and words of the message
are allowed, and nothing else is. So no invented name or number, insult, link, foreign script,
markup or invisible character can pass, whatever it looks like.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from bot.core.phrases import Phrases, normalize
from bot.core.vocabulary import MIRROR, MIRROR_OPENERS, QUESTION, STATES

_ALLOWED = re.compile(r"[A-Za-z0-9 ,.?;'\u2019-]*")
_WORD = re.compile(r"[A-Za-z]+(?:['\u2019-][A-Za-z]+)*")
_TOKEN = re.compile(r"(?P<word>[A-Za-z]+(?:['\u2019-][A-Za-z]+)*|\d{1,9}[km]?)[,.?;]?")
_MESSAGE_WORD = re.compile(r"[^\W\d_]+(?:['\u2019-][^\W\d_]+)*")
_MESSAGE_NUMBER = re.compile(r"\d+[km]?")
_ENDINGS = (("ies", "y"), ("ied", "y"), ("es", ""), ("s", ""), ("ed", ""), ("ed", "e"))
_LONGEST_WORD = 24  # letters

_PEOPLE = (
    r"they|he|she|you|we|i|these|those|everybody|everyone|nobody|someone|somebody|who|people|guys"
    r"|folks|team|side|buyers?|customers?|clients?|prospects?|champions?|sponsors?|procurement"
    r"|purchasing|c[a-z]o|vp|boss|managers?|directors?|owners?|person|colleagues?|vendors?|company"
)
_BETWEEN = r"has|have|had|all|there|here|over|both|still|may|will|would|could|can|might"
_BE = (
    r"'s|'re|\s{1,9}(?:is|are|was|were|be|being|been|isn't|aren't|wasn't|weren't|seems?|looks?|sounds?"
    r"|acts?|acted|got|gets?|remains?|stays?)"
)
_SUBJECT = rf"\b(?:{_PEOPLE})(?:\s{{1,9}}(?:{_BETWEEN})){{0,3}}(?P<be>{_BE})"
_PREDICATE = re.compile(rf"{_SUBJECT}\s{{1,9}}(?P<rest>[\w'-]+(?:\s+[\w'-]+)?)")
_CLAUSE = re.compile(rf"{_SUBJECT}\s(?P<rest>[^.,;:!?\n]{{1,60}})")
_PRONOUNS = re.compile(r"(?:they|he|she|you|we|i|who|\w{1,6}body|\w{1,6}one)'")
_ADVERBS = frozenset({"not", "still", "now", "also", "all", "both", "yet", "so", "even", "only"})
_NOUN_MARKERS = frozenset({"a", "an", "the", "such", "like", "these", "those", "that"})
_CLAIMS = Phrases(
    (
        "owe", "owes", "owed", "deserve", "deserves", "deserved", "earned", "fault", "faults",
        "guilty", "responsible for", "supposed to", "because of", "due to us", "our right",
        "no right", "ungrateful", "loyal", "loyalty", "wasted", "waste", "wasting", "ignored",
        "ignore", "ignores", "ignoring", "refuse", "refuses", "refused", "lied", "lie", "lies",
        "lying", "cheated", "promised",
    )
)  # fmt: skip
_EXCLAMATION = re.compile(r"\s*(?:what an?|how [a-z]+ly)\b", re.IGNORECASE)
_ADVICE_TO_YOU = re.compile(
    r"\byou(?:'d)? (?:might|may|could|would|can|will|ought|owe|want|better|had better)\b"
)


def mirror_problems(mirror: str, message: str, verdicts: Phrases) -> list[str]:
    """Return why a model's mirror sentence can't be shown; empty if it can.

    Args:
        mirror: The model's sentence.
        message: The seller's.
        verdicts: Words of judgment, which the seller may have used and the bot may not.
    """
    found = _problems(mirror, message, verdicts, MIRROR)
    first = _WORD.match(mirror)
    opener = normalize(first.group()) if first else ""
    is_name = first is not None and first.group() in message and first.group()[0].isupper()
    if opener not in MIRROR_OPENERS and not is_name:
        found.append(f"begins with: {opener}")
    if hit := _ADVICE_TO_YOU.search(normalize(mirror)):
        found.append(f"advises: {hit.group()}")
    return found


def question_problems(question: str, message: str, verdicts: Phrases, template: str) -> list[str]:
    """Return why a model's version of a question can't be asked; empty if it can.

    Args: see ``mirror_problems``; ``template`` is the playbook's question, whose words are allowed.
    """
    found = _problems(question, f"{message} {template}", verdicts, QUESTION)
    return [*found, "an exclamation"] if _EXCLAMATION.match(question) else found


def rewording_problems(reworded: str, message: str, verdicts: Phrases) -> list[str]:
    """Return why a model's rewording can't be shown to the seller; empty if it can.

    Args: see ``mirror_problems``.
    """
    return _problems(reworded, message, verdicts, QUESTION | {"i'd", "need"})


def _problems(
    written: str, message: str, verdicts: Phrases, vocabulary: frozenset[str]
) -> list[str]:
    if not _ALLOWED.fullmatch(written):
        return ["a character that is not plain"]
    plain = normalize(written)
    found = [*_unknown(written, message, vocabulary), *_predicates(plain)]
    for phrases in (verdicts, _CLAIMS):
        if hit := phrases.first_match(plain):
            found.append(f"a verdict: {hit}")
    return found


def _unknown(written: str, message: str, vocabulary: frozenset[str]) -> Iterator[str]:
    """Find what is neither plain nor said in the message."""
    said = _message_forms(message) - _message_forms(_said_of_people(message))
    numbers = set(_MESSAGE_NUMBER.findall(message.lower()))
    for token in written.split():
        match = _TOKEN.fullmatch(token)
        if match is None:
            yield "an odd token"
            continue
        word = normalize(match["word"])
        if word[0].isdigit():
            if word not in numbers:
                yield f"not in the message: {word}"
        elif len(word) > _LONGEST_WORD:
            yield "a word that is too long"
        elif not (word in vocabulary or _forms(word) & said or _forms(word) & vocabulary):
            yield f"neither plain nor in the message: {word}"


def _message_forms(text: str) -> set[str]:
    return {form for word in _MESSAGE_WORD.findall(text) for form in _forms(normalize(word))}


def _said_of_people(message: str) -> str:
    """Return what the seller says somebody is: the bot must not say it after them."""
    clauses = (match["rest"] for match in _CLAUSE.finditer(normalize(message)))
    return " ".join(c for c in clauses if c.split(" ", 1)[0] not in STATES)


def _forms(word: str) -> frozenset[str]:
    """Return the word and its likely base forms: answered, answer; replies, reply."""
    forms = {word}
    bare = word.removesuffix("'s")
    forms.add(bare)
    for suffix, instead in (
        ("ies", "y"),
        ("ied", "y"),
        ("es", ""),
        ("s", ""),
        ("ed", ""),
        ("ed", "e"),
    ):
        if bare.endswith(suffix) and len(bare) - len(suffix) >= 3:
            forms.add(bare.removesuffix(suffix) + instead)
    if bare.endswith("ing") and len(bare) >= 6:
        forms |= {bare[:-3], f"{bare[:-3]}e"}
    return frozenset(forms)


def _predicates(plain: str) -> Iterator[str]:
    """Find what says how somebody is: "they are crooks", "the buyer is a ..."."""
    for match in _PREDICATE.finditer(plain):
        words = match["rest"].split()
        while len(words) > 1 and words[0] in _ADVERBS:
            words = words[1:]
        is_possessive = match["be"] == "'s" and not _PRONOUNS.match(match.group())
        is_judgment = words[0] in _NOUN_MARKERS or words[0] not in STATES | _ADVERBS
        if is_judgment and not (is_possessive and words[0] not in _NOUN_MARKERS | _ADVERBS):
            yield f"says how somebody is: {match.group()}"
