"""What simpler means would make of the same messages: chance, length, a word list, VADER.

They stand beside a detector's figures so that a reader can see what its work is worth.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence

from bot.core.model import Verdict
from bot.detect.corpus import Labelled
from bot.detect.measure import Judged

# The words that someone would put into a first list, one sitting, from the definitions alone.
_WORDS = (
    r"blam\w+|their fault|because of them|refus\w+|impossible|hopeless|problem|"
    r"wast\w+ (?:of|our|my) time|jerk|idiots?|clueless|political|lazy|stupid|arrogant|ignorant|"
    r"incompetent|liars?|crooks?|t[yi]re[- ]?kickers?|not serious|cheapskates?|"
    r"ow(?:es?|ed) (?:us|me)|deserv\w+|the least they|how (?:rude|dare)|ghost\w+|"
    r"after (?:all|everything)|ungrateful|disrespect\w*|they (?:need|have) to|should just|"
    r"make them (?:see|understand)|wake up|don't get it|no[- ]brainer|can't believe|"
    r"love(?:d|s)? (?:it|the demo)|what are they waiting|obvious"
)
_LISTED = re.compile(rf"\b(?:{_WORDS})\b", re.IGNORECASE)


def all_of(messages: Sequence[Labelled]) -> Iterator[tuple[str, list[Judged] | None]]:
    """Name and verdicts of each baseline; None where its library is not installed.

    The verdicts carry a score from 0 to 1 and never speak: a baseline has no threshold to defend.
    """
    yield "length alone", _scored(messages, lambda m: min(len(m.text), 400) / 400)
    yield "a word list", _scored(messages, lambda m: min(len(_LISTED.findall(m.text)), 5) / 5)
    yield "VADER sentiment", _vader(messages)


def _vader(messages: Sequence[Labelled]) -> list[Judged] | None:
    """Hutto & Gilbert 2014: the more negative the mood, the more suspicious."""
    try:
        from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer
    except ImportError:
        return None
    mood = SentimentIntensityAnalyzer()
    return _scored(messages, lambda m: (1 - float(mood.polarity_scores(m.text)["compound"])) / 2)


def _scored(messages: Sequence[Labelled], score: Callable[[Labelled], float]) -> list[Judged]:
    return [
        Judged(m, Verdict(None, score(m), suspicious=False, sure=False, detector="baseline"))
        for m in messages
    ]
