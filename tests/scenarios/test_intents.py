"""Asks are answered by what is wanted, through the real bot."""

from __future__ import annotations

import json

import pytest

from bot.core.intents import Intent
from bot.core.playbook_model import Playbook
from tests.harness import BotHarness


async def answer_to(bot: BotHarness, text: str) -> str:
    """Return what ``/reframe`` with a text shows."""
    await bot.command(text)
    (shown,) = bot.shown()
    return str(shown["text"])


async def test_email(bot: BotHarness, playbook: Playbook) -> None:
    """A draft that fits the situation, and nothing that wasn't asked for."""
    shown = await answer_to(bot, "Draft a follow-up email, they have been ghosting me since May")
    play = next(p for p in playbook.plays if p.id == "play-quiet")

    assert play.draft in shown
    assert playbook.text("advice", "draft") in shown
    assert play.reply not in shown
    assert playbook.text("advice", "if_then_plan") not in shown


async def test_call(bot: BotHarness, playbook: Playbook) -> None:
    """How to spend it, three questions for the customer, and an opening."""
    shown = await answer_to(bot, "Prep me for the renewal call, they use half of their seats")
    play = next(p for p in playbook.plays if p.id == "play-renewal")

    assert all(text in shown for text in (play.plan, *play.questions, play.opening))


async def test_reword(bot: BotHarness, playbook: Playbook) -> None:
    """A sentence to fill in, and neither a draft nor a plan."""
    shown = await answer_to(bot, 'Make this sound softer: "You have to decide by Friday."')

    assert playbook.text("advice", "fill_in_sentence") in shown
    assert playbook.text("advice", "draft") not in shown
    assert playbook.text("advice", "next_step") not in shown


@pytest.mark.parametrize(
    ("text", "intent"),
    [
        ("thanks, that helped!", Intent.THANKS),
        ("hello bot", Intent.HELLO),
        ("you are a useless bot", Intent.INSULT),
        ("ghosted", Intent.TOO_SHORT),
        ("Der Kunde meldet sich seit drei Wochen nicht mehr.", Intent.NOT_ENGLISH),
    ],
)
async def test_one_line(bot: BotHarness, playbook: Playbook, text: str, intent: Intent) -> None:
    """No coaching, and nothing about it is kept."""
    shown = await answer_to(bot, text)

    assert shown in said(playbook, intent, "anywhere")
    assert not bot.workspace.bot_messages()


def said(playbook: Playbook, intent: Intent, where: str) -> list[str]:
    """Return the lines for an intent, with where to say stop."""
    stop = playbook.text("stop", where)
    return [line.replace("$stop", stop) for line in playbook.answers.talk[intent]]


@pytest.mark.parametrize("text", ["you're useless", "useless", "not helpful", "you're annoying"])
async def test_an_insult_in_a_direct_message(
    bot: BotHarness, playbook: Playbook, text: str
) -> None:
    """One human line with the way out, and no list of commands."""
    dm = bot.workspace.dm_channel(bot.ana)
    await bot.slack.post_message(bot.ana, dm, text)
    await bot.idle()

    ((_, reply),) = bot.workspace.bot_messages()
    assert reply["text"] in said(playbook, Intent.INSULT, "here")


async def test_the_boss(bot: BotHarness, playbook: Playbook) -> None:
    shown = await answer_to(bot, "Does my manager see my questions to you?")
    topic = next(t for t in playbook.answers.about if t.id == "about-boss")

    assert shown == topic.text


async def test_stop_in_a_direct_message(bot: BotHarness, playbook: Playbook) -> None:
    """It is obeyed, also in words that no pattern foresaw."""
    dm = bot.workspace.dm_channel(bot.ana)
    await bot.slack.post_message(bot.ana, dm, "kill these notifications, I want none ever again")
    await bot.idle()

    ((_, reply),) = bot.workspace.bot_messages()
    assert reply["text"] == playbook.text("command", "paused_open")


async def test_the_admins_are_mentioned(harness: BotHarness) -> None:
    """Slack shows a mention as a name, so it may not be escaped."""
    await harness.start(REFRAME_ADMINS=harness.ben)
    await harness.command("who are my admins?")
    (shown,) = harness.shown()

    assert f"<@{harness.ben}>" in json.dumps(shown["blocks"])
    assert "&lt;@" not in json.dumps(shown)
