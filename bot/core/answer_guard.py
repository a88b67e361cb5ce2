"""Check a model's answer to an ask: its shape, its facts, and its tone.

What the rules can read depends on the language. In every language: the shape, the lengths, no
mention, link, or odd character, and no number that the ask doesn't hold; names where a capital
letter marks them. In English also days and months, verdicts, insults, trap names and orders, and
every single word if nobody reads the answer a second time
(``docs/decisions/0047-an-answer-to-what-was-asked.md``).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from bot.core.free_words import free_word_index
from bot.core.guard import has_emoji, has_link_or_mention
from bot.core.intents import Intent
from bot.core.invention import unsaid_in_advice, unsaid_in_question
from bot.core.leads import lines_with_leads
from bot.core.llm_answer import LlmAnswer
from bot.core.phrases import normalize
from bot.core.playbook_model import FreeWords, Rubric
from bot.core.policy import AnswerLengths
from bot.core.said import Said
from bot.core.sentences import others_hang_on, sentences_of
from bot.core.stated_facts import unsaid_names, unsaid_numbers, unsaid_times
from bot.core.sums import following_numbers
from bot.core.tone import ToneRules

ENGLISH = "en"
LanguageReader = Callable[[str], str]
"""Returns the ISO 639-1 code of a text's language; ``en`` if it may be English."""

_REPLY, _QUESTIONS, _DRAFT, _NEXT_STEP = "reply", "questions", "draft", "next step"
_TO_THE_SELLER = frozenset({_REPLY, _NEXT_STEP})
_QUESTION_MARKS = "?\uff1f\u061f\u037e;"  # the last two are Greek
_DRAFT_NEEDED = frozenset({Intent.EMAIL, Intent.REWORD})
_PLAIN_SIGNS = frozenset(
    " \n.,:;?'()-/%&+$_\"\u2018\u2019\u2013\u2014\u2026\u20ac\u00a3\u00a5\u00b7\u00bf"
    "\u201c\u201d\u201e\u00ab\u00bb\u3001\u3002\uff0c\uff1f\uff1a\u060c\u061f\u0964"
)
_JOINERS = frozenset("\u200c\u200d")  # Persian and Indian scripts are spelled with them
_BLANK = re.compile(r"_{2,}")
_ANNOUNCES = re.compile(
    r":$|\b(?:draft|message|e?mail|note|text|opener|opening|questions?|below|line)\b",
    re.IGNORECASE | re.MULTILINE,
)
"""A reply that may speak of the draft or the questions, so that they can't be left out."""


@dataclass(frozen=True, slots=True)
class _Basis:
    """What an answer may build on.

    Attributes:
        said: the ask.
        following: the numbers that the answer works out of it, as digits.
        language: of the answer, as ISO 639-1.
    """

    said: Said
    following: frozenset[str]
    language: str


