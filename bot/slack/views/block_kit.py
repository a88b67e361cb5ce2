"""Building blocks of every view: a rendered message, paragraphs, buttons and escaping.

The layout follows docs.slack.dev/reference/block-kit. Words that anyone else wrote stand in
``plain_text``, or are escaped, so none of them can mention or link anyone.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from slack_sdk.models.blocks import (
    Block,
    ButtonElement,
    ConfirmObject,
    ContextBlock,
    MarkdownTextObject,
    PlainTextObject,
    SectionBlock,
)

Strings = Mapping[str, Mapping[str, str]]
Json = dict[str, Any]

SECTION_LIMIT = 3_000  # characters (docs: reference/block-kit/blocks/section-block)


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
    cut = text if len(text) <= SECTION_LIMIT else text[: SECTION_LIMIT - 1] + "\u2026"
    return SectionBlock(text=plain(cut))


def linked_section(text: str) -> SectionBlock:
    """Return a paragraph of mrkdwn. Whatever we didn't write in it must be escaped."""
    return SectionBlock(text=MarkdownTextObject(text=text, verbatim=True))


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
    return ButtonElement(
        action_id=action_id,
        text=plain(words[key]),
        value=value,
        accessibility_label=words.get(f"{key}_label"),
        confirm=confirm,
        style=style,
    )


def small(text: str) -> ContextBlock:
    """Return a line of plain words in small print."""
    return ContextBlock(elements=[MarkdownTextObject(text=escape(text), verbatim=True)])


def plain(text: str) -> PlainTextObject:
    """Return words in which nothing is markup."""
    return PlainTextObject(text=text, emoji=False)


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
