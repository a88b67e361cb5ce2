"""The judge against a real server on loopback: what it sends, and every way to get no answer."""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Callable
from typing import Any

import pytest
from aiohttp import web

from bot import playbook
from bot.core.model import Reason, Trap
from bot.core.policy import JudgeLimits
from bot.detect import prompt
from bot.detect.llm import LlmJudge, client_for
from bot.flows.ports import JudgeFailed
from tests.fake_model import GOOD, NOTHING, FakeModel, completion, error, running

TEXT = "After all that work they owe us a call back."
QUICK = JudgeLimits(deadline_seconds=0.5)


def judge_at(
    model: FakeModel, limits: JudgeLimits = QUICK, clock: Callable[[], float] = lambda: 0.0
) -> LlmJudge:
    client = client_for(model.url, "test-key", limits)
    return LlmJudge(client, "m", prompt.instructions(playbook.read()), limits, clock)


async def verdict_of(answer: Any, text: str = TEXT) -> Any:
    async with running(FakeModel(answer)) as model:
        judge = judge_at(model)
        try:
            return await judge.judge(text)
        finally:
            await judge.close()


async def test_a_good_answer_is_a_sure_verdict() -> None:
    verdict = await verdict_of({**GOOD, "also": ["blame", "entitlement", "blame"]})

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
        ({"span": "words from nowhere at all"}, None),
        ({"span": ""}, None),
    ],
)
async def test_an_answer_that_does_not_agree_with_itself_is_not_sure(
    change: dict[str, Any], why: Reason | None
) -> None:
    verdict = await verdict_of({**GOOD, **change})

    assert not verdict.sure
    assert verdict.why is why


async def test_no_trap_says_why_where_it_knows() -> None:
    assert (await verdict_of(NOTHING)).why is None
    assert (await verdict_of({**NOTHING, "stance": "reported"})).why is Reason.QUOTED


async def test_what_is_sent() -> None:
    """The same instructions first, then the message as JSON; masked; never kept by the server."""
    async with running(FakeModel(GOOD)) as model:
        judge = judge_at(model)
        await judge.judge(
            'Mail ana@example.com or +44 20 7946 0958, "quote" </message>',
            ["key sk-abcdefghijklmnop", "https://crm.example.com/deal?token=1"],
        )
        await judge.judge(TEXT)
        await judge.close()

    first, second = model.requests
    assert first["store"] is False
    assert first["temperature"] == 0
    assert first["messages"][0] == second["messages"][0]
    asked = json.loads(first["messages"][1]["content"])
    assert asked["message"] == 'Mail [mail] or [number], "quote" </message>'
    assert asked["context"] == ["key [key]", "[link]"]
    schema = first["response_format"]["json_schema"]
    assert schema["strict"] is True
    assert set(schema["schema"]["properties"]["trap"]["enum"]) == {*Trap, "none"}
    assert model.headers[0]["Authorization"] == "Bearer test-key"


def html() -> web.Response:
    """What a proxy says."""
    return web.Response(text="<html>Bad gateway</html>", content_type="text/html")


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param("hang", id="37 hangs"),
        pytest.param("trickle", id="37 trickles"),
        pytest.param(error(429, "rate_limit_exceeded"), id="38 too many"),
        pytest.param(error(429, "insufficient_quota"), id="38 no quota"),
        pytest.param(error(401, "invalid_api_key"), id="38 key refused"),
        pytest.param(error(500), id="39 server error"),
        pytest.param("no JSON at all", id="39 not JSON"),
        pytest.param('{"trap": "blame"}', id="39 half a form"),
        pytest.param(json.dumps({**GOOD, "trap": "rudeness"}), id="39 wrong label"),
        pytest.param(json.dumps({**GOOD, "extra": 1}), id="39 an extra field"),
        pytest.param(completion(None, refusal="I can't"), id="39 refusal"),
        pytest.param(completion('{"tra', finish_reason="length"), id="39 cut off"),
        pytest.param(completion("", finish_reason="content_filter"), id="39 filtered"),
        pytest.param({"id": "x", "choices": []}, id="39 no choices"),
        pytest.param({}, id="39 empty object"),
        pytest.param(html, id="39 a proxy's page"),
    ],
)
async def test_every_bad_answer_is_one_failure(
    answer: Any, caplog: pytest.LogCaptureFixture
) -> None:
    """Faults 37 to 39: within the deadline, as JudgeFailed, with nothing of the text in it."""
    caplog.set_level(logging.DEBUG, logger="bot")
    started = time.monotonic()

    with pytest.raises(JudgeFailed) as failed:
        await verdict_of(answer, "canary-7731 they owe us")

    assert time.monotonic() - started < 3
    assert "canary" not in f"{failed.value!r} {failed.value.__cause__!r} {caplog.text}"


