"""Test mode with the real bot: what an admin sees who tries it out in a channel."""

from __future__ import annotations

from bot.slack.views.channels import EXAMPLE
from tests.harness import ENTITLEMENT, FRENCH, LABELLING, ORDINARY, BotHarness


async def test_an_admin_tries_the_bot_out(harness: BotHarness) -> None:
    """A settling time of an hour and a cap of one don't matter, and nobody else sees anything."""
    await harness.start(
        REFRAME_ADMINS=harness.ana, REFRAME_SETTLE_SECONDS=3_600, REFRAME_DAILY_CAP=1
    )
    await harness.command("test here")
    assert "Test mode is on" in harness.shown()[-1]["text"]
    for text in (ENTITLEMENT, ORDINARY, ENTITLEMENT):
        await harness.say(text)
        await harness.idle()
    lines = [message["text"] for message in harness.shown()[-3:]]

    assert [line.startswith("Test: I would ask") for line in lines] == [True, False, True]
    assert all("I ask when I'm at least 7" in line for line in lines)
    assert harness.shown(harness.ben) == []
    await harness.command("why")
    assert "Nothing is stored about your messages" in harness.shown()[-1]["text"]

    await harness.command("test off")
    assert "Test mode is off" in harness.shown()[-1]["text"]


async def test_the_reason_is_the_one_that_would_hold(harness: BotHarness) -> None:
    """What would never be stored is said to be ordinary, or named for what can be seen in it, in
    the words of the page of ``reframe try``."""
    await harness.start(REFRAME_ADMINS=harness.ana)
    await harness.command("test here")
    for text in (ORDINARY, FRENCH):
        await harness.say(text)
        await harness.idle()
    ordinary, french = [message["text"] for message in harness.shown()[-2:]]

    assert "Nothing in it calls for a question, so it was never stored." in ordinary
    assert "It isn't in English, and I only know English." in french


async def test_nobody_else_may(harness: BotHarness) -> None:
    await harness.start(REFRAME_ADMINS=harness.ana)
    await harness.command("test here", user=harness.ben)

    assert "Only an admin" in harness.shown(harness.ben)[-1]["text"]


async def test_the_hello_shows_an_example(harness: BotHarness) -> None:
    """A question with its buttons, for whoever pressed; the buttons of it change nothing."""
    await harness.start(REFRAME_ADMINS=harness.ana)
    channel = harness.workspace.add_channel("deal-new", [harness.ana, harness.ben], with_bot=False)
    await harness.slack.invite_bot(channel, harness.ana)
    await harness.idle()
    (hello,) = harness.direct()
    direct = harness.workspace.dm_channel(harness.ana)
    await harness.slack.click(harness.ana, direct, hello["ts"], EXAMPLE)
    await harness.until(lambda: harness.workspace.ephemerals(direct, harness.ana))
    (example,) = harness.workspace.ephemerals(direct, harness.ana)

    assert "/reframe test here" in str(hello["blocks"])
    assert "What would make the next call worth their time?" in str(example["blocks"])
    assert "This is what I'd ask" in example["text"]


async def test_an_inviter_who_is_no_admin_is_asked_nothing(harness: BotHarness) -> None:
    """Where admins are named, they choose: the hello says so, instead of a menu that refuses."""
    await harness.start(REFRAME_ADMINS=harness.ben, REFRAME_DELIVERY="private")
    channel = harness.workspace.add_channel("deal-new", [harness.ana, harness.ben], with_bot=False)
    await harness.slack.invite_bot(channel, harness.ana)
    await harness.idle()
    (hello,) = harness.direct()

    assert "for an admin to choose" in str(hello["blocks"])
    assert "reframe_mode" not in str(hello["blocks"])


async def test_a_test_repeats_no_question_before_the_others(harness: BotHarness) -> None:
    """What is shown is stored nowhere, and told apart all the same."""
    await harness.start(REFRAME_ADMINS=harness.ana)
    await harness.command("test here")
    for _ in range(8):
        await harness.say(LABELLING)
        await harness.idle()
    lines = [message["text"] for message in harness.shown()[-8:]]

    assert all(line.startswith("Test: I would ask") for line in lines)
    assert len(set(lines)) == 8
    await harness.command("why")
    assert "Nothing is stored about your messages" in harness.shown()[-1]["text"]
