"""An OpenAI-compatible server on loopback whose answers are valid, invalid, late or missing."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from typing import Any

from aiohttp import web

GOOD: dict[str, Any] = {
    "target": "customer",
    "stance": "own",
    "span": "they owe us",
    "trap": "entitlement",
    "also": [],
    "confidence": "certain",
}
NOTHING: dict[str, Any] = {
    **GOOD,
    "target": "nobody",
    "stance": "none",
    "span": "",
    "trap": "none",
}


FIRST_IDEA = "the first one on offer"

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


def completion(content: str | None, **changes: Any) -> dict[str, Any]:
    """Build a complete API response with one choice; ``changes`` are set on that choice."""
    message = {"role": "assistant", "content": content, "refusal": changes.pop("refusal", None)}
    choice = {"index": 0, "message": message, "finish_reason": "stop", "logprobs": None, **changes}
    return {"id": "x", "object": "chat.completion", "created": 0, "model": "m", "choices": [choice]}


def error(status: int, code: str | None = None, message: str = "no", **headers: str) -> Any:
    """Return a function that builds an error response as OpenAI does."""
    body = {"error": {"message": message, "type": "error", "param": None, "code": code}}
    return lambda: web.json_response(body, status=status, headers=headers)


class FakeModel:
    """Answers requests with the entries of ``script`` in turn; the last entry repeats.

    An entry is one of:
        a dict: an answer of the judge or the writer or to an ask, or a complete API response; the
            idea ``FIRST_IDEA`` stands for the first one on offer;
        a str: raw content;
        "hang": no answer;
        "trickle": a byte at a time;
        "parrot": an answer that repeats the message, as if the message had taken over the model;
        a function that makes a response.

    Args:
        script: the entries.
        unsaid: what a second reading finds in a draft: words, or an entry such as "hang". Such
            requests stand in ``checks``, and use up no entry.
        by_schema: entries for requests for a schema of this name, whatever the script says.

    Attributes:
        may_answer: while it is not set, every answer waits.
    """

    def __init__(
        self, *script: Any, unsaid: Any = "", by_schema: Mapping[str, Any] | None = None
    ) -> None:
        self.by_schema = dict(by_schema or {})
        self.script = list(script) or [GOOD]
        self.unsaid = unsaid
        self.checks: list[dict[str, Any]] = []
        self.requests: list[dict[str, Any]] = []
        self.headers: list[dict[str, str]] = []
        self.url = ""
        self.may_answer = asyncio.Event()
        self.may_answer.set()

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """Record a request and answer it."""
        asked = await request.json()
        if _schema_name(asked) == "InventionOutput":
            self.checks.append(asked)
            entry = self.unsaid
            if isinstance(entry, str) and entry != "hang":
                entry = completion(json.dumps({"unsaid": entry}))
        else:
            self.requests.append(asked)
            self.headers.append(dict(request.headers))
            entry = self.script[min(len(self.requests), len(self.script)) - 1]
            entry = self.by_schema.get(_schema_name(asked), entry)
        await self.may_answer.wait()
        if entry == "hang":
            await asyncio.sleep(60)
        if entry == "trickle":
            return await self._trickle(request)
        if entry == "parrot":
            entry = self._parrot()
        if callable(entry):
            response: web.StreamResponse = entry()
            return response
        if isinstance(entry, dict) and entry.keys() & {"trap", "mirror", "next_step"}:
            entry = completion(json.dumps(self._with_idea(entry)))
        return web.json_response(entry if isinstance(entry, dict) else completion(entry))

    def _parrot(self) -> dict[str, Any]:
        """Return the message in every field of the writer's answer, or of the answer to an ask."""
        request = json.loads(self.requests[-1]["messages"][-1]["content"])
        idea = request["ideas"][0]["idea"]
        if "ask" in request:
            text = request["ask"][:600]
            answer = {"draft": text, "next_step": text, "questions": [text, f"Then {text}"]}
            return {"kind": "coach", "idea": idea, **answer}
        text = request["message"][:600]
        fields = dict.fromkeys(("evidence", "mirror", "question"), text)
        return {"skip": False, "idea": idea, **fields}

    def _with_idea(self, entry: dict[str, Any]) -> dict[str, Any]:
        """Return an answer of the writer that applies an idea of the request."""
        if entry.get("idea") != FIRST_IDEA:
            return entry
        request = json.loads(self.requests[-1]["messages"][-1]["content"])
        return {**entry, "idea": request["ideas"][0]["idea"]}

    async def _trickle(self, request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Type": "application/json"})
        await response.prepare(request)
        for byte in json.dumps(completion(json.dumps(GOOD))).encode():
            await response.write(bytes([byte]))
            await asyncio.sleep(0.05)
        return response


@asynccontextmanager
async def running(model: FakeModel, handle: Handler | None = None) -> AsyncIterator[FakeModel]:
    """Run the server on a free port of this machine; ``model.url`` is its address.

    Args:
        model: answers at the usual path.
        handle: answers at any path instead.
    """
    app = web.Application()
    if handle:
        app.router.add_post("/{path:.*}", handle)
    else:
        app.router.add_post("/v1/chat/completions", model.handle)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    port = site._server.sockets[0].getsockname()[1]  # type: ignore[union-attr]
    model.url = f"http://127.0.0.1:{port}/v1"
    try:
        yield model
    finally:
        await runner.cleanup()


def _schema_name(request: dict[str, Any]) -> str:
    schema = (request.get("response_format") or {}).get("json_schema") or {}
    return str(schema.get("name", ""))
