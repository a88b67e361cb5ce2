"""What a language model costs per million messages, from the exact requests that would be sent."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import takewhile
from typing import Any

from bot.core.playbook_model import Playbook
from bot.core.policy import JudgeLimits
from bot.detectors import build_judge, build_server
from bot.evaluation.corpus import LabeledMessage
from bot.evaluation.replay import RequestRecorder
from bot.evaluation.runner import UnlimitedBudget
from bot.settings import Settings

CHARACTERS_PER_TOKEN = 4.0
"""Of requests. The tokenizer cl100k_base makes 3.98 of the judge's, and 3.99 of the writer's."""

ANSWER_TOKENS = 37.0
"""Of a verdict: the mean of 275 recorded ones (``tests/corpus/answers/test.jsonl``), by the same
tokenizer. What a reasoning model thinks before its answer comes on top."""

MILLION = 1_000_000


@dataclass(frozen=True, slots=True)
class RequestTokens:
    """The mean length of requests, in tokens.

    Attributes:
        shared: at the beginning, the same in every request; a server can read it from its cache.
        own: all that comes after it. answer: what the model writes.
    """

    shared: float
    own: float
    answer: float = ANSWER_TOKENS


@dataclass(frozen=True, slots=True)
class TokenPrices:
    """Prices of a million tokens: sent, read from the server's cache, and written by the model."""

    input: float
    cached: float
    output: float

    def of_requests(self, tokens: RequestTokens) -> float:
        """Return the price of a million requests."""
        sent = tokens.shared * self.cached + tokens.own * self.input
        return sent + tokens.answer * self.output


async def judge_request_tokens(
    settings: Settings, playbook: Playbook, messages: Sequence[LabeledMessage]
) -> RequestTokens:
    """Return the length of the requests in which the judge would be asked about messages.

    Args:
        settings: the model's name, and what it may be asked. playbook: the traps.
        messages: with their context; at least one. Nothing of them is sent.
    """
    recorder, limits = RequestRecorder(), JudgeLimits()
    named = settings.model_copy(update={"openai_model": settings.openai_model or "model"})
    server = build_server(named, limits, recorder)
    judge = build_judge(named, playbook, UnlimitedBudget(), lambda: 0.0, server)
    for message in messages:
        await judge.classify("", message.text, message.context)
    await judge.close()
    texts = [_in_order(body) for body in recorder.bodies]
    shared = _common_beginning(texts)
    mean = sum(map(len, texts)) / len(texts)
    return RequestTokens(shared / CHARACTERS_PER_TOKEN, (mean - shared) / CHARACTERS_PER_TOKEN)


def _in_order(body: dict[str, Any]) -> str:
    """Return what of a request a model reads, in the order in which servers put it together: the
    schema of the answer, then the messages."""
    schema = json.dumps(body.get("response_format", {}), ensure_ascii=False)
    return "".join([schema, *(message["content"] for message in body["messages"])])


def _common_beginning(texts: Sequence[str]) -> int:
    """Return how many characters all texts begin with."""
    if len(texts) == 1:
        return 0
    pairs = zip(min(texts), max(texts), strict=False)
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], pairs))
