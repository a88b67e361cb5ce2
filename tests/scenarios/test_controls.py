"""Pause, settings, the own record, Home, and being forgotten."""

from __future__ import annotations

import json
from typing import Any

import pytest

from bot.sandbox import screen
from bot.sandbox.workspace import Json
from tests.house import ENTITLEMENT, LABELLING, ORDINARY, House


async def reason(house: House, text: str = ENTITLEMENT) -> str | None:
    """Why the bot kept quiet on a message of Ana's; None where it spoke."""
    ts = await house.say(text)
    await house.idle()
    outcome = await house.outcome(ts)
    assert outcome is not None
    return outcome.reason


def chosen(**values: str) -> Json:
    """The fields of the settings as Slack sends them."""
    return {name: {name: field(name, value)} for name, value in values.items()}


def field(name: str, value: str) -> Json:
    if name == "quiet":
        return {"type": "plain_text_input", "value": value}
    if name == "reflect_time":
        return {"type": "timepicker", "selected_time": value}
    return {"type": "static_select", "selected_option": {"value": value}}


STANDARD: dict[str, str] = {
    "delivery": "channel",
    "limit": "house",
    "quiet": "",
    "reflect": "off",
    "reflect_day": "fri",
    "reflect_time": "15:00",
}


async def settle(house: House, user: str | None = None, **values: str) -> dict[str, Any]:
    """Opens the settings in the deal channel and saves them with these values."""
    who = user or house.ana
    await house.command("settings", user=who)
    view = house.modal()
    attempt = await house.slack.submit(who, view, chosen(**{**STANDARD, **values}))
    assert attempt.status == 200
    told: dict[str, Any] = json.loads(attempt.body or "{}")
    return told


@pytest.mark.parametrize("span", ["", "2w", "3 days", "for a month", "two weeks", "1h"])
async def test_pause_and_resume(house: House, span: str) -> None:
    """After /reframe pause there is silence, asking still works, and resume ends it."""
    await house.command(f"pause {span}")
    assert await reason(house) == "paused"
    await house.command(ENTITLEMENT)
    assert "What stands out" in house.shown()[-1]["text"]

    await house.command("resume")
    assert await reason(house, LABELLING) is None


async def test_a_span_that_nobody_understands(house: House) -> None:
    """An unclear span pauses nothing and says how to write it."""
    await house.command("pause sometime")

    assert "/reframe pause 3d" in house.shown()[-1]["text"]
    assert await reason(house) is None


async def test_a_sentence_that_begins_with_pause_is_a_sentence(house: House) -> None:
    """A longer sentence is looked at, whatever its first word is."""
    await house.command("pause for a second, they owe us an answer after all that work")

    assert "To ask yourself" in house.shown()[-1]["text"]


async def test_why_tells_the_last_decisions(house: House) -> None:
    """why shows own decisions, silence included, with reason and time; nobody else's."""
    await reason(house)
    await house.command("pause")
    await reason(house, LABELLING)
    await house.command("why")
    told = house.shown()[-1]["text"]

    assert "I asked, " in told
    assert "The author has paused the bot." in told
    assert told.index("paused the bot") < told.index("I asked, ")
    await house.command("why", user=house.ben)
    assert "Nothing is kept" in house.shown(house.ben)[-1]["text"]


async def test_zero_a_day_means_on_demand_only(house: House) -> None:
    """A daily limit of none keeps the bot still; asking still works."""
    await settle(house, limit="0")

    assert await reason(house) == "only_on_demand"
    assert "Unasked questions are off" in await house.home()


async def test_more_a_day_than_the_house_allows_itself(empty_house: House) -> None:
    """The own limit holds in the place of the house's."""
    await empty_house.start(REFRAME_DAILY_CAP=1)
    await settle(empty_house, limit="2")

    assert [await reason(empty_house) for _ in range(3)] == [None, None, "daily_cap"]


async def test_own_quiet_hours(house: House) -> None:
    """Own quiet hours hold; nonsense is refused under its field, and nothing is saved."""
    told = await settle(house, quiet="at night", limit="0")
    assert list(told["errors"]) == ["quiet"]
    assert await reason(house) is None

    await settle(house, quiet="00:00-23:59")
    assert await reason(house, LABELLING) == "quiet_hours"


async def test_privately_everywhere(house: House) -> None:
    """Who wants it privately gets it privately, whatever the channel has."""
    await settle(house, delivery="private")
    ts = await house.say(ENTITLEMENT)
    await house.idle()

    assert house.replies(ts) == []
    assert house.shown()[-1]["text"].endswith("?")