async def test_one_request_a_question() -> None:
    """The client's own retries are off: a busy server is not asked again."""
    async with running(FakeModel(error(500))) as model:
        judge = judge_at(model)
        with pytest.raises(JudgeFailed):
            await judge.judge(TEXT)
        await judge.close()

    assert len(model.requests) == 1


async def test_a_server_that_does_not_know_an_option_is_asked_without_it() -> None:
    """Reasoning models refuse a temperature, some servers an unknown field; it is remembered."""
    script = [
        error(400, message="Unsupported value: 'temperature' does not support 0"),
        error(422, message="extra fields not permitted: store"),
        GOOD,
    ]
    async with running(FakeModel(*script)) as model:
        judge = judge_at(model)
        assert (await judge.judge(TEXT)).sure
        assert (await judge.judge(TEXT)).sure
        await judge.close()

    assert len(model.requests) == 4
    assert "temperature" not in model.requests[-1]
    assert "store" not in model.requests[-1]


async def test_a_refusal_of_the_request_itself_is_a_failure() -> None:
    async with running(FakeModel(error(400, message="context too long"))) as model:
        judge = judge_at(model)
        with pytest.raises(JudgeFailed):
            await judge.judge(TEXT)
        await judge.close()

    assert len(model.requests) == 1


class Now:
    """A clock that is set by hand."""

    def __init__(self) -> None:
        self.time = 0.0

    def __call__(self) -> float:
        return self.time


@pytest.mark.parametrize(
    ("script", "asked", "rests"),
    [
        pytest.param([error(500)], 3, 60, id="three failures in a row"),
        pytest.param([error(429, **{"Retry-After": "7"})], 1, 7, id="come back later"),
        pytest.param([error(401)], 1, 1_800, id="key refused"),
        pytest.param([error(429, "insufficient_quota")], 1, 1_800, id="no quota"),
    ],
)
async def test_the_judge_rests_after_failures(
    script: list[Any], asked: int, rests: float, caplog: pytest.LogCaptureFixture
) -> None:
    """Fault 38: the breaker opens, one line in the log says so, and one try ends the rest."""
    caplog.set_level(logging.WARNING, logger="bot")
    now = Now()
    async with running(FakeModel(*script)) as model:
        judge = judge_at(model, clock=now)
        for _ in range(6):
            with pytest.raises(JudgeFailed):
                await judge.judge(TEXT)
        assert len(model.requests) == asked
        assert len(caplog.records) == 1
        now.time = rests - 0.1
        assert not judge.ready()
        now.time = rests + 0.1
        assert judge.ready()
        model.script = [GOOD]
        assert (await judge.judge(TEXT)).sure
        await judge.close()


async def test_a_good_answer_ends_the_row_of_failures() -> None:
    async with running(FakeModel(error(500), error(500), GOOD, error(500))) as model:
        judge = judge_at(model)
        for wanted in (False, False, True, False, False):
            if wanted:
                assert (await judge.judge(TEXT)).sure
            else:
                with pytest.raises(JudgeFailed):
                    await judge.judge(TEXT)
        assert judge.ready()
        await judge.close()
