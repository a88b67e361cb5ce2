"""The playbook: all texts that the bot can use, as values. ``bot.playbook`` loads and checks it."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from bot.core.bare_orders import BareOrder
from bot.core.intents import Intent, IntentPhrases
from bot.core.languages import Languages, UiStrings
from bot.core.model import Trap
from bot.core.situations import NO_ONE_DEAL, Situation, called, in_doubt, name_said


@dataclass(frozen=True, slots=True)
class Article:
    """An article that the coaching is based on.

    Attributes:
        credit: Line under a reply that names the source.
        ideas: What the article says, in our words, by name.
    """

    id: str
    credit: str
    ideas: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Question:
    """An open question.

    Attributes:
        article: Id of the article that the idea comes from.
        when: Situations that it fits best.
        needs: Situations that it presupposes; one of them must be in the message.
        unless: Situations that it doesn't fit; none of them may be in the message.
        idea: Name of the article's idea that it applies.
        slot: The part of the text for which the message's own noun may stand; empty without one.
    """

    id: str
    text: str
    article: str
    when: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()
    unless: tuple[str, ...] = ()
    idea: str = ""
    slot: str = ""

    def worded(self, situations: Collection[str]) -> str:
        """Return the text with the noun that the message has for what the question is about."""
        name = name_said((*self.needs, *self.when), situations) if self.slot else ""
        return self.text.replace(self.slot, name, 1) if name else self.text

    def fits(self, situations: Collection[str]) -> bool:
        """Return whether it may be asked about a message with these situations.

        What it presupposes must be certain, and what it doesn't fit must be ruled out. A remark
        about no one deal gets only what fits any message, and what is meant for such remarks.
        """
        present = set(situations)
        at_large = present & NO_ONE_DEAL
        if at_large and not at_large & set(self.when):
            return not self.needs and not self.unless
        if self.needs and not present & set(self.needs):
            return False
        return not any(s in present or in_doubt(s) in present for s in self.unless)


@dataclass(frozen=True, slots=True)
class Mirror:
    """A sentence before the question that reflects what the message surely says.

    Attributes:
        when: The situation that it fits, or ``any``.
    """

    id: str
    when: str
    text: str


@dataclass(frozen=True, slots=True)
class IfThenPlan:
    """A plan for next time: "If <what they do>, then I will <one small move>."

    Attributes:
        when: Situations that it fits; empty if it fits any.
    """

    id: str
    text: str
    when: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class TrapContent:
    """All texts of one trap, from ``prompts/traps/<trap>.toml``.

    Attributes:
        observation: What the bot noticed, as a clause.
        article: Id of the article about this trap.
        definition: What the trap is.
        sounds_like: Messages that show it.
        is_not: Messages that only look like it.
        fill_in_sentence: A better sentence, with ___ for what only the seller knows.
    """

    trap: Trap
    title: str
    observation: str
    article: str
    definition: str
    sounds_like: tuple[str, ...]
    is_not: tuple[str, ...]
    questions: tuple[Question, ...]
    mirrors: tuple[Mirror, ...]
    if_then_plans: tuple[IfThenPlan, ...]
    fill_in_sentence: str


@dataclass(frozen=True, slots=True)
class Example:
    """An invented message, and the same thing said another way."""

    heard: str
    instead: str


@dataclass(frozen=True, slots=True)
class ThemeContent:
    """What team digests say about one trap, from ``prompts/themes/<trap>.toml``.

    Attributes:
        title: The theme in plain words; it accuses nobody. label: The same, for a chart.
        examples, exercises, questions: For the team meeting; they take turns.
    """

    title: str
    label: str
    examples: tuple[Example, ...]
    exercises: tuple[str, ...]
    questions: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class NoTrapContent:
    """Texts for a request that contains no trap, from ``prompts/no_trap.toml``."""

    observation: str
    fill_in_sentence: str
    questions: tuple[Question, ...]


@dataclass(frozen=True, slots=True)
class Play:
    """What a veteran would answer to a seller in a certain spot, from ``prompts/plays.toml``.

    Attributes:
        when: situations for which it stands in where the ask itself tells too little; empty if
            none.
        needs: phrases of which an ask must have one, since in another spot the play would do harm;
            empty if none is needed.
        surely: phrases that show the spot whatever a model makes of the ask; empty if none does.
        unless: phrases beside which they don't. despite: situations that speak for another play,
            and not against this one.
        reply: what to do and what to say, in short paragraphs; empty for the play that fits any
            ask.
        questions: three, to ask the customer word for word.
        say: what the seller could say instead of a clumsy sentence, with ___ to fill in.
        draft: a message to the customer, to fill in.
        opening: the first sentence of a conversation. plan: how to spend it.
        next_step: one small thing to do this week.
    """

    id: str
    when: tuple[str, ...]
    reply: str
    questions: tuple[str, ...]
    say: str
    draft: str
    opening: str
    plan: str
    next_step: str
    needs: tuple[str, ...] = ()
    surely: tuple[str, ...] = ()
    unless: tuple[str, ...] = ()
    despite: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class WhatIsSent:
    """What a language model gets, as a part of a sentence: what is asked, messages, or both."""

    asks: str
    messages: str
    both: str


@dataclass(frozen=True, slots=True)
class WhoAdminsAre:
    """Who the admins are, as a sentence: with their ``$names``, or where nobody is named."""

    named: str
    none: str


@dataclass(frozen=True, slots=True)
class AboutTopic:
    """A true answer about the bot, with ``$days`` for how long decisions are kept.

    Attributes:
        cues: phrases that ask for it; none for the answer to all other questions.
        with_model: the answer if a language model is set up, with ``$model``, ``$host``, and
            ``$sent`` for what it gets; empty if it is the same.
        if_it_answers: whether that is true only if the model answers asks.
        of_channel: whether more can be said where the channel in question is known.
        of_person: whether more can be said of what stands for whoever asks.
    """

    id: str
    cues: tuple[str, ...]
    text: str
    with_model: str = ""
    if_it_answers: bool = False
    of_channel: bool = False
    of_person: bool = False


@dataclass(frozen=True, slots=True)
class AnswerTexts:
    """Answers by what is wanted, from ``prompts/answers.toml``.

    ``talk``: lines by intent. ``venting``: lines for who only vents; none for the usual ones.
    ``bare_orders``: the same for who orders words and doesn't say what about. ``won``: for who
    tells of a deal that is won.
    """

    talk: Mapping[Intent, tuple[str, ...]]
    about: tuple[AboutTopic, ...]
    sent: WhatIsSent
    admins: WhoAdminsAre
    venting: tuple[str, ...] = ()
    bare_orders: Mapping[BareOrder, tuple[str, ...]] = field(default_factory=dict)
    won: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Rubric:
    """Phrases that no reply may contain (``prompts/rubric.toml``), lower case."""

    trap_names: tuple[str, ...]
    verdicts: tuple[str, ...]
    directives: tuple[str, ...]
    feelings: tuple[str, ...]
    cheering: tuple[str, ...]
    harsh_lines: tuple[str, ...]
    openings: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class FreeWords:
    """Words that assert nothing, from ``prompts/free_words.toml``: a model may use them though the
    message doesn't hold them.

    Attributes:
        anywhere: Also in the sentence before the question, which states facts.
        given: What a question may take for granted, such as "their boss".
        verbs: What somebody may have said or thought, also in a question about the past.
        open_verbs: Only in a question about what may be.
        open_nouns, open_words: Only where nothing particular is meant: not after "the" or "their".
        same: Words that may stand for one another.
    """

    anywhere: frozenset[str] = frozenset()
    given: frozenset[str] = frozenset()
    verbs: frozenset[str] = frozenset()
    open_verbs: frozenset[str] = frozenset()
    open_nouns: frozenset[str] = frozenset()
    open_words: frozenset[str] = frozenset()
    same: tuple[frozenset[str], ...] = ()


@dataclass(frozen=True, slots=True, repr=False)
class Playbook:
    """All texts of the bot, checked.

    Attributes:
        version: Hash of the files.
        articles: By id.
        situations: In order of priority.
        languages: The UI strings, by language.
        cues: Phrases that the offline detector knows, by name of the list; among them those of
            ``bot.core.matters_for_people``, under names with its prefix.
        classify: Instructions for a language model as the judge, with ``$traps`` to fill in.
        reword: Instructions for a language model as the writer, with ``$traps`` to fill in.
        check: Instructions for a language model that looks for what a draft invents.
        answer: Instructions for a language model that answers asks.
        check_answer: Instructions for one that looks for what an answer invents.
        intents: What tells what an ask is about.
        plays: What is answered to who wants help with a deal; the last one fits any ask.
        answers: What is answered to anything else.
    """

    version: str
    traps: Mapping[Trap, TrapContent]
    themes: Mapping[Trap, ThemeContent]
    articles: Mapping[str, Article]
    situations: tuple[Situation, ...]
    rubric: Rubric
    free_words: FreeWords
    languages: Languages
    cues: Mapping[str, tuple[str, ...]]
    classify: str
    reword: str
    check: str
    answer: str
    check_answer: str
    no_trap: NoTrapContent
    intents: IntentPhrases
    plays: tuple[Play, ...]
    answers: AnswerTexts

    def __repr__(self) -> str:
        return f"Playbook({self.version})"  # all of it are 450,000 characters

    @property
    def question_texts(self) -> dict[str, str]:
        """Every question that can be asked, by id."""
        return {question_id: q.text for question_id, q in self.questions.items()}

    def wordings(self, question: Question) -> set[str]:
        """Return every text that a question may have, whatever the message calls the thing."""
        about = {*question.needs, *question.when}
        names = [(s.id, name) for s in self.situations if s.id in about for name in s.names]
        return {question.text, *(question.worded([called(*each)]) for each in names)}

    @property
    def questions(self) -> dict[str, Question]:
        """Every question, by id."""
        questions = [q for content in self.traps.values() for q in content.questions]
        return {q.id: q for q in (*questions, *self.no_trap.questions)}

    @property
    def strings(self) -> UiStrings:
        """The UI strings in the operator's language, for what belongs to no workspace. What a
        workspace reads is in its own: ``bot.flows.house_rules.HouseRules.strings``."""
        return self.languages.usual

    def text(self, section: str, key: str) -> str:
        """Return one of ``strings``.

        Raises:
            KeyError: There is no such section or key.
        """
        return self.strings[section][key]
