"""Decides what somebody who writes to the bot wants: advice on a deal, a draft, a pause, or thanks.

Rules come first where they are certain: a wish (``bot.core.wishes``), another language, a text
that says too little. All else is weighed: a learned reader gives each intent a weight, and phrases
of ``prompts/intents.toml`` add to it. Silencing somebody, or brushing them off, is the worst
mistake, so a text that speaks of a customer is never taken for a wish to be left alone, or for an
insult.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC
from enum import StrEnum
from math import exp

from bot.core.asked_again import may_want_back, wants_back
from bot.core.asked_phrases import AskedPhrases, ReadAsk
from bot.core.bare_orders import read_bare_order
from bot.core.channel_wishes import CHANNEL_NAME
from bot.core.durations import NO_END
from bot.core.how_questions import insists, opens_as_question
from bot.core.insults import is_insult
from bot.core.phrases import Phrases, normalize
from bot.core.policy import IntentLimits
from bot.core.venting import Venting
from bot.core.who_is_meant import (
    DealThings,
    may_be_about_bot,
    may_be_of_being_asked,
    names_somebody_else,
    speaks_to_bot,
    tells_who_is_away,
    wants_help_with_deal,
    without_anybody,
)
from bot.core.wins import tells_of_win
from bot.core.wishes import WishKind, read_wish


class Intent(StrEnum):
    """What an ask is about.

    DEAL: advice on a deal. EMAIL: words to write to somebody. CALL: a conversation to prepare.
    REWORD: the seller's sentence, said better. ABOUT: the bot itself. STOP, PAUSE, RESUME, HELP:
    wishes. THANKS, HELLO, INSULT: talk to the bot. COLLEAGUES: trouble with a boss, a colleague, or
    the job. OFF_TOPIC: something else that has nothing to do with selling. NOT_ENGLISH: another
    language. TOO_SHORT: too little to tell.
    """

    DEAL = "deal"
    EMAIL = "email"
    CALL = "call"
    REWORD = "reword"
    ABOUT = "about"
    STOP = "stop"
    PAUSE = "pause"
    RESUME = "resume"
    HELP = "help"
    THANKS = "thanks"
    HELLO = "hello"
    INSULT = "insult"
    COLLEAGUES = "colleagues"
    OFF_TOPIC = "off_topic"
    NOT_ENGLISH = "not_english"
    TOO_SHORT = "too_short"

    @property
    def is_coached(self) -> bool:
        """Whether it is answered with coaching: questions, a draft, a next step."""
        return self in _COACHED

    @property
    def is_wish(self) -> bool:
        """Whether the bot has to do something, instead of answering."""
        return self in _WISHES


_COACHED = frozenset({Intent.DEAL, Intent.EMAIL, Intent.CALL, Intent.REWORD})
_WISHES = frozenset({Intent.STOP, Intent.PAUSE, Intent.RESUME, Intent.HELP})

Weights = Mapping[Intent, float]
"""How likely each intent is; they need not add up to one."""

Reader = Callable[[str], Weights]

LIMITS = IntentLimits()
_NEVER_ABOUT_CUSTOMERS = frozenset(
    {
        Intent.STOP,
        Intent.PAUSE,
        Intent.RESUME,
        Intent.HELP,
        Intent.INSULT,
        Intent.THANKS,
        Intent.HELLO,
        Intent.COLLEAGUES,
    }
)
_CERTAIN_DESPITE_CUSTOMERS = frozenset({Intent.ABOUT, Intent.COLLEAGUES})  # "stole my deal"
_BY_WISH = {
    WishKind.ASK_WHEN: Intent.PAUSE,
    WishKind.RESUME: Intent.RESUME,
    WishKind.PRIVATELY: Intent.HELP,
    WishKind.HELP: Intent.HELP,
    WishKind.ASK_HOW: Intent.HELP,
    WishKind.OWN_DATA: Intent.ABOUT,
    WishKind.ERASE: Intent.ABOUT,
    WishKind.WHO: Intent.ABOUT,
}
_ENDED_BY_WORDS = frozenset({Intent.STOP, Intent.PAUSE, Intent.RESUME})
_ANY_MOMENT = 1_764_158_400.0  # whether a text is a wish doesn't depend on when it is read
_ANY_CHANNEL = re.compile(rf"<#[^<>]*>|{CHANNEL_NAME}", re.IGNORECASE)
_OUR_CHANNEL = re.compile(rf"{_ANY_CHANNEL.pattern}|\bdeal channels?\b", re.IGNORECASE)
_SAYS_NO = re.compile(
    r"\b(?:not|no|never|don[\u2019']?t|stop|quit|ugh|why|wtf|ffs|hate|enough|annoying"
    r"|fed up|sick of|tired of)\b",
    re.IGNORECASE,
)
_DRAFT_ORDER = re.compile(
    r"\b(?:make|soften|say|rewrite|reword|rephrase|polish|draft|write|reply|answer|respond|translate"
    r"|shorten|fix|improve|correct|better|nicer|softer|friendlier|shorter|tone|note|mail|email|text"
    r"|message|sentence|version|line)\b",
    re.IGNORECASE,
)
_HOW_TO_SAY = re.compile(
    r"\bhow (?:do|can|should|would|could|to)(?: (?:i|we))? (?:say|tell|put|phrase|word|write)"
    r" (?!(?:to )?(?:you|u|ya|reframe|the bot|this bot)\b(?! (?:never|did|do|have|are)))",
    re.IGNORECASE,
)
# Off topic even if it is "about pipeline", unless somebody else is to get it.
_ENTERTAINMENT = re.compile(
    r"\b(?:write|tell|sing|make|give|compose|create|do|know|generate|need|want|invent|rap)"
    r"(?: (?:me|us|up|a|an|another|some|one|more|short|quick|funny|little|good|any)){0,4}"
    r" (?:haikus?|poems?|limericks?|sonnets?|riddles?|rhymes?|raps?|songs?|jokes?|puns?|ballads?"
    r"|fairy tales?|bedtime stor(?:y|ies)|horoscopes?|tongue twisters?)\b"
    r"(?!.*\b(?:for|to) (?!me\b|us\b|fun\b))",
    re.IGNORECASE,
)
_QUOTE = re.compile('["\u201c\u201e\u00ab]')
_WORD = re.compile(r"[^\W_]+(?:['\u2019-][^\W_]+)*")
_EMOJI = re.compile(r":[a-z0-9_+-]+:|[\u2600-\u27bf\U0001f300-\U0001faff]")
_ONLY_QUESTION_MARKS = re.compile(r"[\s?]*\?[\s?!]*")


@dataclass(frozen=True, slots=True)
class IntentPhrases:
    """The phrases of ``prompts/intents.toml``.

    Attributes:
        whole: by intent, texts that mean it if nothing else is said.
        hints: by intent, phrases that speak for it anywhere in a text.
        customer: words that speak of a customer, so not of the bot.
        off_topic: phrases of requests that have nothing to do with selling, in a short text that
            doesn't speak of a customer.
        their_side: phrases that speak of people at the customer, so not of those around the bot.
        their_silence: patterns that tell of somebody's silence: "no reply in two weeks".
        deal_things: what a deal has that can be stopped, paused, or turned off.
        venting: angry words, sighs, and emoji that say nothing of a deal if they stand alone.
        about_bot: by the topic of the answer, patterns of questions about the bot.
    """

    whole: Mapping[Intent, tuple[str, ...]]
    hints: Mapping[Intent, tuple[str, ...]]
    customer: tuple[str, ...]
    off_topic: tuple[str, ...] = ()
    their_side: tuple[str, ...] = ()
    their_silence: tuple[str, ...] = ()
    deal_things: tuple[str, ...] = ()
    venting: tuple[str, ...] = ()
    about_bot: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


class IntentRouter:
    """Reads intents.

    Args:
        phrases: see ``IntentPhrases``.
        is_english: whether a text may be English.
        reader: weighs the intents of a text; None if phrases and rules alone decide.
    """

    def __init__(
        self,
        phrases: IntentPhrases,
        is_english: Callable[[str], bool],
        reader: Reader | None = None,
    ) -> None:
        self._whole = {
            _plain(text): intent for intent, texts in phrases.whole.items() for text in texts
        }
        self._hints = {intent: Phrases(some) for intent, some in phrases.hints.items()}
        self._customer = Phrases(phrases.customer)
        self._off_topic = Phrases(phrases.off_topic)
        self._their_side = Phrases(phrases.their_side)
        self._their_silence = AskedPhrases(phrases.their_silence)
        self._deal_things = DealThings(phrases.deal_things)
        self._about_bot = {t: AskedPhrases(some) for t, some in phrases.about_bot.items()}
        self._venting = Venting(phrases.venting)
        self._is_english = is_english
        self._reader = reader

    def find(self, text: str) -> Intent:
        """Return what a text wants; ``DEAL`` if nothing speaks for anything else."""
        if (intent := self._find_certain(text)) is not None:
            return intent
        words, is_english = _WORD.findall(text), self._is_english(text)
        may_be_topic = is_english or len(words) <= LIMITS.off_topic_words
        if may_be_topic and self.find_topic(text):
            return self._find_in_question(text)
        if not is_english:
            return Intent.NOT_ENGLISH
        if len(words) <= LIMITS.scrap_words:
            return self._find_in_scrap(text)
        weights = self._weigh(text)
        self._drop_impossible(weights, text)
        about_customer = self._is_about_deal(text)
        if len(words) <= LIMITS.off_topic_words and (
            _ENTERTAINMENT.search(text) or (not about_customer and text in self._off_topic)
        ):
            return Intent.OFF_TOPIC
        may_be_talk = len(words) <= LIMITS.talk_words and not about_customer
        is_back = wants_back(text)
        if is_back:  # its words of quiet, "I don't need the pause", are heard as wishes for it
            quiet = sum(weights.pop(intent, 0.0) for intent in (Intent.STOP, Intent.PAUSE))
            weights[Intent.RESUME] = weights.get(Intent.RESUME, 0.0) + quiet
        no_resume = not is_back and _SAYS_NO.search(text) is not None
        # "Ugh, not you again" ends no pause, and is no surer a wish to be left alone for that.
        resume = weights.pop(Intent.RESUME, 0.0) if no_resume else 0.0
        for intent in sorted(weights, key=lambda i: -weights[i]):
            if intent in _CERTAIN_DESPITE_CUSTOMERS and about_customer:
                is_said = intent is Intent.ABOUT or text in self._hints[intent]
                if is_said and self._share(intent, weights) >= LIMITS.certainty_about:
                    return intent
            elif intent not in _NEVER_ABOUT_CUSTOMERS or (
                may_be_talk and self._is_certain_enough(intent, weights, resume)
            ):
                is_question = intent in _ENDED_BY_WORDS and opens_as_question(text) and not is_back
                return Intent.ABOUT if is_question else intent
        return Intent.DEAL

    def _find_in_question(self, text: str) -> Intent:
        """Return what a question about the bot wants. "How do I get rid of you? I want silence" is
        more than a question, if the reader hears that too."""
        if insists(text):
            weights = self._weigh(text)
            if max(weights, key=lambda i: weights[i]) is Intent.STOP:
                return Intent.STOP
        return Intent.ABOUT

    def _is_about_deal(self, text: str) -> bool:
        """Return whether a text speaks of a customer, or does what only a deal's words do."""
        named = without_anybody(text)
        if named in self._customer or text in self._deal_things or tells_who_is_away(text):
            return True
        return self._their_silence.match(ReadAsk(text))

    def _drop_impossible(self, weights: dict[Intent, float], text: str) -> None:
        """Take away what a text can't be, whatever the reader makes of it."""
        is_of_customer = text in self._customer and not speaks_to_bot(text)
        is_of_others = text in self._their_side or is_of_customer or _gives_words(text)
        if is_of_others or not may_be_about_bot(text):
            weights.pop(Intent.ABOUT, None)
        if names_somebody_else(text):
            for intent in (Intent.INSULT, Intent.HELLO, Intent.THANKS):
                weights.pop(intent, None)
        if wants_help_with_deal(text):
            weights.pop(Intent.HELP, None)
        if len(_WORD.findall(text)) > LIMITS.too_short_words:
            weights.pop(Intent.TOO_SHORT, None)
        if not may_be_of_being_asked(text):
            for intent in _WISHES:
                weights.pop(intent, None)
        if not may_want_back(text):
            weights.pop(Intent.RESUME, None)

    def find_topic(self, text: str) -> str:
        """Return the topic of a question about the bot; empty if no pattern shows one."""
        if len(_WORD.findall(text)) > LIMITS.about_words or _QUOTE.search(text):
            return ""  # what is quoted was said to somebody else
        if _gives_words(text):
            return ""  # "make this softer: you didn't respond" speaks to a customer
        ask = ReadAsk(_ANY_CHANNEL.sub("channel", text))
        found = (topic for topic, phrases in self._about_bot.items() if phrases.match(ask))
        topic = next(found, "")
        is_about_customer = _OUR_CHANNEL.sub("channel", text) in self._customer
        return "" if topic and is_about_customer else topic

    def _find_certain(self, text: str) -> Intent | None:
        """Return what a rule says about the whole text, or None."""
        if _ONLY_QUESTION_MARKS.fullmatch(text):
            return Intent.HELP
        plain = _plain(_EMOJI.sub(" ", text))
        if plain in self._whole:
            return self._whole[plain]
        if is_insult(text):
            return Intent.INSULT
        if text in self._venting or read_bare_order(text) is not None:
            return Intent.TOO_SHORT
        if not plain:
            return Intent.THANKS if _EMOJI.search(text) else Intent.TOO_SHORT
        if tells_of_win(text):
            return Intent.THANKS  # good news wants a kind line, and no coaching
        wish = read_wish(text, now=_ANY_MOMENT, zone=UTC)
        if wish is None:
            return None
        if wish.kind is WishKind.PAUSE:
            return Intent.STOP if wish.until >= NO_END else Intent.PAUSE
        return _BY_WISH[wish.kind]

    def _weigh(self, text: str) -> dict[Intent, float]:
        weights = dict(self._reader(text)) if self._reader else {Intent.DEAL: 1.0}
        for intent, phrases in self._hints.items():
            if text in phrases:
                weights[intent] = (weights.get(intent, 0.0) or 1.0) * exp(LIMITS.phrase_bonus)
        return weights

    def _find_in_scrap(self, text: str) -> Intent:
        """Return what one or two words want, if a phrase says so: a model would guess."""
        if text in self._deal_things:
            return Intent.TOO_SHORT
        found = [intent for intent, phrases in self._hints.items() if text in phrases]
        return found[0] if len(found) == 1 else Intent.TOO_SHORT

    def _is_certain_enough(self, intent: Intent, weights: Weights, resume: float) -> bool:
        share = self._share(intent, weights)
        if intent in (Intent.STOP, Intent.PAUSE):
            share = weights[intent] / (sum(weights.values()) + resume)
        if intent in (Intent.THANKS, Intent.HELLO):
            return share >= LIMITS.certainty_talk
        if intent is Intent.COLLEAGUES:
            return share >= LIMITS.certainty_about
        return share >= LIMITS.certainty

    def _share(self, intent: Intent, weights: Weights) -> float:
        return weights[intent] / sum(weights.values())


def _gives_words(text: str) -> bool:
    """Return whether a text gives words to send or to say better, or asks how to say something."""
    order, colon, words = text.partition(":")
    is_order = bool(colon) and len(words.split()) > 1 and _DRAFT_ORDER.search(order) is not None
    return is_order or _HOW_TO_SAY.search(text) is not None


def _plain(text: str) -> str:
    return " ".join(_WORD.findall(normalize(text)))


def by_intent(lists: Mapping[str, Sequence[str]]) -> dict[Intent, tuple[str, ...]]:
    """Return lists of phrases with their names as intents."""
    return {Intent(name): tuple(phrases) for name, phrases in lists.items()}
