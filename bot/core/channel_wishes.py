"""Read from plain words that the bot shall be quiet in one channel, or speak there again.

As in ``bot.core.wishes``, the whole text must fit. "Stop asking me here" is about a person, and
"stop posting in this channel" about everybody in it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from bot.core.how_questions import opens_as_question
from bot.core.plain_words import simplified

_MENTION = re.compile(r"<#([A-Z0-9]+)(?:\|[^<>]*)?>")
CHANNEL_NAME = r"(?<![\w&])#(?!\d+\b(?!-))[^\W_][\w-]*"
"""A channel behind a hash sign, in any script: "#deal-acme", "#2024-deals", and not "#1"."""
_BY_NAME = re.compile(CHANNEL_NAME, re.IGNORECASE)
_ME = re.compile(r"\b(?:me|my|mine|myself)\b", re.IGNORECASE)
_KIND = r"(?: (?:whole|entire|same|very|deal|deals|sales|slack|public|private))?"
_NAMED = rf"(?:this|that|these|those|the|our|all of this){_KIND} channels?"
_SOME_CHANNEL = re.compile(rf"\b(?:{_NAMED}|a{_KIND} channel)\b", re.IGNORECASE)

_QUESTIONS = (
    r"(?:(?:all|any)(?: of)? )?(?:(?:the|your|these|those|this|that) )?"
    r"(?:coaching |unprompted |automatic |stupid |annoying )?"
    r"(?:questions?|messages|nudges|posts|comments|notifications|pings|prompts|reminders|alerts"
    r"|coaching)"
)
_BOT = rf"(?:yourself|this|it|you|everything|{_QUESTIONS})"
_MEANS_BOT = rf"(?:yourself|you|{_QUESTIONS})"  # "put this on #deal-desk" is about something else
_DOING = (
    r"(?:posting|asking|watching|reading|listening|messaging|writing|commenting|coaching|nudging"
    r"|talking|interrupting|answering|replying|responding|following|monitoring|scanning|analyzing"
    r"|looking|bothering|disturbing|pestering|spamming|pinging|sending|butting in)"
)
_DO = (
    r"(?:post|ask|watch|read|listen|message|write|comment|coach|nudge|talk|interrupt|answer|reply"
    r"|respond|monitor|say|send|bother|disturb|pester|spam|ping|be active|be)"
)
_SOME = r"(?: (?:us|people|anyone|anybody|everyone|everybody|(?:the|our|my) team|the others))?"
_WHAT = rf"(?: (?:stuff|things?|anything|something|{_QUESTIONS}))?"


def _at(place: str) -> str:
    return rf"(?: (?:in|for|on|from|to|at|inside|within))? {place}"


def _off(place: str) -> str:
    at = _at(place)
    return (
        rf"(?:(?:turn|switch)(?: {_BOT})? off(?: {_BOT})?{at}"
        rf"|shut(?: {_BOT})? (?:off|down)(?: {_BOT})?{at}"
        rf"|(?:put|set) yourself (?:off|down){at}"
        rf"|(?:disable|deactivate|uninstall|mute|silence|pause|snooze|stop)(?: {_BOT})?{at}"
        rf"|(?:leave|exit|quit|unwatch|get out of|get off|get lost from|go away from|stay out of"
        rf"|stay off|keep out of|get away from|off|unfollow|unsubscribe from|remove yourself from"
        rf"|take yourself out of|get yourself out of|kick yourself from|out of) {place}"
        rf"|(?:stop|quit|cease|no more|no) {_DOING}{_SOME}{_WHAT}{at}"
        rf"|(?:dont|do not|never|not)(?: ever)? {_DO}{_SOME}{_WHAT}{at}"
        rf"|(?:no|no more) {_QUESTIONS}{at}"
        rf"|(?:be|stay|keep|go) (?:quiet|silent|off){at}|(?:shut up|quiet|silent|silence){at}"
        rf"|(?:you )?(?:arent|are not|re not) (?:wanted|needed|welcome){at}"
        rf"|(?:(?:we|people|everybody|everyone) (?:dont|do not|no longer) (?:want|need|like)"
        rf"|(?:nobody|no one)(?: here)? (?:wants|needs|likes))(?: to (?:get|see|have|read))?"
        rf"(?: any| more| any of)* (?:you|this|it|{_QUESTIONS}){at}"
        rf"|leave (?:us|everybody|everyone|people|(?:the|our) team) (?:alone|be|in peace){at}"
        rf"|leave {place} (?:alone|be|in peace)"
        r"|remove yourself|kick yourself out|uninvite yourself)"
        r"(?: (?:anymore|any more|again|ever again|any longer|from now on|now|for good|forever"
        r"|completely|altogether))?"
    )


def _on(place: str) -> str:
    at, back = _at(place), r"(?: (?:again|back|back on|on again))?"
    again = r"(?: again)?"
    return (
        rf"(?:turn|switch)(?: {_MEANS_BOT})?(?: back)? on(?: {_MEANS_BOT})?{again}{at}{again}"
        rf"|(?:turn|switch) (?:this|it|everything)(?: back)? on{again}"
        rf" (?:in|for|inside|within) {place}{again}"
        rf"|(?:put|set) yourself(?: back)? on{again}{at}{again}"
        rf"|(?:enable|reenable|re enable|activate|reactivate|resume|unpause|unmute|restart)"
        rf"(?: {_BOT}| {_DOING})?{back}{at}{back}|(?:back )?on {place}"
        rf"|(?:continue|start) (?:{_DOING}{_SOME}{_WHAT}|{_QUESTIONS}){back}{at}{back}"
        rf"|(?:continue|start)(?: {_BOT})? again{at}|(?:continue|start){at} again"
        rf"|(?:you (?:can|may) )?(?:watch|rewatch|come back to|come back in|ask|read|coach|nudge)"
        rf"{_SOME}{_WHAT}(?:{at} again| again{at})"
    )


# What nobody says to a colleague: it is heard in a thread, where the bot isn't the only one.
_TO_BOT_ALONE = re.compile(
    rf"(?:turn|switch|shut)(?: yourself| it| this)? off(?: yourself)?{_at(_NAMED)}"
    rf"|(?:turn|switch) yourself(?: back)? on(?: again)?{_at(_NAMED)}(?: again)?"
    r"|(?:disable|deactivate|uninstall|mute|unmute|unpause)"
    r"(?: (?:yourself|this|it|you|everything|coaching|(?:the |all )?questions))?"
    rf"{_at(_NAMED)}"
    rf"|(?:leave|exit|get out of|stay out of|remove yourself from|unwatch) {_NAMED}"
    rf"|(?:stop|quit|no more|no) (?:posting|asking|asking questions|coaching|nudging|interrupting"
    rf"|watching|reading|monitoring|scanning|analyzing|questions|nudges){_at(_NAMED)}"
    rf"|(?:dont|do not|never) (?:post|ask|ask questions|coach|nudge|interrupt|watch|monitor)"
    rf"{_at(_NAMED)}(?: anymore| any more| again)?|(?:watch|rewatch) {_NAMED} again"
)
_HERE = rf"(?:{_NAMED}|in here|here)"
_OFF_NAMED, _OFF_HERE = re.compile(_off(_NAMED)), re.compile(_off(_HERE))
_MAY_BE_OWN = re.compile(
    r"(?:stop|quit|cease|no|no more|dont|do not|never|be|stay|keep|go|shut up|quiet|silent|silence)"
    r"\b(?!.*\byourself\b)"
)
_ON_NAMED, _ON_HERE = re.compile(_on(_NAMED)), re.compile(_on(_HERE))

_BEGINS_END = re.compile(
    r" (?=(?:until|till|til|for|through|thru|over|during|this|today|tonight|tomorrow|next|the"
    r"|all|\d+)\b)"
)
_FOR_ONE = re.compile(r"\bfor me\b(?! to\b)", re.IGNORECASE)


def _none(place: str, *, is_here: bool) -> str:
    at = _at(place)
    also = r"|(?:not|none|nothing)(?: for me)? (?:in )?here(?: for me)?" if is_here else ""
    return (
        rf"(?:not|none|nothing)(?: (?:for|to) me)?{at}(?: for me)?"
        rf"|(?:no|no more|none of) {_QUESTIONS} (?:for|to) me{at}"
        rf"|(?:stop|quit|cease|no more|no) {_DOING}(?: (?:to|at|on))? me{_WHAT}{at}"
        rf"|(?:dont|do not|never)(?: you)?(?: ever)? {_DO}(?: (?:to|at|on))? me{_WHAT}{at}"
        rf"|(?:leave|let) me (?:alone|be|in peace){at}"
        rf"|(?:mute|pause|silence|snooze|disable|exclude|skip|unsubscribe|remove|spare) me{at}"
        rf"|(?:i )?(?:dont|do not|no longer) (?:want|need|like)(?: to (?:get|see|be))?"
        rf"(?: any| more)*"
        rf" (?:(?:for|from) me |from you )?(?:you|{_QUESTIONS}|asked|coached|bothered)"
        rf"(?: for me)?{at}"
        rf"{also}"
    )


_ONE_CHANNEL = rf"(?:this|that){_KIND} channel"  # "not in the channel" asks for no public questions
_NONE_NAMED = re.compile(_none(_ONE_CHANNEL, is_here=False))
_NONE_HERE = re.compile(_none(_ONE_CHANNEL, is_here=True))


@dataclass(frozen=True, slots=True)
class ChannelWish:
    """What is wished of the bot in one channel.

    Attributes:
        is_on: whether it shall speak there again; False to be quiet.
        channel_id: the channel that was named; empty for the one around, or one without an id.
        is_elsewhere: whether a channel was named, so the one around isn't meant.
        end: until when it shall be quiet, in plain words; empty for no end.
        is_certain: whether it is about everybody there; "stop posting here" may be meant for its
            writer alone.
    """

    is_on: bool
    channel_id: str = ""
    is_elsewhere: bool = False
    is_certain: bool = True
    end: str = ""


def read_channel_wish(text: str, *, in_channel: bool, addressed: bool = True) -> ChannelWish | None:
    """Return what a text wishes of the bot in a channel; None if it wishes nothing of that kind.

    Args:
        text: as typed. A channel in it may be a mention, or a name behind a hash sign.
        in_channel: whether it was typed in a channel, so that "here" is one.
        addressed: whether only the bot is spoken to. Else the text must be one that nobody says to
            a colleague, and name no other channel.
    """
    mentioned = _MENTION.search(text)
    plain = _BY_NAME.sub(" that channel ", _MENTION.sub(" that channel ", text))
    words = simplified(plain)
    if _ME.search(words):
        return None
    off, on = (_OFF_HERE, _ON_HERE) if in_channel else (_OFF_NAMED, _ON_NAMED)
    is_on, end = on.fullmatch(words) is not None, ""
    if not is_on:
        words, end = _without_end(words, off)
        if not off.fullmatch(words):
            return None
    if not addressed and (plain != text or not _TO_BOT_ALONE.fullmatch(words)):
        return None
    if opens_as_question(text):
        return None  # "is there a way to turn you off in this channel" gets an answer
    is_certain = _MAY_BE_OWN.match(words) is None or "channel" in words
    named = mentioned[1] if mentioned else ""
    return ChannelWish(is_on, named, plain != text, is_certain, end)


def wants_none_here(text: str, *, in_channel: bool) -> bool:
    """Return whether somebody wants no question for themselves in one channel: "not in this channel
    please", "don't ask me in #deal-acme".

    Args:
        text: as typed. in_channel: whether it was typed in a channel, so that "here" is one.
    """
    plain = _BY_NAME.sub(" that channel ", _MENTION.sub(" that channel ", text))
    words = simplified(plain)
    if _FOR_ONE.search(text) and _OFF_HERE.fullmatch(_without_end(words, _OFF_HERE)[0]):
        return True
    none = _NONE_HERE if in_channel else _NONE_NAMED
    return none.fullmatch(_without_end(words, none)[0]) is not None


def _without_end(words: str, wanted: re.Pattern[str]) -> tuple[str, str]:
    """Return a wish and its end apart, if words are a wish with an end behind it."""
    if wanted.fullmatch(words):
        return words, ""
    for found in _BEGINS_END.finditer(words):
        if wanted.fullmatch(words[: found.start()]):
            return words[: found.start()], words[found.end() :]
    return words, ""


def names_channel(text: str) -> bool:
    """Return whether a text names a channel by a mention or with a hash sign."""
    return bool(_MENTION.search(text) or _BY_NAME.search(text))


def is_about_channel(text: str) -> bool:
    """Return whether a request to be quiet is about a channel, and not about its writer alone."""
    is_of_channel = names_channel(text) or _SOME_CHANNEL.search(text) is not None
    return is_of_channel and _ME.search(text) is None
