"""An OpenAI-compatible server on loopback that answers well, badly, late, or never."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from aiohttp import web

GOOD: dict[str, Any] = {
    "target": "customer",
    "stance": "own",
    "span": "they owe us",
    "trap": "entitlement",
    "also": [],
    "sure": True,
}
NOTHING: dict[str, Any] = {
    **GOOD,
    "target": "nobody",
    "stance": "none",
    "span": "",
    "trap": "none",
}


def completion(content: str | None, **changes: Any) -> dict[str, Any]:
    """A whole answer of the API around a content; ``changes`` go into its one choice."""
    message = {"role": "assistant", "content": content, "refusal": changes.pop("refusal", None)}
    choice = {"index": 0, "message": message, "finish_reason": "stop", "logprobs": None, **changes}
    return {"id": "x", "object": "chat.completion", "created": 0, "model": "m", "choices": [choice]}


def error(status: int, code: str | None = None, message: str = "no", **headers: str) -> Any:
    """An error answer in OpenAI's shape."""
    body = {"error": {"message": message, "type": "error", "param": None, "code": code}}
    return lambda: web.json_response(body, status=status, headers=headers)


class FakeModel:
    """Answers requests in turn from ``script``, then over and over with its last entry.

    An entry is a dict (the judge's answer), a str (raw content), a completion, "hang", "trickle" or
    "parrot", or a function that makes a response.
    """

    def __init__(self, *script: Any) -> None:
        self.script = list(script) or [GOOD]
        self.requests: list[dict[str, Any]] = []
        self.headers: list[dict[str, str]] = []
        self.url = ""

    async def answer(self, request: web.Request) -> web.StreamResponse:
        """One request."""
        self.requests.append(await request.json())
        self.headers.append(dict(request.headers))
        entry = self.script[min(len(self.requests), len(self.script)) - 1]
        if entry == "hang":
            await asyncio.sleep(60)
        if entry == "trickle":
            return await self._trickle(request)
        if entry == "parrot":
            entry = self._parrot()
        if callable(entry):
            response: web.StreamResponse = entry()
            return response
        if isinstance(entry, dict) and ("trap" in entry or "mirror" in entry):
            entry = completion(json.dumps(entry))
        return web.json_response(entry if isinstance(entry, dict) else completion(entry))

    def _parrot(self) -> dict[str, str]:
        """A model that was taken over: it says whatever stands in the message, in every field."""
        asked = json.loads(self.requests[-1]["messages"][-1]["content"])
        said = asked["message"][:600]
        first = asked["questions"][0]["id"]
        return {"mirror": said, "question_id": first, "question": said, "reworded": said}

    async def _trickle(self, request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Type": "application/json"})
        await response.prepare(request)
        for byte in json.dumps(completion(json.dumps(GOOD))).encode():
            await response.write(bytes([byte]))
            await asyncio.sleep(0.05)
        return response


@asynccontextmanager
async def running(model: FakeModel) -> AsyncIterator[FakeModel]:
    """The server, listening on a free port of this machine."""
    app = web.Application()
    app.router.add_post("/v1/chat/completions", model.answer)
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
