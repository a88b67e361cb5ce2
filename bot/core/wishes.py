"""Read from plain words that somebody wants to be left alone, or heard again.

A whole text is a wish or none of it is: each pattern must fit from its first word to its last, and
speak about the bot and the writer alone. So "pause until Friday" is a wish, and "pause the project
until Friday" is a sentence to coach. Nothing here reads a clock; ``now`` is passed in.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import tzinfo
from enum import StrEnum

from bot.core.durations import NO_END
from bot.core.how_questions import opens_as_question
from bot.core.pause_ends import parse_end
from bot.core.plain_words import simplified
from bot.core.wish_phrases import (
    AGAIN,
    ANYMORE,
    ASK_HOW,
    AWAY,
    CLAUSES,
    DECLINE,
    ERASE,
    FIGURES_OF_SPEECH,
    HELP,
    NOT_NOW,
    OWN_DATA,
    PAUSE_WORD,
    PRIVATELY,
    RESUME,
    RESUME_IF_ADDRESSED,
    SOFT,
    WHO,
    WITH_END,
    WITHOUT_END,
)


class WishKind(StrEnum):
    """What somebody wants of the bot itself.

    PAUSE: no unprompted question until then. ASK_WHEN: a pause whose end can't be understood.
    RESUME: questions again. PRIVATELY: questions for their eyes only. HELP: how this works.
    ASK_HOW: to know how to be left alone.
    OWN_DATA: how to see or erase what is kept about them. ERASE: to have it erased. WHO: to know
    what the bot is. HOW_OFTEN: other times for questions (``bot.core.rhythm_wishes``).
    CHANNEL: quiet in one channel, or an end of that (``bot.core.channel_wishes``).
    """

    PAUSE = "pause"
    ASK_WHEN = "ask_when"
    RESUME = "resume"
    PRIVATELY = "privately"
    HELP = "help"
    ASK_HOW = "ask_how"
    OWN_DATA = "own_data"
    ERASE = "erase"
    WHO = "who"
    HOW_OFTEN = "how_often"
    CHANNEL = "channel"


@dataclass(frozen=True, slots=True)
class Wish:
    """One wish. ``until``: when a pause ends, Unix seconds; ``NO_END`` if it has none."""

    kind: WishKind
    until: float = 0.0


_QUESTIONS = frozenset({WishKind.HELP, WishKind.ASK_HOW, WishKind.WHO})
_ENDABLE = frozenset({WishKind.PAUSE, WishKind.ASK_WHEN})
_ANYMORE_AT_END = re.compile(rf"{ANYMORE}$")
_IDIOM = re.compile(r"(?:for )?(?:a|one|just a|half a) (?:sec|second|moment|minute|bit|while)\b")
_LEADS_TO_END = (
    r"(?:until|till|til|for|through|thru|during|over|while|as long as|after|once|before)"
)
_VAGUE_END = re.compile(r"(?:sometime|someday|soon|later|whenever|eventually|maybe|not now)")
_STANDALONE = re.compile(
    r"(?:for|until|till|til|through|this|today|tomorrow|over|during|before|in|on|next|the|all|ever"
    r"|forever|anymore|any|after|rest|a|an|one|two|three|four|five|six|\d)"
)


def _whole(*patterns: str) -> re.Pattern[str]:
    return re.compile("|".join(f"(?:{p})" for p in patterns))


_STOPPING = _whole(*WITHOUT_END)
_PAUSING = _whole(*WITH_END)
_RESUMING = _whole(*RESUME)
_RESUMING_IF_ADDRESSED = _whole(*RESUME_IF_ADDRESSED)
_GOING_PRIVATE = _whole(*PRIVATELY)
_ASKING_HOW = _whole(*ASK_HOW)
_ASKING_FOR_HELP = _whole(*HELP)
_OWN_DATA = _whole(*OWN_DATA)
_ERASING = _whole(*ERASE)
_ASKING_WHO = _whole(*WHO)
_DECLINING = _whole(*DECLINE)
_HEAD = re.compile(
    rf"({PAUSE_WORD})(?: (?:me|us|mode|questions?|messages?|coaching|it|this))? (.+)"
)
_BACK_THEN = re.compile(rf"(?:dont |do not )?{AGAIN} (.+)")
_AWAY_UNTIL = re.compile(rf"{AWAY} ((?:until|till|til|through|for|this|today|all) ?.*)")
_MAYBE_THEN = re.compile(r"(?:maybe|perhaps|rather|better) ((?:next|tomorrow|on|in|until) ?.*)")
_NOT_THEN = re.compile(rf"{NOT_NOW} (?!more$)(.+)")


def read_wish(
    text: str, *, now: float, zone: tzinfo, week_start: int = 0, addressed: bool = True
) -> Wish | None:
    """Return what a text wishes of the bot; None if it is about anything else.

    Args:
        text: as typed.
        now: Unix seconds.
        zone: the writer's time zone, for "until Friday" and "until 3pm".
        week_start: the first day of the writer's week, 0 is Monday.
        addressed: whether only the bot is spoken to, as behind its command or in its direct
            conversation. In a thread "back on Monday" and "start" may be meant for colleagues.
    """
    found = _read_whole_or_clauses(_Reader(now, zone, week_start, addressed), text)
    # "Can I pause until Friday" names an end, and whoever asks how to doesn't know one yet.
    if found is not None and found.kind in _ENDABLE and found.until in (0.0, NO_END):
        return Wish(WishKind.ASK_HOW) if opens_as_question(text) else found
    return found


def _read_whole_or_clauses(reader: _Reader, text: str) -> Wish | None:
    whole = reader.read(text)
    if whole is not None and whole.kind is not WishKind.ASK_WHEN:
        return whole
    return reader.read_clauses(text) or whole


_LONGEST_END = 6  # words
_MAX_END_STARTS = 40  # words into a text

_SHORT = 60  # characters
_HINTS = re.compile(
    r"\b(?:st[op]{2,}|quit|paus|puas|pasu|mut|snooz|silen|quiet|alo?n|enough|unsu|opt|not?\b|never"
    r"|don['\u2019]?t|do not|off|privat|only me|between us|later|break|peace|shut|hush|away|rest\b"
    r"|resum|unpaus|cancel|disab|deactiv|end\b|remove me|let me|cut it|dnd|be all)",
    re.IGNORECASE,
)


def may_be_wish(text: str) -> bool:
    """Return whether a text is worth reading as a wish: it is short, and holds one of the words.

    For places where nearly everything is about something else, such as a channel: reading a text
    as a wish takes a hundred times as long.
    """
    return len(text) <= _SHORT and _HINTS.search(text) is not None


def find_pause_end(text: str, *, now: float, zone: tzinfo, week_start: int = 0) -> float | None:
    """Return until when a text that asks for a pause in its own way wants it, Unix seconds.

    Args: see ``read_wish``.

    Returns:
        The end of the first span that a calendar knows, such as "till the 14th"; None without one.
    """
    reader = _Reader(now, zone, week_start, addressed=True)
    return reader.find_end(simplified(text).split())


class _Reader:
    def __init__(self, now: float, zone: tzinfo, week_start: int, addressed: bool) -> None:
        self._now = now
        self._zone = zone
        self._week_start = week_start
        self._addressed = addressed

    def read_clauses(self, text: str) -> Wish | None:
        """Read "not helpful, please stop" and "pause. Back on Monday": a wish among small talk."""
        pieces = CLAUSES.split(text[:400])
        if len(pieces) == 1:
            return None
        clauses = [words for piece in pieces if (words := simplified(piece))]
        if not 1 < len(clauses) <= 4:
            return None
        found: Wish | None = None
        for words in clauses:
            wish = self._read_words(words)
            if wish is None and not SOFT.fullmatch(words):
                return None
            if wish is None or (wish.kind in _QUESTIONS and found is not None):
                continue
            if found is None or found.kind in _QUESTIONS or wish.until < found.until:
                found = wish
        return found

    def find_end(self, words: Sequence[str]) -> float | None:
        """Return the end of a pause that stands somewhere among the words; one that a calendar
        knows rather than "until I'm back"."""
        without_end: float | None = None
        for start, word in enumerate(words[:_MAX_END_STARTS]):
            if not _STANDALONE.match(word):
                continue
            for length in range(_LONGEST_END, 0, -1):
                until = self._end(" ".join(words[start : start + length]))
                if until is not None and until < NO_END:
                    return until
                without_end = without_end or until
        return without_end

    def read(self, text: str) -> Wish | None:
        """Read a text as a single wish."""
        return self._read_words(simplified(text))

    def _read_words(self, words: str) -> Wish | None:
        if not words or len(words) > 160:
            return None
        if self._matches(words, _RESUMING, _RESUMING_IF_ADDRESSED):
            return Wish(WishKind.RESUME)
        if _GOING_PRIVATE.fullmatch(words):
            return Wish(WishKind.PRIVATELY)
        if self._addressed and _ERASING.fullmatch(words):
            return Wish(WishKind.ERASE)
        if self._addressed and _OWN_DATA.fullmatch(words):
            return Wish(WishKind.OWN_DATA)
        if _ASKING_WHO.fullmatch(words):
            return Wish(WishKind.WHO)
        if _ASKING_HOW.fullmatch(words):
            return Wish(WishKind.ASK_HOW)
        if self._matches(words, _ASKING_FOR_HELP, _DECLINING):
            return Wish(WishKind.HELP)
        until = self._read_pause(words)
        if until is not None:
            return Wish(WishKind.PAUSE, until)
        return Wish(WishKind.ASK_WHEN) if _has_unknown_end(words) else None

    def _matches(self, words: str, always: re.Pattern[str], addressed: re.Pattern[str]) -> bool:
        return bool(always.fullmatch(words) or (self._addressed and addressed.fullmatch(words)))

    def _read_pause(self, words: str) -> float | None:
        """Return until when the words want quiet; ``NO_END`` without an end, None if they don't."""
        # Nearly all words begin with no request for quiet, so their beginnings aren't tried out.
        begins = _STOPPING.match(words) or _PAUSING.match(words)
        if begins and (until := self._read_beginning(words)) is not None:
            return until
        if found := _NOT_THEN.fullmatch(words):
            rest = found.group(1)
            is_last = not re.match(r"(?:until|before|again|by)\b", rest)
            return self._end(rest, inclusive=is_last)
        return self._read_return(words) if self._addressed else None

    def _read_beginning(self, words: str) -> float | None:
        """Read "stop" and "pause until Friday"."""
        if _wants_quiet(words):
            return NO_END
        for at in (m.start() for m in re.finditer(r" ", words)):
            head, rest = words[:at], words[at + 1 :]
            if not _wants_quiet(head):
                continue
            may_follow = _STANDALONE.match(rest) or _PAUSING.fullmatch(head)
            if may_follow and (until := self._end(rest)):
                return until
        return None

    def _read_return(self, words: str) -> float | None:
        """Read "ask me again on Monday" and "I'm out until Friday"."""
        if found := _BACK_THEN.fullmatch(words):
            when = re.sub(r"^(?:on|in|at|after|from) ", "", found.group(1))
            return self._end(f"until {when}") or self._end(when)
        found = _AWAY_UNTIL.fullmatch(words) or _MAYBE_THEN.fullmatch(words)
        return self._end(found.group(1)) if found else None

    def _end(self, rest: str, *, inclusive: bool = False) -> float | None:
        return parse_end(
            rest,
            now=self._now,
            zone=self._zone,
            week_start=self._week_start,
            inclusive=inclusive,
        )


def _wants_quiet(words: str) -> bool:
    plain = _ANYMORE_AT_END.sub("", words) or words
    if words in FIGURES_OF_SPEECH:
        return False
    return any(_STOPPING.fullmatch(some) or _PAUSING.fullmatch(some) for some in (plain, words))


def _has_unknown_end(words: str) -> bool:
    """Whether the words ask for a pause until something that no calendar knows."""
    found = _HEAD.fullmatch(words)
    if found is None or _IDIOM.match(found.group(2)):
        return False
    end = found.group(2)
    return bool(re.match(rf"{_LEADS_TO_END}\b", end) or _VAGUE_END.fullmatch(end))
