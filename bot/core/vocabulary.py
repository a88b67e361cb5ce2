"""The words that a language model may use of its own accord; all others must be in the message.

A list of forbidden words is never complete: "crook" follows "liar". So the rule is the other way
around: plain English words of a question about a deal, with no number, day, name, event or judgment
among them. A word that is missing costs only a fallback to the playbook.
"""

from __future__ import annotations


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


# Facts come from the message, so a mirror sentence needs little else.
MIRROR = _words(
    """
    a about account across after again all also although an and another answer answered answers
    any anything are aren't around as ask asked asking asks at away back be been before being
    between both but buyer buyers by came come comes coming customer customers deal did didn't
    do does doesn't doing done down each ever far few for from gave get given go goes going
    gone got had hadn't has hasn't have haven't having he hear heard her here him his hope hoped
    i i'm i've if in inside into is isn't it it's its last later long looks made many me meet
    message messages met mine more most move moved moves moving much my no nobody none nor not
    nothing now of off on once one ones only open or other our ours out over own part place
    point put question questions quiet replied replies reply respond responded response said
    same say says see seen she side silence silent since so some somebody someone something soon
    stands step steps still such taken talk talked talks team than that that's the their theirs
    them then there there's these they they're they've thing things this those through till to
    together took under until up us wait waited waiting waits was wasn't way we we're we've went
    were weren't what when where which while who whole will with within without word words work
    yet you you're you've your yours
    would less further along ahead clear lot meant counting counted movement hard harder yes
    decided planned take saw missed came things
    """
)

# A question and a reworded sentence may also look ahead.
QUESTION = MIRROR | _words(
    """
    able against ahead allow already among apart because become behind below beside best better
    beyond bring brings brought build built calendar call calls can can't carry change changed
    changes check choose clear clearer close colleague colleagues compare concern concerns
    contact conversation conversations cost costs could count daily day days decide decided
    decision decisions depend depends describe desk differ different discuss doubt during early
    ease easier easiest easy else end enough especially every everybody everyone everything
    expect expected explain far feedback fill find finding first fit fits follow found free full
    further gain gains give gives giving goal goals good great guess hand hands happen happened
    happening happens hard hardest help helped helpful helps hold holding holds hour hours how
    i'll idea ideas important inside instead interest invite join keep keeps kind know knowing
    known knows lead learn learned least leave leaves left less let like likely line listen
    little live lives look looked looking lower make makes making matter matters maybe me mean
    means measure meeting mention might mind minute minutes month months morning new next note
    notes obstacle offer often open options order outside owner owns part people perhaps person
    phone pick picture plan planned plans point possible prefer prepare present priorities
    priority problem problems process progress protect read ready real really reason reasons
    recently remain result results right risk risks risky role room run running say schedule
    send sending sends sense sent set settle settled share shared short show shows simple single
    sit small smaller smallest solve sooner speak stand start started stay story support sure
    surprise take takes taking tell tells themselves they'd they'll think thinking thought time
    times timing today together told topic toward true turn understand unsaid use used useful
    uses value values view visit want wanted wants we'd we'll week weeks weigh well whatever
    whenever whether willing win without wonder worked working works worth would write wrote
    year yes you'd you'll yourself
    busy lose saw too high boss fair old earlier later
    """
)

# The words with which a mirror sentence may begin. A verb at the start would be an order.
MIRROR_OPENERS = _words(
    """
    a after again all an and another any as at before between both by each for from he her
    here his i in inside it it's its many more most much my no nobody none not nothing now of on
    once one our over she since so some someone something still such that that's the their there
    there's these they they're they've this those to under until up we we've what when where
    while with within without you you've your
    price procurement purchasing security legal renewal budget money things time
    """
)

# What may follow "they are", "the buyer is" and the like: states, no judgments.
STATES = _words(
    """
    able about across after again all answerable answering asked asking at away back before
    behind between busy by coming doing done due facing for free from further getting given
    going gone here hoped hoping how in inside into left likely looking meeting met moved moving
    new no not now of off on once open out over part planned planning present quiet reading
    ready responsible running said saying set silent since so some still sure talking there to
    trying under up used using waiting weighing what where who willing with within without
    working worth yet
    counting planning signed measured
    """
)
