"""Reduce what a person typed to plain words: no punctuation, no politeness, few typos.

For reading short requests to the bot itself. What is said to customers never comes through here.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache


def _listed(words: str) -> frozenset[str]:
    return frozenset(words.split())


_FILLERS = _listed(
    "please pls plz plss pleaase kindly just hey hi hello hallo yo ok okay k kk thanks thank thx ty"
    " tks cheers reframe bot robot dear sorry yes yeah yep well um uh so lol haha gosh jesus christ"
    " omg man dude already simply ffs damn dammit goddamn bloody fucking freaking really actually"
    " immediately asap guys buddy mate friend sir mister anyway kind"
)
_OPENINGS = (
    r"(?:can|could|would|will|may|might) (?:you|u|we|i)(?: all)?(?: be so kind (?:and|as to))?",
    r"(?:i|we)(?:d| would)? (?:really )?(?:want|like|love|need|prefer|wish|ask)(?: for)?"
    r"(?: you| it| this)?(?: to)?",
    r"(?:i|we) (?:am|m) (?:asking|begging|telling) you(?: to)?",
    r"im (?:asking|begging|telling) you(?: to)?",
    r"(?:you|u) (?:can|may|should|must|need to|have to)(?: now)?",
    r"(?:is it possible|would it be possible|is there a way|any way)(?: for me)? to",
    r"(?:do )?(?:you )?mind if i|would you mind|lets|let us|time to|id rather|id rather you",
    r"mind(?= not\b)",
    r"(?:how about|why dont|why cant|why wont) (?:you|u)",
    r"(?:i|we)(?: have|ve)? (?:had|got) enough",
    r"enough",
    r"i (?:said|repeat|mean)|and|but|then|now|for now|right now|again",
)
_ENDINGS = (
    r"thank you(?: very much| so much)?|you (?:very|so) much|much appreciated|will you|would you"
    r"|can you|could you"
    r"|ok(?:ay)?|if (?:you|its) (?:dont mind|can|possible|ok)|if possible|for me|man|right now"
    r"|from now on|now|at once|right away|a lot|will ya|already|many|appreciated|at all|got it"
    r"|for the moment|for a bit"
)
# Compiled here: Python remembers a pattern that a call brings along, but looks for it each time,
# and this is read of one message in fourteen.
_PLAIN = tuple(
    (re.compile(pattern), plain)
    for pattern, plain in (
        (r"<[@#!][^>]*>|<https?:[^>]*>|:[a-z0-9_+-]{2,}:", " "),
        (r"^\s*/?reframe\b", " "),
        (r"[\u2018\u2019'`\u00b4]", ""),
        (r"([a-z])\1{2,}", r"\1"),
        (r"\b(?:the|this|that|your) (?:reframe )?(?:ro)?bot\b|\bthe reframe\b", "this"),
        # Colons, dots, slashes, hyphens stay only between figures: 3:30, 24.12., 12/24, 2026-12-24.
        (r"(?<!\d)[:./-]|[:/-](?!\d)|\.(?![\d\s]|$)", " "),
        (r"(?<=\d)\.(?=\s|$)", " "),
        (r"[^\w\s:./-]|_", " "),
        (r"\bthank you\b", "thanks"),
        (r"\b(\d+)\s*(am|pm)\b", r"\1\2"),
        (r"\b([ap])\.? m\b", r"\1m"),
    )
)
_POLITE = (
    *(re.compile(rf"^(?:{opening}) (?=\S)") for opening in _OPENINGS),
    re.compile(rf"(?<=\S) (?:{_ENDINGS})$"),
)
_QUITE = re.compile(r"^quite (?=until|for)")
_LONGEST = 400  # characters; a wish is shorter
_KNOWN_TYPOS = {
    **dict.fromkeys(("tommorow", "tommorrow", "tomorow", "tmrw", "tmr", "tmrrw"), "tomorrow"),
    **dict.fromkeys(("wensday", "wednsday", "wendesday"), "wednesday"),
    **{"febuary": "february", "unsubscripe": "unsubscribe", "pawse": "pause", "resum": "resume"},
    **{
        "u": "you",
        "ur": "your",
        "til": "until",
        "till": "until",
        "untl": "until",
        "msgs": "messages",
    },
    **{
        "msg": "message",
        "w/e": "weekend",
        "wkend": "weekend",
        "qs": "questions",
        "thru": "through",
    },
}
_VOCABULARY = _listed(
    "pause unpause stop resume unsubscribe subscribe mute unmute snooze quiet alone leave messaging"
    " message messages questions question coaching bother bothering asking disable enable until"
    " tomorrow monday tuesday wednesday thursday friday saturday sunday january february march"
    " april june july august september october november december week weeks weekend month months"
    " quarter days hours minutes today tonight morning afternoon evening year please help rest end"
    " next remind reminders notifications nudges nudging privately private silence forever further"
    " notice christmas contact contacting anymore"
)
_REAL_WORDS = _listed(
    "quite shop step stoop strop cause clause paused pauses assume presume resumed resumes help"
    " held hope alive along lease heave moth mouth mount today toady reset rent next test text"
    " weak seek peek meek weep leaves leaving message massage massages quests ends bend send lend"
    " quit mend tend fend nest best pest west vest zest bother brother mother other others another"
    " moths marsh match arch larch pleas plea release silences snoozed muted mutes cute lute butte"
    " stops stopped pausing able table cable pest heal heap helm hell yelp kelp self whelp"
    " contract contracts contractor mouths moist bout boat noise notices noticed further farther"
    " mundane sundry nights day ways hour ours yours tours houses fourth forth week work"
)


def simplified(text: str) -> str:
    """Return a short text in plain words: lower case, no marks, no politeness, typos corrected."""
    words = _words(text)
    words = [w for w in words if w not in _FILLERS]
    joined = " ".join(_corrected(w) for w in words)
    joined = _QUITE.sub("quiet ", joined)
    return _trimmed(joined)


def _words(text: str) -> list[str]:
    text = unicodedata.normalize("NFKC", text[:_LONGEST])[:_LONGEST].lower()  # some signs expand
    for pattern, plain in _PLAIN:
        text = pattern.sub(plain, text)
    return text.split()


def _trimmed(words: str) -> str:
    """Take openings and endings of politeness away, as long as something is left."""
    while True:
        shorter = words
        for pattern in _POLITE:
            shorter = pattern.sub("", shorter)
        if shorter == words:
            return words
        words = shorter


@lru_cache(4_096)  # the same words come again and again, and each is compared with hundreds
def _corrected(word: str) -> str:
    """Return the word that a mistyped one most likely is; the word itself if that is unclear."""
    if word in _KNOWN_TYPOS:
        return _KNOWN_TYPOS[word]
    if len(word) < 4 or word in _REAL_WORDS or word in _VOCABULARY or not word.isalpha():
        return word
    near = [known for known in _VOCABULARY if _is_near(word, known)]
    return near[0] if len(near) == 1 else word


def _is_near(word: str, known: str) -> bool:
    """Whether one slip of the fingers lies between two words; short words need a clearer one."""
    if abs(len(word) - len(known)) > 1:
        return False
    at = next((n for n, (a, b) in enumerate(zip(word, known, strict=False)) if a != b), None)
    if at is None:  # one letter more or less at the end
        longer = max(word, known, key=len)
        return len(known) > 4 or longer[-1] == longer[-2]
    swapped = word[:at] + word[at + 1 : at + 2] + word[at : at + 1] + word[at + 2 :]
    if swapped == known:
        return True
    if len(word) > len(known) and word[at] == word[at - 1 : at] and word[at + 1 :] == known[at:]:
        return True  # a letter typed twice
    if len(known) < 5:
        return False
    return known[at:] == word[at + 1 :] or known[at + 1 :] in (word[at:], word[at + 1 :])
