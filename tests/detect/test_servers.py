"""Servers as they are: each refuses something else, and wraps its answers in its own way.

Every stub stands for servers that were seen to do this (documentation and issues of LM Studio,
llama.cpp, Ollama, vLLM, Azure, Anthropic, Gemini, Mistral, and DeepSeek).
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Callable
from typing import Any

import pytest
from aiohttp import web
from pydantic import BaseModel

from bot.core.policy import JudgeLimits
from bot.detect.answer_schema import KEYWORDS
from bot.detect.answerer import AnswerOutput
from bot.detect.judge_output import JudgeOutput
from bot.detect.llm import StructuredLlm
from bot.detect.llm_server import AnswerFormat, LlmServer, create_client
from bot.detect.writer import WriterOutput
from bot.evaluation.runner import UnlimitedBudget
from bot.flows.errors import JudgeError
from tests.fake_model import GOOD, FakeModel, completion, error, running
from tests.harness import PATIENCE_SECONDS

WRITTEN = {**dict.fromkeys(WriterOutput.model_fields, "x"), "skip": False}
ANSWERED = {**dict.fromkeys(AnswerOutput.model_fields, "x"), "kind": "coach", "questions": ["x"]}
ANSWERS: dict[type[BaseModel], dict[str, Any]] = {
    JudgeOutput: GOOD,
    WriterOutput: WRITTEN,
    AnswerOutput: ANSWERED,
}
REQUEST = "They owe us a call back after all that work."
LIMITS = JudgeLimits(deadline_seconds=PATIENCE_SECONDS)
TEXT = AnswerFormat.TEXT

Body = dict[str, Any]
Refusal = tuple[int, Any]


class PickyModel(FakeModel):
    """Refuses a request for which ``refuse`` gives a status and a body; answers the others."""

    def __init__(self, refuse: Callable[[Body], Refusal | None], *script: Any) -> None:
        super().__init__(*script)
        self.refuse = refuse
        self.refused = 0

    async def handle(self, request: web.Request) -> web.StreamResponse:
        body = await request.json()
        await asyncio.sleep(0.02)  # several are under way before the first is refused
        if refusal := self.refuse(body):
            self.refused += 1
            status, content = refusal
            return web.json_response(content, status=status)
        return await super().handle(request)


def schema_of(body: Body) -> Body | None:
    described: Body = body.get("response_format", {}).get("json_schema", {})
    return described.get("schema")


def keywords(node: Any) -> set[str]:
    """Return the keywords of a schema, without the names of properties."""
    if isinstance(node, list):
        return set().union(*map(keywords, node))
    if not isinstance(node, dict):
        return set()
    inner = {k: v for k, v in node.items() if k not in ("properties", "enum", "required")}
    names = [keywords(v) for v in node.get("properties", {}).values()]
    return set(node).union(*names, *map(keywords, inner.values()))


def grammar_limits(body: Body) -> Refusal | None:
    """llama.cpp and Ollama make a grammar of the schema, and refuse what they can't."""
    if (schema := schema_of(body)) and keywords(schema) - KEYWORDS:
        return 400, {"error": {"code": 400, "message": "failed to parse grammar"}}
    return None


def strict_only(body: Body) -> Refusal | None:
    """Anthropic and OpenAI: strict, closed, everything required."""
    schema = schema_of(body)
    if schema is None:
        return None
    strict = body["response_format"]["json_schema"].get("strict")
    closed = schema.get("additionalProperties") is False
    if strict is not True or not closed or set(schema["required"]) != set(schema["properties"]):
        message = "response_format.json_schema.strict: Input should be True"
        return 400, {"error": {"message": message}}
    return None


@pytest.mark.parametrize("refuse", [grammar_limits, strict_only])
@pytest.mark.parametrize("output", list(ANSWERS))
async def test_common_servers_take_the_schema_as_it_is(
    refuse: Callable[[Body], Refusal | None], output: type[BaseModel]
) -> None:
    answer = ANSWERS[output]
    async with running(PickyModel(refuse, answer)) as model:
        llm = llm_at(model, output)
        await llm.ask("T1", REQUEST)
        await llm.close()

    assert isinstance(model, PickyModel)
    assert model.refused == 0
    assert schema_of(model.requests[0])


def no_schema(body: Body) -> Refusal | None:
    """DeepSeek and older servers know JSON mode alone."""
    if body.get("response_format", {}).get("type") == "json_schema":
        return 400, {"error": {"message": "This response_format type is unavailable now"}}
    return None


def broken_grammar(body: Body) -> Refusal | None:
    """Ollama fails inside, with a status of its own fault."""
    if schema_of(body):
        return 500, {"error": {"message": "invalid grammar: unexpected end of input"}}
    return None


def schema_or_text(body: Body) -> Refusal | None:
    """LM Studio with a model that can't do schemas, and its refusal of JSON mode: a bare text."""
    kind = body.get("response_format", {}).get("type")
    if kind == "json_schema":
        return 400, {"error": "The model doesn't support structured output"}
    if kind == "json_object":
        return 400, {"error": "'response_format.type' must be 'json_schema' or 'text'"}
    return None


