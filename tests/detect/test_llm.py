"""The language model behind a real server on loopback: requests, failures and pauses."""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Callable
from typing import Any

import httpx2
import pytest
from aiohttp import web

from bot.core.policy import JudgeLimits
from bot.detect.judge_output import JudgeOutput
from bot.detect.llm import StructuredLlm
from bot.detect.llm_server import LlmServer, create_client
from bot.evaluation.runner import UnlimitedBudget
from bot.flows.errors import JudgeError
from bot.flows.ports.detection import LlmBudget, TokenUsage
from bot.flows.ports.telemetry import ModelCallResult, Telemetry
from tests.fake_model import GOOD, FakeModel, completion, error, running
from tests.fakes.telemetry import FakeTelemetry
from tests.harness import PATIENCE_SECONDS

REQUEST = "They owe us a call back after all that work."
LIMITS = JudgeLimits(deadline_seconds=PATIENCE_SECONDS)
FAST = JudgeLimits(deadline_seconds=0.5)  # where no answer in time is expected, too


def llm_at(
    model: FakeModel,
    limits: JudgeLimits = LIMITS,
    clock: Callable[[], float] = lambda: 0.0,
    budget: LlmBudget | None = None,
    telemetry: Telemetry | None = None,
) -> StructuredLlm[JudgeOutput]:
    server = LlmServer(create_client(model.url, "test-key", limits), "m")
    budget = budget or UnlimitedBudget()
    return StructuredLlm(
        server, "Judge this.", JudgeOutput, limits, clock, "test", budget, telemetry
    )


async def ask(answer: Any, request: str = REQUEST, limits: JudgeLimits = LIMITS) -> JudgeOutput:
    """Ask a model that gives one answer."""
    async with running(FakeModel(answer)) as model:
        llm = llm_at(model, limits)
        try:
            return await llm.ask("T1", request)
        finally:
            await llm.close()


async def test_request() -> None:
    """The instructions come first and never change; the server is asked not to store anything."""
    async with running(FakeModel(GOOD)) as model:
        llm = llm_at(model)
        await llm.ask("T1", "first")
        await llm.ask("T1", "second")
        await llm.close()

    first, second = model.requests
    assert first["store"] is False
    assert first["temperature"] == 0
    assert first["messages"][0] == second["messages"][0]
    assert first["messages"][0] == {"role": "system", "content": "Judge this."}
    assert first["messages"][1] == {"role": "user", "content": "first"}
    assert first["response_format"]["json_schema"]["strict"] is True
    assert model.headers[0]["Authorization"] == "Bearer test-key"


def html() -> web.Response:
    """Answer like a proxy."""
    return web.Response(text="<html>Bad gateway</html>", content_type="text/html")


