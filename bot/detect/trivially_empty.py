"""Tells which messages are too little to send to a language model.

The check runs on every message while Slack waits, so most of them take a short way: words are
counted where nothing could be a quote, code, or a link, and a text with a common English word is
English. ``python -m tests.bench.trivially_empty`` measures it.
"""

from __future__ import annotations

import re

from bot.detect.language import is_english
from bot.detect.preprocess import MAX_CHARACTERS, clean_text

MIN_WORDS = 3  # of the author's own

_MAY_HOLD_OTHER_WORDS = re.compile(r'[`>~"<@&]|--|rom:|wrote:|https?:|\Aon ', re.IGNORECASE)
_EMOJI = re.compile(r":[a-z][a-z0-9_+-]*:")
_WORD = re.compile(r"[a-z]+(?:'[a-z]+)*")

# Common in English and rare in what else is written with the same letters. A foreign text that
# holds one is found out later, by whoever would send it to a model.
_COMMON = """
the and that with this they you have not our them their what just from your would been were there
because these those who how why which when about could should does did my us it she his her him get
know think want need anyone everyone nothing always never again don't it's i'm i've i'll can't
that's they're they'd they've they'll isn't doesn't won't didn't we're we've he's she's what's
couldn't wouldn't or if too then also well yes thanks thank please can use using works work working
try only sure any some more good i'd ok okay has but are hope into out other than after before where
here still even way one like really right yeah let i is got all on to of at for
"""
_ENGLISH_WORDS = frozenset(_COMMON.split())


def is_trivially_empty(text: str) -> bool:
    """Return whether a message is too little to be judged by anyone.

    It is if its author wrote fewer than ``MIN_WORDS`` words (links, mentions, emoji, code, quotes,
    and forwarded text don't count), or wrote them in another language than English. Takes time in
    proportion to the text.

    Args:
        text: the message as Slack sends it.
    """
    text = text[:MAX_CHARACTERS]
    if text.isascii() and _MAY_HOLD_OTHER_WORDS.search(text) is None:
        lowered = text.lower()
        words = _WORD.findall(_EMOJI.sub(" ", lowered) if ":" in lowered else lowered)
        if len(words) < MIN_WORDS:
            return True
        if not _ENGLISH_WORDS.isdisjoint(words):
            return False
    clean = clean_text(text)
    words = [token for token in clean.tokens if token[0].isalpha()]
    if len(words) < MIN_WORDS:
        return True
    return _ENGLISH_WORDS.isdisjoint(words) and not is_english(clean.author_text, clean.tokens)
