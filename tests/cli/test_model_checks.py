"""What ``reframe doctor`` says about the language model."""

from __future__ import annotations

import asyncio
import re
import time
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from bot.core.policy import DAY, utc_day
from bot.flows.ports.detection import TokenUsage
from bot.store.database import Database
from bot.store.inspection import ModelUsage, model_usage
from tests.fake_model import GOOD, NOTHING, FakeModel, error, running
from tests.processes.reframe import reframe
from tests.store.examples import store_of


async def count(folder: Path, days_ago: int, calls: int, usage: TokenUsage) -> None:
    """Count calls and tokens of a day."""
    database = Database(f"sqlite:///{folder}/reframe.db")
    await database.open()
    await database.migrate()
    day = utc_day(time.time() - days_ago * DAY)
    async with store_of(database).begin() as uow:
        for _ in range(calls):
            await uow.llm_usage.add_call("T1", day, at_most=999)
        await uow.llm_usage.add_tokens("T1", day, usage)
    await database.close()


async def doctor(folder: Path, model: FakeModel, **settings: Any) -> tuple[int, str]:
    values = {"OPENAI_BASE_URL": model.url, "OPENAI_MODEL": "gpt-x", "COLUMNS": "400"}
    environment = {**values, **{name: str(value) for name, value in settings.items()}}
    done = await asyncio.to_thread(lambda: reframe(folder, "doctor", environment=environment))
    return done.returncode, done.stdout


async def test_the_model_is_tried_once_with_the_schema(tmp_path: Path) -> None:
    """With a sentence of our own, and without counting it."""
    await count(tmp_path, 0, 1, TokenUsage())
    async with running(FakeModel({**GOOD, "trap": "blame"})) as model:
        code, said = await doctor(tmp_path, model)

    assert code == 0, said
    (request,) = model.requests
    assert request["response_format"]["type"] == "json_schema"
    assert "gpt-x answers in 0." in said
    assert "as json_schema" in said
    assert "judges: all; writes: all" in said
    assert "today 1 of 2000" in said


@pytest.mark.parametrize(
    ("script", "code", "said"),
    [
        ([{**GOOD, "trap": "blame", "span": "our end"}], 0, "finds the trap of an example"),
        ([NOTHING], 0, "misses the trap of an example"),
        ([error(400, message="response_format"), NOTHING], 0, "as json_object"),
        ([error(400, message="no temperature"), NOTHING], 0, "refuses temperature"),
        ([error(401)], 1, "gives no valid answer: status 401"),
        (["no JSON"], 1, "gives no valid answer"),
    ],
)
async def test_the_model_fails_or_makes_do(
    tmp_path: Path, script: list[Any], code: int, said: str
) -> None:
    await count(tmp_path, 0, 1, TokenUsage())
    async with running(FakeModel(*script)) as model:
        found = await doctor(tmp_path, model)

    assert found[0] == code, found[1]
    assert said in found[1]


async def test_nobody_answers(tmp_path: Path) -> None:
    await count(tmp_path, 0, 1, TokenUsage())
    async with running(FakeModel()) as model:
        pass
    code, said = await doctor(tmp_path, model)

    where = model.url.removeprefix("http://").partition("/")[0]
    assert code == 1
    assert f"nothing answers at {where}" in said
    assert f"Is the model's server running at {where}? If so, check OPENAI_BASE_URL" in said
    assert "APIConnectionError" not in said


@pytest.mark.parametrize(
    ("answer", "named"),
    [
        (error(401), "OPENAI_API_KEY"),
        (error(404), "OPENAI_MODEL"),
        ("no JSON", "OPENAI_MODEL"),
        ("hang", "REFRAME_JUDGE_DEADLINE_SECONDS"),
    ],
)
async def test_each_failure_names_the_setting_that_mends_it(
    tmp_path: Path, answer: Any, named: str
) -> None:
    await count(tmp_path, 0, 1, TokenUsage())
    async with running(FakeModel(answer)) as model:
        _, said = await doctor(tmp_path, model, REFRAME_JUDGE_DEADLINE_SECONDS=1)
    (fix,) = re.findall(r"gives no valid answer.*\n\s+-> (.*)", said)

    assert named in fix


async def test_a_server_that_wants_a_key_where_none_is_set(tmp_path: Path) -> None:
    """Only its answer can tell: most servers of one's house need none."""
    await count(tmp_path, 0, 1, TokenUsage())
    async with running(FakeModel(error(401))) as model:
        _, without = await doctor(tmp_path, model)
    async with running(FakeModel(error(401))) as model:
        _, wrong = await doctor(tmp_path, model, OPENAI_API_KEY="k")

    assert "status 401; OPENAI_API_KEY is not set" in without
    assert "-> Add a line to .env: OPENAI_API_KEY=" in without
    assert "OPENAI_API_KEY is not set" not in wrong
    assert "Check OPENAI_API_KEY" in wrong


@pytest.mark.parametrize(
    ("settings", "cost"),
    [
        ({}, ""),
        ({"REFRAME_INPUT_PRICE": 2, "REFRAME_OUTPUT_PRICE": 10}, "cost at most 1.90"),
    ],
)
async def test_calls_tokens_and_cost_so_far(
    tmp_path: Path, settings: dict[str, Any], cost: str
) -> None:
    """Today's and all that is kept; no cost where no price is set."""
    await count(tmp_path, 0, 3, TokenUsage(900_000, 400_000, 10_000))
    await count(tmp_path, 2, 1, TokenUsage(100_000, 0, 5_000))
    async with running(FakeModel(web_page)) as model:
        _, said = await doctor(tmp_path, model, **settings)

    assert "model calls, T1" in said
    assert "today 3 of 2000: 900,000 tokens sent, 400,000 of them cached, 10,000 written" in said
    assert "in 90 days 4: 1,000,000 tokens sent, 400,000 of them cached, 15,000 written" in said
    assert cost in said
    assert ("cost" in said) == bool(cost)


async def test_a_used_up_day_is_not_in_order(tmp_path: Path) -> None:
    await count(tmp_path, 0, 3, TokenUsage())
    async with running(FakeModel(GOOD)) as model:
        code, said = await doctor(tmp_path, model, REFRAME_JUDGE_DAILY_CALLS=3)

    assert code == 1
    assert "today 3 of 3" in said


async def test_counts_by_workspace(tmp_path: Path) -> None:
    """What a metrics endpoint reads, too."""
    await count(tmp_path, 1, 2, TokenUsage(10, 5, 1))
    await count(tmp_path, 0, 1, TokenUsage(3, 0, 1))
    database = Database(f"sqlite:///{tmp_path}/reframe.db")
    try:
        now = time.time()
        assert await model_usage(database, since_day=utc_day(now + DAY)) == {}
        assert await model_usage(database, since_day=utc_day(now)) == {
            "T1": ModelUsage(1, TokenUsage(3, 0, 1))
        }
        assert await model_usage(database, since_day="") == {
            "T1": ModelUsage(3, TokenUsage(13, 5, 2))
        }
    finally:
        await database.close()


def web_page() -> web.Response:
    """Answer like a proxy."""
    return web.Response(text="<html>Bad gateway</html>", content_type="text/html")
