"""The schemas that are sent use only what every known server accepts."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Literal

import pytest
from pydantic import BaseModel

from bot.detect.answer_schema import KEYWORDS, answer_schema
from bot.detect.answerer import AnswerOutput
from bot.detect.invention_reader import InventionOutput
from bot.detect.judge_output import JudgeOutput
from bot.detect.writer import WriterOutput


def nodes(schema: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield a schema and all that it is made of."""
    yield schema
    for inner in [*schema.get("properties", {}).values(), schema.get("items")]:
        if inner:
            yield from nodes(inner)


@pytest.mark.parametrize("output", [JudgeOutput, WriterOutput, AnswerOutput, InventionOutput])
def test_only_common_keywords(output: type[BaseModel]) -> None:
    """No length, pattern, format, default, title, description or reference; objects are closed, and
    everything in them is required, as OpenAI's and Anthropic's strict mode want it."""
    schema = answer_schema(output)
    for node in nodes(schema):
        assert set(node) <= KEYWORDS
        assert isinstance(node["type"], str)
        assert all(isinstance(value, str) for value in node.get("enum", []))
        if node["type"] == "object":
            assert node["additionalProperties"] is False
            assert node["required"] == list(node["properties"])


def test_observations_come_before_the_conclusion() -> None:
    """Models write the keys in this order, so they look before they judge."""
    keys = list(answer_schema(JudgeOutput)["properties"])

    assert keys == ["target", "stance", "span", "trap", "also", "confidence"]


class Nullable(BaseModel):
    maybe: str | None


class Part(BaseModel):
    word: Literal["a", "b"]


class WithReference(BaseModel):
    part: Part


@pytest.mark.parametrize("output", [Nullable, WithReference])
def test_what_some_servers_refuse_is_found_at_once(output: type[BaseModel]) -> None:
    with pytest.raises(ValueError, match="no plain type"):
        answer_schema(output)
