"""A visitor of ``reframe try`` switches to a language model, in a real Chromium: a server of the
usual kind on this machine, which answers, and then is gone."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from bot.core.playbook_model import Playbook
from bot.playground.session import ModelChoice
from tests.browser.chromium import Chromium
from tests.fake_model import FIRST_IDEA, GOOD, FakeModel, error, running
from tests.playground.serving import page_of
from tests.playground.test_in_a_browser import DIRECT, Visit

pytestmark = [
    pytest.mark.browser,
    pytest.mark.slow,
    pytest.mark.asyncio(loop_scope="module"),
]

MESSAGE = "They owe us an answer after the demo, the least they can do is call back."
QUESTION = "What question about the demo could they answer in a single line?"
WRITTEN = {
    "skip": False,
    "evidence": "They owe us",
    "idea": FIRST_IDEA,
    "mirror": "",
    "question": QUESTION,
}
ANSWER = {
    "kind": "coach",
    "idea": FIRST_IDEA,
    "questions": ["What has come up since the demo?", "Who else has to be part of this?"],
    "draft": "",
    "next_step": "You could ask somebody else there what came out of the demo.",
}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def model() -> AsyncIterator[FakeModel]:
    """Run a server that finds the trap, writes a question, and answers requests."""
    answers = {"JudgeOutput": GOOD, "WriterOutput": WRITTEN, "AnswerOutput": ANSWER}
    async with running(FakeModel(by_schema=answers)) as server:
        yield server


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def visit(
    chromium_program: str, tmp_path_factory: pytest.TempPathFactory, model: FakeModel
) -> AsyncIterator[Visit]:
    """Open the page once for all tests of this file, with the model switched on."""
    folder: Path = tmp_path_factory.mktemp("try-model")
    choice = ModelChoice(
        name="small-model",
        settings={
            "OPENAI_MODEL": "small-model",
            "OPENAI_BASE_URL": model.url,
            "OPENAI_API_KEY": "k",
            "REFRAME_JUDGE_DEADLINE_SECONDS": "5",
        },
    )
    settings = {"REFRAME_SETTLE_SECONDS": "0.2", "REFRAME_POST_GAP_SECONDS": "0"}
    async with (
        page_of(folder, choice, **settings) as (playground, page),
        Chromium(chromium_program) as browser,
    ):
        playground.caps_lifted = True
        opening = asyncio.create_task(playground.open())
        await browser.resize(1280, 800)
        await browser.open(page.url)
        await opening
        await browser.until("document.querySelector('#status').hidden")
        await browser.choose("#detector", "model")
        await browser.see("#detector:not(:disabled)")
        await browser.until("document.querySelector('#status').hidden")
        yield Visit(browser, playground)
        assert browser.complaints == []


async def test_the_model_asks_in_its_own_words(visit: Visit) -> None:
    """The switch names it, its question is in the thread, and the panel says who decided."""
    await visit.be("ana")
    await visit.say(MESSAGE)

    await visit.browser.see("li:has(> .chosen) .replies .body", QUESTION)
    await visit.browser.see("#detector", "Model: small-model")
    await visit.browser.see("#trace", "small-model")


async def test_it_answers_requests(visit: Visit) -> None:
    await visit.be("ben", DIRECT)
    await visit.write("They have been quiet since the demo, what do I ask?")

    await visit.browser.see("article[aria-label^=Reframe] .body", ANSWER["questions"][0])


async def test_who_asks_is_told_that_a_model_reads_it(visit: Visit) -> None:
    await visit.be("cleo", DIRECT)
    await visit.write("is chatgpt reading this")

    await visit.browser.see("article[aria-label^=Reframe] .body", "small-model, at 127.0.0.1")


async def test_without_it_the_offline_detector_goes_on(
    visit: Visit, model: FakeModel, playbook: Playbook
) -> None:
    """The server fails: the question comes from the playbook, and an answer says in a kind line
    why it is plainer."""
    model.by_schema = dict.fromkeys(model.by_schema, error(500))
    await visit.be("ben")
    await visit.say(MESSAGE)
    await visit.browser.see("li:has(> .chosen) .replies .body", "?")
    asked = await visit.browser.see("li:has(> .chosen) .replies .body")
    await visit.be("mia", DIRECT)
    await visit.write(MESSAGE)
    shown = await visit.browser.see("article[aria-label^=Reframe]", "playbook alone")

    assert QUESTION not in asked
    assert any(text in asked for text in playbook.question_texts.values())
    assert playbook.text("advice", "skipped") in re.sub(r"\s+", " ", shown)


async def test_back_to_this_computer(visit: Visit, model: FakeModel) -> None:
    """Switched off, nothing is sent any more."""
    await visit.browser.choose("#detector", "offline")
    await visit.browser.see("#detector:not(:disabled)")
    await visit.browser.until("document.querySelector('#status').hidden")
    sent = len(model.requests)
    await visit.be("ana", "# deal-harbor")
    await visit.say(MESSAGE)
    await visit.browser.see("li:has(> .chosen) .replies .body", "?")

    assert len(model.requests) == sent
