"""Rules that need more than one file: unique ids, known names, and the guard.

They are validators that pydantic runs with ``Known`` as its validation context.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from string import Template
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, Field, StringConstraints, ValidationInfo

from bot.core.asked_phrases import is_pattern
from bot.core.coach import ANY_SITUATION
from bot.core.guard import Guard, has_link_or_mention
from bot.core.model import Reply, Trap
from bot.core.phrase_patterns import check_phrase
from bot.core.phrases import Phrases
from bot.core.playbook_model import Article
from bot.core.said import Said
from bot.core.tone import ToneRules

# It breaks no rule, so the guard's findings are about the mirror that it is combined with.
_SAFE_QUESTION = "What could you ask them this week?"
_LOWER_CASE_WORD = re.compile(r"[a-z]+(?:['-][a-z]+)*")


@dataclass(slots=True)
class Known:
    """What the files read so far contain.

    Attributes:
        articles: By id.
        situations: Ids of the situations.
        guard: Checks the texts of a thread; None as long as the rubric has not been read.
        trap_names: What a text that a whole team reads may not say; empty until then.
        tone: Checks advice to a seller and drafts; None until then.
        ids: Every id in use. Stored feedback refers to them, so none may occur twice in any file.
    """

    articles: Mapping[str, Article] = field(default_factory=dict)
    situations: frozenset[str] = frozenset()
    guard: Guard | None = None
    trap_names: Phrases = field(default_factory=lambda: Phrases(()))
    tone: ToneRules | None = None
    ids: set[str] = field(default_factory=set)


def _unique(name: str, info: ValidationInfo) -> str:
    ids = _known(info).ids
    if name in ids:
        raise ValueError(f'the id "{name}" is used twice')
    ids.add(name)
    return name


def _article(name: str, info: ValidationInfo) -> str:
    if name not in _known(info).articles:
        raise ValueError(f'no article is called "{name}"')
    return name


def _idea(name: str, info: ValidationInfo) -> str:
    article = _known(info).articles.get(info.data.get("article", ""))
    if article and name not in article.ideas:
        raise ValueError(f'"{article.id}" has no idea called "{name}"')
    return name


def _situation(name: str, info: ValidationInfo) -> str:
    if name not in _known(info).situations:
        raise ValueError(f'no situation is called "{name}"')
    return name


def _asked_phrase(phrase: str) -> str:
    if is_pattern(phrase):
        check_phrase(phrase.replace("'", ""))
    return phrase


def _situation_or_any(name: str, info: ValidationInfo) -> str:
    return name if name == ANY_SITUATION else _situation(name, info)


def _mirror(text: str, info: ValidationInfo) -> str:
    return _guarded(text, Reply("", text, _SAFE_QUESTION, _credit(info)), info)


def _question(text: str, info: ValidationInfo) -> str:
    return _guarded(text, Reply("", "", text, _credit(info)), info)


def _for_the_meeting(text: str, info: ValidationInfo) -> str:
    if named := _known(info).trap_names.first_match(text):
        raise ValueError(f"names a trap: {named}")
    return text


def _take_turns(entries: tuple[Any, ...]) -> tuple[Any, ...]:
    if len(entries) % len(Trap) == 0:
        raise ValueError(
            f"{len(entries)} is a multiple of five, so some would never have their turn"
        )
    return entries


def _guarded(text: str, reply: Reply, info: ValidationInfo) -> str:
    guard = _known(info).guard
    if guard and (violations := guard.violations(reply)):
        raise ValueError(f"{info.data.get('id')}: {'; '.join(violations)}")
    return text


def _one_question(text: str) -> str:
    """Check a question for the customer: one question, without a link, a mention or a quotation."""
    if text.count("?") != 1 or not text.endswith("?") or has_link_or_mention(text):
        raise ValueError("must be one question, ended by its only question mark, without a link")
    return text


def _draft(text: str, info: ValidationInfo) -> str:
    """Check a draft: it leaves to the seller what only the seller knows, and links to nothing."""
    if "___" not in text:
        raise ValueError("must hold ___ for what only the seller knows")
    return _advice(text, info)


def _advice(text: str, info: ValidationInfo) -> str:
    """Check what is said to a seller in private, or drafted: the rules for a model's answers."""
    if has_link_or_mention(text):
        raise ValueError("must hold no link or mention")
    if tone := _known(info).tone:
        nothing_said = Said("", (), tone.free)
        for rule in (tone.remarks, tone.commands, tone.pats_on_the_back):
            if found := next(rule(text, nothing_said), None):
                raise ValueError(f"{info.data.get('id')}: {found}")
    return text


def _credit(info: ValidationInfo) -> str:
    articles = _known(info).articles
    return articles[info.data.get("article") or next(iter(articles))].credit


def _known(info: ValidationInfo) -> Known:
    assert isinstance(info.context, Known)
    return info.context


def fit_any_message(minimum: int, *keys: str) -> AfterValidator:
    """Return a validator for the number of entries that fit any message.

    Args:
        minimum: How many are needed.
        keys: The keys that tie an entry to situations; empty if it fits any message.
    """

    def check(entries: tuple[Any, ...]) -> tuple[Any, ...]:
        fitting = sum(not any(getattr(entry, key) for key in keys) for entry in entries)
        if fitting < minimum:
            tied = " and ".join(f"{key} = []" for key in keys)
            raise ValueError(f"too few entries have {tied} ({fitting}); the minimum is {minimum}")
        return entries

    return AfterValidator(check)


def only_names(*names: str, words: int | None = None) -> AfterValidator:
    """Return a validator for a text: no other $names than these, and perhaps a number of words."""

    def check(text: str) -> str:
        template = Template(text)
        if not template.is_valid():
            raise ValueError("a $ must begin one of the $names; a dollar sign is written $$")
        for name in template.get_identifiers():
            if name not in names:
                raise ValueError(f"nothing fills in ${name}")
        if words and len(text.split()) != words:
            raise ValueError(f"must be {words} words")
        return text

    return AfterValidator(check)


def _words(text: str) -> frozenset[str]:
    """Divide a list of words at white space."""
    words = text.split()
    if wrong := next((w for w in words if not _LOWER_CASE_WORD.fullmatch(w)), None):
        raise ValueError(f'"{wrong}" is not a word in lower case')
    return frozenset(words)


TAKES_TURNS = AfterValidator(_take_turns)
Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]
Words = Annotated[frozenset[str], BeforeValidator(_words), Field(min_length=1)]
UniqueId = Annotated[Text, AfterValidator(_unique)]
ArticleId = Annotated[Text, AfterValidator(_article)]
IdeaName = Annotated[Text, AfterValidator(_idea)]
AskedPhrase = Annotated[Text, AfterValidator(_asked_phrase)]
SituationName = Annotated[str, StringConstraints(pattern=r"^[a-zA-Z][a-zA-Z' ]*$")]
SituationId = Annotated[Text, AfterValidator(_situation)]
SituationIdOrAny = Annotated[Text, AfterValidator(_situation_or_any)]
MeetingText = Annotated[Text, AfterValidator(_for_the_meeting)]
MirrorText = Annotated[Text, AfterValidator(_mirror)]
QuestionText = Annotated[Text, AfterValidator(_question)]
CustomerQuestion = Annotated[Text, AfterValidator(_one_question)]
AdviceText = Annotated[Text, AfterValidator(_advice)]
DraftText = Annotated[Text, AfterValidator(_draft)]
PlanText = Annotated[str, StringConstraints(pattern=r"^If .+, then I will .+\.$")]
