"""Find verdicts, orders, feelings, and trap names in a model's words, in the light of the message.

The phrases of ``prompts/rubric.toml`` are right for sentences of the playbook. A model repeats what
the seller said, and then "they must show three bids" is no order, "the labelling on the vials" no
trap. So an order counts if it is to the seller, and a word of the message counts if it is no longer
about what it was about there. Nobody's insult is repeated, except as the words of who said it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from bot.core.free_words import FreeWordIndex
from bot.core.phrases import Phrases, normalize
from bot.core.playbook_model import Rubric
from bot.core.said import Said
from bot.core.tone_patterns import (
    ABOUT_THE_SELLER,
    ADVICE,
    ASKED_OF_YOU,
    ATTRIBUTED,
    BAD_OPENING,
    DO_NOT,
    FEELINGS,
    GOES_WRONG,
    HARMLESS,
    MUST,
    NO_CHEER,
    NO_ORDERS,
    OBJECTS,
    OF_ONESELF,
    OPENINGS_IN_CONTEXT,
    OPINION_VERBS,
    ORDERS,
    PARTICLES,
    PAST_OR_YOU,
    QUOTED,
    REPORTED,
    SOFT,
    SOMEBODY_IS,
    THEN_DO,
    TO_YOU,
    TOO,
    TRAP_WORD,
    VERDICT,
)
from bot.core.word_forms import WORD, base_forms, words_of

_EVERYDAY = "pitching"  # what sellers call a part of their work, too


class ToneRules:
    """Checks one part of a draft at a time.

    Args:
        rubric: The phrases.
        free: Knows the verbs with which an order may begin.

    Attributes:
        free: the same.
    """

    def __init__(self, rubric: Rubric, free: FreeWordIndex) -> None:
        self.free = free
        self._verdicts = [(word, Phrases((word,))) for word in rubric.verdicts]
        self._any_verdict = Phrases(rubric.verdicts)
        self._feelings = Phrases(f for f in rubric.feelings if f not in OPINION_VERBS)
        self._cheering = Phrases(rubric.cheering)
        self._harsh = Phrases(rubric.harsh_lines)
        self._openings = Phrases(o for o in rubric.openings if o not in OPENINGS_IN_CONTEXT)

    def violations(self, written: str, said: Said) -> Iterator[str]:
        """Return which rules a mirror sentence or a question breaks.

        Args:
            written: The model's sentence.
            said: The message and its thread.
        """
        text = normalize(written)
        yield from self._orders(written, text)
        yield from self._judgments(text, said)
        yield from self._trap_names(text, said)
        for hit in (self._feelings.first_match(text), _found(FEELINGS, text)):
            if hit and not any(said.holds_itself(word) for word in words_of(hit)[-1:]):
                yield f"R2 names a feeling: {hit}"
        if (hit := self._cheering.first_match(NO_CHEER.sub(" ", text))) and hit not in said.text:
            yield f"R8 cheers: {hit}"
        if hit := self._harsh.first_match(text):
            yield f"R10 quotes a harsh line: {hit}"
        if hit := self._openings.first_match(text) or _found(BAD_OPENING, text):
            yield f"R3 opens badly: {hit}"

    def judgments(self, written: str, said: Said) -> Iterator[str]:
        """Return the judgments and trap names in a sentence that only the seller reads."""
        text = normalize(written)
        yield from self._judgments(text, said)
        yield from self._trap_names(text, said)

    def remarks(self, written: str, said: Said) -> Iterator[str]:
        """Return the verdicts and trap names in what is said to the seller about how things go.

        Soft words stay unless they are about somebody: "a flat no is too much".
        """
        yield from self._verdicts_in(normalize(written), said)
        yield from self._trap_names(normalize(written), said, but=_EVERYDAY)

    def insults(self, written: str, said: Said) -> Iterator[str]:
        """Return the verdicts in a text that a customer may get; said or not, none is sent.

        Soft words of judgment stay: "what went wrong" is a fair question to a customer.
        """
        text = normalize(written)
        yield from self._verdicts_in(text, said)
        yield from self._trap_names(text, said)

    def _verdicts_in(self, written: str, said: Said) -> Iterator[str]:
        text = OF_ONESELF.sub(" ", written)
        if self._any_verdict.first_match(text):
            for word, phrases in self._verdicts:
                is_about_somebody = word not in SOFT or SOMEBODY_IS.search(text.partition(word)[0])
                if phrases.first_match(text) and is_about_somebody:
                    yield f"R5 holds a verdict: {word}"
        for match in VERDICT.finditer(text):
            is_harmless = HARMLESS.fullmatch(match.group()) and not SOMEBODY_IS.search(
                text[: match.start()]
            )
            if not is_harmless and not _said_as_is(match.group(), text, said):
                yield f"R5 holds a verdict: {match.group()}"

    def pats_on_the_back(self, written: str, said: Said) -> Iterator[str]:
        """Return the praise and the names of feelings in a suggestion to the seller; in words to
        say, somebody else may be congratulated."""
        text = normalize(QUOTED.sub(" ", written))
        if (hit := self._cheering.first_match(NO_CHEER.sub(" ", text))) and hit not in said.text:
            yield f"R8 cheers: {hit}"
        if hit := _found(FEELINGS, text):
            yield f"R2 names a feeling: {hit}"

    @staticmethod
    def commands(written: str, said: Said) -> Iterator[str]:
        """Return what tells somebody that they must, which a suggestion doesn't."""
        text = normalize(written)
        for match in MUST.finditer(text):
            if not REPORTED.search(text[: match.start()]) and match.group() not in said.text:
                yield f"R6 directs: {match.group()}"

    def _orders(self, written: str, text: str) -> Iterator[str]:
        for match in TO_YOU.finditer(text):
            is_asked = ASKED_OF_YOU.search(text)
            before = text[: match.start()]
            if not is_asked and not REPORTED.search(before):
                yield f"R6 directs: {match.group()}"
        for pattern in (ADVICE, DO_NOT):
            if hit := _found(pattern, text):
                is_question = text.endswith("?") and hit.startswith("you")
                if not is_question:
                    yield f"R6 directs: {hit}"
        as_written = WORD.findall(written)
        words = [normalize(w) for w in as_written]
        if len(words) > 1 and self._is_order(words[0], words[1], as_written[1]):
            yield f"R6 directs: {words[0]}"
        for match in THEN_DO.finditer(text):
            if self._is_order(match["verb"], "it"):
                yield f"R6 directs: {match.group()}"

    def _is_order(self, first: str, second: str, second_as_written: str = "") -> bool:
        """Return whether a sentence that begins with these words tells somebody to do something."""
        verbs = (self.free.verbs | self.free.open_verbs | ORDERS) - NO_ORDERS
        if first in ORDERS and second not in PARTICLES:
            return True
        return first in verbs and (second in OBJECTS or second_as_written[:1].isupper())

    def _judgments(self, text: str, said: Said) -> Iterator[str]:
        text = GOES_WRONG.sub("happens", text)
        if self._any_verdict.first_match(text):
            for word, phrases in self._verdicts:
                if phrases.first_match(text) and not self._is_reported(word, text, said):
                    yield f"R5 holds a verdict: {word}"
        for match in VERDICT.finditer(text):
            if not _said_as_is(match.group(), text, said) and not _is_soft_and_said(
                match.group(), said
            ):
                yield f"R5 holds a verdict: {match.group()}"
        is_claim = not text.endswith("?") or PAST_OR_YOU.search(text)
        if is_claim and (hit := _found(TOO, text)) and not said.holds_itself("too"):
            yield f"R5 holds a verdict: {hit}"

    @staticmethod
    def _is_reported(word: str, text: str, said: Said) -> bool:
        """Return whether a soft word of judgment is the message's, and told as somebody's words."""
        if word not in SOFT or not said.holds_itself(word):
            return False
        following = words_of(text.partition(word)[2])[:1]
        same_thing = following and any(
            base_forms(following[0]) & base_forms(n) for n in _near(word, said)
        )
        return bool(same_thing or ATTRIBUTED.search(text))

    @staticmethod
    def _trap_names(text: str, said: Said, *, but: str = "") -> Iterator[str]:
        """Find names of traps; one of the message stays if it is next to the same words there.

        Args:
            but: a name that is none here.
        """
        for match in TRAP_WORD.finditer(text):
            word = match.group()
            if word == but:
                continue
            around = text[max(0, match.start() - 16) : match.end() + 8]
            neighbors = words_of(text[match.end() :])[:3]
            is_said = " " not in word and said.holds_itself(word)
            same_topic = any(
                len(n) > 3 and base_forms(n) & base_forms(near)
                for n in neighbors
                for near in _near(word, said)
            )
            if not (is_said and same_topic and not ABOUT_THE_SELLER.search(around)):
                yield f"R5 names the trap: {word}"


def _near(word: str, said: Said) -> Iterator[str]:
    """Return the words that stand close behind a word in what was said."""
    wanted = base_forms(word)
    for index, each in enumerate(said.words):
        if base_forms(each) & wanted:
            yield from said.words[index + 1 : index + 5]


def _is_soft_and_said(phrase: str, said: Said) -> bool:
    """Return whether "they hold you responsible" says what "they say it's our fault" says."""
    return phrase in ("responsible for", "fault") and said.holds(phrase.split()[0])


def _said_as_is(phrase: str, sentence: str, said: Said) -> bool:
    """Return whether a phrase is the message's, or its end is, told as somebody's words."""
    ending = " ".join(words_of(phrase)[-2:])
    if phrase.count(" ") > 1 and ATTRIBUTED.search(sentence) and ending in " ".join(said.words):
        return True
    return " " in phrase and phrase.replace("'", "") in said.text.replace("'", "")


def _found(pattern: re.Pattern[str], text: str) -> str | None:
    match = pattern.search(text)
    return match.group().strip() if match else None
