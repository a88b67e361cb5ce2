"""What sellers ask every day is answered on its topic, without a model, through the real bot."""

from __future__ import annotations

import pytest

from bot.core.intents import Intent
from bot.core.playbook_model import Playbook
from tests.harness import BotHarness

# Written beside the phrase lists, by nobody who reads this file for figures: each names a kind.
ON_TOPIC = [
    ("they want 40% off", "price"),
    ("the buyer asked for a third off the list price", "price"),
    ("what do I say if they ask for a discount", "price"),
    ("our champion left the company", "champion_lost"),
    ("my main contact just quit", "champion_lost"),
    ("they're also looking at a cheaper competitor", "competitor"),
    ("procurement sent us a 40 page vendor form", "procurement"),
    ("they ghosted me after the proposal", "silence"),
    ("there's no budget this year", "budget"),
    ("legal has had the contract for six weeks", "legal"),
    ("my manager wants me to close this by friday", "pressure"),
    ("customer is furious about the outage", "upset"),
    ("the demo went badly", "bad_meeting"),
    ("the renewal is in 30 days and usage is down", "renewal"),
    ("my contact won't introduce me to his boss", "access"),
    ("I can't get past the gatekeeper", "access"),
    ("they keep asking for more features", "features"),
    ("they want references before they sign", "doubts"),
    ("decision got pushed to next quarter again", "later"),
    ("they said they'd think about it", "decision"),
    ("I got a flat no", "refusal"),
    ("customer wants to pay net 90", "payment"),
    ("we overpromised on the integration", "our_mistake"),
    ("two stakeholders disagree with each other", "several_people"),
    ("my pipeline is empty", "outreach"),
]

FITTING = {
    "price": {"play-discount", "play-too-expensive"},
    "champion_lost": {"play-contact-leaves"},
    "competitor": {"play-competitor", "play-too-expensive"},
    "procurement": {"play-procurement"},
    "silence": {"play-quiet"},
    "budget": {"play-no-budget"},
    "legal": {"play-legal"},
    "pressure": {"play-boss-pressure"},
    "upset": {"play-angry"},
    "bad_meeting": {"play-demo", "play-went-badly"},
    "renewal": {"play-renewal"},
    "access": {"play-no-access", "play-go-above"},
    "features": {"play-missing-feature", "play-scope-creep"},
    "doubts": {"play-trust"},
    "later": {"play-date-slips", "play-on-hold"},
    "decision": {"play-ask-for-the-order", "play-nobody-decides", "play-on-hold"},
    "refusal": {"play-said-no"},
    "payment": {"play-procurement", "play-late-payment"},
    "our_mistake": {"play-bad-news", "play-went-badly"},
    "several_people": {"play-disagree"},
    "outreach": {"play-first-outreach", "play-where-to-spend-time"},
}
"""What a seller would take for an answer."""


@pytest.mark.parametrize(("text", "situation"), ON_TOPIC, ids=[text for text, _ in ON_TOPIC])
async def test_an_everyday_ask_is_answered_on_its_topic(
    bot: BotHarness, playbook: Playbook, text: str, situation: str
) -> None:
    """The next step is one for what is asked about; and so are what to do and what to ask the
    customer, or else the questions for oneself."""
    await bot.command(text)
    ((shown),) = bot.shown()
    (play,) = (p for p in playbook.plays if p.next_step in shown["text"])
    asked = [q for q in playbook.no_trap.questions if q.text in shown["text"]]

    assert play.id in FITTING[situation]
    assert play.reply in shown["text"] or situation in {tag for q in asked for tag in q.when}


@pytest.mark.parametrize(
    ("text", "intent"),
    [
        ("I hate my manager", Intent.COLLEAGUES),
        ("my boss doesn't listen", Intent.COLLEAGUES),
        ("my SE is useless", Intent.COLLEAGUES),
        ("my colleague stole my deal", Intent.COLLEAGUES),
        ("my commission was cut", Intent.COLLEAGUES),
        ("I don't like my team", Intent.COLLEAGUES),
        ("what's the weather today", Intent.OFF_TOPIC),
        ("write me a poem", Intent.OFF_TOPIC),
    ],
)
async def test_what_is_no_deal_gets_a_kind_line(
    bot: BotHarness, playbook: Playbook, text: str, intent: Intent
) -> None:
    """No question about a customer, and nobody is brushed off, paused, or sent to a hotline."""
    await bot.command(text)
    ((shown),) = bot.shown()

    assert shown["text"] in playbook.answers.talk[intent]


async def test_a_plain_request_accuses_nobody(bot: BotHarness, playbook: Playbook) -> None:
    """The detector's doubt is no reason to say what is wrong with how somebody thinks."""
    await bot.command("they think we're too small")
    ((shown),) = bot.shown()

    assert not any(content.observation in shown["text"] for content in playbook.traps.values())
