"""The words with a model: taken where they keep every rule, replaced where they don't."""

from __future__ import annotations

import asyncio
import json
import time
from typing import Any

import pytest

from bot.core.words import Playbook
from tests.fake_model import FakeModel, completion, error, running
from tests.house import ENTITLEMENT, House

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


async def asking(house: House, model: FakeModel, **settings: Any) -> str:
    """What Ana is shown when she asks, with this model set up."""
    await house.start(
        OPENAI_BASE_URL=model.url,
        OPENAI_MODEL="m",
        **{"REFRAME_JUDGE": "off", "REFRAME_JUDGE_DEADLINE_SECONDS": 0.5, **settings},
    )
    await house.command(SENTENCE)
    return str(house.shown()[-1]["text"])


async def test_a_good_answer_is_shown(empty_house: House) -> None:
    """An adapted question and a sentence that is true to the facts are shown."""
    async with running(FakeModel(GOOD)) as model:
        said = await asking(empty_house, model)

    assert GOOD["question"] in said
    assert REWORDED in said
    assert "___" not in said
    assert "playbook alone" not in said


@pytest.mark.parametrize("bad", BAD, ids=[next(iter(b.values()))[:24] for b in BAD])
async def test_what_breaks_a_rule_is_not_shown(empty_house: House, bad: dict[str, str]) -> None:
    """R1 to R10, and nothing that is not in the message: else the playbook's words stand there."""
    async with running(FakeModel({**GOOD, **bad})) as model:
        said = await asking(empty_house, model)

    ((field, value),) = bad.items()
    assert value not in said
    assert ("___" in said) is (field == "reworded")
    assert said.count("?") == 2


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
    ids=str,
)
async def test_without_a_good_answer_the_playbook_speaks(empty_house: House, answer: Any) -> None:
    """37 to 39, 46: acknowledged at once, answered from the playbook, and that is said."""
    async with running(FakeModel(answer)) as model:
        await empty_house.start(
            OPENAI_BASE_URL=model.url,
            OPENAI_MODEL="m",
            REFRAME_JUDGE="off",
            REFRAME_JUDGE_DEADLINE_SECONDS=0.5,
        )
        began = time.monotonic()
        attempt = await empty_house.slack.command(
            empty_house.ana, empty_house.deal, "/reframe", SENTENCE
        )
        await empty_house.idle()
        took = time.monotonic() - began
        (answer_shown,) = empty_house.shown()

    assert attempt.seconds < 1
    assert took < 8
    assert "What stands out" in answer_shown["text"]
    assert "comes from the playbook alone" in answer_shown["text"]


async def test_a_slow_judge_is_skipped_too(empty_house: House) -> None:
    """Where the judge gives no answer the offline verdict names the trap, and that is said."""
    async with running(FakeModel("hang")) as model:
        said = await asking(
            empty_house, model, REFRAME_JUDGE="suspicious", REFRAME_WORDS="playbook"
        )

    assert "What stands out" in said
    assert "comes from the playbook alone" in said


async def test_what_is_sent_is_masked_and_closed(empty_house: House) -> None:
    """43: mail addresses are masked; the form is closed, and the message is data in JSON."""
    async with running(FakeModel(GOOD)) as model:
        await asking(empty_house, model)

    (request,) = model.requests
    asked = json.loads(request["messages"][-1]["content"])
    assert "ana@mail.example" not in json.dumps(request)
    assert set(asked) == {"message", "near", "questions"}
    assert request["response_format"]["json_schema"]["strict"] is True
    assert request["store"] is False


async def test_the_playbook_alone_asks_nobody(empty_house: House) -> None:
    """REFRAME_WORDS=playbook sends nothing to be written."""
    async with running(FakeModel(GOOD)) as model:
        said = await asking(empty_house, model, REFRAME_WORDS="playbook")

    assert model.requests == []
    assert "playbook alone" not in said


async def test_the_daily_budget_holds_for_words(empty_house: House) -> None:
    """48: when today's calls are used up the playbook speaks, and that is said."""
    async with running(FakeModel(GOOD)) as model:
        await asking(empty_house, model, REFRAME_JUDGE_DAILY_CALLS=1)
        await empty_house.command(SENTENCE)

    assert len(model.requests) == 1
    assert "playbook alone" in empty_house.shown()[-1]["text"]


@pytest.mark.parametrize(
    ("words", "mirror", "taken"),
    [
        ("all", GOOD["mirror"], True),
        ("all", "Acme let you down, and that hurts.", False),
        ("all", "<!here> no answer has come so far.", False),
        ("asked", GOOD["mirror"], False),
    ],
)
async def test_a_nudge_in_a_models_words(
    empty_house: House, playbook: Playbook, words: str, mirror: str, taken: bool
) -> None:
    """Only where it may, and only within every rule, a model's words stand in a thread."""
    async with running(FakeModel({**GOOD, "mirror": mirror})) as model:
        await empty_house.start(
            OPENAI_BASE_URL=model.url, OPENAI_MODEL="m", REFRAME_JUDGE="off", REFRAME_WORDS=words
        )
        ts = await empty_house.say(f"{ENTITLEMENT} And that after the demo.")
        await empty_house.idle()

    (nudge,) = empty_house.replies(ts)
    assert (mirror in nudge["text"]) is taken
    mirrors = {m.text for w in playbook.traps.values() for m in w.mirrors}
    assert taken or any(m in nudge["text"] for m in mirrors)


async def test_answers_side_by_side(empty_house: House) -> None:
    """A slow model holds up no other person's answer for longer than its deadline."""
    async with running(FakeModel("hang", GOOD)) as model:
        await empty_house.start(
            OPENAI_BASE_URL=model.url,
            OPENAI_MODEL="m",
            REFRAME_JUDGE="off",
            REFRAME_JUDGE_DEADLINE_SECONDS=1,
        )
        slack, deal = empty_house.slack, empty_house.deal
        await asyncio.gather(
            slack.command(empty_house.ana, deal, "/reframe", SENTENCE),
            slack.command(empty_house.ben, deal, "/reframe", SENTENCE),
        )
        await empty_house.idle()

    assert len(empty_house.shown()) == len(empty_house.shown(empty_house.ben)) == 1
