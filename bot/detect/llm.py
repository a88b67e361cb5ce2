"""Asks a language model behind any OpenAI-compatible address for structured output.

Measurements of openai 3.x (``reliability.md`` 5.7) shape this file. Its timeout is per read, so a
server that trickles bytes needs a deadline for the whole call. It retries twice when that is
useless, so retries are off. A refusal, a truncated answer and a proxy's HTML page each raise
another kind of exception, so every failure of a call becomes ``JudgeError``.
"""

from __future__ import annotations

import asyncio
import json
import logging
import ssl
import time
from typing import Any, Generic, TypeVar

import openai
from openai.types.chat import ChatCompletion, ChatCompletionMessageParam
from pydantic import BaseModel

from bot.core.elapsed import Elapsed
from bot.core.policy import JudgeLimits
from bot.detect.answer_schema import answer_schema
from bot.detect.breaker import CircuitBreaker
from bot.detect.json_answer import only_object
from bot.detect.llm_server import AnswerFormat, LlmServer, describe_error
from bot.flows.errors import JudgeError
from bot.flows.ports.clock import Clock
from bot.flows.ports.detection import LlmBudget, TokenUsage
from bot.flows.ports.telemetry import ModelCallResult, NoTelemetry, Stage, Telemetry
from bot.flows.work_context import current_trace

log = logging.getLogger(__name__)

Output = TypeVar("Output", bound=BaseModel)

_NO_ANSWER = {"length": "cut short", "content_filter": "filtered", "tool_calls": "called a tool"}
_FIXES = {401: "fix_model_key", 403: "fix_model_key", 404: "fix_model_name"}
_LONG_PAUSE_STATUSES = (401, 402, 403, 404)