@pytest.mark.fault_case(39)
@pytest.mark.parametrize(
    "answer",
    [
        pytest.param("hang", id="37 hangs"),
        pytest.param("trickle", id="37 trickles"),
        pytest.param(error(429, "rate_limit_exceeded"), id="38 rate limited"),
        pytest.param(error(429, "insufficient_quota"), id="38 no quota"),
        pytest.param(error(401, "invalid_api_key"), id="38 key refused"),
        pytest.param(error(500), id="39 server error"),
        pytest.param("plain text", id="39 not JSON"),
        pytest.param('{"trap": "blame"}', id="39 missing fields"),
        pytest.param(json.dumps({**GOOD, "trap": "rudeness"}), id="39 unknown trap"),
        pytest.param(json.dumps({**GOOD, "extra": 1}), id="39 an extra field"),
        pytest.param(completion(None, refusal="I can't"), id="39 refusal"),
        pytest.param(completion('{"tra', finish_reason="length"), id="39 truncated"),
        pytest.param(completion("", finish_reason="content_filter"), id="39 filtered"),
        pytest.param(json.dumps(GOOD) * 2, id="39 two objects"),
        pytest.param(f"{json.dumps(GOOD)} or {json.dumps(GOOD)}", id="39 two objects in words"),
        pytest.param(json.dumps(GOOD)[:-1] + ', "confidence": "unsure"}', id="39 a key twice"),
        pytest.param(f"<think>{json.dumps(GOOD)}</think> none", id="39 an object in thoughts"),
        pytest.param(json.dumps({**GOOD, "span": "a" * 5_000}), id="39 a span that is too long"),
        pytest.param("{" * 30_000, id="39 opening braces"),
        pytest.param('{"a":' * 7_000, id="39 nested without end"),
        pytest.param("x" * 50_000 + json.dumps(GOOD), id="39 a book"),
        pytest.param("", id="39 an empty answer"),
        pytest.param(completion(None, finish_reason="tool_calls"), id="39 a tool call"),
        pytest.param({"id": "x", "choices": []}, id="39 no choices"),
        pytest.param({}, id="39 empty object"),
        pytest.param(html, id="39 a proxy's page"),
    ],
)
async def test_every_invalid_answer_is_one_failure(
    answer: Any, caplog: pytest.LogCaptureFixture
) -> None:
    """Faults 37 to 39: a JudgeError within the deadline, which holds nothing of the text."""
    caplog.set_level(logging.DEBUG, logger="bot")
    started = time.monotonic()

    with pytest.raises(JudgeError) as failed:
        await ask(answer, "canary-7731 they owe us", FAST)

    assert time.monotonic() - started < 3
    assert "canary" not in f"{failed.value!r} {failed.value.__cause__!r} {caplog.text}"


@pytest.mark.parametrize(
    "template",
    [
        "```json\n{}\n```",
        "```\n{}\n```",
        "<think>\nThe seller {{expects}} an answer.\n</think>\n\n{}",
        'a draft {{"trap": 1}} </thinking>{}',
        "Here is the JSON:\n{}",
        "{}\nLet me know if you need more.",
        "\ufeff\n  {}\n",
        "Sure!\n```json\n{}\n```\nThat is all.",
    ],
)
async def test_what_is_around_the_one_object_is_ignored(template: str) -> None:
    """Self-hosted models wrap the right answer; the object itself stays as strict."""
    assert (await ask(template.format(json.dumps(GOOD)))).confidence == "certain"


async def test_empty_answers_pause_the_model(caplog: pytest.LogCaptureFixture) -> None:
    """A refusal, a tool call or nothing is logged, and after several the model rests."""
    caplog.set_level(logging.INFO, logger="bot")
    answers = [completion(None, refusal="no"), completion(None, finish_reason="tool_calls"), ""]
    async with running(FakeModel(*answers)) as model:
        llm = llm_at(model)
        for _ in answers:
            with pytest.raises(JudgeError):
                await llm.ask("T1", REQUEST)
        assert not llm.is_ready()
        await llm.close()

    assert [word in caplog.text for word in ("refused", "called a tool", "empty")] == [True] * 3


async def test_one_request_per_call() -> None:
    """The client's retries are off: a busy server gets no second request."""
    async with running(FakeModel(error(500))) as model:
        llm = llm_at(model)
        with pytest.raises(JudgeError):
            await llm.ask("T1", REQUEST)
        await llm.close()

    assert len(model.requests) == 1


async def test_a_rejected_request_is_a_failure() -> None:
    async with running(FakeModel(error(400, message="context too long"))) as model:
        llm = llm_at(model)
        with pytest.raises(JudgeError):
            await llm.ask("T1", REQUEST)
        await llm.close()

    assert len(model.requests) == 1


class ManualClock:
    """A clock that the test sets."""

    def __init__(self) -> None:
        self.time = 0.0

    def __call__(self) -> float:
        return self.time


