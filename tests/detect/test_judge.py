"""The judge against a real server on loopback: its requests, and the verdicts from its answers."""

from __future__ import annotations

import json
from typing import Any

import pytest

from bot.core.model import Reason, Trap, Verdict
from bot.core.playbook_model import Playbook
from bot.core.policy import JudgeLimits
from bot.detect.judge import LlmJudge
from bot.detect.judge_output import JudgeOutput
from bot.detect.judge_prompt import judge_instructions
from bot.detect.llm import StructuredLlm, create_client
from bot.flows.errors import JudgeError
from tests.fake_model import GOOD, NOTHING, FakeModel, error, running

TEXT = "After all that work they owe us a call back."
LIMITS = JudgeLimits(deadline_seconds=0.5, failures_in_a_row=1)


def judge_at(model: FakeModel, instructions: str = "Judge this.") -> LlmJudge:
    client = create_client(model.url, "test-key", LIMITS)
    llm = StructuredLlm(client, "m", instructions, JudgeOutput, LIMITS, lambda: 0.0, "test")
    return LlmJudge(llm, "m")


async def verdict_from(answer: Any, text: str = TEXT) -> Verdict:
    """Return the verdict that the judge makes of one answer of its model."""
    async with running(FakeModel(answer)) as model:
        judge = judge_at(model)
        try:
            return await judge.classify(text)
        finally:
            await judge.close()


async def test_a_consistent_answer_is_a_sure_verdict() -> None:
    verdict = await verdict_from({**GOOD, "also": ["blame", "entitlement", "blame"]})

    assert (verdict.trap, verdict.also, verdict.sure) == (Trap.ENTITLEMENT, (Trap.BLAME,), True)
    assert verdict.detector == "judge-m"


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"stance": "reported"}, Reason.QUOTED),
        ({"stance": "rejected"}, Reason.QUOTED),
        ({"stance": "taken_back"}, Reason.SECOND_THOUGHTS),
        ({"stance": "asked"}, Reason.NO_TRAP),
        ({"target": "own_side"}, None),
        ({"sure": False}, None),
        ({"span": "words that are nowhere in the message"}, None),
        ({"span": ""}, None),
    ],
)
async def test_an_inconsistent_answer_is_not_sure(
    change: dict[str, Any], why: Reason | None
) -> None:
    verdict = await verdict_from({**GOOD, **change})

    assert not verdict.sure
    assert verdict.why is why


async def test_an_emoji_may_be_the_span() -> None:
    answer = {**GOOD, "span": "\U0001f921"}

    assert (await verdict_from(answer, "they owe us \U0001f921")).sure
    assert not (await verdict_from(answer)).sure


async def test_no_trap_keeps_the_reason_that_the_stance_gives() -> None:
    assert (await verdict_from(NOTHING)).why is None
    assert (await verdict_from({**NOTHING, "stance": "reported"})).why is Reason.QUOTED


async def test_request(playbook: Playbook) -> None:
    """The instructions cover the five traps; message and context are masked and sent as JSON."""
    async with running(FakeModel(GOOD)) as model:
        judge = judge_at(model, judge_instructions(playbook))
        await judge.classify(
            'Mail ana@example.com or +44 20 7946 0958, "quote" </message>',
            ["key sk-abcdefghijklmnop", "https://crm.example.com/deal?token=1"],
        )
        await judge.close()

    (sent,) = model.requests
    assert all(f"## {trap}" in sent["messages"][0]["content"] for trap in Trap)
    assert "$" not in sent["messages"][0]["content"]
    request = json.loads(sent["messages"][1]["content"])
    assert request["message"] == 'Mail [mail] or [number], "quote" </message>'
    assert request["context"] == ["key [key]", "[link]"]
    schema = sent["response_format"]["json_schema"]
    assert schema["strict"] is True
    assert set(schema["schema"]["properties"]["trap"]["enum"]) == {*Trap, "none"}


async def test_is_not_ready_during_a_pause() -> None:
    async with running(FakeModel(error(500))) as model:
        judge = judge_at(model)
        assert judge.ready()
        with pytest.raises(JudgeError):
            await judge.classify(TEXT)
        assert not judge.ready()
        await judge.close()
