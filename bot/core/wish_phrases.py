"""The phrases in which people ask to be left alone, or to be heard again, as patterns.

Each pattern is matched against a whole text, in the form that ``bot.core.plain_words.simplified``
gives it: lower case, no apostrophes, "please" and "can you" taken away. A pattern may only speak of
the bot and its reader, never of a customer. ``bot.core.wishes`` puts them to use.
"""

from __future__ import annotations

import re

_THING = (
    r"(?:(?:with )?(?:any|all|the|these|those|your|this|that|my|all of (?:the|your|these|this)"
    r"|all (?:the|your|these|this)|any of (?:these|this|your)|such)? ?"
    r"(?:more |further |other |stupid |annoying |silly |dumb |pointless |unprompted |unasked"
    r" |automatic |coaching |weekly |daily |slack |direct |random )*"
    r"(?:questions?|messages?|nudges?|nudging|notifications?|reminders?|prompts?|pings?|pinging"
    r"|coaching|coach|tips?|dms?|alerts?|suggestions?|comments?|posts?|emails?|mails?|stuff|things?"
    r"|nonsense|crap|shit|spam|service|app|assistant|advice|asking|messaging|bothering|texts?"
    r"|interruptions?|coaching questions|subscription|everything|it|this|that|these|those"
    r"|yourself|all)(?: like (?:this|that|these|those))?)"
)
_ME = r"(?:me|us|my (?:messages|posts|threads|channel|channels|stuff|words|deals|writing))"
ANYMORE = (
    r"(?: (?:anymore|any more|again|ever|ever again|any longer|any further|for good|forever"
    r"|for ever|altogether|completely|entirely|all the time|so much|so often|constantly"
    r"|every day|always"
    r"|unprompted|unasked|here|in here|with (?:this|these|that|it|your questions|questions)"
    r"|about (?:this|it|everything|my messages)|until i ask|unless i ask(?: you)?))*"
)
_VERB = (
    r"(?:messag|contact|ping|dm|bother|coach|ask|nudg|notif|spam|email|mail|writ|text|disturb"
    r"|annoy"
    r"|remind|talk|speak|send|post|comment|repl|respond|interrupt|bug|pester|harass|question|analy"
    r"|read|watch|monitor|judg|teach|lectur|correct|chat|tell|giv|help|interfer|follow|butt|engag"
    r"|answer)[a-z]*(?: (?:to|on|at|in|with|up|into|after))?"
)
FIGURES_OF_SPEECH = frozenset({"dont ask me", "no questions asked"})
_OFF = r"(?:turn|switch|shut|toggle|put|set)"
PAUSE_WORD = r"(?:pause|mute|snooze|suspend|silence|timeout)"
_STOP_WORD = r"(?:stop|quit|end|cease|disable|deactivate|cancel)"
_COACHING = (
    r"(?:this|these|(?:the |your |all )*(?:questions|messages|coaching|nudges|notifications))"
)

