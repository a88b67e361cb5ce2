"""Talks to one OpenAI-compatible server, and remembers what it does not accept.

Servers differ. Anthropic's endpoint wants a strict schema, LM Studio refuses plain JSON mode,
DeepSeek refuses a schema, reasoning models refuse a temperature, Mistral and Gemini refuse fields
that they don't know. What a server refuses is left out from then on, by everybody who asks this
server; a request that was under way with it is sent again without it.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any
from urllib.parse import parse_qs, urlsplit, urlunsplit

import httpx2
import openai
from openai import AsyncAzureOpenAI, AsyncOpenAI
from openai.types.chat import ChatCompletion, ChatCompletionMessageParam

from bot.core.policy import JudgeLimits

log = logging.getLogger(__name__)

OPENAI_URL = "https://api.openai.com/v1"
PLACEHOLDER_KEY = "none"  # self-hosted servers often need no key, but the client insists on one

_FORMAT = "response_format"
_COMPLAINTS = {
    # first the format: a complaint about it may quote a whole request
    _FORMAT: re.compile(
        r"response[_ ]?format|json[_ ]?(?:schema|object|mode)|structured.?output|grammar"
        r"|\bschema\b",
        re.I,
    ),
    "temperature": re.compile(r"\btemperature\b", re.I),
    "store": re.compile(r"\bstore\b", re.I),
    "prompt_cache_key": re.compile(r"\bprompt_cache_key\b", re.I),
}
_REFUSALS = (400, 415, 422)
_FORMAT_REFUSALS = (*_REFUSALS, 500, 501)  # some fail at building a grammar
_COMPLAINT_CHARACTERS = 2_000


class AnswerFormat(StrEnum):
    """How a server is made to answer in JSON, from the strictest to the loosest."""

    SCHEMA = "json_schema"
    OBJECT = "json_object"
    TEXT = "text"


_LOOSER = {AnswerFormat.SCHEMA: AnswerFormat.OBJECT, AnswerFormat.OBJECT: AnswerFormat.TEXT}
_FORMAT_NAMES = {
    AnswerFormat.SCHEMA: "the JSON schema",
    AnswerFormat.OBJECT: "JSON mode",
    AnswerFormat.TEXT: "plain text",
}


@dataclass(frozen=True, slots=True)
class Accepted:
    """What a server is believed to accept when a request is sent."""

    answer_format: AnswerFormat = AnswerFormat.SCHEMA
    left_out: frozenset[str] = frozenset()

    def parameters(
        self, name: str, schema: Mapping[str, Any], options: Mapping[str, Any]
    ) -> dict[str, Any]:
        """Return the parameters of a request.

        Args:
            name: of the schema. schema: of the answer.
            options: what helps, and may be left out.
        """
        chosen = {k: v for k, v in options.items() if k not in self.left_out}
        match self.answer_format:
            case AnswerFormat.SCHEMA:
                described = {"name": name, "schema": schema, "strict": True}
                chosen[_FORMAT] = {"type": "json_schema", "json_schema": described}
            case AnswerFormat.OBJECT:
                chosen[_FORMAT] = {"type": "json_object"}
        return chosen


class LlmServer:
    """One server and one model on it.

    Args:
        client: from ``create_client``.
        model: the model's name there; on Azure, the deployment's.
    """

    def __init__(self, client: AsyncOpenAI, model: str) -> None:
        self._client = client
        self._model = model
        self._accepted = Accepted()

    @property
    def accepted(self) -> Accepted:
        """What the server is believed to accept now."""
        return self._accepted

    async def complete(
        self, messages: list[ChatCompletionMessageParam], parameters: Mapping[str, Any]
    ) -> ChatCompletion:
        """Send one request. Raises whatever ``openai`` raises.

        The request is posted as it is: ``chat.completions.create`` would look through each part of
        it for values to convert, of which it has none, at a quarter of the cost of a call.
        """
        return await self._client.post(
            "/chat/completions",
            body={"model": self._model, "messages": messages, **parameters},
            cast_to=ChatCompletion,
            options={"security": {"bearer_auth": True}},  # as create() asks
        )

    def learn(
        self, error: openai.APIStatusError, sent: Accepted, options: Mapping[str, Any]
    ) -> bool:
        """Leave out what the server refused of a request, from now on.

        What was sent counts, not what is accepted by now: another request may have been refused the
        same in the meantime.

        Args:
            error: the server's. sent: what the request was made from. options: its options.

        Returns:
            Whether the request can be sent again without it.
        """
        used = {k for k in options if k not in sent.left_out}
        if sent.answer_format is not AnswerFormat.TEXT:
            used.add(_FORMAT)
        found = _refused_parameter(error, used)
        if found is None:
            return False
        refused, quoted = found
        now = self._accepted
        if refused == _FORMAT:
            if now.answer_format is sent.answer_format:
                looser = _LOOSER[sent.answer_format]
                self._accepted = Accepted(looser, now.left_out)
                names = _FORMAT_NAMES[sent.answer_format], _FORMAT_NAMES[looser]
                _log_refusal(f"{names[0]}; asking for {names[1]} instead", error, quoted)
        elif refused not in now.left_out:
            self._accepted = Accepted(now.answer_format, now.left_out | {refused})
            _log_refusal(f"{refused}; leaving it out", error, quoted)
        return True

    async def close(self) -> None:
        """Close the connections."""
        await self._client.close()


def create_client(
    base_url: str, key: str, limits: JudgeLimits, transport: httpx2.AsyncBaseTransport | None = None
) -> AsyncOpenAI:
    """Create a client that doesn't retry.

    Args:
        base_url: the server's address; empty for OpenAI. With ``?api-version=`` it is an Azure
            resource (``https://NAME.openai.azure.com``), or a deployment in it
            (``.../openai/deployments/NAME``), which wants the key in a header of its own.
        key: the API key; empty if the server needs none.
        limits: the deadline.
        transport: replaces the network, to record or replay requests.
    """
    for logger in ("openai", "httpx2", "httpcore2"):  # OPENAI_LOG=debug would print the texts
        logging.getLogger(logger).setLevel(logging.ERROR)
    common: dict[str, Any] = {
        "api_key": key or PLACEHOLDER_KEY,
        "max_retries": 0,
        "timeout": limits.deadline_seconds,
        "http_client": openai.DefaultAsyncHttpxClient(transport=transport) if transport else None,
    }
    url = urlsplit(base_url)
    versions = parse_qs(url.query).get("api-version")
    if versions:
        path = url.path.rstrip("/") or "/openai"
        azure_url = urlunsplit(url._replace(path=path, query="", fragment=""))
        return AsyncAzureOpenAI(base_url=azure_url, api_version=versions[0], **common)
    return AsyncOpenAI(base_url=base_url or OPENAI_URL, **common)


def where_is(base_url: str) -> str:
    """Return host and port of a model's server, without what else its address may hold.

    Args:
        base_url: as for ``create_client``.
    """
    url = urlsplit(base_url or OPENAI_URL)
    return f"{url.hostname}:{url.port or (443 if url.scheme == 'https' else 80)}"


def describe_error(error: openai.APIStatusError) -> str:
    """Return the status and the code of an error. Its message may quote a text, so it stays out."""
    code = f" {error.code}" if error.code and str(error.code).isidentifier() else ""
    return f"status {error.status_code}{code}"


def _refused_parameter(error: openai.APIStatusError, used: set[str]) -> tuple[str, str] | None:
    """Return what the server refuses of what was used, and the word by which it says so."""
    complaint = error.response.text[:_COMPLAINT_CHARACTERS]
    for parameter, pattern in _COMPLAINTS.items():
        statuses = _FORMAT_REFUSALS if parameter == _FORMAT else _REFUSALS
        if parameter not in used or error.status_code not in statuses:
            continue
        if said := pattern.search(complaint):
            return parameter, said.group().lower()
    return None


def _log_refusal(consequence: str, error: openai.APIStatusError, quoted: str) -> None:
    log.warning(
        "the model server refuses %s (%s, it names %r)", consequence, describe_error(error), quoted
    )
