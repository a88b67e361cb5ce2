"""What Slack refuses in a message or view (docs.slack.dev/reference/block-kit/blocks)."""

from __future__ import annotations

import json
from math import isfinite
from typing import Any

MESSAGE_BLOCKS = 50
VIEW_BLOCKS = 100
MAX_TEXT = 40_000
_KNOWN = frozenset(
    {
        "actions", "context", "context_actions", "data_table", "data_visualization", "divider",
        "file", "header", "image", "input", "markdown", "rich_text", "section", "video",
    }
)  # fmt: skip
_OPTIONS = {"overflow": 5, "static_select": 100, "checkboxes": 10, "radio_buttons": 10}
_TEXT_LIMIT = {"section": 3_000, "header": 150}


class Refused(Exception):
    """Slack's refusal. ``code`` as in the answer's ``error``; ``messages`` say what is wrong."""

    def __init__(self, code: str, *messages: str) -> None:
        super().__init__(code)
        self.code = code
        self.messages = messages


def blocks(value: Any, limit: int = MESSAGE_BLOCKS) -> list[dict[str, Any]]:
    """The blocks of a call, checked.

    Raises:
        Refused: ``invalid_blocks``, with what is wrong where.
    """
    given = decoded(value, "invalid_blocks_format")
    if not isinstance(given, list):
        raise Refused("invalid_blocks_format")
    wrong = [f"must have at most {limit} blocks"] if len(given) > limit else []
    if sum(isinstance(b, dict) and b.get("type") == "data_visualization" for b in given) > 2:
        wrong.append("at most 2 charts")
    for at, block in enumerate(given):
        wrong += [f"{why} [json-pointer:/blocks/{at}]" for why in _wrong(block)]
    if wrong:
        raise Refused("invalid_blocks", *wrong)
    return given


def view(value: Any) -> dict[str, Any]:
    """A modal or a Home tab, checked (docs.slack.dev/reference/views).

    Raises:
        Refused: ``invalid_arguments`` or ``invalid_blocks``, with what is wrong where.
    """
    given = decoded(value, "invalid_arguments")
    if not isinstance(given, dict) or given.get("type") not in ("modal", "home"):
        raise Refused("invalid_arguments", "view: type must be modal or home")
    found = blocks(given.get("blocks", []), VIEW_BLOCKS)
    wrong = []
    if given["type"] == "modal":
        wrong += _wrong_text(given.get("title"), 24, needed=True)
        for part in ("submit", "close"):
            wrong += _wrong_text(given.get(part), 24, needed=False)
        if any(b["type"] == "input" for b in found) and not given.get("submit"):
            wrong.append("submit: needed where there is an input")
    if len(str(given.get("private_metadata") or "")) > 3_000:
        wrong.append("private_metadata: more than 3000 characters")
    if len(str(given.get("callback_id") or "")) > 255:
        wrong.append("callback_id: more than 255 characters")
    ids = [b["block_id"] for b in found if b.get("block_id")]
    if len(ids) != len(set(ids)):
        wrong.append("block_id: stands twice")
    if wrong:
        raise Refused("invalid_arguments", *wrong)
    return given


def metadata(value: Any) -> dict[str, Any] | None:
    """Message metadata (docs.slack.dev/messaging/message-metadata), checked."""
    if value in (None, ""):
        return None
    given = decoded(value, "invalid_metadata_format")
    if not isinstance(given, dict) or not isinstance(given.get("event_type"), str):
        raise Refused("invalid_metadata_format")
    if not isinstance(given.get("event_payload"), dict):
        raise Refused("invalid_metadata_format")
    return given


def decoded(value: Any, code: str) -> Any:
    """A value that clients send as JSON text or as it is; ``code`` refuses anything else."""
    if not isinstance(value, str):
        return value
    try:
        return json.loads(value)
    except ValueError:
        raise Refused(code) from None


