"""Weighs what an ask wants, with a linear model over words, their places, and character n-grams.

``bot.training.intents_fit`` makes it from ``tests/corpus/intents``. What it finds is one voice
among the rules of ``bot.core.intents``.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from math import exp
from pathlib import Path

from bot.core.intents import Intent, IntentPhrases, IntentRouter
from bot.detect.features import character_features, word_features
from bot.detect.language import is_english
from bot.detect.linear import FeatureBlock
from bot.detect.preprocess import clean_text
from bot.detect.telling_words import count_foreign_words, has_english_words, has_trade_words

MODEL_FILE = Path(__file__).with_name("intents.json")

_MAX_CHARACTERS = 4_000
_SHORT_ASK = 8  # tokens
_ENGLISH_OPENING = re.compile(
    r"(?:(?:so|and|but|or|wtf|ok|okay|hey|hi) )?(?:(?:how|what|when|where|why)'s"
    r"|(?:how |what |when |where |why )?(?:do|does|did|can|could|should|would|will|is|are|am))"
    r" (?:i|we|they|he|she|you|my|our|the|their|it|this|that)\b",
    re.IGNORECASE,
)
_APART = re.compile(r"[^\w'-]+")
_LENGTHS = (1, 2, 3, 5, 8, 12, 20, 40)  # tokens
_FIRST, _EARLY, _LAST = 3, 8, 2  # tokens whose place counts
_QUOTED = re.compile(r'["\u201c\u201e][^"\u201c\u201d\u201e]{12,}["\u201c\u201d]')
_QUOTED_LINES = re.compile(r"(?:^[ \t]*(?:>|&gt;).*\n?)+", re.MULTILINE)
_LINK_OR_ADDRESS = re.compile(
    r"<(?:[@#!]|https?:|mailto:)[^<>]*>|https?://\S+|(?<![\w.+-])[\w.+-]++@[\w.-]+"
)
_QUOTE = " \u00abquote\u00bb "
_TOKEN = re.compile(
    r":[a-z][a-z0-9_+-]*:|\u00abquote\u00bb|[^\W\d_]+(?:'[^\W\d_]+)*|[?!]+|\.\.\."
    r"|[\u2600-\U0001faff]|\d+|[:>,\n]"
)
_LINE_BREAK = "\u00b6"  # a line break separates features in the model file


def intent_tokens(text: str) -> list[str]:
    """Return the tokens of an ask: a quotation is one, and so is a number; links have none."""
    plain = text[:_MAX_CHARACTERS].replace("\u2019", "'").lower()
    plain = _QUOTED_LINES.sub(_QUOTE, _QUOTED.sub(_QUOTE, _LINK_OR_ADDRESS.sub(" ", plain)))
    return [_shape(token) for token in _TOKEN.findall(plain)]


def intent_features(tokens: Sequence[str]) -> set[str]:
    """Return words, their neighbors, the first and the last words, and how long the text is."""
    features = word_features(tokens)
    features.update(" ".join(three) for three in zip(tokens, tokens[1:], tokens[2:], strict=False))
    features.update(f"^{place} {word}" for place, word in enumerate(tokens[:_FIRST]))
    features.update(f"^ {a} {b}" for a, b in pairwise(tokens[: _FIRST + 1]))
    features.update(f"^^ {word}" for word in tokens[:_EARLY])
    features.update(f"$ {word}" for word in tokens[-_LAST:])
    features.update(f"# {'>' if len(tokens) > n else '<'} {n}" for n in _LENGTHS)
    return features


def _shape(word: str) -> str:
    if word == "\n":
        return _LINE_BREAK
    return "0" if word.isdigit() else word


@dataclass(frozen=True, slots=True)
class LearnedIntents:
    """The model.

    Attributes:
        intents: what its outputs stand for.
        words, characters, bias: the parts of the logits.
    """

    intents: tuple[Intent, ...]
    words: FeatureBlock
    characters: FeatureBlock
    bias: tuple[float, ...]

    def weigh(self, text: str) -> dict[Intent, float]:
        """Return the weight of each intent; together they are one."""
        tokens = intent_tokens(text)
        words = self.words.logits(intent_features(tokens))
        characters = self.characters.logits(character_features(tokens))
        logits = [a + b + c for a, b, c in zip(words, characters, self.bias, strict=True)]
        highest = max(logits)
        weights = [exp(logit - highest) for logit in logits]
        return {i: w / sum(weights) for i, w in zip(self.intents, weights, strict=True)}

    def save(self, path: Path) -> None:
        """Write the model file: the same bytes for the same model."""
        data = {
            "intents": list(self.intents),
            "words": self.words.to_json(),
            "characters": self.characters.to_json(),
            "bias": list(self.bias),
        }
        path.write_text(json.dumps(data, ensure_ascii=True, indent=0) + "\n", encoding="ascii")

    @classmethod
    def load(cls, path: Path) -> LearnedIntents:
        """Read a model file."""
        data = json.loads(path.read_text(encoding="ascii"))
        words, characters = (FeatureBlock.from_json(data[n]) for n in ("words", "characters"))
        intents = tuple(Intent(name) for name in data["intents"])
        return cls(intents, words, characters, tuple(data["bias"]))


@cache
def load_learned_intents() -> LearnedIntents:
    """Load the model of this package once per process."""
    return LearnedIntents.load(MODEL_FILE)


def build_router(phrases: IntentPhrases) -> IntentRouter:
    """Build what reads intents: the phrases, the language, and the learned model."""
    return IntentRouter(phrases, may_be_english, load_learned_intents().weigh)


def may_be_english(text: str) -> bool:
    """Return whether the words of an ask may be English, quotes left out.

    A short ask is too little for the rule that holds for messages: "Kunde will Rabatt" passes it,
    and "how do I prove ROI" doesn't. So words that only one language has come first.
    """
    clean = clean_text(text)
    is_short = len(clean.tokens) <= _SHORT_ASK
    if is_short and _ENGLISH_OPENING.match(text):
        return True
    words = frozenset(_APART.split(clean.author_text))
    foreign = count_foreign_words(words)
    if has_english_words(words):
        return (is_short and not foreign) or is_english(clean.author_text, clean.tokens)
    if foreign > (0 if is_short else 1):
        return False
    if is_short and not foreign and has_trade_words(words):
        return True  # "ASML NDA hell": three words, none of which n-grams know
    return is_english(clean.author_text, clean.tokens)
