"""Calls a language model behind any OpenAI-compatible address; the only importer of ``openai``.

Measurements of openai 3.x (``reliability.md`` 5.7) shape this file. Its timeout is per read, so a
server that trickles bytes needs a deadline for the whole call. It retries twice when that is
useless, so retries are off. A refusal, a truncated answer and a proxy's HTML page each raise
another kind of exception, so every failure of a call becomes ``JudgeError``.

Servers differ in what they accept. What one refuses (a temperature, the schema) is left out from
then on; requests that were under way with it are sent again without it, each on its own.
"""

from __future__ import annotations

import asyncio
import json
import logging
import re
import time
from typing import Any, Generic, TypeVar

import httpx2
import openai
from openai import AsyncOpenAI
from openai.types.chat import ChatCompletionMessageParam
from pydantic import BaseModel

from bot.core.elapsed import Elapsed
from bot.core.policy import JudgeLimits
from bot.detect.breaker import CircuitBreaker
from bot.detect.json_answer import only_object
from bot.flows.errors import JudgeError
from bot.flows.ports.clock import Clock

log = logging.getLogger(__name__)

Output = TypeVar("Output", bound=BaseModel)

OPENAI_URL = "https://api.openai.com/v1"
PLACEHOLDER_KEY = "none"  # self-hosted servers often need no key, but the client insists on one
_SCHEMA = "response_format"
_COMPLAINTS = {
    # first the schema: a complaint about it may quote a whole request
    _SCHEMA: re.compile(
        r"response_?format|json_?schema|structured.?output|grammar|\bschema\b", re.I
    ),
    "temperature": re.compile(r"\btemperature\b", re.I),
    "store": re.compile(r"\bstore\b", re.I),
    "prompt_cache_key": re.compile(r"\bprompt_cache_key\b", re.I),
}
_NO_ANSWER = {"length": "cut short", "content_filter": "filtered", "tool_calls": "called a tool"}
_UNSUPPORTED_PARAMETER_STATUSES = (400, 422)
_LONG_PAUSE_STATUSES = (401, 402, 403, 404)
_COMPLAINT_CHARACTERS = 2_000


