"""What users control: pause, settings, their data, the Home tab, and erasure."""

from __future__ import annotations

import json
from typing import Any

import pytest

from bot.cli import block_kit_text
from bot.core.playbook_model import Playbook
from bot.sandbox.workspace import Json
from tests.harness import ENTITLEMENT, LABELLING, ORDINARY, BotHarness


async def reason(bot: BotHarness, text: str = ENTITLEMENT) -> str | None:
    """Post as Ana; return why the bot stayed quiet, or None if it asked a question."""
    ts = await bot.say(text)
    await bot.idle()
    outcome = await bot.outcome(ts)
    assert outcome is not None
    return outcome.reason


def chosen(**values: str) -> Json:
    """Return the fields of the settings as Slack sends them."""
    return {name: {name: field(name, value)} for name, value in values.items()}


def field(name: str, value: str) -> Json:
    """Return one field of the settings as Slack sends it."""
    if name in ("quiet_from", "quiet_until", "reflect_time"):
        return {"type": "timepicker", "selected_time": value}
    return {"type": "static_select", "selected_option": {"value": value}}


DEFAULTS: dict[str, str] = {
    "delivery": "channel",
    "limit": "house",
    "quiet_hours": "house",
    "quiet_from": "",
    "quiet_until": "",
    "reflect": "off",
    "reflect_day": "fri",
    "reflect_time": "15:00",
}


async def save_settings(bot: BotHarness, **values: str) -> dict[str, Any]:
    """Open the settings in the deal channel as Ana, and save these values; return the response."""
    await bot.command("settings")
    fields = chosen(**{**DEFAULTS, **values})
    attempt = await bot.slack.submit_view(bot.ana, bot.modal(), fields)
    assert attempt.status == 200
    response: dict[str, Any] = json.loads(attempt.body or "{}")
    return response


@pytest.mark.fault_case(53)
@pytest.mark.parametrize("duration", ["", "2w", "3 days", "for a month", "two weeks", "1h"])
async def test_pause_and_resume(bot: BotHarness, duration: str) -> None:
    """Stay quiet while paused, still reply to requests, and ask again after resume."""
    await bot.command(f"pause {duration}")
    assert await reason(bot) == "paused"
    await bot.command(ENTITLEMENT)
    assert "What stands out" in bot.shown()[-1]["text"]

    await bot.command("resume")
    assert await reason(bot, LABELLING) is None


async def test_unclear_duration(bot: BotHarness) -> None:
    """Explain how to write a duration, and pause nothing."""
    await bot.command("pause sometime")

    assert "Try /reframe pause until Friday" in bot.shown()[-1]["text"]
    assert await reason(bot) is None


async def test_off_in_one_channel(bot: BotHarness) -> None:
    """Be quiet there for everybody, say so in the settings, and ask again once turned on."""
    await bot.slack.invite_bot(bot.deal, bot.ana)
    await bot.idle()
    await bot.command("Turn off your questions in this channel")
    assert "/reframe on here" in bot.shown()[-1]["text"]
    assert await reason(bot) == "channel_paused"
    await bot.command("settings")
    assert "I'm off in this channel" in json.dumps(bot.modal())
    await bot.command("why")
    assert "I'm turned off in this channel" in bot.shown()[-1]["text"]

    await bot.command("on here")
    assert await reason(bot, LABELLING) is None
    await bot.command("don't ask us anything in this channel any more")
    assert "I'm off in this channel" in bot.shown()[-1]["text"]


async def test_sentence_that_begins_with_pause(bot: BotHarness) -> None:
    """Reply to a longer sentence, whatever its first word is."""
    await bot.command("pause for a second, they owe us an answer after all that work")

    assert "To ask yourself" in bot.shown()[-1]["text"]


async def test_why(bot: BotHarness) -> None:
    """List the user's latest decisions with time and reason, silence included; nobody else's."""
    await reason(bot)
    await bot.command("pause")
    await reason(bot, LABELLING)
    await bot.command("why")
    listed = bot.shown()[-1]["text"]

    assert "I asked, " in listed
    assert "You've paused my questions." in listed
    assert listed.index("paused my questions") < listed.index("I asked, ")
    await bot.command("why", user=bot.ben)
    assert "Nothing is stored" in bot.shown(bot.ben)[-1]["text"]


async def test_daily_limit_of_zero(bot: BotHarness) -> None:
    """Ask nothing unprompted if the daily limit is zero."""
    await save_settings(bot, limit="0")

    assert await reason(bot) == "only_on_demand"
    assert "Unprompted questions are off" in await bot.home()


async def test_daily_limit_of_a_user(harness: BotHarness) -> None:
    """Use a user's daily limit instead of the workspace's."""
    await harness.start(REFRAME_DAILY_CAP=1)
    await save_settings(harness, limit="2")

    assert [await reason(harness) for _ in range(3)] == [None, None, "daily_cap"]


async def test_quiet_hours_of_a_user(bot: BotHarness) -> None:
    """Use a user's quiet hours; refuse invalid ones below their field, and save nothing."""
    response = await save_settings(bot, quiet_hours="these", quiet_from="07:00", limit="0")
    assert list(response["errors"]) == ["quiet_from"]
    assert await reason(bot) is None

    await save_settings(bot, quiet_hours="these", quiet_from="00:00", quiet_until="23:59")
    why = await reason(bot, LABELLING)  # on a weekend it is named, whatever the hour
    assert why in ("quiet_hours", "day_off")


