"""Scores messages by simple means: their length, a word list, and VADER's sentiment.

A detector's figures are shown beside these, which says what its effort is worth.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence

from bot.core.model import Verdict
from bot.evaluation.corpus import LabeledMessage
from bot.evaluation.metrics import Scored

# A first list that someone might write in one sitting, from the definitions alone.
_WORDS = (
    r"blam\w+|their fault|because of them|refus\w+|impossible|hopeless|problem|"
    r"wast\w+ (?:of|our|my) time|jerk|idiots?|clueless|political|lazy|stupid|arrogant|ignorant|"
    r"incompetent|liars?|crooks?|t[yi]re[- ]?kickers?|not serious|cheapskates?|"
    r"ow(?:es?|ed) (?:us|me)|deserv\w+|the least they|how (?:rude|dare)|ghost\w+|"
    r"after (?:all|everything)|ungrateful|disrespect\w*|they (?:need|have) to|should just|"
    r"make them (?:see|understand)|wake up|don't get it|no[- ]brainer|can't believe|"
    r"love(?:d|s)? (?:it|the demo)|what are they waiting|obvious"
)
_WORD_LIST = re.compile(rf"\b(?:{_WORDS})\b", re.IGNORECASE)


def score_with_baselines(
    messages: Sequence[LabeledMessage],
) -> Iterator[tuple[str, list[Scored] | None]]:
    """Yield the name and the scores of each baseline; None if its library is not installed.

    The verdicts have a score from 0 to 1 and never speak: a baseline has no threshold.
    """
    yield "length alone", _score(messages, lambda m: min(len(m.text), 400) / 400)
    yield "a word list", _score(messages, lambda m: min(len(_WORD_LIST.findall(m.text)), 5) / 5)
    yield "VADER sentiment", _score_with_vader(messages)


def _score_with_vader(messages: Sequence[LabeledMessage]) -> list[Scored] | None:
    """Score by sentiment, the more negative the higher (Hutto & Gilbert 2014)."""
    try:
        from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer
    except ImportError:
        return None
    vader = SentimentIntensityAnalyzer()
    return _score(messages, lambda m: (1 - float(vader.polarity_scores(m.text)["compound"])) / 2)


def _score(
    messages: Sequence[LabeledMessage], score: Callable[[LabeledMessage], float]
) -> list[Scored]:
    return [
        Scored(m, Verdict(None, score(m), suspicious=False, sure=False, detector="baseline"))
        for m in messages
    ]
