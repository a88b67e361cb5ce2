"""What people write to be left alone, and what only sounds like it.

The time of all of it is Wednesday, 25 November 2026, 10:30 in Berlin.
"""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.durations import NO_END
from bot.core.wishes import Wish, WishKind, may_be_wish, read_wish

BERLIN = ZoneInfo("Europe/Berlin")
NOW = datetime(2026, 11, 25, 10, 30, tzinfo=BERLIN).timestamp()
OPEN = "open"
RESUME, HELP, PRIVATELY, ASK_WHEN = "resume", "help", "privately", "ask_when"
ASK_HOW = "ask_how"

WISHES = [
    ("stop", OPEN),
    ("STOP!!!", OPEN),
    ("Stop.", OPEN),
    ("stpo", OPEN),
    ("please stop", OPEN),
    ("please stop doing this", OPEN),
    ("can you stop doing that", OPEN),
    ("stop sending me this", OPEN),
    ("no more of this", OPEN),
    ("stop it please", OPEN),
    ("stop messaging me", OPEN),
    ("please stop messaging me", OPEN),
    ("Stop bothering me!", OPEN),
    ("don't message me again", OPEN),
    ("do not contact me until Monday", "2026-11-30 00:00"),
    ("stop asking me questions", OPEN),
    ("please stop asking me questions here", OPEN),
    ("stop asking me here", OPEN),
    ("stop coaching me", OPEN),
    ("stop coaching me in public", PRIVATELY),
    ("leave me alone", OPEN),
    ("Leave me alone please", OPEN),
    ("leave me alone until monday", "2026-11-30 00:00"),
    ("unsubscribe", OPEN),
    ("unsubscibe", OPEN),
    ("UNSUBSCRIBE me", OPEN),
    ("opt out", OPEN),
    ("opt-out", OPEN),
    ("I want to opt out", OPEN),
    ("i'd like to unsubscribe", OPEN),
    ("pause", OPEN),
    ("pause!", OPEN),
    ("pasue", OPEN),
    ("pause 2w", "2026-12-09 10:30"),
    ("Pause 2W!", "2026-12-09 10:30"),
    ("pause 3 days", "2026-11-28 10:30"),
    ("pause for 3 days please", "2026-11-28 10:30"),
    ("pause until friday", "2026-11-27 00:00"),
    ("pause until Friday, please", "2026-11-27 00:00"),
    ("pause til fri", "2026-11-27 00:00"),
    ("pause through friday", "2026-11-28 00:00"),
    ("pause until next friday", "2026-12-04 00:00"),
    ("pause for the rest of the week", "2026-11-30 00:00"),
    ("pause for the rest of this quarter please", "2027-01-01 00:00"),
    ("pause until end of month", "2026-12-01 00:00"),
    ("pause till eow", "2026-11-30 00:00"),
    ("mute for a month", "2026-12-25 10:30"),
    ("mute for an hour", "2026-11-25 11:30"),
    ("mute", OPEN),
    ("mute me", OPEN),
    ("snooze until tomorrow", "2026-11-26 00:00"),
    ("snooze until tomorrow morning", "2026-11-26 09:00"),
    ("snooze 30 minutes", "2026-11-25 11:00"),
    ("no more until January", "2027-01-01 00:00"),
    ("no more questions until january", "2027-01-01 00:00"),
    ("no more", OPEN),
    ("turn off", OPEN),
    ("turn it off", OPEN),
    ("turn off the questions", OPEN),
    ("switch this off", OPEN),
    ("turn yourself off until 5pm", "2026-11-25 17:00"),
    ("quiet until 3pm", "2026-11-25 15:00"),
    ("quiet until 3 pm", "2026-11-25 15:00"),
    ("quiet until 15:00", "2026-11-25 15:00"),
    ("quite until 3pm", "2026-11-25 15:00"),
    ("quiet", OPEN),
    ("not this week", "2026-11-30 00:00"),
    ("not today", "2026-11-26 00:00"),
    ("not until monday", "2026-11-30 00:00"),
    ("not next week", "2026-12-07 00:00"),
    ("not this month please", "2026-12-01 00:00"),
    ("no questions today", "2026-11-26 00:00"),
    ("no questions this week please", "2026-11-30 00:00"),
    ("resume", RESUME),
    ("Resume!", RESUME),
    ("resmue", RESUME),
    ("resume please", RESUME),
    ("unpause", RESUME),
    ("start again", RESUME),
    ("turn back on", RESUME),
    ("help", HELP),
    ("HELP", HELP),
    ("help me", HELP),
    ("what can you do?", HELP),
    ("how do i turn this off?", ASK_HOW),
    ("pause until the merger closes", ASK_WHEN),
    ("pause until the merger with the other company finally closes next year or so", ASK_WHEN),
    ("pause for as long as the fair lasts", ASK_WHEN),
    ("pause until dec 24", "2026-12-24 00:00"),
    ("pause until 24 december", "2026-12-24 00:00"),
    ("pause until december 24th", "2026-12-24 00:00"),
    ("pause until 12/24", "2026-12-24 00:00"),
    ("pause until 24.12.", "2026-12-24 00:00"),
    ("pause until 2026-12-24", "2026-12-24 00:00"),
    ("pause until the 15th", "2026-12-15 00:00"),
    ("pause until christmas", "2026-12-25 00:00"),
    ("pause until after christmas", "2026-12-26 00:00"),
    ("pause until next week", "2026-11-30 00:00"),
    ("pause next week", "2026-12-07 00:00"),
    ("pause until next month", "2026-12-01 00:00"),
    ("pause until next year", "2027-01-01 00:00"),
    ("pause until 2027", "2027-01-01 00:00"),
    ("pause until q1", "2027-01-01 00:00"),
    ("pause until further notice", OPEN),
    ("pause until i say so", OPEN),
    ("pause until I resume", OPEN),
    ("pause forever", OPEN),
    ("pause today", "2026-11-26 00:00"),
    ("pause this week", "2026-11-30 00:00"),
    ("pause a week", "2026-12-02 10:30"),
    ("pause for a couple of days", "2026-11-27 10:30"),
    ("pause for a fortnight", "2026-12-09 10:30"),
    ("pause until noon", "2026-11-25 12:00"),
    ("pause until tonight", "2026-11-25 18:00"),
    ("pause until friday 3pm", "2026-11-27 15:00"),
    ("pause until monday morning", "2026-11-30 09:00"),
    ("pause untill tommorow", "2026-11-26 00:00"),
    ("can you pause until friday?", "2026-11-27 00:00"),
    ("could you please leave me alone this week", "2026-11-30 00:00"),
    ("Hey Reframe, stop please", OPEN),
    ("<@U123> stop", OPEN),
    ("shut up", OPEN),
    ("go away", OPEN),
    ("enough", OPEN),
    ("that's enough, thanks", OPEN),
    ("ask me again next week", "2026-11-30 00:00"),
    ("come back on monday", "2026-11-30 00:00"),
    ("I'm on vacation until monday", "2026-11-30 00:00"),
    ("out of office until dec 1", "2026-12-01 00:00"),
    ("do not disturb", OPEN),
    ("dnd until 4pm", "2026-11-25 16:00"),
    ("coach me privately", PRIVATELY),
    ("not in public please", PRIVATELY),
    ("stop posting in my threads", PRIVATELY),
    ("I don't want these messages", OPEN),
    ("I don't want any more questions", OPEN),
    ("no more messages please", OPEN),
    ("disable", OPEN),
    ("cancel", OPEN),
    ("end", OPEN),
    ("off", OPEN),
    ("take a break", OPEN),
    ("i need a break until monday", "2026-11-30 00:00"),
    ("pause 1 month", "2026-12-25 10:30"),
    ("pause 8h", "2026-11-25 18:30"),
    ("pause on", OPEN),
    ("pause for the next month", "2026-12-25 10:30"),
    ("pause for the next two weeks", "2026-12-09 10:30"),
    ("silence for 2 days", "2026-11-27 10:30"),
    ("stop until monday", "2026-11-30 00:00"),
    ("stop for today", "2026-11-26 00:00"),
    ("stop for now", OPEN),
    ("stop this nonsense", OPEN),
    ("stop sending me these", OPEN),
    ("stop sending messages", OPEN),
    ("don't ask me anymore", OPEN),
    ("stop asking", OPEN),
    ("pause over the weekend", "2026-11-30 00:00"),
    ("pause me until wednesday", "2026-12-02 00:00"),
    ("pause until the end of the year", "2027-01-01 00:00"),
    ("please stop coaching my messages", OPEN),
    ("turn off until january 7", "2027-01-07 00:00"),
    ("I'm back", RESUME),
    ("opt in", RESUME),
    ("end pause", RESUME),
    ("turn on", RESUME),
    ("stopp", OPEN),
    ("STOOOOP", OPEN),
    ("unsubscribe!", OPEN),
    # A second list, by other voices, written when the first one was understood.
    ("can you please stop with these questions", OPEN),
    ("pls stop 🙏", OPEN),
    ("stop, thx", OPEN),
    ("STOP IT NOW", OPEN),
    ("just stop already", OPEN),
    ("stop talking to me", OPEN),
    ("I said stop", OPEN),
    ("make it stop", OPEN),
    ("no thank you, stop", OPEN),
    ("not helpful, stop", OPEN),
    ("this is annoying, please stop", OPEN),
    ("stop spamming me", OPEN),
    ("knock it off", OPEN),
    ("cut it out", OPEN),
    ("give it a rest", OPEN),
    ("that will be all", OPEN),
    ("please don't write to me anymore", OPEN),
    ("please do not contact me again.", OPEN),
    ("don't bother me this week", "2026-11-30 00:00"),
    ("don't bother me until thursday", "2026-11-26 00:00"),
    ("no pings until monday pls", "2026-11-30 00:00"),
    ("no coaching for two weeks", "2026-12-09 10:30"),
    ("no more coaching", OPEN),
    ("I don't need coaching", OPEN),
    ("I don't want to be coached", OPEN),
    ("I do not want to receive messages from you", OPEN),
    ("turn off notifications", OPEN),
    ("turn off coaching until december", "2026-12-01 00:00"),
    ("please deactivate yourself", OPEN),
    ("disable for me", OPEN),
    ("how do I make it stop?", ASK_HOW),
    ("how to unsubscribe", ASK_HOW),
    ("how can I pause you", ASK_HOW),
    ("where do I turn this off", ASK_HOW),
    ("what is this bot", HELP),
    ("who are you?", "who"),
    ("unsubscribe please.", OPEN),
    ("unsubscribe from all", OPEN),
    ("Remove me from this list", OPEN),
    ("take me off your list", OPEN),
    ("opt me out please", OPEN),
    ("leave me in peace", OPEN),
    ("let me work", OPEN),
    ("I'm busy, leave me alone", OPEN),
    ("quiet please", OPEN),
    ("be quiet until lunch", "2026-11-25 12:00"),
    ("silence until tomorrow 9am", "2026-11-26 09:00"),
    ("mute until after lunch", "2026-11-25 14:00"),
    ("mute for the rest of the day", "2026-11-26 00:00"),
    ("mute for today", "2026-11-26 00:00"),
    ("mute 1w", "2026-12-02 10:30"),
    ("pause for 10 days", "2026-12-05 10:30"),
    ("pause for the week", "2026-11-30 00:00"),
    ("pause until the new year", "2027-01-01 00:00"),
    ("pause until January 2nd", "2027-01-02 00:00"),
    ("pause until mon", "2026-11-30 00:00"),
    ("pause till the end of the quarter", "2027-01-01 00:00"),
    ("pause til eoq pls", "2027-01-01 00:00"),
    ("pause the bot until friday", "2026-11-27 00:00"),
    ("pause reframe for a week", "2026-12-02 10:30"),
    ("pause everything until monday", "2026-11-30 00:00"),
    ("pause questions for a month", "2026-12-25 10:30"),
    ("pause, back on monday", "2026-11-30 00:00"),
    ("snooze", OPEN),
    ("snooze 2h", "2026-11-25 12:30"),
    ("snooze till next week", "2026-11-30 00:00"),
    ("not now", HELP),
    ("not right now", HELP),
    ("not before monday", "2026-11-30 00:00"),
    ("not tomorrow", "2026-11-27 00:00"),
    ("not on friday", "2026-11-28 00:00"),
    ("not this quarter", "2027-01-01 00:00"),
    ("maybe next week", "2026-12-07 00:00"),
    ("try again in a week", "2026-12-02 10:30"),
    ("ask me later", HELP),
    ("ask me in january", "2027-01-01 00:00"),
    ("come back in two weeks", "2026-12-09 10:30"),
    ("back monday", "2026-11-30 00:00"),
    ("I am away until the 7th", "2026-12-07 00:00"),
    ("on holiday for two weeks", "2026-12-09 10:30"),
    ("paus until fri", "2026-11-27 00:00"),
    ("puase 2 weeks", "2026-12-09 10:30"),
    ("unsuscribe", OPEN),
    ("pause unitl monday", "2026-11-30 00:00"),
    ("pause until Firday", "2026-11-27 00:00"),
    ("mute untill monday", "2026-11-30 00:00"),
    ("hlep", HELP),
    ("leave me alnoe", OPEN),
    ("stop mesaging me", OPEN),
    ("resume now", RESUME),
    ("resume questions", RESUME),
    ("you can resume", RESUME),
    ("turn it back on please", RESUME),
    ("start asking again", RESUME),
    ("you can ask me again", RESUME),
    ("ok I'm back", RESUME),
    ("unmute", RESUME),
    ("please continue", RESUME),
    ("cancel the pause", RESUME),
    ("only ask me in private", PRIVATELY),
    ("please don't do this in public", PRIVATELY),
    ("not in the channel please", PRIVATELY),
    ("keep it between us", PRIVATELY),
    ("pause until my kid is born", ASK_WHEN),
    ("pause until our offsite is over", ASK_WHEN),
    ("pause during the trade show", ASK_WHEN),
    ("mute while I'm on parental leave", ASK_WHEN),
]

