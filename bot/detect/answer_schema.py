"""Builds the JSON schema of an answer from what every known server accepts.

OpenAI and Anthropic want every object closed and every property required; Azure, Gemini, llama.cpp,
and Ollama refuse or ignore lengths, patterns, formats, defaults, and references. So only the
keywords in ``KEYWORDS`` are used, every property is required, and "nothing" is an empty text or the
value ``none``, never null. Lengths are checked when an answer is read.
"""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel

KEYWORDS = frozenset({"type", "properties", "required", "additionalProperties", "items", "enum"})


def answer_schema(output: type[BaseModel]) -> dict[str, Any]:
    """Return the schema of an answer.

    Raises:
        ValueError: the type needs more than the common keywords, such as a reference or null.
    """
    return _reduced(output.model_json_schema())


def _reduced(node: dict[str, Any]) -> dict[str, Any]:
    if "type" not in node:
        raise ValueError(f"no plain type: {sorted(node)}")
    kept = {k: v for k, v in node.items() if k in KEYWORDS}
    match node["type"]:
        case "object":
            kept["properties"] = {k: _reduced(v) for k, v in node["properties"].items()}
            kept["required"] = list(kept["properties"])
            kept["additionalProperties"] = False
        case "array":
            kept["items"] = _reduced(node["items"])
    return kept
