"""Questions about the bot itself, and what it can't do, are told from deals in the same words."""

from __future__ import annotations

import pytest

from bot.core.intents import Intent, IntentRouter
from bot.detect.learned_intents import build_router
from bot.flows.small_answers import SmallAnswers
from tests.shipped import shipped_playbook

ABOUT = {
    "about-status": [
        "status",
        "status please",
        "your status",
        "what's your status",
        "status of this channel",
        "are you on",
        "are you on or off",
        "are you paused",
        "am I paused",
    ],
    "about-here": [],
    "about-cannot": [
        "summarize this channel",
        "can you summarize this thread",
        "give me a summary of this channel",
        "summarise what happened in here",
        "recap the last week in #deal-acme",
        "what did I miss in this channel",
        "translate this please",
        "can you translate this for me",
        "please translate this into Spanish",
        "how do you say thank you in German",
        "could you put this on #deal-desk",
        "can you post this on #deal-desk",
        "put it on #general",
    ],
    "about-storage": [
        "are you recording me",
        "are you recording our calls",
        "do you record calls",
        "are you spying on me",
        "do you track me",
        "what did I ask you before",
        "what have I asked you so far",
        "what did I tell you yesterday",
        "what was my last question",
        "what did you answer me yesterday",
        "show me my last questions",
        "show my history",
        "do you remember what I asked you",
    ],
}
DEALS = [
    "what's the status of the Acme deal",
    "how do I ask for a status on the contract",
    "summarize the call with Acme for me: they want 10% off",
    "parked till new fiscal year. so i just set a reminder?",
    "how do I translate the features into value for the CFO",
    "the buyer asked what I told him last week",
    "they record every call and I feel watched",
    "how do I put this on the agenda with the CFO",
]


@pytest.fixture(scope="module")
def router() -> IntentRouter:
    return build_router(shipped_playbook().intents)


@pytest.mark.parametrize(
    ("text", "topic"), [(text, topic) for topic, texts in ABOUT.items() for text in texts]
)
def test_each_gets_the_answer_for_its_topic(router: IntentRouter, text: str, topic: str) -> None:
    playbook = shipped_playbook()
    small = SmallAnswers(playbook, model=None, retention_days=90)
    asked = [each for each in playbook.answers.about if each.id == topic]
    intent = router.find(text)
    line = small.answer(intent, text, "key", topic=router.find_topic(text))

    assert intent is Intent.ABOUT
    assert line == asked[0].text.replace("$days", "90")


@pytest.mark.parametrize("text", DEALS)
def test_deals_in_the_same_words_are_coached(router: IntentRouter, text: str) -> None:
    assert router.find(text).is_coached
