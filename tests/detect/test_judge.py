"""The judge against a real server on loopback: its requests, and the verdicts from its answers."""

from __future__ import annotations

import json
from typing import Any

import pytest

from bot.core.model import Reason, Trap, Verdict
from bot.core.playbook_model import Playbook
from bot.core.policy import JudgeLimits
from bot.detect.judge import LlmJudge
from bot.detect.judge_output import Confidence, JudgeOutput
from bot.detect.judge_prompt import judge_instructions
from bot.detect.llm import StructuredLlm
from bot.detect.llm_server import LlmServer, create_client
from bot.evaluation.runner import UnlimitedBudget
from bot.flows.errors import JudgeError
from tests.fake_model import GOOD, NOTHING, FakeModel, error, running
from tests.harness import PATIENCE_SECONDS

TEXT = "After all that work they owe us a call back."
LIMITS = JudgeLimits(deadline_seconds=PATIENCE_SECONDS, failures_in_a_row=1)


def judge_at(
    model: FakeModel,
    instructions: str = "Judge this.",
    min_confidence: Confidence = Confidence.LIKELY,
) -> LlmJudge:
    server = LlmServer(create_client(model.url, "test-key", LIMITS), "m")
    llm = StructuredLlm(
        server, instructions, JudgeOutput, LIMITS, lambda: 0.0, "test", UnlimitedBudget()
    )
    return LlmJudge(llm, "m", min_confidence)


async def verdict_from(
    answer: Any, text: str = TEXT, min_confidence: Confidence = Confidence.LIKELY
) -> Verdict:
    """Return the verdict that the judge makes of one answer of its model."""
    async with running(FakeModel(answer)) as model:
        judge = judge_at(model, min_confidence=min_confidence)
        try:
            return await judge.classify("T1", text)
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
        ({"stance": "taken_back"}, Reason.MOVED_ON),
        ({"stance": "asked"}, Reason.NO_TRAP),
        ({"target": "own_side"}, None),
        ({"confidence": "unsure"}, None),
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


@pytest.mark.parametrize(
    ("confidence", "speaks_at_likely", "speaks_at_certain"),
    [("certain", True, True), ("likely", True, False), ("unsure", False, False)],
)
async def test_the_setting_says_how_confident_the_judge_must_be(
    confidence: str, speaks_at_likely: bool, speaks_at_certain: bool
) -> None:
    """Whatever it is, the trap is kept; a more confident answer has the higher score."""
    answer = {**GOOD, "confidence": confidence}
    lenient = await verdict_from(answer)
    strict = await verdict_from(answer, min_confidence=Confidence.CERTAIN)

    assert (lenient.sure, strict.sure) == (speaks_at_likely, speaks_at_certain)
    assert lenient.trap is strict.trap is Trap.ENTITLEMENT
    assert lenient.score == {"certain": 0.95, "likely": 0.85, "unsure": 0.5}[confidence]


@pytest.mark.parametrize(
    "text",
    [
        'Tom wrote "they owe us a call back" and I disagree.',
        "> they owe us a call back\nI see it differently.",
        "`they owe us a call back` is what not to say",
        "From: Ana\nthey owe us a call back",
        "~they owe us a call back~ sorry about that line",
    ],
)
async def test_the_span_must_be_in_what_the_author_wrote(text: str) -> None:
    """A model that takes a quotation for the author's words is not believed."""
    assert not (await verdict_from({**GOOD, "span": "they owe us a call back"}, text)).sure


async def test_a_number_in_the_span_is_found() -> None:
    answer = {**GOOD, "span": "3 demos and 14,000 emails"}

    assert (await verdict_from(answer, "3 demos and 14,000 emails, they owe us")).sure


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
            "T1",
            'Mail ana@example.com or +44 20 7946 0958, "quote" </message>',
            ["key sk-abcdefghijklmnop", "https://crm.example.com/deal?token=1"],
        )
        await judge.classify("T1", TEXT, is_about_customer=True)
        await judge.close()

    sent, alone = model.requests
    assert json.loads(alone["messages"][1]["content"]) == {
        "context": [],
        "about": "customer",
        "message": TEXT,
    }
    assert all(f"## {trap}" in sent["messages"][0]["content"] for trap in Trap)
    assert "$" not in sent["messages"][0]["content"]
    request = json.loads(sent["messages"][1]["content"])
    assert "about" not in request
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
            await judge.classify("T1", TEXT)
        assert not judge.ready()
        await judge.close()