@pytest.mark.fault_case(38)
@pytest.mark.parametrize(
    ("script", "requests", "pause"),
    [
        pytest.param([error(500)], 3, 60, id="three failures in a row"),
        pytest.param([error(429, **{"Retry-After": "7"})], 1, 7, id="retry after"),
        pytest.param([error(401)], 1, 1_800, id="key refused"),
        pytest.param([error(429, "insufficient_quota")], 1, 1_800, id="no quota"),
    ],
)
async def test_pause_after_failures(
    script: list[Any], requests: int, pause: float, caplog: pytest.LogCaptureFixture
) -> None:
    """Fault 38: the breaker opens, the log says so once, and one success ends the pause."""
    caplog.set_level(logging.WARNING, logger="bot")
    clock = ManualClock()
    async with running(FakeModel(*script)) as model:
        llm = llm_at(model, clock=clock)
        for _ in range(6):
            with pytest.raises(JudgeError):
                await llm.ask("T1", REQUEST)
        assert len(model.requests) == requests
        assert len(caplog.records) == 1
        clock.time = pause - 0.1
        assert not llm.is_ready()
        clock.time = pause + 0.1
        assert llm.is_ready()
        model.script = [GOOD]
        assert (await llm.ask("T1", REQUEST)).confidence == "certain"
        await llm.close()


async def test_the_key_that_is_sent_is_the_one_that_is_set(monkeypatch: pytest.MonkeyPatch) -> None:
    """The library reads an administrator's key from the environment, too."""
    monkeypatch.setenv("OPENAI_ADMIN_KEY", "admin-key")
    sent: list[httpx2.Request] = []

    def answer(request: httpx2.Request) -> httpx2.Response:
        sent.append(request)
        return httpx2.Response(200, json=completion("x"))

    transport = httpx2.MockTransport(answer)
    server = LlmServer(create_client("http://model", "test-key", LIMITS, transport), "m")
    await server.complete([{"role": "user", "content": REQUEST}], {"temperature": 0})
    await server.close()

    assert [request.headers["authorization"] for request in sent] == ["Bearer test-key"]
    assert json.loads(sent[0].content) == {
        "model": "m",
        "messages": [{"role": "user", "content": REQUEST}],
        "temperature": 0,
    }


async def test_a_valid_answer_resets_the_failures() -> None:
    async with running(FakeModel(error(500), error(500), GOOD, error(500))) as model:
        llm = llm_at(model)
        for succeeds in (False, False, True, False, False):
            if succeeds:
                assert (await llm.ask("T1", REQUEST)).confidence == "certain"
            else:
                with pytest.raises(JudgeError):
                    await llm.ask("T1", REQUEST)
        assert llm.is_ready()
        await llm.close()


class CountingBudget:
    """Allows a number of calls; implements ``bot.flows.ports.detection.LlmBudget``."""

    def __init__(self, calls: int) -> None:
        self.calls = calls
        self.recorded: list[tuple[str, float, TokenUsage]] = []

    async def spend(self, workspace_id: str, now: float) -> bool:
        self.calls -= 1
        return self.calls >= 0

    async def record(self, workspace_id: str, now: float, usage: TokenUsage) -> None:
        self.recorded.append((workspace_id, now, usage))


async def test_a_used_up_budget_sends_nothing_and_is_no_failure_of_the_server() -> None:
    async with running(FakeModel(GOOD)) as model:
        llm = llm_at(model, budget=CountingBudget(calls=0))
        for _ in range(5):
            with pytest.raises(JudgeError, match="budget"):
                await llm.ask("T1", REQUEST)
        assert llm.is_ready()
        await llm.close()

    assert model.requests == []


async def test_a_pause_spends_no_calls() -> None:
    budget = CountingBudget(calls=9)
    async with running(FakeModel(error(401))) as model:
        llm = llm_at(model, budget=budget)
        for _ in range(4):
            with pytest.raises(JudgeError):
                await llm.ask("T1", REQUEST)
        await llm.close()

    assert budget.calls == 8


