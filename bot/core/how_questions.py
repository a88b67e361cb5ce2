"""Tell a question about how to be left alone from the request to be.

"Is there a way to switch this off?" and "how can I get you to stop" ask for an answer; silencing
whoever asks them would be a surprise. "Can you stop" and "how about you stop" are requests.
"""

from __future__ import annotations

import re

_CLAUSE_END = re.compile(r"[.?!;\n]+(?=\s|\Z)|\n")
_GREETING = (
    r"(?:(?:hey|hi|hello|so|ok|okay|um|uh|hm|well|and|but|btw|also|just|please|pls|plz|sorry|quick"
    r"|question|reframe|bot|out of curiosity|wondering|curious|thanks|one|more|genuine|honest"
    r"|serious)\W+)*"
)
_WHO = r"(?:i|one|someone|somebody|anyone|people|a person|users|sellers|reps|my team|my manager)"
_OPENING = re.compile(
    rf"{_GREETING}(?:"
    # "How about you stop" and "how many times must I say it" are no questions
    r"how(?! about| many times| often do i| dare| come)\b|where\b"
    r"|what(?! part| the (?:hell|fuck|heck))(?:['\u2019]?s)?\b|which\b"
    r"|who(?! asked| told| wants| needs)\b"
    r"|(?:is|are|was) there\b|any (?:way|chance|option|setting|command)s?\b"
    r"|(?:is|would) it (?:be )?(?:possible|ok|okay|allowed)\b"
    r"|do(?:es)? (?:you|this|it|reframe|the bot|this bot) (?:have|come with|offer)\b"
    rf"|(?:can|could) {_WHO} (?!(?:please |just )*(?:ask|tell|beg|have) (?:you|u|ya)\b)"
    rf"|(?:am|are|is) {_WHO} (?:able|allowed)\b|(?:do|does|must|should|would|will) {_WHO}\b"
    r"|(?:can|could) (?:you|this|it|this bot|the bot|reframe) be\b"
    r"|(?:can|could|would|will) (?:you|someone|somebody|anyone|anybody) (?:please )?"
    r"(?:tell|show|explain)\b"
    r"|(?:does|would|will|do) (?:pausing|muting|stopping|turning|snoozing|opting|unsubscribing)\b"
    r"|(?:if|when) i (?:say|type|write|want|tell)\b"
    r"|(?:i )?(?:wonder|was wondering|would like to know|want to know|need to know)\b"
    r")",
    re.IGNORECASE,
)
_INSISTS = re.compile(
    r"\b(?:stop|off|silence|silent|quiet|gone|out|want|need|like|never|do not|no more"
    r"|don['\u2019]?t|enough|permanently|for good|forever|now|cancel|pause|mute|unsubscribe"
    r"|remove|leave)\b",
    re.IGNORECASE,
)


def opens_as_question(text: str) -> bool:
    """Return whether a text asks how something is done, what happens, or whether it can be done.

    Args:
        text: as typed.

    Returns:
        False also if another sentence of the text insists, as in "How do I get rid of you? I want
        silence": whoever writes that wants it done.
    """
    return _asks(text) and not insists(text)


def insists(text: str) -> bool:
    """Return whether a sentence of a text that is no question wants quiet, whatever others ask."""
    statements = (s for s in _sentences(text) if not _OPENING.match(s))
    return _asks(text) and any(_INSISTS.search(s) for s in statements)


def _asks(text: str) -> bool:
    return any(_OPENING.match(s) for s in _sentences(text))


def _sentences(text: str) -> list[str]:
    return [s.strip() for s in _CLAUSE_END.split(text) if s.strip()]
