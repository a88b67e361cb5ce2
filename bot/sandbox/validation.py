"""Validates messages and views as Slack does (docs.slack.dev/reference/block-kit/blocks)."""

from __future__ import annotations

import json
from math import isfinite
from typing import Any

MAX_MESSAGE_BLOCKS = 50
MAX_VIEW_BLOCKS = 100
MAX_TEXT = 40_000
_BLOCK_TYPES = frozenset(
    {
        "actions", "context", "context_actions", "data_table", "data_visualization", "divider",
        "file", "header", "image", "input", "markdown", "rich_text", "section", "video",
    }
)  # fmt: skip
_MAX_OPTIONS = {"overflow": 5, "static_select": 100, "checkboxes": 10, "radio_buttons": 10}
_MAX_TEXT_BY_TYPE = {"section": 3_000, "header": 150}


class WebApiError(Exception):
    """A call that Slack rejects.

    Attributes:
        code: Slack's error code, such as ``invalid_blocks``.
        messages: details, as in ``response_metadata``.
    """

    def __init__(self, code: str, *messages: str) -> None:
        super().__init__(code)
        self.code = code
        self.messages = messages


def validate_blocks(value: Any, limit: int = MAX_MESSAGE_BLOCKS) -> list[dict[str, Any]]:
    """Validate the blocks of a message or view and return them.

    Args:
        value: a list of blocks, or the same as JSON.
        limit: how many blocks are allowed.

    Raises:
        WebApiError: ``invalid_blocks`` with one message per problem, or ``invalid_blocks_format``.
    """
    decoded = parse_json(value, "invalid_blocks_format")
    if not isinstance(decoded, list):
        raise WebApiError("invalid_blocks_format")
    problems = [f"must have at most {limit} blocks"] if len(decoded) > limit else []
    if sum(isinstance(b, dict) and b.get("type") == "data_visualization" for b in decoded) > 2:
        problems.append("at most 2 charts")
    for index, block in enumerate(decoded):
        problems += [
            f"{problem} [json-pointer:/blocks/{index}]" for problem in _block_problems(block)
        ]
    if problems:
        raise WebApiError("invalid_blocks", *problems)
    return decoded


def validate_view(value: Any) -> dict[str, Any]:
    """Validate a modal or Home tab and return it (docs.slack.dev/reference/views).

    Args:
        value: the view, or the same as JSON.

    Raises:
        WebApiError: ``invalid_arguments`` or ``invalid_blocks`` with one message per problem.
    """
    decoded = parse_json(value, "invalid_arguments")
    if not isinstance(decoded, dict) or decoded.get("type") not in ("modal", "home"):
        raise WebApiError("invalid_arguments", "view: type must be modal or home")
    blocks = validate_blocks(decoded.get("blocks", []), MAX_VIEW_BLOCKS)
    problems = []
    if decoded["type"] == "modal":
        problems += _text_problems(decoded.get("title"), 24, required=True)
        for part in ("submit", "close"):
            problems += _text_problems(decoded.get(part), 24, required=False)
        if any(b["type"] == "input" for b in blocks) and not decoded.get("submit"):
            problems.append("submit: required if there is an input")
    if len(str(decoded.get("private_metadata") or "")) > 3_000:
        problems.append("private_metadata: more than 3000 characters")
    if len(str(decoded.get("callback_id") or "")) > 255:
        problems.append("callback_id: more than 255 characters")
    ids = [b["block_id"] for b in blocks if b.get("block_id")]
    if len(ids) != len(set(ids)):
        problems.append("block_id: not unique")
    if problems:
        raise WebApiError("invalid_arguments", *problems)
    return decoded


def validate_metadata(value: Any) -> dict[str, Any] | None:
    """Validate message metadata and return it (docs.slack.dev/messaging/message-metadata).

    Raises:
        WebApiError: ``invalid_metadata_format``.
    """
    if value in (None, ""):
        return None
    decoded = parse_json(value, "invalid_metadata_format")
    if not isinstance(decoded, dict) or not isinstance(decoded.get("event_type"), str):
        raise WebApiError("invalid_metadata_format")
    if not isinstance(decoded.get("event_payload"), dict):
        raise WebApiError("invalid_metadata_format")
    return decoded


def parse_json(value: Any, code: str) -> Any:
    """Decode a value that clients may send as JSON text.

    Raises:
        WebApiError: the text is not JSON; ``code`` is the error code.
    """
    if not isinstance(value, str):
        return value
    try:
        return json.loads(value)
    except ValueError:
        raise WebApiError(code) from None


