"""The judge without a network: what it would send, and answers that were recorded elsewhere.

Both go through the live client and the live parser, so a recorded run and a live one differ in
nothing but the wire.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import httpx2


class Recorder(httpx2.AsyncBaseTransport):
    """Takes down each request instead of sending it. ``bodies`` holds them, oldest first.

    Args:
        answer: what each is answered with; by default that there is no trap.
    """

    def __init__(self, answer: str = "") -> None:
        self.bodies: list[dict[str, Any]] = []
        self._answer = answer or _NOTHING

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        """Takes the body down and answers it without any network."""
        self.bodies.append(json.loads(await request.aread()))
        return _completion(request, self._answer)


class Replay(httpx2.AsyncBaseTransport):
    """Answers each request with the content recorded for the message named in ``current``.

    Args:
        answers: raw content by message id.
    """

    def __init__(self, answers: Mapping[str, str]) -> None:
        self._answers = answers
        self.current = ""

    @property
    def mean_characters(self) -> float:
        """How long an answer is, for its price."""
        return sum(map(len, self._answers.values())) / max(1, len(self._answers))

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        """The recorded content as a whole answer; a server error where there is none."""
        content = self._answers.get(self.current)
        if content is None:
            return httpx2.Response(503, json={"error": "no recorded answer"}, request=request)
        return _completion(request, content)


_NOTHING = json.dumps(
    {
        "target": "nobody",
        "stance": "none",
        "span": "",
        "trap": "none",
        "also": [],
        "sure": True,
    }
)


def _completion(request: httpx2.Request, content: str) -> httpx2.Response:
    message = {"role": "assistant", "content": content, "refusal": None}
    choice = {"index": 0, "message": message, "finish_reason": "stop", "logprobs": None}
    body = {
        "id": "recorded",
        "object": "chat.completion",
        "created": 0,
        "model": "recorded",
        "choices": [choice],
    }
    return httpx2.Response(200, json=body, request=request)
