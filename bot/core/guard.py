"""Check every reply against the rubric (R1 to R10 of ``coaching.md``, section 3).

Evidence behind the rubric: feedback aimed at the self lowers performance in a third of cases
(Kluger & DeNisi 1996), control of thoughts raises reactance (Ma, Tang & Kay 2019), open questions
without persuasion mark good coaching (MITI). Rules that need a reader (R4, parts of R2 and R7) are
covered by reviewing the templates; this module checks the rules that code can check.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from bot.core.free_words import free_word_index
from bot.core.invention import (
    unsaid_in_mirror,
    unsaid_in_question,
)
from bot.core.model import Reply
from bot.core.phrases import Phrases
from bot.core.plain_characters import odd_characters
from bot.core.playbook_model import FreeWords, Rubric
from bot.core.policy import ReplyLimits
from bot.core.said import Said
from bot.core.tone import ToneRules

LIMITS = ReplyLimits()
NO_FREE_WORDS = FreeWords()

_SENTENCE_END = re.compile(r"(?<!\bMr)(?<!\bMs)(?<!\bDr)(?<!\bSt)(?<!\bMrs)[.?!](?=\s|$)")
_WHAT_OR_HOW = re.compile(r"^(What|How)\b")
_WHY = re.compile(r"\bwhy\b", re.IGNORECASE)
_EMOJI = re.compile(
    r":[a-z0-9_+-]+:|[\u203c\u2049\u2190-\u21ff\u2300-\u23ff\u25a0-\u27bf"
    r"\u2900-\u297f\u2b00-\u2bff\U0001f000-\U0001faff]"
)
_LINK_OR_MENTION = re.compile(r"[<>@#]|https?:|www\.|\w\.[a-z]{2,}", re.IGNORECASE)
_DIGIT = re.compile(r"\d")
_QUOTE = re.compile(r"[\"\u201c-\u201f\u00ab\u00bb\u2039\u203a]")


def has_link_or_mention(text: str) -> bool:
    """Return whether Slack would turn part of the text into a link, mention or channel call."""
    return bool(_LINK_OR_MENTION.search(text))


def has_emoji(text: str) -> bool:
    """Return whether a text holds an emoji, or a name of one between colons."""
    return bool(_EMOJI.search(text))


class Guard:
    """Checks replies against the rubric, and a model's also against the message.

    Args:
        rubric: The forbidden phrases.
        credits: Every credit line that may be shown (R10).
        free_words: What a model may say though the message doesn't; none without.
    """

    def __init__(
        self, rubric: Rubric, credits: frozenset[str], free_words: FreeWords = NO_FREE_WORDS
    ) -> None:
        self._credits = credits
        self._free = free_word_index(free_words)
        self._tone = ToneRules(rubric, self._free)
        self._forbidden = (
            ("R5 names the trap", Phrases(rubric.trap_names)),
            ("R5 holds a verdict", Phrases(rubric.verdicts)),
            ("R6 directs", Phrases(rubric.directives)),
            ("R2 names a feeling", Phrases(rubric.feelings)),
            ("R8 cheers", Phrases(rubric.cheering)),
            ("R10 quotes a harsh line", Phrases(rubric.harsh_lines)),
            ("R3 opens badly", Phrases(rubric.openings)),
        )

    def violations(self, reply: Reply) -> list[str]:
        """Return every rule that a reply of the playbook breaks, in plain words; empty if it may
        be sent."""
        found = [*_shape_violations(reply), *_tone_violations(reply.text)]
        found += [
            f"{rule}: {hit}"
            for rule, words in self._forbidden
            if (hit := words.first_match(reply.text))
        ]
        return [*found, *self._credit_violations(reply)]

    def draft_violations(
        self,
        reply: Reply,
        message: str,
        thread: Sequence[str] = (),
        *,
        is_read_again: bool = False,
    ) -> list[str]:
        """Return every rule that a model's reply breaks; empty if it may be sent.

        Args:
            reply: The model's mirror sentence and question.
            message: The seller's; nothing may be asserted that neither it nor the thread says.
            thread: What was said before, oldest first.
            is_read_again: Whether a model reads the reply, too, and looks for what nobody said.
                Then an unknown word is left to it, since half of the good replies hold one; a
                number that nobody named is not.
        """
        if len(reply.text) > LIMITS.characters:
            return [f"R1 more than {LIMITS.characters} characters"]
        said = Said(message, thread, self._free)
        found = [*_shape_violations(reply), *_tone_violations(reply.text)]
        found += [f"R7 {odd}" for odd in odd_characters(reply.text, said)]
        for part in filter(None, (reply.mirror, reply.question)):
            found += self._tone.violations(part, said)
        unsaid = unsaid_in_mirror(reply.mirror, said, self._free)
        unsaid += unsaid_in_question(reply.question, said, self._free)
        if is_read_again:
            unsaid = [word for word in unsaid if _DIGIT.search(word)]
        found += [f"R7 not in the message: {word}" for word in unsaid]
        return [*found, *self._credit_violations(reply)]

    def _credit_violations(self, reply: Reply) -> list[str]:
        return [] if reply.credit in self._credits else ["R10 credit is not in the registry"]


def _shape_violations(reply: Reply) -> list[str]:
    """Check R1 to R3: short, at most one mirror first, then one open question."""
    found = []
    if len(reply.text.split()) > LIMITS.words:
        found.append(f"R1 more than {LIMITS.words} words")
    if len(_SENTENCE_END.findall(reply.text)) > LIMITS.sentences:
        found.append(f"R1 more than {LIMITS.sentences} sentences")
    is_sentence = len(_SENTENCE_END.findall(reply.mirror)) == 1 and reply.mirror.endswith(".")
    if reply.mirror and (not is_sentence or len(reply.mirror.split()) not in LIMITS.mirror_words):
        found.append("R2 the mirror is not one sentence of 4 to 25 words")
    if reply.text.count("?") != 1 or not reply.question.endswith("?"):
        found.append("R3 not exactly one question")
    if len(reply.question.split()) > LIMITS.question_words:
        found.append(f"R3 the question has more than {LIMITS.question_words} words")
    if not _WHAT_OR_HOW.match(reply.question) or _WHY.search(reply.text):
        found.append("R3 the question is not a What or How, or asks why")
    return found


def _tone_violations(text: str) -> list[str]:
    """Check for exclamation marks, emoji, links, mentions and quotations (R5, R7, R8)."""
    found = []
    if "!" in text or has_emoji(text):
        found.append("R8 exclamation mark or emoji")
    if has_link_or_mention(text):
        found.append("R7 link, mention or channel call")
    if _QUOTE.search(text):
        found.append("R5 quotation marks")
    return found
