"""What an ask is about: rules, phrases, and what the learned reader adds."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from bot.core.intents import Intent, IntentRouter, Weights
from bot.core.playbook_model import Playbook
from bot.detect.learned_intents import build_router


@pytest.fixture(scope="module")
def router(playbook: Playbook) -> IntentRouter:
    return build_router(playbook.intents)


@pytest.mark.parametrize(
    ("text", "intent"),
    [
        ("They went quiet after the demo and the quarter ends on Friday.", Intent.DEAL),
        ("the buyer is an idiot, he wants another 10%", Intent.DEAL),
        ("thanks, and what about the other customer who never calls back?", Intent.DEAL),
        ("hello, my customer wants to stop the project", Intent.DEAL),
        ("they want to pause the rollout until Q2", Intent.DEAL),
        ("can you stop him from ghosting me", Intent.DEAL),
        ('write a reply to this: "Please send your best price."', Intent.EMAIL),
        ("draft a follow-up email to the head of finance, she missed our call", Intent.EMAIL),
        ("prep me for the renewal meeting with their CFO tomorrow", Intent.CALL),
        ("which questions should I ask on the call with procurement", Intent.CALL),
        ('can you make this sound less pushy: "I need your answer today."', Intent.REWORD),
        ("does my boss see what I write here?", Intent.ABOUT),
        ("are you chatgpt", Intent.ABOUT),
        ("unsubscribe", Intent.STOP),
        ("please take me off this list for good", Intent.STOP),
        ("pause until Friday", Intent.PAUSE),
        ("I'm back, you can write to me again", Intent.RESUME),
        ("?", Intent.HELP),
        ("how do I use this bot", Intent.HELP),
        ("\U0001f44d", Intent.THANKS),
        ("ok thanks!", Intent.THANKS),
        ("Good morning!", Intent.HELLO),
        ("you are a useless bot", Intent.INSULT),
        ("Der Kunde meldet sich seit drei Wochen nicht mehr.", Intent.NOT_ENGLISH),
        ("ghosted", Intent.TOO_SHORT),
        ("pricing", Intent.TOO_SHORT),
        ("setting", Intent.TOO_SHORT),
        ("my team", Intent.TOO_SHORT),
        ("two words", Intent.TOO_SHORT),
        ("how do I prove ROI", Intent.DEAL),
        ("I need more leads", Intent.DEAL),
        ("my manager wants me to push harder", Intent.DEAL),
        ("I hate my boss", Intent.COLLEAGUES),
        ("my teammate took credit for my deal", Intent.COLLEAGUES),
        ("what should I have for lunch", Intent.OFF_TOPIC),
        ("write a poem for my customer about our renewal", Intent.EMAIL),
        ("", Intent.TOO_SHORT),
    ],
)
def test_what_is_wanted(router: IntentRouter, text: str, intent: Intent) -> None:
    assert router.find(text) is intent


@pytest.mark.parametrize("intent", [Intent.STOP, Intent.PAUSE, Intent.RESUME, Intent.INSULT])
def test_who_speaks_of_a_customer_is_never_brushed_off(playbook: Playbook, intent: Intent) -> None:
    """However sure the learned reader is."""

    def reader(text: str) -> Weights:
        return {intent: 0.99, Intent.DEAL: 0.01}

    router = IntentRouter(playbook.intents, is_english=str.isascii, reader=reader)

    assert router.find("this is what the customer said to our whole team") is Intent.DEAL
    assert router.find("please hear what somebody said again to our whole team") is intent
    assert router.find("and so on and on, " * 20) is Intent.DEAL


def test_one_who_says_too_little_is_told_where_the_help_is(playbook: Playbook) -> None:
    """It may have been a mistyped subcommand."""
    assert all("/reframe help" in line for line in playbook.answers.talk[Intent.TOO_SHORT])


def test_a_doubtful_wish_is_no_wish(playbook: Playbook) -> None:
    def reader(text: str) -> Weights:
        return {Intent.STOP: 0.4, Intent.DEAL: 0.35, Intent.CALL: 0.25}

    router = IntentRouter(playbook.intents, is_english=str.isascii, reader=reader)

    assert router.find("some words about anything else") is Intent.DEAL


def test_thanks_need_some_weight(playbook: Playbook) -> None:
    """What is likelier something else, though not surely, is not answered with "any time"."""

    def reader(text: str) -> Weights:
        return {Intent.COLLEAGUES: 0.6, Intent.THANKS: 0.3, Intent.DEAL: 0.1}

    router = IntentRouter(playbook.intents, is_english=str.isascii, reader=reader)

    assert router.find("some words about anything else") is Intent.DEAL


def test_phrases_decide_without_a_reader(playbook: Playbook) -> None:
    router = IntentRouter(playbook.intents, is_english=str.isascii)

    assert router.find("please draft a note about the crane") is Intent.EMAIL
    assert router.find("please look at the crane with me") is Intent.DEAL


@pytest.mark.parametrize(
    ("asked", "topic"),
    [
        ("can you join #deal-acme?", "about-invite"),
        ("how do i get you into our deal channel", "about-invite"),
        ("can you join a call with Acme", ""),
        ("does my boss see this?", "about-boss"),
        ("does her boss see this?", ""),
        ('what do I answer: "why didn\'t you answer me"', ""),
        ("why didn't you answer my client", ""),
    ],
)
def test_a_question_about_the_bot_names_no_customer(
    playbook: Playbook, asked: str, topic: str
) -> None:
    router = IntentRouter(playbook.intents, lambda _: True)

    assert router.find_topic(asked) == topic
    assert not topic or router.find(asked) is Intent.ABOUT


def test_who_is_asked_about_on_their_side(playbook: Playbook) -> None:
    """However sure the reader is that it is about the bot."""
    router = IntentRouter(playbook.intents, lambda _: True, lambda _: {Intent.ABOUT: 1.0})

    assert router.find("who are the admins on their side") is Intent.DEAL


@pytest.mark.parametrize(
    "asked",
    ["this prick ghosted me again", "stood me up again today", "that guy hung up on me, enough"],
)
def test_who_ghosts_a_seller_is_no_wish(router: IntentRouter, asked: str) -> None:
    """Angry words about somebody without a "he" or a "customer" are about a deal all the same."""
    assert router.find(asked).is_coached


@pytest.mark.parametrize("asked", ["ugh not you again", "no, not this again", "why are you back"])
def test_whoever_is_annoyed_ends_no_pause(router: IntentRouter, asked: str) -> None:
    """Nor are they paused by what is no clear wish, only because a resume is ruled out."""
    assert router.find(asked) in (Intent.INSULT, Intent.ABOUT, Intent.TOO_SHORT, Intent.STOP)


@pytest.mark.parametrize(
    ("asked", "topic"),
    [
        ("which of my reps are struggling", "about-team"),
        ("show me who got the most questions", "about-team"),
        ("can i see how my team is doing", "about-team"),
        ("how do i set up a team", "about-team"),
        ("what is the digest", "about-team"),
        ("can i turn you off for one of my reps", "about-team"),
        ("turn yourself off for everyone", "about-remove"),
        ("turn off for the whole company", "about-remove"),
        ("uninstall yourself", "about-remove"),
        ("what do you look for", "about-what"),
        ("which five things do you look for", "about-what"),
        ("can i trust you", "about-what"),
        ("how accurate are you", "about-what"),
        ("can i see what you know about me", "about-storage"),
        ("how do i complain about you", "about-admins"),
    ],
)
def test_what_managers_and_the_curious_ask(router: IntentRouter, asked: str, topic: str) -> None:
    assert router.find_topic(asked) == topic
    assert router.find(asked) is Intent.ABOUT


@pytest.mark.parametrize(
    "asked",
    [
        "make this softer: you didn't respond to my last two emails",
        "make it nicer: you haven't replied to my offer",
        "write a short note: you never answered my email, still interested?",
        "How do I say you never replied to my email without sounding annoyed",
        "rewrite: why do you post this on Friday evening",
        "how can I say why are you ignoring me politely",
        "make this better: can you tell me if my offer is on your desk",
        "reword: are you still working on this or is it dead",
        "draft an email: did you read my messages",
    ],
)
def test_who_gives_words_for_a_customer_asks_nothing_of_the_bot(
    router: IntentRouter, asked: str
) -> None:
    assert router.find(asked).is_coached


@pytest.mark.parametrize(
    "asked",
    [
        "can you tell me if my email sounds too pushy?",
        "can you tell me if my subject line is any good",
        "which of my reps should take the Contoso account",
        "how can we create a team plan for the rollout",
        "how do we build a team of champions",
        "who runs the bot project",
        "in deutsch or english, which is better for the offer",
        "will the company see this as desperate",
    ],
)
def test_what_names_the_team_or_a_language_is_not_always_about_the_bot(
    router: IntentRouter, asked: str
) -> None:
    assert router.find_topic(asked) == ""


@pytest.mark.parametrize(
    ("asked", "topic"),
    [
        ("quick question: can my boss read what you ask me?", "about-boss"),
        ("how do I tell you to stop", "about-off"),
        ("question: who installed this bot", "about-admins"),
        ("which of my reps is struggling most", "about-team"),
    ],
)
def test_a_colon_or_a_way_to_say_may_be_about_the_bot(
    router: IntentRouter, asked: str, topic: str
) -> None:
    assert router.find_topic(asked) == topic


def test_no_ask_about_a_deal_is_a_wish(router: IntentRouter) -> None:
    """One that said "infosec review takes forever" once paused its writer for ever."""
    files = sorted(Path("tests/corpus/plays").rglob("*.jsonl"))
    lines = [line for file in files for line in file.read_text(encoding="utf-8").splitlines()]
    asks = [json.loads(line)["text"] for line in lines]
    wishes = {Intent.STOP, Intent.PAUSE, Intent.RESUME}

    assert len(asks) > 1_800
    assert [ask for ask in asks if router.find(ask) in wishes] == []


@pytest.mark.parametrize(
    ("text", "intent"),
    [
        ("please stop, this guy asks me stuff every day", Intent.STOP),
        ("how do I get this guy off my back, I never asked for a bot", Intent.ABOUT),
        ("I don't want you to message me any more, no show today", Intent.STOP),
        ("I don't want your questions any more, no show or not", Intent.STOP),
        ("please stop messaging me, that guy from sales ops set you up", Intent.STOP),
        ("how do I get this guy to stop asking me for references", Intent.DEAL),
        ("this lady bothers me with legal questions nobody can answer", Intent.DEAL),
        ("this guy keeps messaging me at night, how do I tell him to stop", Intent.CALL),
        ("no show again today, should I stop messaging", Intent.DEAL),
        ("that lady messages me every hour, I want her to stop", Intent.EMAIL),
    ],
)
def test_this_guy_may_be_the_bot(router: IntentRouter, text: str, intent: Intent) -> None:
    """Where the bot's asking is spoken of, such words keep no wish from being heard; elsewhere
    they speak of a customer, whose own asking the bot is no part of."""
    assert router.find(text) is intent


@pytest.mark.parametrize(
    ("text", "intent"),
    [
        ("can you write a haiku about pipeline?", Intent.OFF_TOPIC),
        ("tell me a joke about procurement", Intent.OFF_TOPIC),
        ("sing us a song about my quota", Intent.OFF_TOPIC),
        ("the buyer made a joke about our price", Intent.DEAL),
    ],
)
def test_a_haiku_about_selling_is_off_topic_too(
    playbook: Playbook, text: str, intent: Intent
) -> None:
    assert IntentRouter(playbook.intents, is_english=str.isascii).find(text) is intent


@pytest.mark.parametrize(
    "text",
    [
        "I want you out of the whole workspace",
        "remove this bot from the workspace",
        "get out of our company slack",
        "delete yourself from our workspace",
    ],
)
def test_out_of_the_workspace(playbook: Playbook, text: str) -> None:
    router = IntentRouter(playbook.intents, is_english=str.isascii)
    assert router.find(text) is Intent.ABOUT
    assert router.find_topic(text) == "about-remove"