def no_format(body: Body) -> Refusal | None:
    """FastAPI servers that know no such field."""
    if "response_format" in body:
        detail = [{"type": "extra_forbidden", "loc": ["body", "response_format"], "msg": "Extra"}]
        return 422, {"detail": detail}
    return None


@pytest.mark.parametrize(
    ("refuse", "ends_at", "tries"),
    [
        (no_schema, AnswerFormat.OBJECT, 2),
        (broken_grammar, AnswerFormat.OBJECT, 2),
        (schema_or_text, TEXT, 3),
        (no_format, TEXT, 3),
    ],
)
@pytest.mark.parametrize("wrapped", ["{}", "<think>hm {{}}</think>Here it is:\n```json\n{}\n```"])
async def test_a_schema_gives_way_to_json_mode_and_that_to_plain_text(
    refuse: Callable[[Body], Refusal | None],
    ends_at: AnswerFormat,
    tries: int,
    wrapped: str,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Each step is logged once, with its reason; the instructions carry the schema from then on."""
    caplog.set_level(logging.WARNING, logger="bot")
    async with running(PickyModel(refuse, wrapped.format(json.dumps(GOOD)))) as model:
        server = server_at(model)
        llm = llm_at(model, JudgeOutput, server)
        for _ in range(3):
            assert (await llm.ask("T1", REQUEST)).trap == "entitlement"
        await llm.close()

    assert isinstance(model, PickyModel)
    assert server.accepted.answer_format is ends_at
    assert (model.refused, len(model.requests)) == (tries - 1, 3)
    assert len(caplog.records) == tries - 1
    assert "the model server refuses the JSON schema" in caplog.text
    assert "it names" in caplog.text
    sent = model.requests[-1]
    assert '"entitlement"' in sent["messages"][0]["content"]
    assert sent.get("response_format") == (None if ends_at is TEXT else {"type": "json_object"})


UNKNOWN_FIELDS = ["temperature", "store", "prompt_cache_key"]


def named_by_openai(name: str) -> Refusal:
    body = {"error": {"message": f"Unsupported value: '{name}' does not support this", "code": "x"}}
    return 400, body


def named_by_fastapi(name: str) -> Refusal:
    return 422, {"detail": [{"type": "extra_forbidden", "loc": ["body", name], "msg": "Extra"}]}


def named_by_gemini(name: str) -> Refusal:
    message = f'Invalid JSON payload received. Unknown name "{name}": Cannot find field.'
    return 400, [{"error": {"code": 400, "message": message}}]


@pytest.mark.parametrize("says", [named_by_openai, named_by_fastapi, named_by_gemini])
@pytest.mark.parametrize("fields", [[name] for name in UNKNOWN_FIELDS] + [UNKNOWN_FIELDS])
async def test_refused_options_are_left_out_one_by_one(
    says: Callable[[str], Refusal], fields: list[str], caplog: pytest.LogCaptureFixture
) -> None:
    """Six at once against a server that refuses some: all are answered, and each option is named in
    the log once. The schema stays."""
    caplog.set_level(logging.WARNING, logger="bot")

    def refuse(body: Body) -> Refusal | None:
        found = next((name for name in fields if name in body), None)
        return says(found) if found else None

    async with running(PickyModel(refuse, GOOD)) as model:
        llm = llm_at(model)
        answers = await asyncio.gather(*(llm.ask("T1", REQUEST) for _ in range(6)))
        before = len(model.requests)
        await llm.ask("T1", REQUEST)
        await llm.close()

    assert [answer.trap for answer in answers] == ["entitlement"] * 6
    assert len(model.requests) == before + 1 == 7
    assert not set(fields) & set(model.requests[-1])
    assert schema_of(model.requests[-1])
    assert [record.getMessage().count("leaving it out") for record in caplog.records] == [1] * len(
        fields
    )


async def test_what_one_learns_of_a_server_the_other_knows() -> None:
    """The judge and the writer ask the same server."""
    async with running(PickyModel(no_format, GOOD)) as model:
        server = server_at(model)
        judge = llm_at(model, JudgeOutput, server)
        writer = llm_at(model, WriterOutput, server)
        await judge.ask("T1", REQUEST)
        model.script = [WRITTEN]
        await writer.ask("T1", REQUEST)
        await server.close()

    assert isinstance(model, PickyModel)
    assert model.refused == 2
    assert len(model.requests) == 2


async def test_a_complaint_about_the_message_changes_nothing() -> None:
    """What a server quotes of a request is no refusal of an option that was left out already."""

    def refuse(body: Body) -> Refusal | None:
        if "temperature" in body:
            return named_by_openai("temperature")
        return 400, {"error": {"message": "the temperature of this message is too high"}}

    async with running(PickyModel(refuse, GOOD)) as model:
        server = server_at(model)
        llm = llm_at(model, JudgeOutput, server)
        with pytest.raises(JudgeError, match="status 400"):
            await llm.ask("T1", REQUEST)
        await llm.close()

    assert isinstance(model, PickyModel)
    assert model.refused == 2
    assert server.accepted.left_out == {"temperature"}


async def test_no_log_line_holds_what_a_server_quotes(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG, logger="bot")

    def refuse(body: Body) -> Refusal | None:
        said = body["messages"][-1]["content"]
        return (400, {"error": {"message": f"grammar: {said}"}}) if schema_of(body) else None

    async with running(PickyModel(refuse, GOOD)) as model:
        llm = llm_at(model)
        await llm.ask("T1", "canary-5512 they owe us")
        await llm.close()

    assert "grammar" in caplog.text
    assert "canary" not in caplog.text


def html() -> web.Response:
    return web.Response(text="<html>Bad gateway</html>", content_type="text/html")


SLOW = JudgeLimits(deadline_seconds=2.0)  # also for the answers beside one that never comes
EMPTY_ANSWERS = {
    "empty": "",
    "blank": " \n",
    "null": completion(None),
    "refused": completion(None, refusal="I can't help with that"),
    "tool call": completion(None, finish_reason="tool_calls"),
    "filtered": completion("", finish_reason="content_filter"),
    "cut short": completion('{"target": "cus', finish_reason="length"),
    "thoughts alone": "<think>they expect an answer</think>",
    "thoughts without end": "<think>they expect an answer",
    "html": html,
    "slow": "hang",
    "trickling": "trickle",
    "busy": error(429, "rate_limit_exceeded", **{"Retry-After": "20"}),
    "broken": error(500),
}


@pytest.mark.parametrize("kind", EMPTY_ANSWERS)
async def test_of_several_at_once_none_is_lost_and_the_valid_ones_are_judged(
    kind: str, caplog: pytest.LogCaptureFixture
) -> None:
    """Two of six answers are useless: each is one failure, said in the log, and the other four are
    believed."""
    caplog.set_level(logging.INFO, logger="bot")
    useless = EMPTY_ANSWERS[kind]
    async with running(FakeModel(GOOD, useless, GOOD, GOOD, useless, GOOD)) as model:
        llm = llm_at(model, limits=SLOW if kind in ("slow", "trickling") else LIMITS)
        results = await asyncio.gather(
            *(llm.ask("T1", REQUEST) for _ in range(6)), return_exceptions=True
        )
        await llm.close()

    failed = [r for r in results if isinstance(r, JudgeError)]
    judged = [r for r in results if isinstance(r, JudgeOutput)]
    assert (len(failed), len(judged)) == (2, 4)
    assert len([record for record in caplog.records if record.name.startswith("bot.")]) == 2


async def test_useless_answers_pause_the_model(caplog: pytest.LogCaptureFixture) -> None:
    """After three in a row, of whatever kind, the model rests."""
    caplog.set_level(logging.INFO, logger="bot")
    kinds = ["refused", "tool call", "empty"]
    async with running(FakeModel(*(EMPTY_ANSWERS[kind] for kind in kinds))) as model:
        llm = llm_at(model)
        for _ in kinds:
            with pytest.raises(JudgeError):
                await llm.ask("T1", REQUEST)
        assert not llm.is_ready()
        await llm.close()

    said = [record.getMessage() for record in caplog.records]
    assert ["refused" in said[0], "tool" in said[1], "empty" in said[2]] == [True] * 3


AZURE_PATHS = [
    ("", "/openai/deployments/m/chat/completions"),
    ("/openai", "/openai/deployments/m/chat/completions"),
    ("/openai/deployments/gpt-deal", "/openai/deployments/gpt-deal/chat/completions"),
    ("/openai/deployments/gpt-deal/", "/openai/deployments/gpt-deal/chat/completions"),
]


@pytest.mark.parametrize(("path", "asked"), AZURE_PATHS)
async def test_azure(path: str, asked: str) -> None:
    """The classic endpoint wants an API version in the address, and the key in its own header."""
    model = FakeModel(GOOD)
    seen: list[web.Request] = []

    async def handle(request: web.Request) -> web.StreamResponse:
        seen.append(request)
        return await model.handle(request)

    async with running(model, handle) as running_model:
        address = running_model.url.removesuffix("/v1")
        client = create_client(f"{address}{path}?api-version=2024-10-21", "azure-key", LIMITS)
        llm = structured(LlmServer(client, "m"), JudgeOutput, LIMITS)
        assert (await llm.ask("T1", REQUEST)).trap == "entitlement"
        await llm.close()

    (request,) = seen
    assert request.path == asked
    assert request.query == {"api-version": "2024-10-21"}
    assert request.headers["api-key"] == "azure-key"
    assert "Authorization" not in request.headers


def server_at(model: FakeModel, limits: JudgeLimits = LIMITS) -> LlmServer:
    return LlmServer(create_client(model.url, "key", limits), "m")


def structured(server: LlmServer, output: type[Any], limits: JudgeLimits) -> StructuredLlm[Any]:
    return StructuredLlm(
        server, "Judge this.", output, limits, lambda: 0.0, "test", UnlimitedBudget()
    )


def llm_at(
    model: FakeModel,
    output: type[Any] = JudgeOutput,
    server: LlmServer | None = None,
    limits: JudgeLimits = LIMITS,
) -> StructuredLlm[Any]:
    return structured(server or server_at(model, limits), output, limits)