DETAILS = {"cached_tokens": 800, "audio_tokens": 0}
USAGE = {"prompt_tokens": 900, "completion_tokens": 60, "total_tokens": 960}


@pytest.mark.parametrize(
    ("usage", "counted"),
    [
        ({**USAGE, "prompt_tokens_details": DETAILS}, TokenUsage(900, 800, 60)),
        (USAGE, TokenUsage(900, 0, 60)),
        ({**USAGE, "prompt_tokens_details": None}, TokenUsage(900, 0, 60)),
        (None, TokenUsage()),
        ({"prompt_tokens": "900", "completion_tokens": -1}, TokenUsage()),
        ("a lot", TokenUsage()),
    ],
)
async def test_tokens_are_counted_as_far_as_the_server_tells(
    usage: Any, counted: TokenUsage
) -> None:
    """Also those of an answer that is of no use: they are paid for."""
    budget = CountingBudget(calls=9)
    useless = {**completion("no JSON"), "usage": usage}
    useful = {**completion(json.dumps(GOOD)), "usage": usage}
    async with running(FakeModel(useful, useless)) as model:
        llm = llm_at(model, clock=lambda: 5.0, budget=budget)
        await llm.ask("T1", REQUEST)
        with pytest.raises(JudgeError):
            await llm.ask("T2", REQUEST)
        await llm.close()

    assert budget.recorded == [("T1", 5.0, counted), ("T2", 5.0, counted)]


@pytest.mark.parametrize(
    ("answer", "result", "falls_back"),
    [
        pytest.param(GOOD, ModelCallResult.ANSWERED, False, id="answers"),
        pytest.param("hang", ModelCallResult.TIMED_OUT, True, id="hangs"),
        pytest.param(error(401, "invalid_api_key"), ModelCallResult.REFUSED, True, id="refuses"),
        pytest.param("plain text", ModelCallResult.INVALID, True, id="says nonsense"),
        pytest.param(html, ModelCallResult.INVALID, True, id="is a proxy"),
    ],
)
async def test_the_telemetry_hears_how_a_call_ended(
    answer: Any, result: ModelCallResult, falls_back: bool
) -> None:
    """Once for each call, and once for each time that the bot must do without an answer."""
    telemetry = FakeTelemetry()
    async with running(FakeModel(answer)) as model:
        llm = llm_at(model, FAST if answer == "hang" else LIMITS, telemetry=telemetry)
        try:
            await llm.ask("T1", REQUEST)
        except JudgeError:
            assert falls_back
        finally:
            await llm.close()

    assert [told for told, _ in telemetry.model_calls] == [result]
    assert telemetry.fallbacks == int(falls_back)


async def test_the_telemetry_hears_of_a_server_that_is_gone() -> None:
    """It is another thing to mend than a model that talks nonsense."""
    telemetry = FakeTelemetry()
    async with running(FakeModel(GOOD)) as model:
        llm = llm_at(model, telemetry=telemetry)
    with pytest.raises(JudgeError):
        await llm.ask("T1", REQUEST)
    await llm.close()

    assert [told for told, _ in telemetry.model_calls] == [ModelCallResult.UNREACHABLE]


async def test_no_call_is_no_call_for_the_telemetry() -> None:
    """A day without calls left is a fallback and no call."""

    class Spent:
        async def spend(self, workspace_id: str, now: float) -> bool:
            return False

        async def record(self, workspace_id: str, now: float, usage: TokenUsage) -> None:
            raise AssertionError("there was no call")

    telemetry = FakeTelemetry()
    async with running(FakeModel(GOOD)) as model:
        llm = llm_at(model, budget=Spent(), telemetry=telemetry)
        with pytest.raises(JudgeError):
            await llm.ask("T1", REQUEST)
        await llm.close()

    assert (telemetry.model_calls, telemetry.fallbacks) == ([], 1)
