"""Read from plain words how often, or on which days, somebody wants to be asked.

That is a choice among the settings, and no pause: "don't ask me on Fridays" isn't over on Saturday.
As in ``bot.core.wishes``, the whole text must fit.
"""

from __future__ import annotations

import re
from enum import StrEnum

from bot.core.plain_words import simplified


class Rhythm(StrEnum):
    """What is wished: fewer questions, or other days and hours for them."""

    LESS_OFTEN = "less_often"
    AT_TIMES = "at_times"


_ASK = r"(?:ask|asking|message|messaging|nudge|nudging|ping|write to|coach|bother|contact|dm)"
_ASKED = r"(?:questions?|messages?|nudges?|pings?|dms?|coaching|notifications?|reminders?)"
_RARELY = (
    r"(?:(?:much |a bit |a little |a lot )?(?:less|less often|less frequently|less regularly"
    r"|more rarely|rarely|fewer times)|not (?:(?:as|that|too) )?(?:often|frequently|many times))"
)
_COUNT = r"(?:one|two|three|once|twice|a single|\d)"
_ONLY = r"(?:only|just|max|maximum|at most|not more than|no more than|no more often than|up to)"
_SPAN = r"(?:a|per|every|each|in a) (?:day|week|month)"
_LESS = re.compile(
    rf"(?:{_ASK} (?:me |us )?)?{_RARELY}(?: {_ASK}(?: me| us)?)?"
    rf"|(?:much |a lot |way )?(?:less|fewer|not (?:as |that )?many|too many)"
    rf"(?: of)?(?: your| these| those)? {_ASKED}"
    rf"|you (?:are |re )?{_ASK} (?:me )?(?:way |far |much )?too (?:often|much|many {_ASKED})"
    r"|(?:this is |its |thats |that is )?(?:way |far |much )?too (?:often|frequent|many)"
    rf"|(?:{_ASK} (?:me )?)?{_ONLY} (?:{_ASK} (?:me )?)?{_COUNT}(?: {_ASKED}| times?)?(?: {_SPAN})?"
    rf"|(?:{_ASK} (?:me )?|{_ASKED} )(?:{_ONLY} )?{_COUNT}(?: {_ASKED}| times?)? {_SPAN}"
    rf"(?: {_ONLY})?|{_COUNT} {_ASKED} {_SPAN}(?: is enough| {_ONLY}| will do)?"
    rf"|(?:{_COUNT})(?: times?)? {_SPAN} is enough"
    rf"|limit (?:yourself|it|this|these|your {_ASKED}|{_ASKED}) to {_COUNT}(?: {_ASKED}| times?)?"
    rf"(?: {_SPAN})?|(?:reduce|lower|cut down(?: on)?) (?:the |your )?"
    rf"(?:number of |amount of |frequency of )?{_ASKED}"
)
_DAY = (
    r"(?:(?:mon|tues|wednes|thurs|fri|satur|sun)days?|mon|tues?|weds?|thu(?:rs)?|fri|sat|sun"
    r"|weekdays?|weekends?|working days?|workdays?)"
)
_CLOCK = r"\d{1,2}(?:[:.]\d\d)?(?: ?(?:am|pm|o ?clock))?"
_HOURS = (
    r"(?:in the |the )?(?:mornings?|afternoons?|evenings?)"
    rf"|(?:after|before|from|until) (?:{_CLOCK}|lunch|noon)"
    rf"|(?:between|from) {_CLOCK} (?:and|to|until) {_CLOCK}"
    r"|(?:during|in|within|outside) (?:my )?(?:work|working|office|business) hours"
)
_DAYS = rf"(?:on |at |over )?(?:the )?(?:every )?{_DAY}(?:(?: and| or| and on)? {_DAY}){{0,5}}"
_TIMES = rf"(?:{_DAYS}|{_HOURS})"
_ONLY_THEN = re.compile(
    rf"(?:{_ASK} (?:me |us )?)?(?:only|just) (?:{_ASK} (?:me |us )?)?(?:{_ASKED} )?{_TIMES}"
    rf"|{_ASK} (?:me |us )?{_TIMES} only"
)
_NOT_THEN = re.compile(
    rf"(?:never|not|no {_ASKED}|nothing"
    rf"|(?:dont|do not|never|stop) {_ASK}(?: me| us)?(?: {_ASKED})?) {_TIMES}"
)
_RECURS = re.compile(
    r"\b(?:\w+days|weekends|mornings|afternoons|evenings|every|working hours|office hours)\b", re.I
)
_NAMES_ASKING = re.compile(rf"\b(?:{_ASK}|{_ASKED}|bot|reframe)\b", re.IGNORECASE)
_HINTS = re.compile(
    r"\b(?:less|fewer|often|rare\w*|frequent\w*|many|much|only|just|max\w*|most|once|twice|enough"
    r"|limit|reduce|lower|cut|never|not|no|nothing|don['\u2019]?t|stop|week|day)\b",
    re.IGNORECASE,
)
_LONGEST = 100  # characters


def read_rhythm_wish(text: str, *, addressed: bool = True) -> Rhythm | None:
    """Return what a text wishes of the times at which the bot asks; None if it wishes nothing.

    Args:
        text: as typed.
        addressed: whether only the bot is spoken to. Else the text must speak of being asked:
            "only on Tuesdays" may be said to a colleague.
    """
    if len(text) > _LONGEST or not _HINTS.search(text):
        return None
    if not addressed and not _NAMES_ASKING.search(text):
        return None
    words = simplified(text)
    if _LESS.fullmatch(words):
        return Rhythm.LESS_OFTEN
    if _ONLY_THEN.fullmatch(words) or (_NOT_THEN.fullmatch(words) and _RECURS.search(text)):
        return Rhythm.AT_TIMES
    return None