async def test_private_in_every_channel(bot: BotHarness) -> None:
    """Ask privately if the user chose so, whatever the channel's setting is."""
    await save_settings(bot, delivery="private")
    ts = await bot.say(ENTITLEMENT)
    await bot.idle()

    assert bot.replies(ts) == []
    assert bot.shown()[-1]["text"].endswith("?")


async def test_settings_are_saved(bot: BotHarness) -> None:
    """Show the saved values in the form and in the Home tab."""
    await save_settings(
        bot, delivery="private", limit="3", quiet_hours="these", quiet_from="19:00",
        quiet_until="08:00", reflect="on", reflect_day="thu", reflect_time="16:30",
    )  # fmt: skip
    await bot.command("settings")
    shown = block_kit_text.render_view(bot.modal())

    for text in (
        "Only visible to me",
        "[3 v]",
        "[19:00 v]",
        "[08:00 v]",
        "[Thursday v]",
        "[16:30 v]",
        "Yes, as",
    ):
        assert text in shown
    home = await bot.home()
    unwrapped = " ".join(home.replace("\u2502", " ").split())
    assert "Unprompted questions: at most 3 a day. Quiet hours: 7:00 PM to 8:00 AM." in unwrapped
    assert "Your weekly reflection is on: Thursday, 4:30 PM." in home


async def test_home_welcomes_once(bot: BotHarness) -> None:
    """Explain the bot when Home is first opened; later show controls and the latest questions."""
    first = await bot.home()
    await reason(bot)
    second = await bot.home()

    assert "Hello." in first
    assert "Hello." not in second
    assert "I haven't asked you anything yet." in first
    (nudge,) = bot.workspace.bot_messages()
    question = nudge[1]["text"].split(". ")[-1]
    assert question in " ".join(second.replace("│", " ").split())


async def test_welcome_is_short(bot: BotHarness) -> None:
    """Welcome users in at most sixty words, which take twenty seconds to read."""
    await bot.home()
    welcome = bot.workspace.home_tabs[bot.ana]["blocks"][0]["text"]["text"]

    assert len(welcome.split()) <= 60


async def test_home_buttons(bot: BotHarness) -> None:
    """Pause and resume from Home, which is drawn again; open the settings and the ask form."""
    await bot.home()
    await bot.slack.click_in_view(bot.ana, bot.workspace.home_tabs[bot.ana], "reframe_home_pause")
    await bot.until(lambda: "Paused until" in home_text(bot))
    await bot.slack.click_in_view(bot.ana, bot.workspace.home_tabs[bot.ana], "reframe_resume")
    await bot.until(lambda: "Paused until" not in home_text(bot))
    for action, title in (("settings", "Your settings"), ("ask", "What happened")):
        home = bot.workspace.home_tabs[bot.ana]
        await bot.slack.click_in_view(bot.ana, home, f"reframe_home_{action}")
        assert title in block_kit_text.render_view(bot.modal())


def home_text(bot: BotHarness) -> str:
    """Return Ana's Home tab as text."""
    return block_kit_text.render_view(bot.workspace.home_tabs[bot.ana])


async def test_my_data(bot: BotHarness, playbook: Playbook) -> None:
    """Send one file with every row about the user, and none about anyone else."""
    await reason(bot)
    await bot.say(LABELLING, user=bot.ben)
    await bot.command(ENTITLEMENT)
    await bot.command("my data")

    (message,) = bot.direct()
    assert "/reframe forget me" in message["text"]
    assert "Decisions on your messages: 1, since" in message["text"]
    assert playbook.text("record", "forget_stays") in message["text"]
    data = json.loads(bot.slack.uploads[message["files"][0]["id"]])
    assert data["findings"][0]["outcome"] == "speak"
    assert len(data["asked_questions"]) == 3
    assert all(row["text"] is None for row in (*data["inbox"], *data["asks"]))
    everything = json.dumps(data)
    assert bot.ana in everything
    assert bot.ben not in everything


@pytest.mark.fault_case(53)
async def test_forget_me(bot: BotHarness) -> None:
    """53: erase every row and every byte about the user, and nothing about others."""
    await reason(bot)
    await bot.say(LABELLING, user=bot.ben)
    await bot.idle()
    await bot.command("forget me")
    confirm = bot.shown()[-1]
    await bot.slack.click(bot.ana, bot.deal, confirm["ts"], "reframe_forget", ephemeral=True)
    await bot.until(lambda: "erased" in bot.shown()[-1]["text"])
    await bot.stop()

    found = {
        p.name for p in bot.folder.iterdir() if p.is_file() and bot.ana.encode() in p.read_bytes()
    }
    kept = {p.name for p in bot.folder.iterdir() if bot.ben.encode() in p.read_bytes()}
    assert found == set()
    assert kept == {"reframe.db"}


async def test_forget_me_keeps_a_pause(bot: BotHarness) -> None:
    """Keep only the pause, say so, and go on asking nothing."""
    await bot.command("pause")
    await bot.command("forget me")
    await bot.slack.click(
        bot.ana, bot.deal, bot.shown()[-1]["ts"], "reframe_forget", ephemeral=True
    )
    await bot.until(lambda: "Your pause goes on" in bot.shown()[-1]["text"])

    assert await reason(bot) == "paused"


async def test_ordinary_message_is_not_recorded(bot: BotHarness) -> None:
    """Record nothing about a message that does not pass the prefilter."""
    await bot.say(ORDINARY)
    await bot.command("why")

    assert "Nothing is stored" in bot.shown()[-1]["text"]
