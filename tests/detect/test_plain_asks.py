"""The commonest asks get their play for certain, in few words, whatever the model makes of them."""

from __future__ import annotations

import pytest

from bot.core.coach import Coach
from bot.core.plays import Plays
from bot.flow_wiring import build_coach, build_plays
from bot.settings import load
from tests.shipped import shipped_playbook

SHOWN = {
    "play-quiet": [
        "write an email to a customer who hasn't answered in 3 weeks",
        "write an email to a buyer who has gone silent",
        "the buyer has gone silent, what do I write",
        "draft a mail to a prospect who stopped responding",
        "no reply to my last three emails, what do I send",
        "email for a client who isn't answering me",
        "they don't answer my calls or emails",
        "my contact at Lumen is not responding anymore",
        "he's been ghosting me since the quote",
        "haven't heard back from them in two weeks",
        "I've had no answer for a month, help me write a follow up",
        "radio silence since the demo, draft an email",
        "can you write a nudge to a customer who never got back to me",
        "write a short follow-up, it's been quiet for 10 days",
        "what do I write to a buyer who went dark",
        "she has not replied since Monday. what should I send",
        "customer doesn't react to my messages",
        "help, no response from the CFO",
        "crickets after the proposal. email please",
        "they won't return my calls",
        "haven't had a reply in ten days, write me something",
        "buyer's gone quiet on me",
        "nobody answers at Lumen any more",
        "they just stopped picking up",
        "I sent the offer two weeks ago and nothing since",
        "still waiting for a reply to my quote",
        "how do I wake up a silent prospect",
        "Tom hasn't gotten back to me on the quote",
        "no word from the customer since the meeting",
        "they left me on read",
        "she doesn't pick up anymore",
        "no response, what now",
        "client isn't reacting to anything I send",
        "what do I do when a customer ignores my emails",
    ],
    "play-leaving": [
        "customer says the product sucks and wants out",
        "customer is unhappy and wants to cancel",
        "the customer hates the product and wants to terminate",
        "customer wants to cancel because of bugs",
        "customer threatens to leave",
    ],
    "play-angry": [
        "prep me for a renewal call with a pissed off customer",
        "prep me for a renewal call with an angry customer",
        "renewal call tomorrow with a frustrated client",
        "prep me for a demo with an angry buyer",
        "how do I open the QBR with an unhappy customer",
        "prep me for a pricing call with an annoyed customer",
        "prep me for a call with a customer who is upset about support",
        "write an email to an angry customer before the renewal",
        "client says the service is awful",
        "they're very unhappy with us",
        "customer is angry about the outage",
    ],
    "play-contact-leaves": [
        "single-threaded champion on parental leave",
        "our champion is going on parental leave and I know nobody else there",
        "my only contact is on maternity leave",
        "my contact is out on leave until June, and she's the only one I know",
        "main contact went on parental leave, deal is stuck",
        "our sponsor is on leave for 6 months",
    ],
    "play-discount": [
        "The Harbor guys ask for a discount every quarter end and I always give in",
        "they always push for another discount before they sign",
        "buyer keeps asking for discounts",
    ],
}
OTHERS = [
    "prep me for a renewal call",
    "prep me for a demo with a skeptical CFO",
    "my boss is angry about the forecast, the client went quiet",
    "they're frustrated with their old vendor, how do I pitch",
    "the client is angry because our demo crashed",
    "the CFO is annoyed about the price, how do I answer",
    "I haven't answered the buyer yet, what do I write",
    "they agreed last week and now no reply",
    "nobody answers my cold emails",
    "breakup email to a prospect who never replied",
    "he didn't answer my question about budget",
    "they haven't responded to the tender",
    "procurement hasn't replied about the vendor form",
    "legal hasn't answered in 4 weeks",
    "customer hasn't paid and doesn't answer",
    "she went quiet when I named the price",
    "they paused the project and don't answer",
    "the pilot ended and nobody answers",
    "how do I use silence in a negotiation",
    "they want to cancel the meeting on Friday",
    "customer wants to leave their old vendor",
    "my contact left me a voicemail",
    "my champion is back from parental leave",
    "the customer said no and my boss is angry",
    "my boss wants me to give a discount",
    "their legal said no to the contract",
]


@pytest.fixture(scope="module")
def coach() -> Coach:
    return build_coach(load({}), shipped_playbook())


@pytest.fixture(scope="module")
def plays() -> Plays:
    return build_plays(shipped_playbook())


@pytest.mark.parametrize(
    ("text", "play"), [(text, play) for play, texts in SHOWN.items() for text in texts]
)
def test_it_is_certain(coach: Coach, plays: Plays, text: str, play: str) -> None:
    choice = plays.choose(text, coach.find_asked_situations(text))

    assert (choice.play.id, choice.is_certain) == (play, True)


@pytest.mark.parametrize("text", OTHERS)
def test_no_phrase_decides_where_the_ask_is_about_something_else(
    coach: Coach, plays: Plays, text: str
) -> None:
    silent = Plays(shipped_playbook().plays)  # without a reader only a phrase is certain

    assert not silent.choose(text, coach.find_asked_situations(text)).is_certain
