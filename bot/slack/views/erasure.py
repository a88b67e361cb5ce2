"""The button that erases everything about a person, and the question before it."""

from __future__ import annotations

from slack_sdk.models.blocks import ActionsBlock, ButtonElement, ConfirmObject, PlainTextObject

from bot.slack.views.block_kit import (
    RenderedMessage,
    Strings,
    as_json,
    button,
    escape,
    section,
)

FORGET = "reframe_forget"


def erasure_prompt(strings: Strings) -> RenderedMessage:
    """Render the prompt that confirms erasing everything."""
    words = strings["record"]
    erase = erase_button(strings, "record", "forget_button")
    return RenderedMessage(
        escape(words["forget"]), as_json(section(words["forget"]), ActionsBlock(elements=[erase]))
    )


def erase_button(strings: Strings, name: str, key: str) -> ButtonElement:
    """Return the button that erases; it asks once more, since nothing brings the data back.

    Args:
        strings: the UI strings.
        name: the section of the button's words.
        key: their key in that section.
    """
    words = strings["record"]
    confirm = ConfirmObject(
        title=words["forget_title"],
        text=PlainTextObject(text=words["forget"]),
        confirm=words["forget_confirm"],
        deny=words["forget_deny"],
    )
    return button(FORGET, strings[name], key, "forget", style="danger", confirm=confirm)