async def test_settings_come_back_as_they_were_saved(house: House) -> None:
    """What was saved is what the form shows the next time."""
    await settle(
        house, delivery="private", limit="3", quiet="19:00-08:00", reflect="on",
        reflect_day="thu", reflect_time="16:30",
    )  # fmt: skip
    await house.command("settings")
    shown = screen.view(house.modal())

    for said in ("For my eyes only", "[3 v]", "19:00-08:00", "[Thu v]", "[16:30 v]", "Yes, in"):
        assert said in shown
    home = await house.home()
    assert "3 a day at most, outside 19:00-08:00" in home
    assert "The weekly look back is on: Thu 16:30." in home


async def test_home_explains_itself_once(house: House) -> None:
    """The first opening explains in sixty words; then the controls and the last questions."""
    first = await house.home()
    await reason(house)
    second = await house.home()

    assert "Hello." in first
    assert "Hello." not in second
    assert "I have not asked you anything yet." in first
    (nudge,) = house.workspace.own_posts()
    question = nudge[1]["text"].split(". ")[-1]
    assert question in " ".join(second.replace("│", " ").split())


async def test_the_welcome_is_sixty_words(house: House) -> None:
    """The welcome can be read in twenty seconds."""
    await house.home()
    welcome = house.workspace.homes[house.ana]["blocks"][0]["text"]["text"]

    assert len(welcome.split()) <= 60


async def test_the_buttons_of_home(house: House) -> None:
    """Pause, settings, ask, resume: each does what it says, and Home is drawn anew."""
    await house.home()
    await house.slack.press_in(house.ana, house.workspace.homes[house.ana], "reframe_home_pause")
    await house.until(lambda: "Paused until" in drawn(house), 5)
    await house.slack.press_in(house.ana, house.workspace.homes[house.ana], "reframe_resume")
    await house.until(lambda: "Paused until" not in drawn(house), 5)
    for action, title in (("settings", "Your settings"), ("ask", "What happened")):
        home = house.workspace.homes[house.ana]
        await house.slack.press_in(house.ana, home, f"reframe_home_{action}")
        assert title in screen.view(house.modal())


def drawn(house: House) -> str:
    return screen.view(house.workspace.homes[house.ana])


async def test_my_data_is_everything(house: House) -> None:
    """my data sends one file with all rows about the person, and none about another."""
    await reason(house)
    await house.say(LABELLING, user=house.ben)
    await house.command(ENTITLEMENT)
    await house.command("my data")

    (message,) = house.direct()
    data = json.loads(house.slack.files[message["files"][0]["id"]])
    assert data["findings"][0]["outcome"] == "speak"
    assert len(data["asked"]) == 3
    assert all(row["text"] is None for row in (*data["inbox"], *data["asks"]))
    everything = json.dumps(data)
    assert house.ana in everything
    assert house.ben not in everything


async def test_forget_me_erases_all(house: House) -> None:
    """53: after forget me no row and no byte about the person is left; others keep theirs."""
    await reason(house)
    await house.say(LABELLING, user=house.ben)
    await house.idle()
    await settle(house, limit="2")
    await house.command("forget me")
    asked = house.shown()[-1]
    await house.slack.press(house.ana, house.deal, asked["ts"], "reframe_forget", ephemeral=True)
    await house.until(lambda: "erased" in house.shown()[-1]["text"], 5)
    await house.stop()

    found = {
        p.name
        for p in house.folder.iterdir()
        if p.is_file() and house.ana.encode() in p.read_bytes()
    }
    kept = {p.name for p in house.folder.iterdir() if house.ben.encode() in p.read_bytes()}
    assert found == set()
    assert kept == {"reframe.db"}


async def test_a_pause_outlives_being_forgotten(house: House) -> None:
    """Only the pause stays, so that the forgotten are not bothered again; and that is said."""
    await house.command("pause")
    await house.command("forget me")
    await house.slack.press(
        house.ana, house.deal, house.shown()[-1]["ts"], "reframe_forget", ephemeral=True
    )
    await house.until(lambda: "Only your pause is kept" in house.shown()[-1]["text"], 5)

    assert await reason(house) == "paused"


async def test_ordinary_talk_leaves_no_trace(house: House) -> None:
    """What was never suspicious stands in no record of its author."""
    await house.say(ORDINARY)
    await house.command("why")

    assert "Nothing is kept" in house.shown()[-1]["text"]
