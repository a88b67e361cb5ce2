"""Two workspaces share a bot, and each reads it in a language of its own."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from bot.core.playbook_model import Playbook
from bot.sandbox.workspace import Json
from bot.slack.views import home, nudge
from bot.slack.views import workspace_settings as form
from tests.fakes.languages import MARK, two_language_prompts
from tests.harness import BotHarness
from tests.scenarios.test_installs import Seller, World, _has_posted, until, world
from tests.scenarios.test_installs import database as database
from tests.slack.test_workspace_settings_view import choice, sent_back, written_in


async def open_home(seller: Seller, user_id: str) -> Json:
    """Return the Home of somebody, drawn anew."""
    tabs = seller.slack.workspace.home_tabs
    tabs.pop(user_id, None)
    await seller.slack.open_home(user_id)
    await until(lambda: _has(tabs, user_id))
    return tabs[user_id]


async def modal(seller: Seller) -> Json:
    """Return the modal that was opened last."""
    return [v for v in seller.slack.workspace.views.values() if v["type"] == "modal"][-1]


async def choose_german(seller: Seller, owner: str) -> None:
    """Choose it in Home, as the owner of the workspace."""
    seller.slack.workspace.users[owner].is_owner = True
    await seller.slack.click_in_view(owner, await open_home(seller, owner), form.CHANGE)
    view = await modal(seller)
    assert {"English", "Deutsch"} <= set(_texts(view))
    values = sent_back(view, language=choice("de"))["values"]
    saved = await seller.slack.submit_view(owner, view, values)
    shown = json.loads(saved.body)["view"]
    assert all(text.startswith(MARK) for text in [b["text"]["text"] for b in shown["blocks"]])
    assert shown["close"]["text"].startswith(MARK)


async def read_everything(w: World, seller: Seller) -> dict[str, object]:
    """Have the bot say what it says in a workspace: each with what a person sees of it."""
    ana, slack, channel = seller.ana, seller.slack, seller.deal
    said: dict[str, object] = {}
    assert await w.says(seller) == 200
    await until(lambda: _has_posted(seller, 1))
    post = next(m for m in slack.workspace.messages(channel) if m.get("bot_id"))
    said["buttons of a question"] = post["blocks"][1:]
    await slack.click(ana, channel, post["ts"], f"{nudge.FEEDBACK}helpful")
    await until(lambda: _has_ephemeral(seller, 1))
    said["thanks, with a button"] = seller.slack.workspace.ephemerals(channel, ana)[-1]["blocks"]
    await slack.click(ana, channel, post["ts"], "reframe_more", option=f"pause|{_key(post)}")
    await until(lambda: _has_ephemeral(seller, 2))
    said["a pause"] = seller.slack.workspace.ephemerals(channel, ana)[-1]["blocks"]
    for words in ("help", "resume", "team leave", "digest", "forget me", "hi nobody"):
        before = len(slack.workspace.ephemerals(channel, ana))
        await slack.run_command(ana, channel, "/reframe", words)
        await until(lambda n=before + 1: _has_ephemeral(seller, n))
        if words != "hi nobody":  # what the bot says of its own accord isn't translated
            said[words] = slack.workspace.ephemerals(channel, ana)[-1]
    for words in ("", "settings", "team"):
        await slack.run_command(ana, channel, "/reframe", words)
        said[f"form: {words}"] = await modal(seller)
    said["Home"] = await open_home(seller, ana)
    await slack.click_in_view(ana, await open_home(seller, ana), home.SETTINGS)
    said["form from Home"] = await modal(seller)
    return said


async def test_each_workspace_reads_its_own_language(
    tmp_path: Path, database: str, playbook: Playbook
) -> None:
    prompts = two_language_prompts(playbook, tmp_path)
    async with world(tmp_path, database, REFRAME_PROMPTS_DIR=prompts) as w:
        for each in (w.one, w.two):
            await w.install(each)
        ben = next(u.id for u in w.one.slack.workspace.users.values() if u.name == "ben")
        await choose_german(w.one, ben)

        german = await read_everything(w, w.one)
        english = await read_everything(w, w.two)
        for name, shown in german.items():
            assert MARK in json.dumps(shown, ensure_ascii=False), name
            assert not [text for text in _texts(shown) if _is_english(text, playbook)], name
        for name, shown in english.items():
            assert MARK not in json.dumps(shown, ensure_ascii=False), name


async def test_a_language_is_chosen_and_taken_back(
    harness: BotHarness, tmp_path: Path, playbook: Playbook
) -> None:
    """What an admin chooses holds for the next answer."""
    prompts = two_language_prompts(playbook, tmp_path)
    await harness.start(REFRAME_ADMINS=harness.ben, REFRAME_PROMPTS_DIR=prompts)
    assert "Language: English. (default)" in await _section(harness)
    view = await _open(harness)
    await harness.slack.submit_view(
        harness.ben, view, sent_back(view, language=choice("de"))["values"]
    )
    await harness.command("help")
    assert harness.shown()[-1]["text"].startswith(MARK)
    assert f"{MARK}Language: Deutsch." in await _section(harness)

    drawn = harness.workspace.home_tabs[harness.ben]
    await harness.slack.click_in_view(harness.ben, drawn, form.USE_DEFAULTS)
    await harness.command("help")
    assert not harness.shown()[-1]["text"].startswith(MARK)


async def test_where_there_is_one_language_none_can_be_chosen(harness: BotHarness) -> None:
    await harness.start(REFRAME_ADMINS=harness.ben)
    assert "Language:" not in await _section(harness)
    assert "language" not in {b.get("block_id") for b in (await _open(harness))["blocks"]}


@pytest.mark.parametrize("usual", ["en", "de"])
async def test_the_operators_language_holds_where_none_was_chosen(
    harness: BotHarness, tmp_path: Path, playbook: Playbook, usual: str
) -> None:
    prompts = two_language_prompts(playbook, tmp_path)
    await harness.start(REFRAME_PROMPTS_DIR=prompts, REFRAME_LANGUAGE=usual)
    await harness.command("help")
    assert harness.shown()[-1]["text"].startswith(MARK) is (usual == "de")


async def _section(harness: BotHarness) -> str:
    await harness.home(harness.ben)
    return written_in(harness.workspace.home_tabs[harness.ben])


async def _open(harness: BotHarness) -> Json:
    await harness.home(harness.ben)
    view = harness.workspace.home_tabs[harness.ben]
    await harness.slack.click_in_view(harness.ben, view, form.CHANGE)
    return harness.modal()


def _texts(shown: object) -> list[str]:
    """Return every text in blocks, a view, or a message."""
    if isinstance(shown, dict):
        own = [shown["text"]] if isinstance(shown.get("text"), str) else []
        return own + [text for part in shown.values() for text in _texts(part)]
    if isinstance(shown, list):
        return [text for part in shown for text in _texts(part)]
    return []


def _is_english(text: str, playbook: Playbook) -> bool:
    """Return whether a whole text is one of the English sentences."""
    return any(
        text == sentence and sentence not in ("Deutsch", "English")
        for section in playbook.strings.values()
        for sentence in section.values()
    )


def _key(post: Json) -> str:
    return str(post["blocks"][1]["elements"][0]["value"])


async def _has(tabs: dict[str, Json], user_id: str) -> bool:
    return user_id in tabs


async def _has_ephemeral(seller: Seller, count: int) -> bool:
    return len(seller.slack.workspace.ephemerals(seller.deal, seller.ana)) >= count