def _wrong(block: Any) -> list[str]:
    if not isinstance(block, dict) or block.get("type") not in _KNOWN:
        return ["unsupported type"]
    kind = block["type"]
    wrong = []
    if len(str(block.get("block_id", ""))) > 255:
        wrong.append("block_id: more than 255 characters")
    if kind in _TEXT_LIMIT:
        wrong += _wrong_text(block.get("text"), _TEXT_LIMIT[kind], needed="fields" not in block)
    if kind == "actions":
        wrong += _wrong_elements(block.get("elements"), 25, actions=True)
    if kind == "context":
        wrong += _wrong_elements(block.get("elements"), 10, actions=False)
    if kind == "section" and isinstance(block.get("accessory"), dict):
        wrong += _wrong_action(block["accessory"])
    if kind == "data_visualization":
        wrong += _wrong_chart(block)
    if kind == "section":
        fields = block.get("fields") or []
        wrong += [] if len(fields) <= 10 else ["fields: at most 10"]
        wrong += [w for field in fields for w in _wrong_text(field, 2_000, needed=True)]
    if kind == "input":
        wrong += _wrong_text(block.get("label"), 2_000, needed=True)
        wrong += _wrong_text(block.get("hint"), 2_000, needed=False)
        element = block.get("element")
        wrong += _wrong_action(element) if isinstance(element, dict) else ["element: missing"]
    return wrong


def _wrong_chart(block: dict[str, Any]) -> list[str]:
    """A native chart: title of 50 characters, 1 to 6 series, 20 categories with labels of 20, and
    in each series one finite value a category."""
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
    wrong = [f"category {c}: 1 to 20 characters" for c in categories if not 1 <= len(str(c)) <= 20]
    for one in series:
        points = {p.get("label"): p.get("value") for p in one.get("data") or []}
        if set(points) != set(categories):
            wrong.append("series: one value for each category")
        if not all(isinstance(v, (int, float)) and isfinite(v) for v in points.values()):
            wrong.append("series: a value is no finite number")
    return wrong


def _wrong_elements(elements: Any, most: int, *, actions: bool) -> list[str]:
    if not isinstance(elements, list) or not 1 <= len(elements) <= most:
        return [f"elements: 1 to {most} are allowed"]
    wrong = []
    for element in elements:
        if not isinstance(element, dict):
            wrong.append("elements: not an object")
        elif actions:
            wrong += _wrong_action(element)
        elif element.get("type") != "image":
            wrong += _wrong_text(element, 2_000, needed=True)
    ids = [e.get("action_id") for e in elements if isinstance(e, dict) and e.get("action_id")]
    return wrong + (["action_id: stands twice"] if len(ids) != len(set(ids)) else [])


def _wrong_action(element: dict[str, Any]) -> list[str]:
    wrong = []
    if not isinstance(element.get("type"), str):
        wrong.append("element without a type")
    if len(str(element.get("action_id", ""))) > 255:
        wrong.append("action_id: more than 255 characters")
    if len(str(element.get("value", ""))) > 2_000:
        wrong.append("value: more than 2000 characters")
    if len(str(element.get("accessibility_label", ""))) > 75:
        wrong.append("accessibility_label: more than 75 characters")
    wrong += _wrong_text(element.get("placeholder"), 150, needed=False)
    if element.get("type") == "button":
        wrong += _wrong_text(element.get("text"), 75, needed=True)
    if element.get("type") in _OPTIONS:
        wrong += _wrong_options(element.get("options"), _OPTIONS[element["type"]])
    if isinstance(element.get("confirm"), dict):
        wrong += _wrong_text(element["confirm"].get("title"), 100, needed=True)
        wrong += _wrong_text(element["confirm"].get("text"), 300, needed=True)
        wrong += _wrong_text(element["confirm"].get("confirm"), 30, needed=True)
        wrong += _wrong_text(element["confirm"].get("deny"), 30, needed=True)
    return wrong


def _wrong_options(options: Any, most: int) -> list[str]:
    if not isinstance(options, list) or not 1 <= len(options) <= most:
        return [f"options: 1 to {most} are allowed"]
    wrong = []
    for option in options:
        wrong += _wrong_text(option.get("text"), 75, needed=True)
        if not 1 <= len(str(option.get("value", ""))) <= 150:
            wrong.append("option: value must have 1 to 150 characters")
    values = [option.get("value") for option in options]
    return wrong + (["option: a value stands twice"] if len(values) != len(set(values)) else [])


def _wrong_text(text: Any, most: int, *, needed: bool) -> list[str]:
    if text is None:
        return ["text: missing"] if needed else []
    if not isinstance(text, dict) or text.get("type") not in ("plain_text", "mrkdwn"):
        return ["text: must be plain_text or mrkdwn"]
    words = text.get("text")
    if not isinstance(words, str) or not words:
        return ["text: empty"]
    return [f"text: more than {most} characters"] if len(words) > most else []
