"""The shape of each TOML file in ``prompts/``: its keys, their types and how many there must be."""

from __future__ import annotations

import re
from dataclasses import fields
from typing import Annotated, Any, Self

from pydantic import BaseModel, ConfigDict, Field, create_model, model_validator

from bot.core.bare_orders import BareOrder
from bot.core.model import Trap
from bot.core.playbook_model import Question, Rubric
from bot.core.situations import Situation
from bot.core.told_situations import ToldSituations
from bot.playbook import rules
from bot.playbook.rules import ArticleId, SituationId, Text, UniqueId

TALK = "thanks hello insult colleagues off_topic too_short not_english"
CUES = (
    "takes_back joking own_part next_step their_side own_side own_house customer_side never_coach"
    " reporting praise another away"
)

SomeTexts = Annotated[tuple[Text, ...], Field(min_length=1)]


class Shape(BaseModel):
    """A table in which every key must be known."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class ArticleEntry(Shape):
    """An ``[[articles]]`` entry. Title, author, date and trap are for editors only."""

    id: UniqueId
    title: str
    author: str
    date: str
    trap: Trap
    credit: Text
    ideas: Annotated[dict[Text, Text], Field(min_length=1)]


class SituationEntry(Shape):
    """A ``[[situations]]`` entry. The note is for editors only."""

    id: UniqueId
    note: str = ""
    cues: tuple[Text, ...]
    names: dict[rules.SituationName, Text] = Field(default_factory=dict)
    told: tuple[Text, ...] = ()
    unless: tuple[Text, ...] = ()
    asked: tuple[rules.AskedPhrase, ...] = ()

    @model_validator(mode="after")
    def _can_be_found(self) -> Self:
        if not self.cues and not self.asked and not self.told:
            raise ValueError(f'"{self.id}" has neither cues, asked, nor told')
        if self.told:
            ToldSituations(
                [Situation(self.id, told=self.told, unless=self.unless, names=self.names)]
            )
        return self


class QuestionEntry(Shape):
    """A ``[[questions]]`` entry."""

    id: UniqueId
    article: ArticleId
    idea: rules.IdeaName
    text: rules.QuestionText
    when: tuple[SituationId, ...] = ()
    needs: tuple[SituationId, ...] = ()
    unless: tuple[SituationId, ...] = ()

    def question(self) -> Question:
        """Return the question; ``[brackets]`` around a part mark its slot."""
        slot = re.search(r"\[(.+?)\]", self.text)
        values = dict(self) | {"text": self.text.replace("[", "").replace("]", "")}
        return Question(**values, slot=slot[1] if slot else "")


class MirrorEntry(Shape):
    """A ``[[mirrors]]`` entry."""

    id: UniqueId
    when: rules.SituationIdOrAny
    text: rules.MirrorText


class PlanEntry(Shape):
    """An ``[[if_then_plans]]`` entry."""

    id: UniqueId
    text: rules.PlanText
    when: tuple[SituationId, ...] = ()


class ArticlesFile(Shape):
    """``articles.toml``."""

    articles: Annotated[tuple[ArticleEntry, ...], Field(min_length=1)]


class SituationsFile(Shape):
    """``situations.toml``."""

    situations: Annotated[tuple[SituationEntry, ...], Field(min_length=1)]


class NoTrapFile(Shape):
    """``no_trap.toml``."""

    observation: Text
    fill_in_sentence: Text
    questions: Annotated[tuple[QuestionEntry, ...], rules.fit_any_message(3, "needs", "unless")]


class TrapFile(Shape):
    """``traps/<trap>.toml``."""

    id: Trap
    title: Text
    observation: Text
    article: ArticleId
    fill_in_sentence: Text
    definition: Text
    sounds_like: tuple[Text, ...]
    is_not: tuple[Text, ...]
    questions: Annotated[
        tuple[QuestionEntry, ...],
        Field(min_length=20),
        rules.fit_any_message(6, "needs", "unless"),
    ]
    mirrors: tuple[MirrorEntry, ...] = ()
    if_then_plans: Annotated[
        tuple[PlanEntry, ...], Field(min_length=3), rules.fit_any_message(1, "when")
    ]


class ExampleEntry(Shape):
    """An ``[[examples]]`` entry."""

    heard: rules.MeetingText
    instead: rules.MeetingText


class ThemeFile(Shape):
    """``themes/<trap>.toml``. No number is a multiple of five: the calendar comes back to a theme
    every five weeks, and each text must have its turn."""

    id: Trap
    title: rules.MeetingText
    label: Annotated[Text, Field(max_length=20)]
    exercises: Annotated[tuple[rules.MeetingText, ...], Field(min_length=2), rules.TAKES_TURNS]
    questions: Annotated[tuple[rules.QuestionText, ...], Field(min_length=8), rules.TAKES_TURNS]
    examples: Annotated[tuple[ExampleEntry, ...], Field(min_length=3), rules.TAKES_TURNS]


class PlayEntry(Shape):
    """A ``[[plays]]`` entry. Only the last one has no reply: it fits any ask. ``about`` is for
    editors only."""

    id: UniqueId
    about: Text
    when: tuple[SituationId, ...] = ()
    needs: tuple[rules.AskedPhrase, ...] = ()
    surely: tuple[rules.AskedPhrase, ...] = ()
    unless: tuple[rules.AskedPhrase, ...] = ()
    despite: tuple[SituationId, ...] = ()
    reply: rules.AdviceText = ""
    questions: Annotated[tuple[rules.CustomerQuestion, ...], Field(min_length=3, max_length=3)]
    say: rules.AdviceText
    draft: rules.DraftText
    opening: rules.AdviceText
    plan: rules.AdviceText
    next_step: rules.AdviceText


class PlaysFile(Shape):
    """``plays.toml``."""

    plays: Annotated[tuple[PlayEntry, ...], Field(min_length=1)]

    @model_validator(mode="after")
    def _ends_with_one_for_any_ask(self) -> Self:
        *others, last = self.plays
        if last.reply or not all(play.reply for play in others):
            raise ValueError("the last play fits any ask and has no reply; each other one needs it")
        return self


class TopicEntry(Shape):
    """An ``[[about]]`` entry of ``answers.toml``."""

    id: UniqueId
    cues: tuple[Text, ...]
    text: Annotated[Text, rules.only_names("days", "admins")]
    with_model: Annotated[str, rules.only_names("days", "admins", "model", "host", "sent")] = ""
    if_it_answers: bool = False
    of_channel: bool = False
    of_person: bool = False


class AdminsEntry(Shape):
    """``[admins]`` of ``answers.toml``: who they are, as a sentence."""

    named: Annotated[str, rules.only_names("names")]
    none: Text


class SentEntry(Shape):
    """``[sent]`` of ``answers.toml``: what a language model gets, as a part of a sentence."""

    asks: Text
    messages: Text
    both: Text


def _phrase_lists(name: str, *keys: str) -> type[Shape]:
    shapes: dict[str, Any] = dict.fromkeys(keys, SomeTexts)
    return create_model(name, __base__=Shape, **shapes)


RubricFile = _phrase_lists("RubricFile", *(f.name for f in fields(Rubric)))
"""``rubric.toml``."""


class CuesFile(_phrase_lists("AllCues", *CUES.split())):  # type: ignore[misc]
    """``cues.toml``. A folder of words may lack the lists below."""

    firm: SomeTexts = ()
    fair: SomeTexts = ()
    our_things: SomeTexts = ()
    their_choices: SomeTexts = ()
    our_shows: SomeTexts = ()
    delighted: SomeTexts = ()
    splendid: SomeTexts = ()
    cheers: SomeTexts = ()
    harsh: SomeTexts = ()
    works_hard: SomeTexts = ()
    admiring: SomeTexts = ()
    extreme: SomeTexts = ()
    strengths: SomeTexts = ()
    spoils_obstacle: SomeTexts = ()
    spoils_step: SomeTexts = ()


class FreeWordsFile(Shape):
    """``free_words.toml``: lists of words divided by white space."""

    anywhere: rules.Words
    given: rules.Words
    verbs: rules.Words
    open_verbs: rules.Words
    open_nouns: rules.Words
    open_words: rules.Words
    same: Annotated[tuple[rules.Words, ...], Field(min_length=1)]


_WholeTexts = _phrase_lists("WholeTexts", "thanks", "hello", "help", "about", "insult")
_Talk = _phrase_lists("Talk", *TALK.split())


class _Hints(Shape):
    """``[hints]`` of ``intents.toml``: any of the intents."""

    email: SomeTexts
    call: SomeTexts
    reword: SomeTexts
    about: SomeTexts
    stop: SomeTexts
    pause: SomeTexts
    resume: SomeTexts
    insult: SomeTexts
    colleagues: SomeTexts


class IntentsFile(Shape):
    """``intents.toml``."""

    customer: SomeTexts
    off_topic: SomeTexts
    their_side: SomeTexts
    their_silence: tuple[rules.AskedPhrase, ...] = ()
    deal_things: SomeTexts = ()
    venting: SomeTexts = ()
    about_bot: dict[Text, tuple[rules.AskedPhrase, ...]]
    whole: _WholeTexts  # type: ignore[valid-type]
    hints: _Hints


class LinesEntry(Shape):
    """``[venting]`` and ``[won]`` of ``answers.toml``: for who only vents, or tells of a win."""

    lines: SomeTexts


class AnswersFile(Shape):
    """``answers.toml``. One of the topics about the bot fits anything."""

    talk: _Talk  # type: ignore[valid-type]
    venting: LinesEntry | None = None
    won: LinesEntry | None = None
    bare_orders: dict[BareOrder, SomeTexts] = {}
    about: Annotated[tuple[TopicEntry, ...], rules.fit_any_message(1, "cues")]
    sent: SentEntry
    admins: AdminsEntry
