"""Patterns of verdicts, orders, feelings and trap names in normalized text, for ``bot.core.tone``.

They are about English sentences of a model. The phrases of ``prompts/rubric.toml`` apply too.
"""

from __future__ import annotations

import re

from bot.core.word_tables import any_of, listed

TO_YOU = any_of(
    r"\byou(?:'d)? (?:really |just |simply |now |also |still )?(?:must|should|"
    r"shouldn't|ought|owe|had better|better|need to|have to|have got to|got to)\b",
    r"\b(?:should|must|shall|shouldn't) (?:you|i|we)\b",
    r"\byou(?:'d| had) better\b",
    r"\byou'll (?:have|need|want) to\b",
)
MUST = re.compile(
    r"\b(?<!how )you(?:'d)? (?:really |just |simply |now |also |still )?"
    r"(?:must|should(?! (?:have|hear|get) )|shouldn't|ought|had better|have got to|got to)\b"
    r"|\b(?<!what )(?<!that )(?<!whatever )(?<!anything )(?<!if )(?<!people )(?<!else )(?<!name )"
    r"(?<!do )(?<!did )(?<!does )(?<!would )(?<!will )(?<!might )"
    r"you (?:really |just |simply |now |also |still )?(?:need|have) to\b"
)
"""An order to whoever reads it; "what you need to decide" is none, nor is "you should hear it"."""
ASKED_OF_YOU = re.compile(r"\b(?:do|would|might|will|did) you (?:need|have) to\b")
REPORTED = any_of(
    r"\b(?:told|tells|says|said|say|wants|wanted|asks|asked|insists|demands|writes|wrote)\b",
    r"\b(?:words|thinks|believes|suggests|expects)\b|\baccording to\b",
)
ADVICE = any_of(
    r"\byou(?:'d)? (?:might|could|may|would do well)\b",
    r"\bit(?:'s| is) (?:high )?time\b",
    r"\bwhy not\b",
    r"\bwhat if\b",
    r"\bhow about\b",
    r"\bwhat about\b",
    r"\blet's\b",
    r"\blet us\b",
    r"\byou could simply\b",
    r"\bmake sure\b",
    r"\bbe sure to\b",
    r"\bremember to\b",
    r"\blet go of\b",
    r"\bcalm down\b",
    r"\bbest to\b",
    r"\bworth (?:a try|trying|asking|calling)\b",
)
DO_NOT = re.compile(r"(?:^|[,;] |\bso |\band |\bbut )(?:please )?(?:don't|do not|never) [a-z]+")
THEN_DO = re.compile(
    r"(?:[;,] (?:then|so|now|and then)|;|\bplease) (?P<verb>[a-z]+) "
    r"(?:the|them|him|her|it|up|a|an|your|on|to|for|with|back|out|off|in|at|more|less)\b"
)
ORDERS = listed(
    """
    be go do get let drop ask please just stop try hang send call email ping tell give take
    make don't avoid forget consider remember focus move leave talk write chase push wait
    keep book
    """
)
NO_ORDERS = listed(
    """
    like last given since past still even both
    """
)
OBJECTS = listed(
    """
    the them him her it a an your this that their his up out back off on in at for to with
    if what who more less one and yourself again now today
    """
)
PARTICLES = listed(
    """
    is are was were has have had will would can could may might does did came went takes
    seems made keeps left
    """
)

