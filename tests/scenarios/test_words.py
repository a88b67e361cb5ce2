"""Words written by a model: used if they keep every rule, else replaced by the playbook's."""

from __future__ import annotations

import asyncio
import json
import time
from typing import Any

import pytest

from bot.core.model import Trap
from bot.core.playbook_model import Playbook
from tests.fake_model import FakeModel, completion, error, running
from tests.harness import ENTITLEMENT, BotHarness

SENTENCE = "They owe us an answer after the demo, how rude not to call back, ana@mail.example said."
REWORDED = "I have not heard back after the demo, and I will ask what is on their desk."
GOOD = {
    "mirror": "The demo is done, and no answer has come so far.",
    "question_id": "entitlement-11",
    "question": "What question about the demo could they answer in a single line?",
    "reworded": REWORDED,
}
BAD: list[dict[str, str]] = [
    {"reworded": "Acme never answered, and I will ask why."},
    {"reworded": "They ignored us for 14 days."},
    {"reworded": "See <https://evil.example|this> for more."},
    {"reworded": "<!channel> they owe us an answer."},
    {"reworded": "They are rude, and I will say so."},
    {"reworded": "word " * 80},
    {"question": "Why do they not answer?"},
    {"question": "What would <@U0123> say?"},
    {"question": "What do you owe them! :fire:"},
    {"question": "What should you do?"},
    {"question_id": "blame-01"},
    {"question_id": "nonsense"},
]


async def ask(bot: BotHarness, model: FakeModel, **settings: Any) -> str:
    """Start the bot with this model, and return what Ana is shown when she asks."""
    await bot.start(
        OPENAI_BASE_URL=model.url,
        OPENAI_MODEL="m",
        **{"REFRAME_JUDGE": "off", "REFRAME_JUDGE_DEADLINE_SECONDS": 0.5, **settings},
    )
    await bot.command(SENTENCE)
    return str(bot.shown()[-1]["text"])


async def test_good_draft(harness: BotHarness) -> None:
    """Show an adapted question and a reworded sentence that is true to the facts."""
    async with running(FakeModel(GOOD)) as model:
        reply = await ask(harness, model)

    assert GOOD["question"] in reply
    assert REWORDED in reply
    assert "___" not in reply
    assert "playbook alone" not in reply


@pytest.mark.parametrize("bad", BAD, ids=[next(iter(b.values()))[:24] for b in BAD])
async def test_draft_that_breaks_a_rule(harness: BotHarness, bad: dict[str, str]) -> None:
    """R1 to R10: replace a sentence that breaks a rule, or adds a fact, by the playbook's."""
    async with running(FakeModel({**GOOD, **bad})) as model:
        reply = await ask(harness, model)

    ((field, value),) = bad.items()
    assert value not in reply
    assert ("___" in reply) is (field == "reworded")
    assert reply.count("?") == 2


@pytest.mark.parametrize(
    "answer",
    [
        "hang",
        "trickle",
        error(500),
        error(429, "rate_limit_exceeded"),
        error(401),
        "<html>",
        "{}",
        completion(None, refusal="I can't"),
        completion("", finish_reason="length"),
        {**completion("x"), "choices": []},
    ],
)
async def test_model_fails(harness: BotHarness, answer: Any) -> None:
    """37 to 39, 46: acknowledge at once, reply from the playbook, and say so."""
    async with running(FakeModel(answer)) as model:
        await harness.start(
            OPENAI_BASE_URL=model.url,
            OPENAI_MODEL="m",
            REFRAME_JUDGE="off",
            REFRAME_JUDGE_DEADLINE_SECONDS=0.5,
        )
        began = time.monotonic()
        attempt = await harness.slack.run_command(harness.ana, harness.deal, "/reframe", SENTENCE)
        await harness.idle()
        took = time.monotonic() - began
        (reply,) = harness.shown()

    assert attempt.seconds < 1
    assert took < 8
    assert "What stands out" in reply["text"]
    assert "comes from the playbook alone" in reply["text"]


@pytest.mark.fault_case(37, 46)
async def test_slow_judge(harness: BotHarness) -> None:
    """Name the trap that the offline detector found if the judge does not answer, and say so."""
    async with running(FakeModel("hang")) as model:
        reply = await ask(harness, model, REFRAME_JUDGE="candidates", REFRAME_LLM_WRITES="nothing")

    assert "What stands out" in reply
    assert "comes from the playbook alone" in reply


@pytest.mark.fault_case(43)
async def test_request_to_the_model(harness: BotHarness) -> None:
    """43: mask email addresses, send the message as JSON data, and demand a strict schema."""
    async with running(FakeModel(GOOD)) as model:
        await ask(harness, model)

    (request,) = model.requests
    asked = json.loads(request["messages"][-1]["content"])
    assert "ana@mail.example" not in json.dumps(request)
    assert set(asked) == {"message", "trap", "questions"}
    assert request["response_format"]["json_schema"]["strict"] is True
    assert request["store"] is False


async def test_llm_writes_nothing(harness: BotHarness) -> None:
    """Ask no model for words if REFRAME_LLM_WRITES is nothing."""
    async with running(FakeModel(GOOD)) as model:
        reply = await ask(harness, model, REFRAME_LLM_WRITES="nothing")

    assert model.requests == []
    assert "playbook alone" not in reply


@pytest.mark.fault_case(48)
async def test_daily_budget(harness: BotHarness) -> None:
    """48: reply from the playbook once the day's model calls are used up, and say so."""
    async with running(FakeModel(GOOD)) as model:
        await ask(harness, model, REFRAME_JUDGE_DAILY_CALLS=1)
        await harness.command(SENTENCE)

    assert len(model.requests) == 1
    assert "playbook alone" in harness.shown()[-1]["text"]


@pytest.mark.parametrize(
    ("llm_writes", "mirror", "is_used"),
    [
        ("all", GOOD["mirror"], True),
        ("all", "Acme let you down, and that hurts.", False),
        ("all", "<!here> no answer has come so far.", False),
        ("on_demand", GOOD["mirror"], False),
    ],
)
async def test_nudge(
    harness: BotHarness, playbook: Playbook, llm_writes: str, mirror: str, is_used: bool
) -> None:
    """Post a model's words in a thread only if the setting and every rule allow it."""
    async with running(FakeModel({**GOOD, "mirror": mirror})) as model:
        await harness.start(
            OPENAI_BASE_URL=model.url,
            OPENAI_MODEL="m",
            REFRAME_JUDGE="off",
            REFRAME_LLM_WRITES=llm_writes,
        )
        ts = await harness.say(f"{ENTITLEMENT} And that after the demo.")
        await harness.idle()

    (nudge,) = harness.replies(ts)
    questions = {GOOD["question"], *(q.text for q in playbook.traps[Trap.ENTITLEMENT].questions)}
    before = f"{mirror} " if is_used else ""
    assert nudge["text"] in {f"{before}{question}" for question in questions}


async def test_concurrent_requests(harness: BotHarness) -> None:
    """Reply to everybody though the model hangs on one request."""
    async with running(FakeModel("hang", GOOD)) as model:
        await harness.start(
            OPENAI_BASE_URL=model.url,
            OPENAI_MODEL="m",
            REFRAME_JUDGE="off",
            REFRAME_JUDGE_DEADLINE_SECONDS=1,
        )
        slack, deal = harness.slack, harness.deal
        await asyncio.gather(
            slack.run_command(harness.ana, deal, "/reframe", SENTENCE),
            slack.run_command(harness.ben, deal, "/reframe", SENTENCE),
        )
        await harness.idle()

    assert len(harness.shown()) == len(harness.shown(harness.ben)) == 1
