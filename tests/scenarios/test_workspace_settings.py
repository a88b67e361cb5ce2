"""An admin chooses for the whole workspace in Home, and the very next message obeys."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from bot.sandbox.workspace import Json
from bot.slack.views import workspace_settings as form
from tests.fake_model import GOOD, FakeModel, running
from tests.harness import BLAME, ENTITLEMENT, LABELLING, BotHarness, running_harness
from tests.scenarios.test_installs import Seller, _has_posted, until, world
from tests.scenarios.test_installs import database as database
from tests.slack.test_workspace_settings_view import (
    choice,
    days,
    sent_back,
    text,
    time,
    written_in,
)

HEADING = "For this workspace"
NO_ADMIN = "Only an admin can change what holds"


async def open_form(bot: BotHarness, user: str) -> Json:
    """Open Home and press the button there, as an admin."""
    await bot.home(user)
    view = bot.workspace.home_tabs[user]
    attempt = await bot.slack.click_in_view(user, view, form.CHANGE)
    assert attempt.status == 200
    return bot.modal()


async def save(bot: BotHarness, user: str, **changed: Any) -> Json:
    """Save the form with these fields changed; return the response."""
    view = await open_form(bot, user)
    bot.workspace.home_tabs.pop(user)
    attempt = await bot.slack.submit_view(user, view, sent_back(view, **changed)["values"])
    assert attempt.status == 200
    response: Json = json.loads(attempt.body or "{}")
    if is_saved(response):
        await bot.until(lambda: user in bot.workspace.home_tabs)
    return response


def is_saved(response: Json) -> bool:
    """Return whether a form gave way to the line that says that it was saved."""
    is_update = response.get("response_action") == "update"
    return is_update and "Saved for the whole workspace." in str(response["view"])


async def home_of(bot: BotHarness, user: str) -> str:
    """Open Home, and return what is written there."""
    await bot.home(user)
    return written_in(bot.workspace.home_tabs[user])


async def reason(bot: BotHarness, said: str, user: str | None = None) -> str | None:
    """Post; return why the bot stayed quiet, or None if it asked a question."""
    ts = await bot.say(said, user=user)
    await bot.idle()
    outcome = await bot.outcome(ts)
    assert outcome is not None
    return outcome.reason


async def test_a_cap_that_an_admin_chooses_holds_for_the_next_message(
    harness: BotHarness,
) -> None:
    await harness.start(REFRAME_ADMINS=harness.ben)
    assert await reason(harness, ENTITLEMENT) is None
    assert await reason(harness, LABELLING) is None
    assert is_saved(await save(harness, harness.ben, daily_cap=choice("2")))

    assert await reason(harness, BLAME) == "daily_cap"
    home = await home_of(harness, harness.ben)
    assert "Unprompted questions per seller: at most 2 a day." in home

    view = harness.workspace.home_tabs[harness.ben]
    await harness.slack.click_in_view(harness.ben, view, form.USE_DEFAULTS)
    assert await reason(harness, BLAME) is None


@pytest.mark.parametrize(("day", "expected"), [(27, "day_off"), (28, "day_off"), (29, None)])
async def test_a_working_week_from_sunday_to_thursday(
    tmp_path: Path, day: int, expected: str | None
) -> None:
    """Quiet on Friday and Saturday, asked on Sunday, though the sellers sit in Berlin."""
    now = datetime(2026, 11, day, 10, 30, tzinfo=ZoneInfo("Europe/Berlin")).timestamp()
    async with running_harness(tmp_path, lambda: now) as bot:
        await bot.start(REFRAME_ADMINS=bot.ben, REFRAME_QUIET_HOURS="20:00-07:00")
        week = days("sun", "mon", "tue", "wed", "thu")
        assert is_saved(await save(bot, bot.ben, week=week))

        assert await reason(bot, ENTITLEMENT) == expected
        assert "Working days: Monday, Tuesday, Wednesday, Thursday, and Sunday." in await home_of(
            bot, bot.ben
        )


async def test_what_can_be_chosen_goes_through_the_real_form(harness: BotHarness) -> None:
    """Everything at once; then each mistake below its field, and nothing of it kept."""
    await harness.start(REFRAME_ADMINS=harness.ben)
    response = await save(
        harness,
        harness.ben,
        admins={"selected_users": [harness.ana]},
        quiet_hours=choice("these"),
        quiet_from=time("22:00"),
        quiet_until=time("06:00"),
        holidays=text("12-25\n2026-12-28"),
        daily_cap=choice("1"),
        weekly_cap=choice("2"),
        delivery=choice("private"),
        help_contact=text("Works council"),
    )
    assert is_saved(response)
    _, _, home = (await home_of(harness, harness.ana)).partition(HEADING)
    assert f"Admins: <@{harness.ana}>, and those the operator names." in home
    assert "Holidays: December 25; December 28, 2026." in home

    cleo = harness.workspace.add_user("cleo", is_restricted=True)
    for changed, field in (
        ({"holidays": text("tomorrow")}, "holidays"),
        ({"daily_cap": choice("5"), "weekly_cap": choice("2")}, "weekly_cap"),
        ({"admins": {"selected_users": [cleo]}}, "admins"),
    ):
        response = await save(harness, harness.ana, **changed)
        assert list(response["errors"]) == [field]
    assert (await home_of(harness, harness.ana)).endswith(home)
    await harness.command("I can't do this anymore, I want to end it all")
    assert "Works council" in harness.shown()[-1]["text"]


async def test_who_is_no_admin_neither_sees_nor_sends_it(harness: BotHarness) -> None:
    """A form that was forged, word for word as an admin's, changes nothing."""
    await harness.start(REFRAME_ADMINS=harness.ben)
    assert HEADING not in await home_of(harness, harness.ana)
    view = await open_form(harness, harness.ben)
    before = await home_of(harness, harness.ben)
    opened = len(harness.workspace.views)

    values = sent_back(view, admins={"selected_users": [harness.ana]})["values"]
    attempt = await harness.slack.submit_view(harness.ana, view, values)
    assert NO_ADMIN in (attempt.body or "")
    for action_id in (form.CHANGE, form.USE_DEFAULTS):
        press = {"type": "button", "action_id": action_id, "value": "workspace"}
        forged = {"type": "block_actions", "view": view, "actions": [press]}
        await harness.slack.send_interaction(forged, harness.ana)
    assert len(harness.workspace.views) == opened
    assert await home_of(harness, harness.ben) == before
    assert HEADING not in await home_of(harness, harness.ana)