class StructuredLlm(Generic[Output]):
    """Asks a model for structured output, with a daily budget, a deadline and a circuit breaker.

    Args:
        server: where the model is.
        instructions: the system prompt; always the same, so that servers can cache it.
        output: the type of the answer.
        limits: the deadline and the pauses.
        clock: Unix seconds.
        cache_key: identifies the instructions in the server's cache.
        budget: limits the calls, and counts their tokens.
        telemetry: is told how calls end, and when the bot must do without; None for nobody.
    """

    def __init__(
        self,
        server: LlmServer,
        instructions: str,
        output: type[Output],
        limits: JudgeLimits,
        clock: Clock,
        cache_key: str,
        budget: LlmBudget,
        telemetry: Telemetry | None = None,
    ) -> None:
        self._server = server
        self._output = output
        self._limits = limits
        self._clock = clock
        self._budget = budget
        self._telemetry = telemetry or NoTelemetry()
        self._breaker = CircuitBreaker(limits)
        self._schema = answer_schema(output)
        self._elapsed = Elapsed(clock, time.monotonic)  # a clock set back must not prolong a rest
        self._options = {"temperature": 0, "store": False, "prompt_cache_key": cache_key}
        described = f"{instructions}\n\nThe schema of your answer:\n{json.dumps(self._schema)}"
        self._instructions = {
            AnswerFormat.SCHEMA: instructions,
            AnswerFormat.OBJECT: described,
            AnswerFormat.TEXT: described,
        }

    def is_ready(self) -> bool:
        """Return whether the model may be called now; False during a pause after failures."""
        return self._breaker.is_closed(self._elapsed())

    async def ask(self, workspace_id: str, request: str) -> Output:
        """Call the model once, if the workspace's budget allows it.

        Raises:
            JudgeError: there was no valid answer within the deadline, or the model may not be
                called now. It holds none of the text.
        """
        try:
            return await self._ask(workspace_id, request)
        except JudgeError:
            self._telemetry.model_fell_back()
            raise

    async def _ask(self, workspace_id: str, request: str) -> Output:
        if not self.is_ready():
            raise JudgeError("paused after failures")
        started = self._clock()
        if not await self._budget.spend(workspace_id, started):
            log.info("workspace=%s the daily budget of model calls is used up", workspace_id)
            raise JudgeError("the daily budget of model calls is used up")
        call = _Call(self._telemetry)
        try:
            completion = await self._guarded(request, call)
            call.usage = _usage(completion)
            await self._budget.record(workspace_id, started, call.usage)
            output = self._valid(completion)
            call.result = ModelCallResult.ANSWERED
        finally:
            call.end()
        self._breaker.record_success()
        return output

    async def close(self) -> None:
        """Close the connections to the server."""
        await self._server.close()

    async def _guarded(self, request: str, call: _Call) -> ChatCompletion:
        """Return the server's answer, whatever is in it."""
        try:
            async with asyncio.timeout(self._limits.deadline_seconds):
                return await self._request_without_unsupported(request)
        except TimeoutError:
            call.result = ModelCallResult.TIMED_OUT
            self._record_failure("no answer in time", None)
            raise JudgeError("no answer in time", "fix_model_slow") from None
        except openai.APIStatusError as error:
            call.result = ModelCallResult.REFUSED
            why = describe_error(error)
            self._record_failure(why, self._pause_after(error))
            raise JudgeError(why, _FIXES.get(error.status_code, "fix_model")) from None
        except openai.APIConnectionError as error:
            call.result = ModelCallResult.UNREACHABLE
            self._record_failure(type(error).__name__, None)
            raise JudgeError(type(error).__name__, _fix_of(error)) from None
        except Exception as error:  # noqa: BLE001 - each kind of invalid answer raises another type
            call.result = ModelCallResult.UNREACHABLE
            why = type(error).__name__
            self._record_failure(why, None)
            raise JudgeError(why) from None

    async def _request_without_unsupported(self, request: str) -> ChatCompletion:
        """Send the request; again without each thing that the server refuses."""
        while True:
            sent = self._server.accepted
            messages: list[ChatCompletionMessageParam] = [
                {"role": "system", "content": self._instructions[sent.answer_format]},
                {"role": "user", "content": request},
            ]
            parameters = sent.parameters(self._output.__name__, self._schema, self._options)
            try:
                return await self._server.complete(messages, parameters)
            except openai.APIStatusError as error:
                if not self._server.learn(error, sent, self._options):
                    raise

    def _valid(self, completion: ChatCompletion) -> Output:
        """Return the output in an answer; count an answer that holds none as a failure."""
        try:
            return self._read(completion)
        except JudgeError as error:
            self._record_failure(str(error), None)
            raise
        except Exception as error:  # noqa: BLE001 - each kind of invalid answer raises another type
            why = type(error).__name__
            self._record_failure(why, None)
            raise JudgeError(why) from None

    def _read(self, completion: ChatCompletion) -> Output:
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


class _Call:
    """One call while it is under way, for the telemetry."""

    def __init__(self, telemetry: Telemetry) -> None:
        self.result = ModelCallResult.INVALID
        self.usage = TokenUsage()
        self._telemetry = telemetry
        self._began = time.monotonic()

    def end(self) -> None:
        """Tell how it ended."""
        seconds, trace_id = time.monotonic() - self._began, current_trace()
        self._telemetry.model_called(self.result, seconds, self.usage)
        if trace_id is not None:
            is_ok = self.result is ModelCallResult.ANSWERED
            self._telemetry.stage_ended(Stage.ASK_MODEL, trace_id, seconds, is_ok=is_ok)


def _fix_of(error: openai.APIConnectionError) -> str:
    """Return the sentence that says what to do about a server that can't be reached."""
    if isinstance(error, openai.APITimeoutError):
        return "fix_model_slow"
    cause: BaseException | None = error
    while cause is not None and not isinstance(cause, ssl.SSLError):
        cause = cause.__cause__ or cause.__context__
    return "fix_model_away" if cause is None else "fix_model_certificate"


def _usage(completion: ChatCompletion) -> TokenUsage:
    """Return the tokens of a call; zeros if the server doesn't tell."""
    usage: Any = getattr(completion, "usage", None)
    details: Any = getattr(usage, "prompt_tokens_details", None)
    return TokenUsage(
        prompt=_count(usage, "prompt_tokens"),
        cached=_count(details, "cached_tokens"),
        completion=_count(usage, "completion_tokens"),
    )


def _count(source: Any, name: str) -> int:
    value = getattr(source, name, 0)
    return value if isinstance(value, int) and 0 <= value < 2**31 else 0
