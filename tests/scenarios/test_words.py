"""Words written by a model: used if they keep every rule, else replaced by the playbook's."""

from __future__ import annotations

import asyncio
import json
import time
from typing import Any

import pytest

from bot.core.model import Trap
from bot.core.playbook_model import Playbook
from tests.fake_model import FIRST_IDEA, FakeModel, completion, error, running
from tests.harness import ENTITLEMENT, BotHarness

SENTENCE = "They owe us an answer after the demo, how rude not to call back, ana@mail.example said."
NUDGED = f"{ENTITLEMENT} And that after the demo. They owe us an answer."
REWORDED = "I have not heard back after the demo, and I will ask what is on their desk."
GOOD: dict[str, Any] = {
    "skip": False,
    "evidence": "They owe us",
    "idea": FIRST_IDEA,
    "mirror": "You expected an answer after the demo.",
    "question": "What question about the demo could they answer in a single line?",
    "reworded": REWORDED,
}
BAD: list[dict[str, Any]] = [
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
    {"question": "What did the board object to?"},
    {"idea": "own_move"},
    {"idea": "nonsense"},
    {"skip": True},
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


@pytest.mark.parametrize("bad", BAD, ids=[str(next(iter(b.values())))[:24] for b in BAD])
async def test_draft_that_breaks_a_rule(harness: BotHarness, bad: dict[str, str]) -> None:
    """R1 to R10: replace a sentence that breaks a rule, or adds a fact, by the playbook's."""
    async with running(FakeModel({**GOOD, **bad})) as model:
        reply = await ask(harness, model)

    ((field, value),) = bad.items()
    assert str(value) not in reply
    assert ("___" in reply) is (field in ("reworded", "skip"))
    assert (GOOD["question"] in reply) is (field == "reworded")
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
    assert set(asked) == {"message", "thread", "trap", "ideas", "examples"}
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
    ("llm_writes", "changes", "is_used"),
    [
        ("all", {}, True),
        ("", {}, True),
        ("all", {"mirror": "Acme let you down, and that hurts."}, False),
        ("all", {"mirror": "<!here> no answer has come so far."}, False),
        ("all", {"question": "What did their 40 users object to?"}, False),
        ("on_demand", {}, False),
        ("nothing", {}, False),
    ],
)
async def test_nudge(
    harness: BotHarness,
    playbook: Playbook,
    llm_writes: str,
    changes: dict[str, str],
    is_used: bool,
) -> None:
    """Post a model's words in a thread only if the setting and every rule allow it; by default, a
    model writes."""
    draft = {**GOOD, **changes}
    async with running(FakeModel(draft)) as model:
        settings = {"REFRAME_LLM_WRITES": llm_writes} if llm_writes else {}
        await start_nudging(harness, model, **settings)
        ts = await harness.say(NUDGED)
        await harness.idle()

    (nudge,) = harness.replies(ts)
    drafted = f"{draft['mirror']} {draft['question']}"
    assert (nudge["text"] == drafted) is is_used
    if not is_used:
        assert nudge["text"] in {q.text for q in playbook.traps[Trap.ENTITLEMENT].questions}


async def start_nudging(bot: BotHarness, model: FakeModel, **settings: Any) -> None:
    """Start a bot whose model only writes."""
    await bot.start(
        OPENAI_BASE_URL=model.url, OPENAI_MODEL="m", **{"REFRAME_JUDGE": "off", **settings}
    )


async def test_a_nudge_gets_the_thread_without_names(harness: BotHarness) -> None:
    """Send the turns before a message, with who speaks as a role, masked like the message."""
    async with running(FakeModel(GOOD)) as model:
        await start_nudging(harness, model)
        root = await harness.say("The demo at Lumen went fine, ana@mail.example was there.")
        await harness.say("What did their team ask?", user=harness.ben, thread_ts=root)
        ts = await harness.say(NUDGED, thread_ts=root)
        await harness.idle()

    (request,) = model.requests
    sent, asked = json.dumps(request), json.loads(request["messages"][-1]["content"])
    assert [turn["who"] for turn in asked["thread"]] == ["seller", "colleague"]
    assert asked["thread"][1]["text"] == "What did their team ask?"
    assert not any(secret in sent for secret in ("ana@mail", harness.ana, harness.ben))
    (check,) = model.checks
    assert json.loads(check["messages"][-1]["content"])["output"].endswith(GOOD["question"])
    assert ts


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"skip": True}, "found nothing to ask"),
        ({"evidence": "words that nobody wrote"}, "couldn't show what in the message"),
    ],
)
async def test_silence_of_a_model_is_explained(
    harness: BotHarness, changes: dict[str, Any], why: str
) -> None:
    """Stay quiet if the writer sees nothing to ask, or goes by words that nobody wrote."""
    async with running(FakeModel({**GOOD, **changes})) as model:
        await start_nudging(harness, model)
        ts = await harness.say(NUDGED)
        await harness.idle()
        await harness.command("why")

    assert harness.replies(ts) == []
    assert why in str(harness.shown()[-1])


@pytest.mark.parametrize("unsaid", ["You expected", "hang", error(500)])
async def test_second_reading(harness: BotHarness, playbook: Playbook, unsaid: Any) -> None:
    """Ask the playbook's question if a second reading finds an invention, or fails."""
    async with running(FakeModel(GOOD, unsaid=unsaid)) as model:
        await start_nudging(harness, model, REFRAME_JUDGE_DEADLINE_SECONDS=0.5)
        ts = await harness.say(NUDGED)
        await harness.idle()

    (nudge,) = harness.replies(ts)
    assert len(model.checks) == 1
    assert nudge["text"] in {q.text for q in playbook.traps[Trap.ENTITLEMENT].questions}


async def test_why_this_credits_the_idea_that_was_applied(
    harness: BotHarness, playbook: Playbook
) -> None:
    """*Why this?* below a model's question tells the idea that the model was given."""
    async with running(FakeModel(GOOD)) as model:
        await start_nudging(harness, model)
        ts = await harness.say(NUDGED)
        await harness.idle()
        asked = json.loads(model.requests[0]["messages"][-1]["content"])
        await harness.choose(harness.replies(ts)[0], "why")
        await harness.idle()

    assert asked["ideas"][0]["means"] in str(harness.shown()[-1])


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
