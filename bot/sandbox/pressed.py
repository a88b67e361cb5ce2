"""What Slack says was pressed or chosen (docs.slack.dev/reference/interaction-payloads)."""

from __future__ import annotations

from typing import Any

Json = dict[str, Any]
PICKERS = {
    "users_select": "selected_user",
    "conversations_select": "selected_conversation",
    "channels_select": "selected_channel",
}
"""Menus that Slack fills by itself, with what their choice is called in a payload."""


def elements(surface: Json) -> list[tuple[Json, Json]]:
    """Return the interactive elements of a message or view, each behind its block."""
    return [
        (block, element)
        for block in surface.get("blocks") or []
        for element in [*block.get("elements", []), block.get("accessory") or {}]
        if element.get("action_id")
    ]


def pressed(surface: Json, action_id: str, *, option: str, block_id: str, action_ts: str) -> Json:
    """Return the action of a payload.

    Args:
        surface: the message or view.
        action_id: of the element.
        option: how the value of a menu's option starts, or the id of whom or what a picker chose.
        block_id: of its block, where several have such an element; empty for the first.
        action_ts: when it was pressed.

    Raises:
        StopIteration: there is no such element or option.
    """
    block, element = next(
        (block, element)
        for block, element in elements(surface)
        if element["action_id"] == action_id and block_id in ("", block.get("block_id"))
    )
    action = {**element, "block_id": block.get("block_id", ""), "action_ts": action_ts}
    if "options" in element:
        action["selected_option"] = next(
            each for each in element["options"] if each["value"].startswith(option)
        )
    elif element.get("type") in PICKERS:
        action[PICKERS[element["type"]]] = option
    return action
