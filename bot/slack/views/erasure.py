"""The button that erases everything about a person, and the question before it."""

from __future__ import annotations

from slack_sdk.models.blocks import ActionsBlock, ButtonElement, ConfirmObject, PlainTextObject

from bot.slack.views.block_kit import (
    CONFIRM_LIMITS,
    RenderedMessage,
    Strings,
    as_json,
    button,
    escape,
    fit,
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
    title, text, press = CONFIRM_LIMITS
    confirm = ConfirmObject(
        title=fit(words["forget_title"], title),
        text=PlainTextObject(text=fit(words[ask], text)),
        confirm=fit(words["forget_confirm"], press),
        deny=fit(words["forget_deny"], press),
    )
    return button(FORGET, strings[name], key, "forget", style="danger", confirm=confirm)
