"""Find who insults the bot, or says that it is of no use, and says nothing else.

Whoever does wants neither a list of commands nor a request to say more: one human line, and the way
out. Said of anybody else, "they're useless", it is a matter of a deal.
"""

from __future__ import annotations

import re

from bot.core.plain_words import simplified

_VERY = r"(?:so|very|too|just|such|pretty|kinda|totally|completely|utterly|absolutely|always|all)"
_YOU_ARE = r"(?:you(?:re| are| r)|your)"
_YOURS = (
    r"(?:(?:your|these|those|this|that|the) )?"
    r"(?:question|answer|advice|suggestion|reply|response|help|coaching|coach|tip|app)s?"
)
_BAD = (
    r"(?:useless|worthless|pointless|unhelpful|no help|no use|of no (?:help|use)|irrelevant"
    r"|annoying|creepy|a pain|distracting|spam|too much|dumb|stupid|silly|idiotic|lame|pathetic"
    r"|clueless|terrible|awful|horrible|bad|rubbish|garbage|trash|crap|shit|bullshit|nonsense|ridiculous"
    r"|a joke|a clown|a disgrace|a disaster|a failure|a nuisance|a waste of (?:my |our )?time"
    r"|an? (?:\w+ )?(?:idiot|moron|fool|jerk|asshole|loser|liar|scam)|the worst|worst|wrong|broken"
    r"|braindead|hopeless|incompetent|not (?:very |that |so |any |of any )?(?:helpful|helping|help"
    r"|useful|use|good|smart|clever|funny|great|relevant|worth it|for me))"
)
_END = r"(?: (?:at this|at your job|at all|ever|again|today|to me|here|you know|honestly|\w+ bot))?"
_NO_USE = (
    r"(?:useless|worthless|pointless|unhelpful|no help|no use|of no (?:help|use)|irrelevant"
    r"|annoying|creepy|a pain|distracting|spam|(?:a )?waste of (?:my |our )?time"
    r"|not (?:very |that |so |any |of any )?(?:helpful|helping|help|useful|use|relevant|for me))"
)  # said of "this", or of nothing: what may be said of a deal, such as "hopeless", isn't here
_OF_ANSWERS = (
    r"(?:dumb|stupid|silly|idiotic|lame|garbage|rubbish|trash|crap|bullshit|nonsense|ridiculous"
    r"|too much)"
)
_INSULT = re.compile(
    rf"{_YOU_ARE} (?:{_VERY} )*{_BAD}{_END}"
    rf"|(?:that|this|it)(?:s| is| was)? (?:{_VERY} )*(?:{_NO_USE}|{_OF_ANSWERS}){_END}"
    rf"|(?:that|this|it)(?:s| is| was)? (?:{_VERY} )*(?:an? )?{_BAD} {_YOURS}{_END}"
    r"|(?:this|that|it)(?: is| was)?(?: isnt|isnt|wasnt| wasnt|nt| not)"
    r" (?:very |that |so |any |of any )?(?:helpful|useful|good|help|use|relevant"
    r"|a good (?:question|answer))"
    rf"|{_YOURS} (?:is|are|was|were|s|re) (?:{_VERY} )*{_BAD}{_END}"
    rf"|(?:what an? |such an? )?{_BAD} {_YOURS}(?: ever)?"
    rf"|(?:{_VERY} )*{_NO_USE}"
    r"|you (?:suck|stink|blow|know nothing|(?:dont|do not) (?:get it|know anything|understand"
    r"(?: anything| me)?|help)|have no (?:idea|clue))(?: .{0,40})?"
    r"|(?:i|we) (?:hate|cant stand|despise) (?:you|this|it|your questions)"
    r"|you (?:stupid|dumb|useless|piece of|worthless|absolute|total) .{1,30}"
)
_TO_OTHERS = re.compile(r"\b(?:they|them|he|him|she|her|their|his)\b")
_LONGEST = 80  # characters


def is_insult(text: str) -> bool:
    """Return whether a text that is written to the bot only says that it is bad.

    Args:
        text: as typed to the bot alone; among colleagues it may be meant for somebody else.
    """
    words = simplified(text) if len(text) <= _LONGEST else ""
    return bool(_INSULT.fullmatch(words)) and not _TO_OTHERS.search(words)