LOOK_ALIKES = [
    "they asked us to stop calling",
    "pause the project until Friday",
    "pause for a second, they owe us an answer",
    "resume the deal tomorrow",
    "help me with this customer",
    "they unsubscribed from our newsletter",
    "stop the discount",
    "we should stop calling them",
    "They want to pause until Q1",
    "The customer paused the project until January",
    "should I stop following up?",
    "stop by tomorrow",
    "turn off the trial until they sign",
    "They went quiet until the CFO called",
    "they are quiet",
    "quiet customer, no reply",
    "they told me to leave them alone",
    "leave them alone until January",
    "not this week, the CFO is out",
    "no more discounts until January",
    "no more discounts",
    "no more meetings this week",
    "they said not this week",
    "the CFO said no more questions",
    "the procurement wants a pause until March",
    "mute point",
    "we need a break in this deal",
    "cancel the meeting on friday",
    "cancel the order",
    "their legal team stopped answering",
    "stop the presses, they signed",
    "they don't want any more questions",
    "don't ask them again",
    "never ask them about price",
    "he told me to shut up",
    "they told us to go away",
    "I can't stop thinking about this deal",
    "pause the campaign",
    "pause their trial until friday",
    "can you pause the sequence for Acme until Monday?",
    "resume attached",
    "help them until friday",
    "They opted out",
    "the champion is on vacation until monday",
    "she's out until monday",
    "quiet since tuesday",
    "out of budget until january",
    "no budget until january",
    "no decision until Q1",
    "no reply today",
    "not today, said their buyer",
    "nothing from them this week",
    "no answer until friday",
    "ask them again next week",
    "I'll ask them again next week",
    "come back to them on monday",
    "they will come back on monday",
    "turn them off with too many emails",
    "they turned off",
    "why are they so slow",
    "how do I stop them from leaving?",
    "how do I get rid of this objection",
    "how can I stop the churn",
    "leave it until friday",
    "wait until friday to call them",
    "hold off on the proposal until monday",
    "hold the price until friday",
    "stop selling",
    "stop pitching and listen",
    "end of quarter is close",
    "enough is never enough for them",
    "shop",
    "step",
    "quite",
    "Quite.",
    "stop-loss order",
    "stop losing deals",
    "no more excuses",
    "sleep on it until monday",
    "private equity",
    "they prefer to talk in private",
    "start with the CFO",
    "start again with the buyer",
    "continue the talks in january",
    "The offer ends on friday",
    "break the silence until friday",
    "back to square one",
    "remind me to call them tomorrow",
    "remind me tomorrow to call",
    "contact me next week, said the CFO",
    "they said: contact us again in March",
    "send them nothing until Friday",
    "don't send the contract until friday",
    "do not contact the customer until Monday",
    "don't ask me",
    "no idea",
    "they are out until monday",
    "on it",
    "on monday",
    "will do",
    "Good point, I'll wait until Friday",
    "I'll leave them alone until January",
    "Not sure, maybe I should stop pushing",
    "I should stop",
    "They want us to stop",
    "stop? no, they like it",
    "The deal is off",
    "off to a good start",
    "no more news from them",
    "no more slides",
    "no more emails to them",
    "stop emailing them",
    "stop sending them quotes",
    "Legal wants to end the contract in January",
    "We pause outreach until the merger closes",
    "pause outreach until Friday",
    "pause the demo until they answer",
    "Client asked to be left alone until Q2",
    "we were told to be quiet until 3pm",
    "let me know",
    "let me work on the numbers",
    "leave it",
    "leave it with me",
    "enough about price",
    "end the call",
    "end of the month",
    "cancel their trial",
    "turn off their access until they pay",
    "turn it around",
    "shut it down",
    "mute their complaints",
    "unsubscribe them",
    "unsubscribe link is broken",
    "how do I stop the bleeding",
    "how do I turn this around",
    "how do they turn this off",
    "why did they go quiet",
    "why not",
    "resume the talks",
    "resume attached for the SE role",
    "start the pilot on monday",
    "begin on monday",
    "help them decide",
    "help, they went silent",
    "help me write to the CFO",
    "what can you do with an angry buyer?",
    "who are you talking to",
    "They're not interested",
    "He is not interested until January",
    "They said no thanks",
    "not interested in a demo, they say",
    "busy quarter",
    "quiet quarter for them",
    "give them a break",
    "give me a discount",
    "take a break from the deal?",
    "tomorrow at 9",
    "next week",
    "until friday",
    "for two weeks",
    "no decision this week",
    "no meeting this week",
    "nothing until friday",
    "no call today",
    "nothing today",
    "no calls until monday please",
    "They owe us an answer, stop making excuses",
    "stop it, they said",
    "please stop by our booth",
    "please call me back tomorrow",
    "contact me tomorrow",
    "call me again next week",
    "ping me on friday",
    "write to me next week",
    "never again with this vendor",
    "never",
    "skip the demo",
    "break it down",
    "snooze you lose",
    "silence is golden",
    "silence from the buyer until friday",
    "put on hold until friday",
    "The project is paused until the merger closes",
    "it's on pause until monday",
    "on pause until monday",
]