class AnswerGuard:
    """Checks answers.

    Args:
        rubric: The phrases that no reply may contain.
        free_words: What an answer may say though the ask doesn't.
        lengths: How long it may be.
        language_of: Reads the language of an answer.
    """

    def __init__(
        self,
        rubric: Rubric,
        free_words: FreeWords,
        lengths: AnswerLengths,
        language_of: LanguageReader,
    ) -> None:
        self._free = free_word_index(free_words)
        self._tone = ToneRules(rubric, self._free)
        self._lengths = lengths
        self._language_of = language_of

    def is_english(self, answer: LlmAnswer) -> bool:
        """Return whether the English rules can read an answer."""
        return self._language_of(answer.text) == ENGLISH

    def violations(self, answer: LlmAnswer, ask: str, intent: Intent) -> list[str]:
        """Return every rule that an answer breaks, in plain words; empty if it may be shown to
        somebody who reads it a second time.

        Args:
            answer: The model's.
            ask: What the seller wrote.
            intent: What the ask is about.
        """
        wrong = list(self._shape(answer, intent))
        if wrong:
            return wrong  # the other rules are for texts of a sane length
        basis = self._basis(answer, ask)
        for name, part in _parts(answer):
            wrong += self._part_violations(name, part, basis)
        return wrong

    def _basis(self, answer: LlmAnswer, ask: str) -> _Basis:
        said = Said(ask, (), self._free)
        told = f"{answer.reply}\n{answer.next_step}\n{answer.draft}"
        following = following_numbers(said.numbers, ask, told)
        return _Basis(said, following, self._language_of(answer.text))

    def _part_violations(self, name: str, part: str, basis: _Basis) -> list[str]:
        wrong = [f"{name}: {why}" for why in self._facts(name, part, basis)]
        if basis.language == ENGLISH:
            wrong += [f"{name}: {why}" for why in self._english_tone(name, part, basis.said)]
        return wrong

    def sound(self, answer: LlmAnswer, ask: str, intent: Intent) -> LlmAnswer | None:
        """Return an answer that breaks no rule: without the last moves of a reply that is too long,
        and without the questions, the draft, the step, and the few sentences of the reply that do.

        Args: see ``violations``.

        Returns:
            None if what is left doesn't answer the ask, or if there is a link or a mention
            anywhere, which nobody asked for.
        """
        answer = replace(answer, reply=self._shortened(answer.reply))
        if not self.violations(answer, ask, intent):
            return answer
        if list(self._shape(answer, intent)) or has_link_or_mention(answer.text):
            return None
        basis = self._basis(answer, ask)

        def kept(name: str, part: str) -> str:
            return "" if self._part_violations(name, part, basis) else part

        questions = (kept(_QUESTIONS, question) for question in answer.questions)
        left = replace(
            answer,
            reply=self._sound_reply(answer.reply, basis),
            questions=tuple(question for question in questions if question),
            draft=kept(_DRAFT, answer.draft),
            next_step=kept(_NEXT_STEP, answer.next_step),
        )
        is_answered = bool(left.reply or not answer.reply)
        lost = (answer.draft and not left.draft) or (answer.questions and not left.questions)
        if not is_answered or (lost and _ANNOUNCES.search(left.reply)):
            return None
        return left if not self.violations(left, ask, intent) else None

    def _shortened(self, reply: str) -> str:
        """Return a reply without its last moves, if it is too long with them."""
        lines = reply.splitlines()
        while len(lines) > 2 and self._is_too_long("\n".join(lines)):
            del lines[-1]
        return "\n".join(lines)

    def _is_too_long(self, reply: str) -> bool:
        return _is_longer(reply, self._lengths.reply_words, self._lengths.reply_characters)

    def _sound_reply(self, reply: str, basis: _Basis) -> str:
        """Return a reply without its faulty sentences; empty if there are too many of them, or if
        others hang on one.

        A line with a lead is one move, and goes whole: judges found that a move makes no sense
        without one of its sentences.
        """
        left_out = 0
        lines: list[str] = []
        for lead, rest in lines_with_leads(reply):
            # The empty line before a move says that it isn't the first line, which has no lead.
            sentences = [f"\n{lead} {rest}"] if lead else sentences_of(rest)
            faulty = [bool(self._part_violations(_REPLY, s, basis)) for s in sentences]
            if any(faulty) and others_hang_on(sentences, faulty):
                return ""
            left_out += sum(faulty)
            kept = [s for s, is_faulty in zip(sentences, faulty, strict=True) if not is_faulty]
            if kept:
                lines.append(" ".join(kept).strip())
        return "" if left_out > self._lengths.faulty_sentences else "\n".join(lines)

    def unread_violations(self, answer: LlmAnswer, ask: str) -> list[str]:
        """Return what forbids to show an answer that nobody reads a second time.

        Each of its words must then be known, and only English ones are.
        """
        if not self.is_english(answer):
            return ["another language, and no second reading"]
        said = Said(ask, (), self._free)
        unsaid = [w for q in answer.questions for w in unsaid_in_question(q, said, self._free)]
        for part in (answer.reply, answer.draft, answer.next_step):
            unsaid += unsaid_in_advice(_BLANK.sub(" ", part), said, self._free)
        return [f"not in the ask: {word}" for word in unsaid]

    def _shape(self, answer: LlmAnswer, intent: Intent) -> Iterator[str]:
        lengths = self._lengths
        if self._is_too_long(answer.reply):
            yield "reply: too long"
        if not (answer.reply or answer.draft or (answer.questions and answer.next_step)):
            yield "reply: nothing is answered"
        most, different = lengths.most_questions, {normalize(q) for q in answer.questions}
        if len(answer.questions) > most or len(different) != len(answer.questions):
            yield f"questions: not {most} different ones at most"
        for question in answer.questions:
            if not question.endswith(tuple(_QUESTION_MARKS)) or "\n" in question:
                yield "questions: not a question on one line"
            if sum(question.count(mark) for mark in "?\uff1f\u061f") > 1:
                yield "questions: two in one"
            if _is_longer(question, lengths.question_words, lengths.question_characters):
                yield "questions: too long"
        if not answer.draft and intent in _DRAFT_NEEDED:
            yield "draft: asked for, and missing"
        if _is_longer(answer.draft, lengths.draft_words, lengths.draft_characters):
            yield "draft: too long"
        if answer.draft.count("\n") >= lengths.draft_lines:
            yield "draft: too many lines"
        if "\n" in answer.next_step:
            yield "next step: not one line"
        if _is_longer(answer.next_step, lengths.next_step_words, lengths.next_step_characters):
            yield "next step: too long"

    @staticmethod
    def _facts(name: str, part: str, basis: _Basis) -> Iterator[str]:
        said, language = basis.said, basis.language
        if has_link_or_mention(part):
            yield "link, mention or channel call"
        if has_emoji(part) or not all(_is_plain(c) for c in part) or "_" in _BLANK.sub("", part):
            yield "exclamation mark, emoji, markup, or odd character"
        following = basis.following
        yield from unsaid_numbers(part, said, following=following, is_plan=name != _DRAFT)
        yield from unsaid_names(part, said, language, is_plan=name in _TO_THE_SELLER)
        if language == ENGLISH:
            yield from unsaid_times(part, said, is_plan=name in _TO_THE_SELLER)

    def _english_tone(self, name: str, part: str, said: Said) -> Iterator[str]:
        if name == _REPLY:
            yield from self._tone.remarks(part, said)
        elif name == _NEXT_STEP:
            yield from self._tone.judgments(part, said)
        else:
            yield from self._tone.insults(part, said)
        if name in _TO_THE_SELLER:
            yield from self._tone.pats_on_the_back(part, said)
        if name != _QUESTIONS:  # "What should I know before we talk?" is no order
            yield from self._tone.commands(part, said)


def _parts(answer: LlmAnswer) -> Iterator[tuple[str, str]]:
    yield _REPLY, answer.reply
    yield from ((_QUESTIONS, question) for question in answer.questions)
    yield _DRAFT, answer.draft
    yield _NEXT_STEP, answer.next_step


def _is_longer(text: str, words: int, characters: int) -> bool:
    return len(text.split()) > words or len(text) > characters


def _is_plain(character: str) -> bool:
    """Return whether a character is a letter, a digit, or plain punctuation of any language."""
    if character in _PLAIN_SIGNS or character in _JOINERS:
        return True
    category = unicodedata.category(character)
    return category[0] in "LM" or category == "Nd"
