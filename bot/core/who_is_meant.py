"""Tell whether an ask speaks of the bot, or of a deal's own things and people.

What a model takes for an order, an insult, or a question about the bot must speak of the bot:
"snooze the renewal until March" and "Arturo is useless" don't.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

_TO_BOT = re.compile(
    r"\b(?:you|u|ur|ya|your|yours|yourself|bots?|robots?|reframe|assistant|coach|app|tools?|machine"
    r"|chatgpt|gpt|copilot|openai|claude|ai|llm)\b|\byou['\u2019]|\b(?:this|these|that|it|here)\b",
    re.IGNORECASE,
)
_ANYBODY = re.compile(r"\b(?:(?:this|that) (?:guy|man|woman|lady)|no[- ]show)\b", re.IGNORECASE)
_BOT_ASKS = re.compile(
    r"\b(?:bots?|robots?|reframe|your (?:\w+ )?(?:questions?|messages?|nudges?|pings?|dms?)"
    r"|you to (?:ask|message|nudge|ping|coach|write))\b"
    r"|^\W*(?:please |pls |just )?(?:stop|quit)(?: (?:asking|messaging|pinging|nudging|spamming"
    r"|bothering|coaching) (?:me|us)\b|[,.;!])",
    re.IGNORECASE,
)
_OF_MINE = re.compile(
    r"\b(?:i|me|my|our|hr|it|slack|microsoft|questions?|answers?|data|models?|version|plan|report"
    r"|reading|hosted|admins?|channels?|person|privacy|gdpr|digest|team)\b",
    re.IGNORECASE,
)
_OF_BEING_ASKED = re.compile(
    r"\b(?:you|u|ur|ya|your|yours|yourself|bots?|robots?|reframe|assistant|coach\w*|apps?|chatgpt"
    r"|i|i['\u2019]m|im|i['\u2019]ll|i['\u2019]ve|ive|me|my|us|we"
    r"|ask\w*|questions?|messag\w*|nudg\w*|ping\w*|notif\w*|dms?|prompts?|reminders?|popups?|spam\w*"
    r"|stop\w*|paus\w*|mut(?:e|ed|ing)|snooz\w*|resum\w*|unpause|unmute|unsubscribe|opt|remove|quit"
    r"|quiet\w*|silen\w+|shut|hush|off|away|alone|break|enough|later|again|back|out|ooo|pto|busy"
    r"|vacation|holidays?|leave|leaving|sick|travell?ing|conference|sabbatical|bother\w*|annoy\w*"
    r"|interrupt\w*|not (?:today|now|this week|interested)|no (?:thanks|thank you|more)"
    r"|tomorrow|today|please|pls|plz)\b|\b(?:stop|start|turn|switch) (?:this|that|it)\b",
    re.IGNORECASE,
)
_SOMEBODY_IS = re.compile(
    r"(?!what\b|stop\b|boring\b|dumb\b|useless\b|if\b)[^\W\d_][\w'\u2019.& -]{1,40}?"
    r" (?:is|are|was|were)\b",
    re.IGNORECASE,
)
_HELP_WITH = re.compile(
    r"\bhelp(?: me)? (?:with|w/?|on|re|about|at|dealing|handling|answering)(?:\s|$)"
    r"(?!(?:this|it|that|you|the|reframe|using|commands|settings)(?: bot| app| thing)?\W*$)"
    r"|\bhow (?:do|can|should|would) (?:i|we)"
    r" (?:close|win|land|save|sign|price|negotiate|handle)\b",
    re.IGNORECASE,
)
_AWAY = re.compile(
    r"((?:[\w'\u2019.-]+ ){1,3}?)(?:(?:is|are|was|were|will be|has been|currently|still) )*"
    r"(?:out|off|away|gone|sick|ooo|unavailable|im urlaub"
    r"|on (?:\w+ )?(?:vacation|holidays?|leave|pto|sabbatical)|travell?ing|back)\b",
    re.IGNORECASE,
)
_SELF_OR_ORDER_WORDS = """
am and back be being bot bugger but buzz can clear coaching come coming could cut day days do
don't dont everything for from fuck get go going having heading hello hey hi hold i i'll i'm ill
im it keep lay log may me messages mine mute my myself no not notifications nudges ok okay opt our
pause piss please pls put question questions quiet reframe right shut sign snooze so stay step
stop switch take taken taking thanks that these this those time turn u until way we we'll we're
week weeks will would you your
"""
_SELF_OR_ORDER = frozenset(_SELF_OR_ORDER_WORDS.split())
_SWITCH = (
    r"(?:pause|stop|mute|snooze|cancel|disable|deactivate|end|remove|delete|kill|silence|quiet"
    r"|suspend|drop|skip|leave|unsubscribe from|opt out of|(?:turn|switch|shut|put)(?: off| down)?)"
)
_WHOSE = r"(?:the|their|his|her|its|our|my|an?|any|all|all the|every|each|no more|\w+['\u2019]s)"
_OURS = (
    r"(?:questions?|messages?|nudg\w+|pings?|pinging|notif\w+|reminders?|dms?|alerts?|prompts?"
    r"|coach\w*|bots?|robot|reframe|app|apps|things?|stuff|slack|channels?|lists?|threads?|spam"
    r"|noise|tips?|advice|program\w*|service|subscription|emails?|mails?|texts?|posts?|comments?"
    r"|popups?|interrupt\w*|madness|nonsense|crap|shit|bs|suggestions?|assistant|participation"
    r"|data|next|rest|whole|entire|weeks?|days?|months?|quarter|year|times?|holiday"
    r"|holidays|summer|weekends?|mornings?|afternoons?|evening|hell|fuck|heck|talk\w*|ask\w*"
    r"|bother\w*|pausing|pause|mute|silence|break|chat|conversation|feature|mode|look"
    r"|while|bit|moment|bothering|digest|reflections?|team|texting|one|guessing|pressure)"
)
_LINK = r"(?:for|until|till?|during|after|before|because|while|when|as|once|since|and|or|then|if)"
_LEAVE_OTHERS = re.compile(
    r"\bleave (?!(?:me|us|it|this|that|my|everyone|everybody|people|the team)\b)"
    r"[^\s.?!]+(?: [^\s.?!]+){0,2} alone\b",
    re.IGNORECASE,
)
_OTHER_THING = re.compile(
    rf"\b{_SWITCH} (?!my\b){_WHOSE} (?!(?:\w+ ){{0,2}}{_OURS}\b)[^\W\d_]+", re.IGNORECASE
)


class DealThings:
    """Orders about a deal's own things: "pause the rollout", "stop shipping".

    Args:
        things: names of such things, in lower case, for orders without an article.
    """

    def __init__(self, things: Iterable[str]) -> None:
        named = "|".join(re.escape(thing) for thing in things) or r"\0"
        between = rf"(?:(?:this|that|these|those|{_WHOSE}) )?(?:(?!{_LINK}\b)\w+[ -]){{0,2}}"
        self._named = re.compile(rf"\b{_SWITCH} {between}(?:{named})\b", re.IGNORECASE)

    def __contains__(self, text: str) -> bool:
        """Return whether a text says to stop, pause, or remove one of them."""
        patterns = (_OTHER_THING, _LEAVE_OTHERS, self._named)
        return any(pattern.search(text) for pattern in patterns)


def speaks_to_bot(text: str) -> bool:
    """Return whether a text speaks to the bot, or of what is at hand: "you", "this", "it"."""
    return _TO_BOT.search(text) is not None


def without_anybody(text: str) -> str:
    """Return a text that speaks of the bot's asking without words for anybody, such as "this guy"
    and "no show": there they may be said of the bot, or of its writer. Another text as it is."""
    return _ANYBODY.sub(" ", text) if _BOT_ASKS.search(text) else text


def may_be_about_bot(text: str) -> bool:
    """Return whether a question may be about the bot: it speaks to it, or of whoever asks."""
    return speaks_to_bot(text) or _OF_MINE.search(text) is not None


def may_be_of_being_asked(text: str) -> bool:
    """Return whether a text may be about being asked by the bot: "infosec review takes forever" and
    "QBR next week" say nothing of the bot, of their writer, or of quiet."""
    return _OF_BEING_ASKED.search(text) is not None


def names_somebody_else(text: str) -> bool:
    """Return whether a text says what somebody is who isn't the bot: "Arturo is useless"."""
    return _SOMEBODY_IS.match(text.strip()) is not None and not speaks_to_bot(text)


def tells_who_is_away(text: str) -> bool:
    """Return whether a text begins by saying that somebody but its writer is away: "Jens is out
    until Monday"."""
    found = _AWAY.match(text.strip())
    if found is None:
        return False
    subject = found[1].lower().replace("\u2019", "'").replace("'s ", " ").split()
    return _SELF_OR_ORDER.isdisjoint(subject)


def wants_help_with_deal(text: str) -> bool:
    """Return whether a text asks for help with something, and not for how the bot works."""
    return _HELP_WITH.search(text) is not None
