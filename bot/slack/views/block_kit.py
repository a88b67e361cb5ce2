"""Building blocks of every view: a rendered message, paragraphs, buttons and escaping.

The layout follows docs.slack.dev/reference/block-kit. Words that anyone else wrote stand in
``plain_text``, or are escaped, so none of them can mention or link anyone.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from string import Template
from typing import Any

from slack_sdk.models.blocks import (
    Block,
    ButtonElement,
    ConfirmObject,
    ContextBlock,
    HeaderBlock,
    MarkdownTextObject,
    Option,
    PlainTextObject,
    SectionBlock,
)

Strings = Mapping[str, Mapping[str, str]]
Json = dict[str, Any]

# Characters that Slack takes, as in docs.slack.dev/reference/block-kit; one more is refused.
FALLBACK_LIMIT = 4_000  # of a message's text
SECTION_LIMIT = 3_000
FIELD_LIMIT = 2_000  # of a section's field, the label of an input, and a line in small print
HEADER_LIMIT = 150
PLACEHOLDER_LIMIT = 150
CONFIRM_LIMITS = (100, 300, 30)  # title, text, and each button
BUTTON_LIMIT = 75
OPTION_LIMIT = 75
TITLE_LIMIT = 24  # of a modal, and of its buttons
_ELLIPSIS = "\u2026"


@dataclass(frozen=True, slots=True)
class RenderedMessage:
    """A message as Slack takes it.

    Attributes:
        text: says the same as the blocks, for notifications and screen readers. It is mrkdwn: only
            our own mentions are marked up, everything else is escaped.
        blocks: the layout, as JSON values.
    """

    text: str
    blocks: list[Json]

    def __post_init__(self) -> None:
        """Cut the text at Slack's limit."""
        object.__setattr__(self, "text", fit(self.text, FALLBACK_LIMIT, is_markup=True))

    @classmethod
    def from_content(cls, content: Mapping[str, Any]) -> RenderedMessage:
        """Return the message that an outbox row holds."""
        return cls(content["text"], list(content["blocks"]))

    @classmethod
    def without_chart(cls, content: Mapping[str, Any]) -> RenderedMessage:
        """Return the message without blocks that some workspaces refuse."""
        return cls(content["text"], list(content.get("plain_blocks") or content["blocks"]))

    @property
    def content(self) -> dict[str, Any]:
        """The message as the outbox keeps it."""
        return {"text": self.text, "blocks": self.blocks}


def line(text: str) -> RenderedMessage:
    """Render one line of plain words."""
    return RenderedMessage(escape(text), as_json(section(text)))


def linked_line(text: str) -> RenderedMessage:
    """Render one of our own sentences, in which a channel or a bold word is marked up."""
    return RenderedMessage(text, as_json(linked_section(text)))


def section(text: str) -> SectionBlock:
    """Return a paragraph of plain words, cut at Slack's limit."""
    return SectionBlock(text=plain(text))


def header(text: str) -> HeaderBlock:
    """Return a heading of plain words."""
    return HeaderBlock(text=plain(text, HEADER_LIMIT))


def option(text: str, value: str) -> Option:
    """Return one choice of a list."""
    return Option(text=plain(text, OPTION_LIMIT), value=value)


def linked_section(text: str) -> SectionBlock:
    """Return a paragraph of mrkdwn. Whatever we didn't write in it must be escaped."""
    cut = fit(text, SECTION_LIMIT, is_markup=True)
    return SectionBlock(text=MarkdownTextObject(text=cut, verbatim=True))


def button(
    action_id: str,
    words: Mapping[str, str],
    key: str,
    value: str,
    *,
    confirm: ConfirmObject | None = None,
    style: str | None = None,
) -> ButtonElement:
    """Return a button.

    Args:
        action_id: what a press of it is called.
        words: a section of the UI strings.
        key: the button reads ``words[key]``; ``words[key_label]`` is for screen readers.
        value: comes back with the press.
        confirm: asks once more before the press counts.
        style: ``primary`` or ``danger``.
    """
    label = words.get(f"{key}_label")
    return ButtonElement(
        action_id=action_id,
        text=plain(words[key], BUTTON_LIMIT),
        value=value,
        accessibility_label=None if label is None else fit(label, BUTTON_LIMIT),
        confirm=confirm,
        style=style,
    )


def erasing_button(
    action_id: str,
    words: Mapping[str, str],
    key: str,
    value: str,
    *,
    title: str,
    text: str,
    confirm: str,
    deny: str,
) -> ButtonElement:
    """Return a button that takes away what can't be brought back: red, and it asks once more.

    Args:
        action_id, words, key, value: as for ``button``.
        title, text, confirm, deny: what it asks, and the two answers.
    """
    longest_title, longest_text, longest_answer = CONFIRM_LIMITS
    asks = ConfirmObject(
        title=plain(title, longest_title),
        text=plain(text, longest_text),
        confirm=plain(confirm, longest_answer),
        deny=plain(deny, longest_answer),
        style="danger",
    )
    return button(action_id, words, key, value, confirm=asks, style="danger")


def fill(words: Mapping[str, str], **values: str) -> dict[str, str]:
    """Return a section of the UI strings in which these $names are filled in."""
    return {key: Template(text).safe_substitute(values) for key, text in words.items()}


def small(text: str) -> ContextBlock:
    """Return a line of plain words in small print."""
    cut = fit(escape(text), FIELD_LIMIT, is_markup=True)
    return ContextBlock(elements=[MarkdownTextObject(text=cut, verbatim=True)])


def plain(text: str, limit: int = SECTION_LIMIT) -> PlainTextObject:
    """Return words in which nothing is markup, cut at Slack's limit (characters)."""
    return PlainTextObject(text=fit(text, limit), emoji=False)


def fit(text: str, limit: int, *, is_markup: bool = False) -> str:
    """Return a text that Slack takes: cut, with an ellipsis, if it is too long.

    Slack refuses a whole message for one text too long, so every text of a person, a model, or a
    translation passes here.

    Args:
        text: any text.
        limit: characters, the ellipsis included.
        is_markup: it is mrkdwn: no entity and no mention is cut in the middle.
    """
    if len(text) <= limit:
        return text
    cut = text[: limit - len(_ELLIPSIS)]
    if is_markup:
        for opened, closed in (("&", ";"), ("<", ">")):
            if cut.rfind(opened) > cut.rfind(closed):
                cut = cut[: cut.rfind(opened)]
    return cut + _ELLIPSIS


def channel_link(channel_id: str) -> str:
    """Return a mention that Slack shows as the channel's name to those who may know it."""
    return f"<#{channel_id}>" if channel_id.isalnum() else escape(channel_id)


def user_link(user_id: str) -> str:
    """Return a mention of a user."""
    return f"<@{user_id}>" if user_id.isalnum() else escape(user_id)


def escape(text: str) -> str:
    """Replace Slack's three control characters; the result can mention or link nobody."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def as_json(*blocks: Block) -> list[Json]:
    """Return blocks as Slack takes them. Slack's own classes check the lengths."""
    return [block.to_dict() for block in blocks]
