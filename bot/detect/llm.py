"""A language model behind any OpenAI-compatible address; the only door to ``openai``.

What was measured on openai 3.x (``reliability.md`` 5.7) shapes this file: its timeout is per read,
so a server that trickles bytes needs a deadline of our own; it retries twice where that is of no
use, so retries are off; and a refusal, a cut answer or a proxy's HTML page each come as another
kind of exception, so whatever goes wrong inside one call becomes ``JudgeFailed``.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from typing import Any, Generic, TypeVar

import httpx2
import openai
from openai import AsyncOpenAI
from openai.types.chat import ChatCompletionMessageParam
from pydantic import BaseModel

from bot.core.model import Verdict
from bot.core.policy import JudgeLimits
from bot.detect.answer import Answer, verdict
from bot.detect.breaker import Breaker
from bot.detect.masking import masked
from bot.detect.prompt import question
from bot.flows.ports import Clock, JudgeFailed

log = logging.getLogger(__name__)

Form = TypeVar("Form", bound=BaseModel)

NO_KEY = "none"  # servers on one's own machine ask for none, and the client insists on some
_MAY_BE_LEFT_OUT = ("temperature", "store", "prompt_cache_key")
_NOT_UNDERSTOOD = (400, 422)
_FOR_LONG = (401, 402, 403, 404)


class Asker(Generic[Form]):
    """Asks a model for one closed form, within a deadline and with pauses after failures.

    Args:
        client: from ``client_for``. model: as the server calls it.
        instructions: the same for every question, so that servers can cache them.
        form: what the answer must be. limits: deadline, pauses. clock: Unix seconds.
        cache_key: names the instructions to the server.
    """

    def __init__(
        self,
        client: AsyncOpenAI,
        model: str,
        instructions: str,
        form: type[Form],
        limits: JudgeLimits,
        clock: Clock,
        cache_key: str,
    ) -> None:
        self._client = client
        self._model = model
        self._instructions = instructions
        self._form = form
        self._limits = limits
        self._clock = clock
        self._breaker = Breaker(limits)
        self._options: dict[str, Any] = {
            "temperature": 0,
            "store": False,
            "prompt_cache_key": cache_key,
        }

    def ready(self) -> bool:
        """Whether the model may be asked now, or is left alone after failures."""
        return self._breaker.closed(self._clock())

    async def ask(self, question: str) -> Form:
        """Asks once.

        Raises:
            JudgeFailed: no valid answer within the deadline; nothing of the text is in it.
        """
        if not self.ready():
            raise JudgeFailed("resting")
        try:
            async with asyncio.timeout(self._limits.deadline_seconds):
                answer = await self._answer(question)
        except JudgeFailed:
            raise
        except TimeoutError:
            self._failure("no answer in time", None)
            raise JudgeFailed("no answer in time") from None
        except openai.APIStatusError as refused:
            why = _why(refused)
            self._failure(why, self._pause(refused))
            raise JudgeFailed(why) from None
        except Exception as broken:  # noqa: BLE001 - each kind of bad answer is another exception
            why = type(broken).__name__
            self._failure(why, None)
            raise JudgeFailed(why) from None
        self._breaker.worked()
        return answer

    async def close(self) -> None:
        """Lets go of the connections."""
        await self._client.close()

    async def _answer(self, asked: str) -> Form:
        while True:
            try:
                return await self._ask(asked)
            except openai.APIStatusError as refused:
                option = self._not_understood(refused)
                if option is None:
                    raise
                log.info("the model's server does not take %s; going on without", option)
                self._options.pop(option, None)

    async def _ask(self, asked: str) -> Form:
        messages: list[ChatCompletionMessageParam] = [
            {"role": "system", "content": self._instructions},
            {"role": "user", "content": asked},
        ]
        completion = await self._client.chat.completions.parse(
            model=self._model, messages=messages, response_format=self._form, **self._options
        )
        answer = completion.choices[0].message.parsed
        if answer is None:
            raise JudgeFailed("refused to answer")
        return answer

    def _not_understood(self, refused: openai.APIStatusError) -> str | None:
        """The option that the server complains about, if the request can do without it."""
        if refused.status_code not in _NOT_UNDERSTOOD:
            return None
        complaint = refused.response.text[:2_000]
        return next((o for o in _MAY_BE_LEFT_OUT if o in self._options and o in complaint), None)

    def _pause(self, refused: openai.APIStatusError) -> float | None:
        """How long the server is to be left alone after one such answer, in seconds."""
        if refused.status_code in _FOR_LONG or refused.code == "insufficient_quota":
            return self._limits.long_pause_seconds
        if refused.status_code != 429:
            return None
        try:
            wait = float(refused.response.headers.get("retry-after", ""))
        except ValueError:
            wait = self._limits.pause_seconds
        return min(max(wait, 1.0), self._limits.long_pause_seconds)

    def _failure(self, why: str, pause: float | None) -> None:
        now = self._clock()
        if self._breaker.failed(now, pause=pause):
            log.warning("the model rests for a while, the offline detector goes on alone: %s", why)
        else:
            log.info("the model gave no answer: %s", why)


class LlmJudge:
    """Implements ``bot.flows.ports.Judge``.

    Args:
        client: from ``client_for``. model: as the server calls it.
        instructions: from ``prompt.instructions``. limits: deadline, pauses. clock: Unix seconds.
    """

    def __init__(
        self,
        client: AsyncOpenAI,
        model: str,
        instructions: str,
        limits: JudgeLimits,
        clock: Clock,
    ) -> None:
        self.name = f"judge-{model}"[:64]
        self._asker = Asker(client, model, instructions, Answer, limits, clock, "reframe-judge")

    def ready(self) -> bool:
        """Whether the judge may be asked now, or is left alone after failures."""
        return self._asker.ready()

    async def judge(self, text: str, context: Sequence[str] = ()) -> Verdict:
        """Asks the model once.

        Raises:
            JudgeFailed: no valid answer within the deadline; nothing of the text is in it.
        """
        answer = await self._asker.ask(question(text, context))
        return verdict(answer, masked(text), self.name)

    async def close(self) -> None:
        """Lets go of the connections."""
        await self._asker.close()


def client_for(
    base_url: str, key: str, limits: JudgeLimits, transport: httpx2.AsyncBaseTransport | None = None
) -> AsyncOpenAI:
    """A client without retries of its own.

    Args:
        base_url: the server's address, empty for OpenAI's own. key: empty where none is asked for.
        limits: the deadline. transport: another way than the network, to record or to replay.
    """
    for talkative in ("openai", "httpx2", "httpcore2"):  # OPENAI_LOG=debug would print the texts
        logging.getLogger(talkative).setLevel(logging.ERROR)
    http = openai.DefaultAsyncHttpxClient(transport=transport) if transport else None
    return AsyncOpenAI(
        api_key=key or NO_KEY,
        base_url=base_url or "https://api.openai.com/v1",
        max_retries=0,
        timeout=limits.deadline_seconds,
        http_client=http,
    )


def _why(refused: openai.APIStatusError) -> str:
    code = f" {refused.code}" if refused.code and str(refused.code).isidentifier() else ""
    return f"status {refused.status_code}{code}"