class StructuredLlm(Generic[Output]):
    """Asks a model for structured output, with a deadline and a circuit breaker.

    Args:
        client: from ``create_client``.
        model: the model's name on the server.
        instructions: the system prompt; always the same, so that servers can cache it.
        output: the type of the answer.
        limits: the deadline and the pauses.
        clock: Unix seconds.
        cache_key: identifies the instructions in the server's cache.
    """

    def __init__(
        self,
        client: AsyncOpenAI,
        model: str,
        instructions: str,
        output: type[Output],
        limits: JudgeLimits,
        clock: Clock,
        cache_key: str,
    ) -> None:
        self._client = client
        self._model = model
        self._instructions = instructions
        self._output = output
        self._limits = limits
        self._clock = clock
        self._breaker = CircuitBreaker(limits)
        self._schema = _schema(output)
        self._elapsed = Elapsed(clock, time.monotonic)  # a clock set back must not prolong a rest
        self._parameters: dict[str, Any] = {
            _SCHEMA: {
                "type": "json_schema",
                "json_schema": {"name": output.__name__, "schema": self._schema, "strict": True},
            },
            "temperature": 0,
            "store": False,
            "prompt_cache_key": cache_key,
        }

    def is_ready(self) -> bool:
        """Return whether the model may be called now; False during a pause after failures."""
        return self._breaker.is_closed(self._elapsed())

    async def ask(self, request: str) -> Output:
        """Call the model once.

        Raises:
            JudgeError: there was no valid answer within the deadline. It holds none of the text.
        """
        if not self.is_ready():
            raise JudgeError("paused after failures")
        try:
            async with asyncio.timeout(self._limits.deadline_seconds):
                output = await self._request_without_unsupported(request)
        except JudgeError as error:
            self._record_failure(str(error), None)
            raise
        except TimeoutError:
            self._record_failure("no answer in time", None)
            raise JudgeError("no answer in time") from None
        except openai.APIStatusError as error:
            why = _describe(error)
            self._record_failure(why, self._pause_after(error))
            raise JudgeError(why) from None
        except Exception as error:  # noqa: BLE001 - each kind of invalid answer raises another type
            why = type(error).__name__
            self._record_failure(why, None)
            raise JudgeError(why) from None
        self._breaker.record_success()
        return output

    async def close(self) -> None:
        """Close the connections to the server."""
        await self._client.close()

    async def _request_without_unsupported(self, request: str) -> Output:
        """Send the request; leave out each parameter that the server refuses, from now on.

        What was sent counts, not what is still in use: another request may have been refused the
        same parameter in the meantime.
        """
        while True:
            parameters = dict(self._parameters)
            try:
                return await self._request(request, parameters)
            except openai.APIStatusError as error:
                refused = _refused_parameter(error, parameters)
                if refused is None:
                    raise
                if self._parameters.pop(refused, None) is not None:
                    name = "the JSON schema" if refused == _SCHEMA else refused
                    log.warning("the model server refuses %s; continuing without it", name)

    async def _request(self, request: str, parameters: dict[str, Any]) -> Output:
        instructions = self._instructions
        if _SCHEMA not in parameters:
            instructions += f"\n\nThe schema of your answer:\n{json.dumps(self._schema)}"
        messages: list[ChatCompletionMessageParam] = [
            {"role": "system", "content": instructions},
            {"role": "user", "content": request},
        ]
        completion = await self._client.chat.completions.create(
            model=self._model, messages=messages, **parameters
        )
        choice = completion.choices[0]
        content = choice.message.content
        if choice.finish_reason in _NO_ANSWER:
            raise JudgeError(_NO_ANSWER[choice.finish_reason])
        if choice.message.refusal:
            raise JudgeError("refused to answer")
        if not isinstance(content, str) or not content.strip():
            raise JudgeError("an empty answer")
        return self._output.model_validate_json(only_object(content))

    def _pause_after(self, error: openai.APIStatusError) -> float | None:
        """Return how many seconds to pause after this one error, or None to count it only."""
        if error.status_code in _LONG_PAUSE_STATUSES or error.code == "insufficient_quota":
            return self._limits.long_pause_seconds
        if error.status_code != 429:
            return None
        try:
            seconds = float(error.response.headers.get("retry-after", ""))
        except ValueError:
            seconds = self._limits.pause_seconds
        return min(max(seconds, 1.0), self._limits.long_pause_seconds)

    def _record_failure(self, why: str, pause: float | None) -> None:
        if self._breaker.record_failure(self._elapsed(), pause=pause):
            log.warning("pausing the language model, using the offline detector alone: %s", why)
        else:
            log.info("no valid answer from the language model: %s", why)


def _schema(output: type[BaseModel]) -> dict[str, Any]:
    """Return the JSON schema of the answer without lengths, which some servers refuse.

    They are checked when the answer is read.
    """
    schema = _without_lengths(output.model_json_schema())
    assert isinstance(schema, dict)
    return schema


def _without_lengths(node: Any) -> Any:
    if isinstance(node, dict):
        return {
            k: _without_lengths(v) for k, v in node.items() if k not in ("maxLength", "minLength")
        }
    return [_without_lengths(v) for v in node] if isinstance(node, list) else node


def _refused_parameter(error: openai.APIStatusError, sent: dict[str, Any]) -> str | None:
    """Return the parameter that the server refuses, if the request can do without it."""
    if error.status_code not in _UNSUPPORTED_PARAMETER_STATUSES:
        return None
    complaint = error.response.text[:_COMPLAINT_CHARACTERS]
    return next(
        (p for p, said in _COMPLAINTS.items() if p in sent and said.search(complaint)), None
    )


def create_client(
    base_url: str, key: str, limits: JudgeLimits, transport: httpx2.AsyncBaseTransport | None = None
) -> AsyncOpenAI:
    """Create a client that doesn't retry.

    Args:
        base_url: the server's address; empty for OpenAI.
        key: the API key; empty if the server needs none.
        limits: the deadline.
        transport: replaces the network, to record or replay requests.
    """
    for logger in ("openai", "httpx2", "httpcore2"):  # OPENAI_LOG=debug would print the texts
        logging.getLogger(logger).setLevel(logging.ERROR)
    http = openai.DefaultAsyncHttpxClient(transport=transport) if transport else None
    return AsyncOpenAI(
        api_key=key or PLACEHOLDER_KEY,
        base_url=base_url or OPENAI_URL,
        max_retries=0,
        timeout=limits.deadline_seconds,
        http_client=http,
    )


def _describe(error: openai.APIStatusError) -> str:
    code = f" {error.code}" if error.code and str(error.code).isidentifier() else ""
    return f"status {error.status_code}{code}"
