"""The button that erases everything about a person, and the question before it."""

from __future__ import annotations

from slack_sdk.models.blocks import ActionsBlock, ButtonElement

from bot.slack.views.block_kit import (
    RenderedMessage,
    Strings,
    as_json,
    erasing_button,
    escape,
    section,
)

FORGET = "reframe_forget"


def erasure_prompt(strings: Strings) -> RenderedMessage:
    """Render the prompt that confirms erasing everything."""
    words = strings["record"]
    erase = erase_button(strings, "record", "forget_button", "forget_sure")
    return RenderedMessage(
        escape(f"{words['forget']}\n{words['forget_stays']}"),
        as_json(
            section(words["forget"]), section(words["forget_stays"]), ActionsBlock(elements=[erase])
        ),
    )


def erase_button(strings: Strings, name: str, key: str, ask: str) -> ButtonElement:
    """Return the button that erases; it asks once more, since nothing brings the data back.

    Args:
        strings: the UI strings.
        name: the section of the button's words.
        key: their key in that section.
        ask: the key of what it asks, which need not repeat what stands above the button.
    """
    words = strings["record"]
    return erasing_button(
        FORGET,
        strings[name],
        key,
        "forget",
        title=words["forget_title"],
        text=words[ask],
        confirm=words["forget_confirm"],
        deny=words["forget_deny"],
    )