MEANT_FOR_COLLEAGUES = [
    "back on monday",
    "start",
    "I'm out until monday",
    "not now",
    "later",
    "busy",
]


def read(text: str, *, addressed: bool = True) -> Wish | None:
    return read_wish(text, now=NOW, zone=BERLIN, addressed=addressed)


def shown(wish: Wish | None) -> str:
    if wish is None:
        return "no wish"
    if wish.kind is not WishKind.PAUSE:
        return str(wish.kind)
    if wish.until == NO_END:
        return OPEN
    return datetime.fromtimestamp(wish.until, BERLIN).strftime("%Y-%m-%d %H:%M")


def test_the_tables_are_long_enough() -> None:
    """Rules that read language are only as good as the talk they were tried on."""
    assert len(dict(WISHES)) >= 150
    assert len(set(LOOK_ALIKES)) >= 60


@pytest.mark.parametrize(("text", "expected"), WISHES)
def test_wishes(text: str, expected: str) -> None:
    """Who wants to be left alone is understood, with typos, politeness and in any case."""
    assert shown(read(text)) == expected


@pytest.mark.parametrize("text", LOOK_ALIKES)
def test_look_alikes(text: str) -> None:
    """What is said about a customer is no wish, however much it sounds like one."""
    assert shown(read(text)) == "no wish"


