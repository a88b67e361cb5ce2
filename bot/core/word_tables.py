"""Tables of English words that ``bot.core.word_forms`` and the rules of the guard look up."""

from __future__ import annotations

import re


def listed(words: str) -> frozenset[str]:
    """Return the words of a text that are divided by white space."""
    return frozenset(words.split())


def _in_order(words: str) -> tuple[str, ...]:
    return tuple(words.split())


def any_of(*alternatives: str) -> re.Pattern[str]:
    """Return a pattern that finds any of the alternatives, each a pattern for normalized text.

    If all begin with ``\\b``, Python tries them only where a word starts.
    """
    return re.compile("|".join(alternatives))


def _pairs(text: str) -> dict[str, str]:
    return dict(pair.split("=") for pair in text.split())


def _by_form(text: str) -> dict[str, str]:
    """Read lines such as ``say: said says`` into the base form of each form."""
    lines = (line.partition(":") for line in text.strip().splitlines())
    return {form: base for base, _, forms in lines for form in forms.split()}


UNITS = _in_order(
    """
    zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen
    fifteen sixteen seventeen eighteen nineteen
    """
)
TENS = _in_order(
    """
    twenty thirty forty fifty sixty seventy eighty ninety
    """
)
OTHER_NUMBERS = {
    word: int(number)
    for word, number in _pairs(
        """
        first=1 second=2 third=3 fifth=5 eighth=8 ninth=9 twelfth=12 once=1 twice=2
        thrice=3 dozen=12 half=50 double=2 triple=3 couple=2 pair=2
        """
    ).items()
}
MAGNITUDES = {
    "hundred": 100, "thousand": 1_000, "grand": 1_000, "million": 1_000_000,
    "billion": 1_000_000_000,
}  # fmt: skip
DAYS = _in_order(
    """
    monday tuesday wednesday thursday friday saturday sunday
    """
)
MONTHS = _in_order(
    """
    january february march april may june july august september october november december
    """
)
SHORT = _pairs(
    """
    mgr=manager mgmt=management w=with wo=without tmrw=tomorrow tmr=tomorrow wk=week yr=year
    ppl=people msg=message hr=hour h=hour min=minute xmas=christmas cos=because bc=because
    gonna=going wanna=want pls=please mo=month dept=department qtr=quarter q=quarter ok=okay
    u=you cust=customer hq=headquarters eur=euro kg=kilo k=thousand exec=executive
    appt=appointment impl=implementation acct=account attn=attention yday=yesterday
    eod=today eom=month eow=week eoy=year eoq=quarter pov=proof approx=about bday=birthday
    pic=picture convo=conversation fav=favorite demoed=demo demo'd=demo cnt=count
    doc=document docs=document spec=specification fin=finance kilogram=kilo thur=thursday
    thurs=thursday weds=wednesday tues=tuesday sept=september bkg=booking deliv=delivery
    addl=additional ref=reference cert=certificate m=million def=definitely biz=business
    rev=revenue ty=thanks thx=thanks vs=against temp=temporary fone=phone cancelled=cancel
    cancellation=cancel pmt=payment sq=square ft=foot
    """
)
"""What people abbreviate in chat, and what it stands for."""
IRREGULAR = _by_form(
    """
be: am is are was were been being 's 're
have: has had having 've
do: does did done doing
go: went gone goes going
say: said says
tell: told
send: sent
get: got gotten getting
give: gave given
take: took taken
make: made
know: knew known
hit: hitting
think: thought
see: saw seen
come: came coming
find: found
keep: kept
let: letting
begin: began begun
show: shown
hear: heard
run: ran running
bring: brought
write: wrote written writing
sit: sat sitting
stand: stood
lose: lost losing loss
pay: paid
meet: met meeting
leave: left leaving
lead: led
understand: understood
speak: spoke spoken
read: reading
spend: spent
grow: grew grown
win: won winning
buy: bought
hold: held
build: built
choose: chose chosen choice
fall: fell fallen
cut: cutting
put: putting
rise: rose risen
sell: sold
mean: meant
drive: drove driven
break: broke broken
feel: felt
catch: caught
draw: drew drawn
throw: threw thrown
forget: forgot forgotten
fight: fought
teach: taught
eat: ate eaten
wear: wore worn
ring: rang rung
hang: hung
shut: shutting
fly: flew flown flight
hide: hid hidden
stick: stuck
swear: swore sworn
undo: undid undone
redo: redid redone
set: setting
strike: struck
freeze: froze frozen
quit: quitting
bid: bidding
shake: shook shaken
steal: stole stolen
wake: woke woken
drop: dropped dropping
deal: dealt
withdraw: withdrew withdrawn withdrawal
overrun: overran
shrink: shrank
sink: sank sunk
burn: burnt
learn: learnt
dream: dreamt
spell: spelt
lend: lent loan
blow: blew blown
swap: swapped
plan: planned planning
cancel: canceled canceling cancelled cancelling
child: children
man: men
woman: women
person: people persons ppl
wife: wives
half: halves
shelf: shelves
good: better best well
bad: worse worst badly
much: more most
little: less least
far: further farther
old: older oldest
analysis: analyses analyze analyse
datum: data
criterion: criteria
foot: feet
can: could can't cannot
will: would won't 'll
may: might
shall: should
advise: advice
behave: behavior behaviour
decide: decision
respond: response
propose: proposal
extend: extension
explain: explanation
compare: comparison
deliver: delivery
discover: discovery
receive: receipt reception
reduce: reduction
produce: production
introduce: introduction intro
assume: assumption
prove: proof
believe: belief
succeed: success
apply: application
solve: solution
fail: failure
renew: renewal
refuse: refusal
arrive: arrival
refer: referral reference
grieve: grief
complain: complaint
weigh: weight
long: length
strong: strength
high: height
short: shortage
silent: silence
absent: absence
urgent: urgency
confident: confidence
able: ability
available: availability
responsible: responsibility
secure: security
serious: seriousness
expand: expansion
conclude: conclusion
permit: permission
commit: commitment committed committing
describe: description
subscribe: subscription
reorganize: reorg
organize: organization org
price: pricing priced
die: dead death dying
live: life alive
use: used using uses
sign: signature signatory signed signing
expense: expensive
    """
)
"""The base form of words whose inflection or family no rule finds."""
ENDINGS = _in_order(
    """
    izations ization ations ation ments ment ings ing ions ion ances ance ences ence ables
    able ible ities ity iers ier ness ally als al ants ant ents ent ers er ors or ies ied
    ily ive ize ed es ly s y e
    """
)
"""Endings of words of one family, the longest first."""
MODALS = listed(
    """
    would could might may can will should must to 'd they'd he'd she'd you'd we'd it'd
    """
)
PAST_IRREGULAR = listed(
    """
    sent gave went told took made got said left came found brought wrote lost paid met ran
    kept sold bought held chose spoke showed cut set put won began broke drove built dropped
    passed heard saw spent
    """
)