def _block_problems(block: Any) -> list[str]:
    if not isinstance(block, dict) or block.get("type") not in _BLOCK_TYPES:
        return ["unsupported type"]
    kind = block["type"]
    problems = []
    if len(str(block.get("block_id", ""))) > 255:
        problems.append("block_id: more than 255 characters")
    if kind in _MAX_TEXT_BY_TYPE:
        problems += _text_problems(
            block.get("text"), _MAX_TEXT_BY_TYPE[kind], required="fields" not in block
        )
    if kind == "actions":
        problems += _elements_problems(block.get("elements"), 25, actions=True)
    if kind == "context":
        problems += _elements_problems(block.get("elements"), 10, actions=False)
    if kind == "section" and isinstance(block.get("accessory"), dict):
        problems += _action_problems(block["accessory"])
    if kind == "data_visualization":
        problems += _chart_problems(block)
    if kind == "section":
        fields = block.get("fields") or []
        problems += [] if len(fields) <= 10 else ["fields: at most 10"]
        problems += [
            problem for field in fields for problem in _text_problems(field, 2_000, required=True)
        ]
    if kind == "input":
        problems += _text_problems(block.get("label"), 2_000, required=True)
        problems += _text_problems(block.get("hint"), 2_000, required=False)
        element = block.get("element")
        problems += _action_problems(element) if isinstance(element, dict) else ["element: missing"]
    return problems


def _chart_problems(block: dict[str, Any]) -> list[str]:
    """Validate a native chart.

    Limits: a title of 50 characters, 6 series, 20 categories with labels of 20 characters, and in
    each series one finite value per category.
    """
    chart = block.get("chart")
    if not isinstance(block.get("title"), str) or not 1 <= len(block["title"]) <= 50:
        return ["title: 1 to 50 characters"]
    if not isinstance(chart, dict) or chart.get("type") not in ("line", "bar", "area", "pie"):
        return ["chart: type must be line, bar, area or pie"]
    series = chart.get("series")
    categories = (chart.get("axis_config") or {}).get("categories")
    if not isinstance(series, list) or not 1 <= len(series) <= 6:
        return ["series: 1 to 6 are allowed"]
    if not isinstance(categories, list) or not 1 <= len(categories) <= 20:
        return ["categories: 1 to 20 are allowed"]
    problems = [
        f"category {c}: 1 to 20 characters" for c in categories if not 1 <= len(str(c)) <= 20
    ]
    for one_series in series:
        points = {p.get("label"): p.get("value") for p in one_series.get("data") or []}
        if set(points) != set(categories):
            problems.append("series: one value per category")
        if not all(isinstance(v, (int, float)) and isfinite(v) for v in points.values()):
            problems.append("series: values must be finite numbers")
    return problems


def _elements_problems(elements: Any, limit: int, *, actions: bool) -> list[str]:
    if not isinstance(elements, list) or not 1 <= len(elements) <= limit:
        return [f"elements: 1 to {limit} are allowed"]
    problems = []
    for element in elements:
        if not isinstance(element, dict):
            problems.append("elements: not an object")
        elif actions:
            problems += _action_problems(element)
        elif element.get("type") != "image":
            problems += _text_problems(element, 2_000, required=True)
    ids = [e.get("action_id") for e in elements if isinstance(e, dict) and e.get("action_id")]
    return problems + (["action_id: not unique"] if len(ids) != len(set(ids)) else [])


def _action_problems(element: dict[str, Any]) -> list[str]:
    problems = []
    if not isinstance(element.get("type"), str):
        problems.append("type: missing")
    if len(str(element.get("action_id", ""))) > 255:
        problems.append("action_id: more than 255 characters")
    if len(str(element.get("value", ""))) > 2_000:
        problems.append("value: more than 2000 characters")
    if len(str(element.get("accessibility_label", ""))) > 75:
        problems.append("accessibility_label: more than 75 characters")
    problems += _text_problems(element.get("placeholder"), 150, required=False)
    if element.get("type") == "button":
        problems += _text_problems(element.get("text"), 75, required=True)
    if element.get("type") in _MAX_OPTIONS:
        problems += _options_problems(element.get("options"), _MAX_OPTIONS[element["type"]])
    if isinstance(element.get("confirm"), dict):
        problems += _text_problems(element["confirm"].get("title"), 100, required=True)
        problems += _text_problems(element["confirm"].get("text"), 300, required=True)
        problems += _text_problems(element["confirm"].get("confirm"), 30, required=True)
        problems += _text_problems(element["confirm"].get("deny"), 30, required=True)
    return problems


def _options_problems(options: Any, limit: int) -> list[str]:
    if not isinstance(options, list) or not 1 <= len(options) <= limit:
        return [f"options: 1 to {limit} are allowed"]
    problems = []
    for option in options:
        problems += _text_problems(option.get("text"), 75, required=True)
        if not 1 <= len(str(option.get("value", ""))) <= 150:
            problems.append("option: value must have 1 to 150 characters")
    values = [option.get("value") for option in options]
    return problems + (["option: values are not unique"] if len(values) != len(set(values)) else [])


def _text_problems(text: Any, limit: int, *, required: bool) -> list[str]:
    if text is None:
        return ["text: missing"] if required else []
    if not isinstance(text, dict) or text.get("type") not in ("plain_text", "mrkdwn"):
        return ["text: must be plain_text or mrkdwn"]
    content = text.get("text")
    if not isinstance(content, str) or not content:
        return ["text: empty"]
    return [f"text: more than {limit} characters"] if len(content) > limit else []