@pytest.mark.parametrize("text", MEANT_FOR_COLLEAGUES)
def test_talk_among_colleagues(text: str) -> None:
    """In a thread, what may be meant for colleagues is not taken for a wish."""
    assert read(text) is not None
    assert read(text, addressed=False) is None


@pytest.mark.parametrize(
    ("zone", "expected"),
    [
        ("America/Los_Angeles", "2026-11-27 09:00"),
        ("Asia/Tokyo", "2026-11-26 16:00"),
    ],
)
def test_days_begin_where_the_writer_is(zone: str, expected: str) -> None:
    """Friday begins at midnight in the writer's own time zone."""
    wish = read_wish("pause until friday", now=NOW, zone=ZoneInfo(zone))

    assert shown(wish) == expected


def test_a_week_that_begins_on_sunday() -> None:
    """The rest of the week ends when the writer's next week begins."""
    wish = read_wish("pause for the rest of the week", now=NOW, zone=BERLIN, week_start=6)

    assert shown(wish) == "2026-11-29 00:00"


@given(st.text(max_size=300))
def test_any_text_can_be_read(text: str) -> None:
    """No text raises an error, and no pause ends in the past."""
    wish = read(text)

    assert wish is None or wish.kind is not WishKind.PAUSE or wish.until > NOW


@pytest.mark.parametrize("text", ["stop " * 2_000, "pause until " + "a" * 5_000, "no more " * 900])
def test_long_texts_are_read_in_no_time(text: str) -> None:
    """A long text is no wish, and is not worth many looks."""
    started = datetime.now(tz=BERLIN)
    read(text)

    assert (datetime.now(tz=BERLIN) - started).total_seconds() < 0.5


def test_a_quick_look_misses_no_short_wish() -> None:
    """Of those that somebody may type in a channel; nearly all other talk isn't read further."""
    kinds = (WishKind.PAUSE, WishKind.PRIVATELY)
    for text, _ in WISHES:
        wish = read_wish(text, now=NOW, zone=BERLIN, addressed=False)
        if wish is not None and wish.kind in kinds and len(text) <= 60:
            assert may_be_wish(text), text

    for text in ("Sent the numbers this morning.", "ok thanks", "They want the contract by Friday"):
        assert not may_be_wish(text)
    assert not may_be_wish("stop " * 13)
