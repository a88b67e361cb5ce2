"""Replaces the network of a language model: records requests, or replays recorded answers.

Both go through the client and the parser of a live run; only the transport differs.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

import httpx2

from bot.detect.json_answer import only_object
from bot.flows.errors import CorpusError

_NO_TRAP_ANSWER = json.dumps(
    {
        "target": "nobody",
        "stance": "none",
        "span": "",
        "trap": "none",
        "also": [],
        "confidence": "certain",
    }
)


class RequestRecorder(httpx2.AsyncBaseTransport):
    """Records each request instead of sending it; ``bodies`` holds them, oldest first.

    Args:
        answer: the content of every answer; by default the judge's "no trap".
    """

    def __init__(self, answer: str = _NO_TRAP_ANSWER) -> None:
        self.bodies: list[dict[str, Any]] = []
        self._answer = answer

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        """Record the request's body and answer it."""
        self.bodies.append(json.loads(await request.aread()))
        return _completion(request, self._answer)


class AnswerReplay(httpx2.AsyncBaseTransport):
    """Answers each request with the answer recorded for the message ``current_id``.

    Args:
        answers: raw content by message id.
    """

    def __init__(self, answers: Mapping[str, str]) -> None:
        self._answers = answers
        self.current_id = ""

    @property
    def ids(self) -> Collection[str]:
        """The ids of the messages with a recorded answer."""
        return self._answers.keys()

    @property
    def mean_characters(self) -> float:
        """The mean length of the recorded answers, for an estimate of their price."""
        return sum(map(len, self._answers.values())) / max(1, len(self._answers))

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        """Return the recorded answer, or a server error if there is none."""
        content = self._answers.get(self.current_id)
        if content is None:
            return httpx2.Response(503, json={"error": "no recorded answer"}, request=request)
        return _completion(request, content)


def read_recorded_answers(path: Path) -> dict[str, str]:
    """Read raw answers by message id from JSON lines with ``id`` and ``content``.

    Raises:
        CorpusError: a line is invalid.
        OSError: the file can't be read.
    """
    answers: dict[str, str] = {}
    for number, line in enumerate(path.read_bytes().splitlines(), 1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except (ValueError, RecursionError):
            raise CorpusError(f"{path.name}, line {number}: not JSON") from None
        if not isinstance(row, dict) or not isinstance(row.get("id"), str):
            raise CorpusError(f'{path.name}, line {number}: "id" is missing')
        if not isinstance(row.get("content"), str):
            raise CorpusError(f'{path.name}, line {number}: "content" must be a text')
        answers[row["id"]] = _in_todays_form(row["content"])
    return answers


def _in_todays_form(content: str) -> str:
    """Return a recorded answer in today's form.

    Older answers of the judge say ``sure``, true or false, in place of a confidence; they count as
    certain and unsure. Older drafts also hold the seller's sentence, ``reworded``.
    """
    try:
        answer = json.loads(only_object(content))
    except ValueError:
        return content
    is_judges = isinstance(answer.get("sure"), bool) and "confidence" not in answer
    if not is_judges and "reworded" not in answer:
        return content
    answer.pop("reworded", None)
    if is_judges:
        answer["confidence"] = "certain" if answer.pop("sure") else "unsure"
    return json.dumps(answer, ensure_ascii=False)


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
