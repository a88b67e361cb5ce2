"""Switch words, absences, and insults of a deal are a deal's, and pause nobody."""

from __future__ import annotations

import pytest

from bot.core.intents import Intent, IntentRouter
from bot.core.playbook_model import Playbook
from bot.core.who_is_meant import DealThings, tells_who_is_away, wants_help_with_deal
from bot.detect.learned_intents import build_router

ABOUT_US = {
    Intent.STOP,
    Intent.PAUSE,
    Intent.RESUME,
    Intent.HELP,
    Intent.ABOUT,
    Intent.INSULT,
    Intent.HELLO,
    Intent.THANKS,
}


@pytest.fixture(scope="module")
def router(playbook: Playbook) -> IntentRouter:
    return build_router(playbook.intents)


@pytest.mark.parametrize(
    "text",
    [
        "switch off the auto renewal without losing the client",
        "is there a way to switch off the auto renewal without losing the client",
        "cancel the renewal",
        "pause the project",
        "pause the rollout till january",
        "pause shipments until payment",
        "pause billing",
        "mute the alerts for the customer",
        "stop the trial",
        "stop the trial or extend it?",
        "stop outreach for now",
        "delete my account at the vendor",
        "put the project on hold until q2",
        "remove the second user from the license",
        "snooze this opportunity till march?",
        "shut down the poc",
        "kill the sequence",
        "Does the vp of sales there decide",
        "Does the head of IT there sign",
        "does the vp of sales there decide or the cfo",
        "die-hard Salesforce shop",
        "no reply in 2 weeks",
        "radio silence for a month",
        "not a word for 2 weeks",
        "Jens is out until monday",
        "Maria on vacation till the 14th",
        "on hold until q3",
        "leave acme alone for a while",
        "shut off access for non payers",
        "is the cio there new",
        "Arturo is useless",
        "Gruber Logistik GmbH are idiots",
        "need help w/ Deutsche Telekom",
    ],
)
def test_what_a_deal_is_about_is_no_talk_to_the_bot(router: IntentRouter, text: str) -> None:
    assert router.find(text) not in ABOUT_US


@pytest.mark.parametrize(
    ("text", "intent"),
    [
        ("pause until the rollout is done", Intent.PAUSE),
        ("stop the messages for now", Intent.STOP),
        ("skip today's question, i'm on the road", Intent.PAUSE),
        ("I'm out until monday", Intent.PAUSE),
        ("on vacation until the 14th", Intent.PAUSE),
        ("cancel my participation please", Intent.STOP),
        ("you are a useless bot", Intent.INSULT),
        ("this is garbage", Intent.INSULT),
        ("help me with this bot", Intent.HELP),
    ],
)
def test_talk_to_the_bot_is_still_heard(router: IntentRouter, text: str, intent: Intent) -> None:
    assert router.find(text) is intent


def test_the_writer_is_nobody_else() -> None:
    assert tells_who_is_away("Anna's off till january")
    for text in ("I'm out until monday", "out until monday", "turn off until monday", "day off"):
        assert not tells_who_is_away(text)


def test_help_with_the_bot_is_no_help_with_a_deal() -> None:
    assert wants_help_with_deal("need help with procurement")
    for text in ("help", "help me with this", "i need help with the bot"):
        assert not wants_help_with_deal(text)


def test_things_are_found_with_and_without_an_article() -> None:
    things = DealThings(["rollout"])

    assert "pause rollout" in things
    assert "pause the next rollout" in things
    assert "stop the churn" in things
    assert "stop the questions" not in things
    assert "pause for the rollout" not in things
