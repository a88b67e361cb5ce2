"""An answer that takes a moment: one line says so, and the answer takes its place."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest

from bot.cli import block_kit_text
from bot.core.playbook_model import Playbook
from bot.sandbox.faults import Fault
from tests.fake_model import FakeModel, error, running
from tests.harness import BotHarness, change_limits
from tests.scenarios.test_words import ANSWER, SENTENCE


@pytest.fixture
async def model() -> AsyncIterator[FakeModel]:
    """Yield a model that answers when the test lets it."""
    async with running(FakeModel(ANSWER)) as server:
        server.may_answer.clear()
        yield server
        server.may_answer.set()


@pytest.fixture
async def bot(harness: BotHarness, model: FakeModel, monkeypatch: pytest.MonkeyPatch) -> BotHarness:
    """Start a bot that waits a moment for its model."""
    change_limits(monkeypatch, thinking_after_seconds=0.05)
    await harness.start(OPENAI_BASE_URL=model.url, OPENAI_MODEL="m", REFRAME_JUDGE="off")
    return harness


def texts(messages: list[dict[str, Any]]) -> list[str]:
    return [str(message["text"]) for message in messages]


async def ask_directly(bot: BotHarness) -> None:
    """Write to the bot, and wait until Slack has delivered it."""
    await bot.slack.post_message(bot.ana, bot.workspace.dm_channel(bot.ana), SENTENCE)
    await bot.slack.wait_for_deliveries()


async def test_in_a_direct_message(bot: BotHarness, model: FakeModel, playbook: Playbook) -> None:
    """One message: first the line, then the answer with its buttons."""
    await ask_directly(bot)
    await bot.until(bot.direct)
    thinking = texts(bot.direct())
    model.may_answer.set()
    await bot.idle()

    (answer,) = bot.direct()
    assert thinking == [playbook.text("advice", "thinking")]
    assert ANSWER["next_step"] in answer["text"]
    assert "reframe_another" in str(answer["blocks"])


async def test_below_a_command(bot: BotHarness, model: FakeModel, playbook: Playbook) -> None:
    """The answer asks to take the place of the line. Slack may put it below, which reads as well:
    a command has no message that could be replaced."""
    await bot.slack.run_command(bot.ana, bot.deal, "/reframe", SENTENCE)
    await bot.until(bot.shown)
    thinking = texts(bot.shown())
    model.may_answer.set()
    await bot.idle()

    line, answer = bot.slack.response_url_bodies
    assert thinking == [line["text"]] == [playbook.text("advice", "thinking")]
    assert ANSWER["next_step"] in answer["text"]
    assert (line["replace_original"], answer["replace_original"]) == (False, True)
    assert bot.posts() == 0


async def test_in_the_modal_of_a_shortcut(
    bot: BotHarness, model: FakeModel, playbook: Playbook
) -> None:
    ts = await bot.say(SENTENCE)
    await bot.slack.run_shortcut(bot.ana, bot.deal, ts, "reframe_this")
    await bot.until(lambda: model.requests)
    thinking = block_kit_text.render_view(bot.modal())
    model.may_answer.set()
    await bot.idle()

    assert playbook.text("advice", "thinking").split(".")[0] in thinking
    assert ANSWER["questions"][0] in block_kit_text.render_view(bot.modal())


async def test_a_quick_answer_needs_no_line(harness: BotHarness, model: FakeModel) -> None:
    model.may_answer.set()
    await harness.start(OPENAI_BASE_URL=model.url, OPENAI_MODEL="m", REFRAME_JUDGE="off")
    await harness.command(SENTENCE)
    await ask_directly(harness)
    await harness.idle()

    assert len(harness.shown()) == len(harness.direct()) == 1
    assert harness.slack.calls_to("chat.update") == []


async def test_a_button_never_replaces_the_answer_that_it_belongs_to(
    bot: BotHarness, model: FakeModel
) -> None:
    """Another question comes below, however slow Slack is about who asks."""
    model.may_answer.set()
    await bot.command(SENTENCE)
    answer = bot.shown()[-1]
    bot.slack.faults.inject("users.info", Fault.slow(0.3))
    await bot.slack.click(bot.ana, bot.deal, answer["ts"], "reframe_another", ephemeral=True)
    await bot.idle()

    assert answer in bot.shown()
    assert bot.shown()[-1] is not answer


@pytest.mark.parametrize("code", ["message_not_found", "cant_update_message"])
async def test_a_line_that_is_gone(bot: BotHarness, model: FakeModel, code: str) -> None:
    """Post the answer anew, once, if its place is gone."""
    bot.slack.faults.inject("chat.update", Fault.error(code))
    await ask_directly(bot)
    await bot.until(bot.direct)
    model.may_answer.set()
    await bot.idle()

    assert sum(ANSWER["next_step"] in text for text in texts(bot.direct())) == 1


async def test_a_line_that_could_not_be_posted(bot: BotHarness, model: FakeModel) -> None:
    bot.slack.faults.inject("chat.postMessage", Fault.error("restricted_action"))
    await ask_directly(bot)
    await bot.until(lambda: bot.slack.calls_to("chat.postMessage"))
    model.may_answer.set()
    await bot.idle()

    (answer,) = bot.direct()
    assert ANSWER["next_step"] in answer["text"]


@pytest.mark.parametrize(
    "fault", [Fault.disconnect_after(), Fault.disconnect_before(), Fault.http(502, "<html>")]
)
async def test_an_unconfirmed_update(bot: BotHarness, model: FakeModel, fault: Fault) -> None:
    """Look for the answer in the conversation, and update again if it isn't there."""
    bot.slack.faults.inject("chat.update", fault)
    await ask_directly(bot)
    await bot.until(bot.direct)
    model.may_answer.set()
    await bot.idle()

    (answer,) = bot.direct()
    assert ANSWER["next_step"] in answer["text"]


async def test_a_model_that_fails_at_last(bot: BotHarness, model: FakeModel) -> None:
    """The playbook's answer takes the place of the line, and says so."""
    model.script = [error(500)]
    await ask_directly(bot)
    await bot.until(bot.direct)
    model.may_answer.set()
    await bot.idle()

    (answer,) = bot.direct()
    assert "What stands out" in answer["text"]
    assert "playbook alone" in answer["text"]


async def test_a_response_url_that_takes_no_line(bot: BotHarness, model: FakeModel) -> None:
    """The answer is shown all the same."""
    bot.slack.faults.inject("response_url", Fault.http(503, "busy"))
    await bot.slack.run_command(bot.ana, bot.deal, "/reframe", SENTENCE)
    await bot.until(lambda: not bot.slack.faults.waits("response_url"))
    model.may_answer.set()
    await bot.idle()

    (answer,) = bot.shown()
    assert ANSWER["next_step"] in answer["text"]