async def test_without_admins_the_owner_of_the_slack_workspace_names_them(
    harness: BotHarness,
) -> None:
    """Slack says who that is; the operator needn't know."""
    await harness.start()
    assert HEADING not in await home_of(harness, harness.ben)
    await harness.slack.change_user(harness.ben, is_owner=True)
    await harness.slack.wait_for_deliveries()
    await save(harness, harness.ben, admins={"selected_users": [harness.ana]})

    assert HEADING in await home_of(harness, harness.ana)
    await harness.command("test here")
    assert "Test mode is on for you" in harness.shown()[-1]["text"]
    await harness.command("test here", user=harness.ben)
    assert "Only an admin can test me" in harness.shown(harness.ben)[-1]["text"]


async def test_two_companies_share_a_bot_and_nothing_else(tmp_path: Path, database: str) -> None:
    """Both have a Ben with the same id, who owns one of the two. What he chooses there holds there:
    no model reads a word, and a seller is asked once a day."""
    async with running(FakeModel({**GOOD, "span": "owe us"})) as model:
        settings = {
            "OPENAI_MODEL": "m",
            "OPENAI_BASE_URL": model.url,
            "REFRAME_LLM_WRITES": "nothing",
        }
        async with world(tmp_path, database, **settings) as w:
            for each in (w.one, w.two):
                await w.install(each)
            ben = next(u.id for u in w.one.slack.workspace.users.values() if u.name == "ben")
            w.one.slack.workspace.users[ben].is_owner = True
            for each in (w.one, w.two):
                await each.slack.open_home(ben)
                await until(lambda each=each: _has_home(each, ben))
            homes = [each.slack.workspace.home_tabs[ben] for each in (w.one, w.two)]
            assert [HEADING in written_in(home) for home in homes] == [True, False]

            await w.one.slack.click_in_view(ben, homes[0], form.CHANGE)
            view = w.one.slack.workspace.views[w.one.slack.workspace.open_modals[ben]]
            chosen = {"uses_model": choice("off"), "daily_cap": choice("1")}
            values = sent_back(view, **chosen)["values"]
            saved = await w.one.slack.submit_view(ben, view, values)
            forged = await w.two.slack.submit_view(ben, view, values)
            assert is_saved(json.loads(saved.body))
            assert NO_ADMIN in (forged.body or "")

            for said in (ENTITLEMENT, f"{ENTITLEMENT} Really, they owe us."):
                for each in (w.one, w.two):
                    assert await w.says(each, f"{said} {each.team_id}") == 200
            await until(lambda: _has_posted(w.two, 2))
            await until(lambda: _has_posted(w.one, 1))
            read = json.dumps(model.requests)
            assert ("T0TWO" in read, "T0ONE" in read) == (True, False)
            assert len(w.one.posts()) == 1


async def _has_home(each: Seller, user_id: str) -> bool:
    return user_id in each.slack.workspace.home_tabs