VERDICT = any_of(
    r"\b(?:not|n't|never|hardly) (?:\w+ ){0,3}enough\b",
    r"\bmakes? (?:them|him|her|it|you) (?:so|this|that) \w+",
    r"\b(?:you|they|he|she) (?:are|is|were|was) being\b",
    r"\b(?:are|is) not (?:somebody|someone|people|the kind|the type) (?:who|that|of)\b",
    r"\b(?:only|just) (?:moves?|answers?|acts?|works?|cares?|thinks?) (?:when|if|about|because)\b",
    r"\b(?:you|they|he|she) (?:don't|doesn't|do not|does not|didn't|did not) "
    r"(?:even )?(?:understand|know what|get)\b",
    r"\b(?:hears?|heard|sees?|saw|believes?) what (?:he|she|they|you|"
    r"it) (?:\w+ )?wants? to\b",
    r"\bno idea\b",
    r"\b(?:keep|keeps|kept|break|breaks|broke|keeping|mean|meant) (?:her|his|their|"
    r"your) (?:word|promise)s?\b",
    r"\b(?:they|he|she|you|all of them)(?:'re| are| is|'s) (?:all |just )?(?:the same|"
    r"the problem|the reason|the issue|a problem|part of the problem|like that|"
    r"that kind|one of those|not worth)\b",
    r"\bone thing and (?:do|does|mean)s? (?:another|something)\b",
    r"\b(?:doesn't|don't|do not|does not|didn't|never) (?:really )?(?:care|listen|"
    r"think|get it|understand (?:a|any)thing|want to know)\b",
    r"\bpeople like (?:that|them|him|her|these|this|those|you)\b",
    r"\b(?:these|those|such) people\b",
    r"\bsuch an? \w+",
    r"\b(?:so|how|very) (?:little|few) \w+",
    r"\bbound to\b",
    r"\bof all people\b",
    r"\bfor once\b",
    r"\b(?<!\ba )(?:should|must|might at least|could at least) have\b(?! (?:it|this|that)\b)",
    r"\b(?:more|most|less|least) (?:mature|serious|honest|decent|professional|"
    r"sensible|reasonable|adult|grown)\b",
    r"\bworked up\b",
    r"\bcalled for\b",
    r"\b(?:harder|softer|more|less|sooner|later|faster) than (?:the|it|was|is|you)\b",
    r"\b(?:you|they|he|she|who|people) (?:\w+ )?g[ai]ve up\b",
    r"\bgiving up\b",
    r"\btak(?:e|es|en|ing) advantage\b",
    r"\bgood nature\b",
    r"\b(?:can't|cannot|couldn't|could not|won't|not) (?:even )?be(?:en)? bothered\b",
    r"\bcould(?:n't| not) care\b",
    r"\blet (?:you|them|us|him|her) down\b",
    r"\bover (?:her|his|their|your) head\b",
    r"\bbehind (?:her|his|their|your) back\b",
    r"\bnot (?:a |an |very |so |really |exactly )?(?:good|fair|serious|nice|kind|"
    r"right|smart|wise|honest|helpful|fine|great|professional|reasonable|real|brave|"
    r"decent|polite)\b(?! (?:time|day|week|moment|enough to|place|fit|price))",
    r"\b(?:not|never|hardly) good enough\b",
    r"\bmanners\b",
    r"\bno (?:real )?(?:shame|spine|respect|sense|clue|idea how|interest in helping)\b",
    r"\bplay(?:ed|s|ing)? (?:games|you|them|us)\b",
    r"\bknow(?:s|n)? better\b",
    r"\bas usual\b",
    r"\btypical\b",
    r"\bof course\b",
    r"\bonce more how\b",
    r"\bdeserv\w*",
    r"\bowes?\b",
    r"\bowed\b",
    r"\bfault\b",
    r"\bresponsible for\b",
    r"\bwast(?:e|es|ed|ing)\b",
    r"\bungrateful\b",
    r"\bunfair\b",
    r"\b(?:used|using|uses) (?:you|us|them)\b",
    r"\bget even\b(?! (?:a|an|the|one)\b)",
    r"\bmake them pay\b",
    r"\b(?:how|what) an? [a-z]+ (?:way|thing|move|of)\b",
    r"\bshow\w* (?:little|no|such|so) "
    r"(?!(?:slides?|decks?|prices?|numbers?|that|you|they|we|he|she)\b)\w+",
    r"\brely on (?:him|her|them|it)\b",
    r"\bno wonder\b",
    r"\bserves? (?:you|them|him|her) right\b",
    r"\b(?:lost|lose|losing|loses) (?:your|his|her|their) (?:cool|nerve|temper|"
    r"patience|mind|grip|head)\b",
    r"\b(?:your|their|his|her) own (?:doing|making|mistake|fault|ego|pride)\b",
    r"\bblind spot\b",
    r"\bin denial\b",
    r"\bred flag\b",
    r"\b(?:real|actual|true) (?:problem|issue) is\b",
    r"\b(?:the )?problem (?:here )?is (?:you|them|him|her|your|their)\b",
    r"\b(?:makes?|made|making) you (?:so|such|this|that)\b",
    r"\bwhat made you\b",
    r"\bwhat makes you\b",
    r"\bget over\b",
    r"\bgrow up\b",
)
HARMLESS = re.compile(
    r"of course|responsible for|fault|what ma(?:de|kes) you|(?:used|using|uses) (?:you|us|them)"
    r"|owed|(?:more|less|sooner|later|faster) than (?:the|it|is)"
    r"|(?:real|actual|true) (?:problem|issue) is"
    r"|(?:not|never|hardly) .+|.*n't .+enough|(?:so|how|very) (?:little|few) \w+"
)
"""What judges nobody in words to a customer, unless it is said of somebody: "what made you look at
other vendors", "how few of them", "not good enough"."""
OF_ONESELF = any_of(
    r"\b(?:i|we)(?:'ve| have|'d| had)?(?: \w+)? let you down\b",
    r"\b(?:i|we) (?:won't|don't|will not|do not|didn't)(?: want to)? play games\b",
    r"\b(?:i|we)(?:'d rather not| don't want to| do not want to| won't| will not) "
    r"waste your time\b",
    r"\bso (?:that )?(?:nobody's|no one's) time (?:gets|is) wasted\b",
    r"\b(?:i'd|we'd|i|we|i would|we would) (?:rather|like to|love to|want to|need to) "
    r"hear what you want to\b",
    r"\b(?:sorry|if) you didn't get (?:my|our|the) "
    r"(?:e?mail|message|note|invoice|quote|letter|call|invite|answer|reply)\b",
    r"\b(?<!why )(?:never|don't|do not|without) (?:go |going )?behind (?:her|his|their) back\b",
    r"\b(?:when|if|that) people like you(?=, (?:but|and|yet|have)\b| but\b)",
    r"\b(?:of ours|from us|on our side)(?: that| which)? let you down\b",
    r"\bwhat (?:would|could|can|will) (?:you|they|he|she) give up\b",
    r"\bwhat an? (?:hour|day|week|month|quarter|year) (?:of|without|like)\b",
    r"\bwhat (?:you|we|i)(?: still)? owe (?:them|him|her)\b",
    r"\b(?:you|they|he|she|we|i) (?:didn't|did not|don't|doesn't) get (?:a|an|any|my|our|the|that) "
    r"(?:number|name|date|discount|budget|approval|signature|yes|no|slot|reply|answer|quote)\b",
    r"\bcrazy (?:busy|day|week|month|schedule|time)\b|\b(?:it's|things are) (?:just )?crazy\b",
    r"\b(?:you|they|he|she) (?:didn't|did not|don't|doesn't) get (?:through|back|there|in|to)\b",
    r"\b(?:i|we) (?:didn't|did not|don't|do not) (?:really )?think\b",
    r"\b(?:less|more) than you (?:think|thought|expect|expected|need|planned|can)\b",
    r"\bsuch an? (?:case|clause|deal|purchase|project|thing|step|call|letter|rule|term|list|job)\b",
    r"\bsuch an? (?:long|short|large|small)\b",
    r"\b(?:i|we) owe (?:you|them|him|her)\b",
    r"\b(?:they|he|she|you)(?:'d| would)? only owe\b|\bwhat (?:you'd|they'd|he'd|she'd) owe\b",
    r"\b(?:you|they|he|she) (?:\w+ )?give up (?:some|a|an|the|your|any|that)\b",
    r"\bno wonder you\b",
    r"\b(?:not|isn't|won't|aren't) (?:be )?wasted\b",
    r"\bwaste (?:hauling|management|removal|collection|disposal|stream|water|bins?)\b",
    r"\bwho owes (?:what|whom)\b",
    r"\b(?:could owe|owe back|owe if)\b",
    r"\b(?:go|goes|going|went|gone|calls?|called) over (?:her|his|their|your|my) head\b",
    r"\b(?:days?|hours?|weeks?|work|time|budget|money) (?:gets?|is|are|goes) wasted\b",
    r"\bnothing (?:\w+ )?behind (?:her|his|their) back\b",
    r"\b(?:i|we) should have\b",
    r"\b(?:less|more) than (?:you|they|he|she)(?:'d|'ll) \w+",
)
"""What the seller says of the own side, or what only sounds like a verdict: "if we've let you
down", "when people like you, but don't buy", "never behind his back"."""
QUOTED = re.compile(r"\u201c[^\u201c\u201d\n]*\u201d")
"""Words to say."""
PAST_OR_YOU = re.compile(r"\b(?:did|was|were|had|you)\b")
TOO = re.compile(r"\btoo (?!(?:and|but|as|when|or|if)\b)[a-z]+")
ATTRIBUTED = any_of(
    r"\b(?:call(?:s|ed|ing)?|says?|said|tells?|told|finds?|found|thinks?|considers?|wrote|writes)\b",
    r"\b(?:describes?|described|words|you see|you think|according to)\b",
    r"\bas (?:you|he|she|they) (?:see|sees|tell|tells|put|puts)\b",
)
# Words of judgment that customers also use of an offer, a price, or a date.
SOFT = listed(
    """
    wrong cheap negative political weak hostile backward mistaken excuse excuses difficult
    unfair useless complain complaining unreliable amateur complaint
    """
)
GOES_WRONG = re.compile(r"\b(?:go|goes|going|gone|went) wrong\b")
"""Says of nobody that they are wrong."""
NO_CHEER = re.compile(r"\b(?:no|a|the|any|other|only) way to go\b|(?:\bto|,) keep going\b")
SOMEBODY_IS = re.compile(
    r"\b(?:you|they|he|she)(?:'re|'s| are| is| were| was)(?: (?:so|too|very|just|being|an?))* $"
)
"""The words before a soft judgment if it is about somebody."""
FEELINGS = any_of(
    r"\b(?:do|did|does|make|makes|made) you feel\b",
    r"\b(?<!gut )feelings?\b",
    r"\bemotion\w*",
    r"\byou(?:'re| are) feeling\b",
    r"\byou feel (?!(?:you|he|she|it|they|that|the|this|there|like|your)\b)",
    r"\bit stings\b",
    r"\b(?:a )?slap in\b",
    r"\bfed up\b",
    r"\bheartbroken\b",
    r"\blonely\b",
    r"\byou(?:'re| are| were)? (?:so )?(?:jealous|ashamed|embarrassed|humiliated|"
    r"desperate|proud|nervous|scared|thrilled|impatient|helpless|discouraged|"
    r"overwhelmed|crushed|jaded|burned out)\b",
)
OPINION_VERBS = listed(
    """
    feel feels feeling feelings emotion emotions emotional
    """
)
TRAP_WORD = any_of(
    r"\b(?:bias\w*|stereotyp\w*|prejudic\w*|wishful|self-serving|righting|attribution|"
    r"cognitive|distort\w*|mind-?reading|(?:blame|label|fix\w*|hope|hero|"
    r"victim) (?:game|mode|mindset|trap)|(?:blame|label)-?shift\w*|fix-?it|"
    r"put\w* (?:a )?labels? on|future[- ]pitch\w*|pitch\w* the future|entitle\w*|"
    r"trap(?:s|ped)?|mindset\w*|label(?:s|ed|led|ing|ling)?|blam(?:e|es|ed|ing)|"
    r"fixing|pitching|happy ears|finger-?pointing)\b",
)
ABOUT_THE_SELLER = re.compile(
    r"\b(?:you|your|this is|there is|that is|it's|sounds?|some|bit of|beyond the)\b"
)
OPENINGS_IN_CONTEXT = frozenset(
    ("what kind of", "what sort of", "how can you", "do you think", "what reason", "what for")
)
BAD_OPENING = any_of(
    r"\bwhat (?:kind|sort) of (?:people|person|customer|buyer|client|man|woman|"
    r"manager|company|team|boss|clown)\b",
    r"\bhow can you (?:let|allow|stand|accept|tolerate|put up|believe|trust|still)\b",
    r"\bdon't you think\b",
    r"^what reason have\b",
    r"^what for\b",
    r"^what a\b",
    r"^what an\b",
    r"^how [a-z]+ly\b(?! (?:do|does|did|would|could|will|might|can|is|are|has|have)\b)",
    r"^how (?:stupid|rude|bad|long must|often must)\b",
    r"\bthe hell\b",
    r", (?:isn't|aren't|wasn't|don't|doesn't|won't|right|no|yes|ok)(?: \w+)?\?$",
)