WITHOUT_END = (
    r"(?:(?:im|i am|we are|were) )?(?:sick|tired|sick and tired|fed up|bored|annoyed|done)"
    r" (?:of|with|by) (?:(?:all )?(?:of )?(?:your|the|these|those) (?:\w+ )?(?:questions|messages"
    r"|nudges|coaching|pings|reminders)|(?:you|this) asking(?: me)?(?: \w+){0,2}"
    r"|being (?:asked|coached|nudged|questioned|interrupted)(?: by (?:you|this))?)",
    rf"(?:{_STOP_WORD}|(?:kill|drop|skip|block|uninstall|pull) {_COACHING}|stop stop"
    rf"|{_STOP_WORD} {_THING}(?: {_ME})?)",
    rf"(?:stop|quit|cease|no more|no longer|never|dont(?: you)?(?: ever)?|do not(?: ever)?|not)"
    rf"(?! (?:ask|tell|repl|answer|help|giv|send|read|follow|correct|judg|teach)[a-z]*$) {_VERB}"
    rf"(?: {_ME})?(?: {_THING})?(?: (?:to|on|in) {_ME})?",
    r"(?:make|have) (?:it|this|that|them) (?:stop|go away|end|quiet)|knock it off|cut it out"
    r"|cut that"
    r" out|give it a rest|(?:that|this)(?:s| is| will be| ll be)? (?:all|enough|it)|stand down",
    r"(?:stop|quit) being (?:so )?(?:annoying|a pain|pushy|nosy)",
    r"(?:stop|quit|cease) (?:doing|posting|sending)(?: me)? (?:this|that|these|it)"
    r"(?: again| anymore| any more| to me| here)*|dont do this (?:again|anymore|any more|to me)",
    r"no more of (?:this|that|it|these|those)",
    r"leave (?:me|us|my (?:messages|posts|threads))(?: the (?:hell|fuck|heck))?"
    r" (?:alone|be|in peace|out of (?:it|this))",
    r"let (?:me|us) (?:be|alone|work|go|in peace)",
    r"(?:go|get|fuck|piss|bugger|buzz|back|clear|sod|shove|push|step|eff|f|naff|lay) off",
    r"(?:go away|get lost|shut up|shut it|shut the (?:hell|fuck) up|be (?:quiet|silent)|quiet|hush"
    r"|silent|silence|silent mode|quiet mode|stfu|shush|zip it|enough|thats enough"
    r"|enough is enough"
    r"|enough of (?:this|that|it)|enough questions|i am done|im done with (?:this|you|it)"
    r"|mind your own business|stay out|stay out of (?:this|it|my (?:threads|messages|channel"
    r"|deals))"
    r"|stay away|stay quiet|keep quiet|be gone|begone|off|dnd|do not disturb|dont disturb"
    r"|uninstall|nope out|get out|nobody asked you|no one asked you|i (?:dont|do not) need"
    r" (?:you|this|it|coaching|a coach|your (?:help|questions|coaching)|any coaching|any of this)"
    r"|(?:i )?(?:dont|do not|no longer) (?:want|like|need|wish)(?: to (?:get|receive|have|see|be"
    r" sent|be|hear))? (?:any |these |those |your |this |more |from |you|it|that"
    r"|the |all |such |things|stuff|questions?|messages?|coaching|nudges?|notifications?"
    r"|reminders?|emails?|anything"
    r"|asked|coached|bothered|disturbed|messaged|contacted|pinged|nudged| )+)",
    r"(?:unsubscribe(?: me)?|unsub|opt out|optout|opt me out|sign me out|sign me off|sign off"
    r"|log me out|log off|count me out|unfollow|unregister|remove me"
    r"|exclude me|take me off|take me out|opting out|deregister|signoff)"
    r"(?: from| of| off)?(?: (?:this|the|your|it|all|everything|list|mailing list|bot|program"
    r"|programme|coaching|questions|messages|notifications|service|these|here))*",
    rf"{_OFF} (?:{_THING} )?(?:off|to off)(?: {_THING})?|shut (?:this|yourself) down",
    rf"{_OFF} (?:it|yourself|notifications) (?:to )?(?:silent|mute|quiet)",
    rf"(?:{_THING}|questions|messages|coaching|notifications) (?:off|disabled?|mute|pause|stop)",
    rf"no (?:more |further )?{_THING}|no more|nothing (?:more|else)|no questions(?: asked)?",
    r"(?:with|of) (?:all )?(?:the|your|these|those) (?:\w+ )?(?:questions|messages|nudges"
    r"|notifications|pings|dms|reminders|coaching)",
    r"(?:to )?be left alone|not to be (?:disturbed|asked|bothered|coached|messaged|contacted)",
)
WITH_END = (
    rf"{PAUSE_WORD}(?: (?:me|us|mode|{_THING}))?",
    r"(?:a|some|my) (?:pause|break|timeout|time out|rest|holiday)|take a (?:break|pause|rest|hike)"
    r"|give (?:me|us) (?:a (?:break|pause|rest)|peace|some peace|quiet|space|some space)"
    r"|go (?:quiet|silent|to sleep|dark|mute)|hold (?:off|your fire)|stand down"
    r"|have (?:a )?(?:pause|break|peace|quiet|peace and quiet)|peace and quiet|pausing",
)
NOT_NOW = r"(?:not|no|skip|no more)"
CLAUSES = re.compile(r"[,;.!?\n\u2013\u2014]+\s+|\s+-+\s+|\s+(?:and|so|then|but) ", re.I)
SOFT = re.compile(
    r"(?:i (?:said|mean|repeat|am busy|cant|cannot)|im (?:really |very |too )?busy|busy|no|nope"
    r"|not|no thank you|not (?:helpful|useful|interested|relevant|for me)|this isnt (?:helpful"
    r"|useful|for me)"
    r"|useless|unhelpful|irrelevant|annoying|spam"
    r"|(?:this|that|it|you)(?:s| is| are|re)? (?:so |very |really |too |not |getting |just )*"
    r"(?:annoying|helpful|useful|useless|creepy|a pain|distracting|much|spam|not for me)"
    r"|i (?:dont|do not) (?:need|want|like) (?:this|it|that|you)|i hate (?:this|you|it)|enough"
    r"|(?:im |i am )?(?:in (?:a |the |back to back )?(?:meetings?|call)|on a call|with a customer"
    r"|(?:really |very |too )?(?:swamped|slammed|busy)|in the middle of something)(?: now)?"
    r"|(?:im|i am) (?:on vacation|on holiday|away|out|off|sick|sorry|done)"
    r"|i understand"
    r"|got it|nice|great|appreciate it|good (?:morning|evening|bye)|bye|later|see you|i know|ugh"
    r"|wtf"
    r"|whatever|maybe|interesting|very funny|stop|quiet)"
)
AGAIN = (
    r"(?:(?:ask|coach|remind|try)(?: me)?(?: again)?"
    r"|(?:message|write|talk to|ping|contact|bother)(?: me)? again"
    r"|come back(?: to me)?|try again|resume|back|restart|unpause|start again|start|see you)"
)
AWAY = (
    r"(?:im|i am|i will be|ill be)? ?(?:on (?:vacation|holiday|holidays|leave|pto|parental leave"
    r"|maternity leave|paternity leave|sick leave)|away|out|out of (?:the )?office|ooo|off"
    r"|off sick"
    r"|sick|busy|in meetings|travell?ing|unavailable|gone)"
)
RESUME = (
    r"(?:resume|unpause|unmute|unsnooze|restart|reactivate|reenable|re enable|enable|activate"
    rf"|continue)(?: (?:me|us|{_THING}))?(?: again)?",
    rf"{_OFF} (?:{_THING} )?(?:back )?on(?: again)?(?: {_THING})?(?: again)?",
    r"opt in|opt me in|opt (?:me )?back in|subscribe(?: me)?(?: again)?|resubscribe"
    r"|sign me (?:back )?(?:up|in)",
    r"(?:end|stop|cancel|lift|undo|finish|over with|remove|clear|break|quit|exit|leave)"
    r" (?:the |my |this )?(?:pause|mute|snooze|break|pausing|silence)(?: mode)?",
    rf"(?:ask|message|coach|nudge|ping)(?: me)?(?: {_THING})? again|(?:allow|show|send)(?: me)?"
    r" questions(?: again)?|questions on|no pause|no more pause|pause off|pause over|unpaused",
)
RESUME_IF_ADDRESSED = (
    r"start(?: again| asking(?: me)?(?: again)?| coaching(?: me)?(?: again)?| over)?",
    r"come back|wake up|back on|welcome back|i am back|im back|im back again|continue",
)
PRIVATELY = (
    rf"(?:only )?(?:coach|ask|message|nudge|tell|show|send|talk to|answer)"
    rf"(?: (?:me|it|them|{_THING}))?(?: only)?(?: to me)?(?: only)? (?:privately|in private"
    rf"|private|in (?:a )?(?:dm|dms|pm)|by dm"
    r"|in (?:a )?direct messages?|confidentially|1 on 1|one on one)(?: only)?",
    r"(?:privately|in private|private|private mode|only private|private only|keep it private"
    r"|not in public|not publicly|not here|make (?:it|them|this|these) private|go private"
    r"|(?:dont|do not|never) do (?:this|that|it) (?:publicly|in public|in the channel|here)"
    r"|not in (?:the|this|my|our) (?:channel|thread|public|open)|(?:keep|lets keep) (?:it|this)"
    r" (?:private|between us|confidential)|between us|switch to private|only to me|only me|just me"
    r"|for my eyes only|not in front of everyone)"
    r"(?: only)?",
    rf"(?:stop|dont|do not|quit|never|no more|no) (?:{_VERB} ?)?(?:{_ME} ?)?(?:{_THING} ?)?"
    r"(?:publicly|openly|in (?:the )?(?:public|thread|threads|channel|channels|open|here)"
    r"|in (?:my|a|this|our) (?:thread|threads|channel|channels)|in front of (?:everyone|everybody"
    r"|others|my (?:team|boss|colleagues|manager)|people|the (?:team|others|whole team)))",
)
HELP = (
    r"(?:help|help me|info|information|usage|commands?|options|menu|instructions|manual|about|faq"
    r"|guide|whats this|what is (?:this|that)|what can (?:you|i) do(?: here)?"
    r"|what can i (?:say|ask|type)|how does (?:this|it) work|how do you work"
    r"|how do i use (?:this|you|it)|how to use (?:this"
    r"|it|you)|how to|what now|list commands|show (?:me )?(?:the )?(?:help|commands|options)"
    r"|what are (?:my|the|your) (?:options|commands)|settings|my settings|why|team|digest"
    r"|team leave)",
)
WHO = (
    r"(?:and )?(?:who|what) (?:the (?:hell|heck|fuck) )?are you(?: again| exactly| even)?"
    r"|who is this|who dis|whos this|what is reframe|whats reframe"
    r"|who am i (?:talking|speaking|writing) to"
    r"|(?:and )?what do you (?:do|want)(?: here| from me)?|introduce yourself"
    r"|tell me (?:who|what) you are|what kind of (?:bot|app|thing) are you|what are you for",
)
ASK_HOW = (
    rf"(?:how|where) (?:do|can|could|would|to|should) ?(?:i|you|we|one)? ?(?:to )?(?:stop|pause"
    rf"|mute"
    rf"|unsubscribe|opt out|turn off|turn (?:this|it|you|{_THING}) off|disable|get rid of"
    rf"|switch off"
    rf"|cancel|leave|make (?:it|this|you) stop|resume|unpause|turn on|uninstall|remove|silence"
    rf"|snooze|block|quit|end|switch (?:this|it|you) off|shut (?:this|it|you) (?:off"
    rf"|up))(?: (?:from )?(?:you|{_THING}))?",
)
_KEPT = (
    r"(?:(?:all )?(?:of )?(?:my|the) (?:personal )?(?:data|information)"
    r"|(?:everything|what|all|anything)(?: (?:that )?you (?:have|keep|know|store|stored))?"
    r" (?:about|on|of) me)"
)
ERASE = (
    rf"(?:forget|erase|delete|remove|wipe|clear|destroy|purge|get rid of) (?:{_KEPT}|me completely"
    r"|everything|all)|(?:forget|erase|delete) me|(?:erase|delete|wipe) my "
    r"(?:history|record|records|account|profile)",
)
OWN_DATA = (
    r"gdpr",
    rf"(?:(?:show|send|give|export|download)(?: me)? )?{_KEPT}",
    r"what (?:data )?do you (?:know|have|keep|store) (?:about|on|of) me",
)
DECLINE = (
    r"(?:ask|remind|ping|bother) me (?:later|another time|some other time|some time)|not right"
    r"|not (?:needed|necessary)|not|not now|no thanks|no thank you|nah|(?:im |i am )?not interested"
    r"|later|maybe later|another time|some other time|im busy|busy|im good|no need|not needed|nope",
)
