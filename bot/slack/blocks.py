"""Replies become (text, blocks). Pure; Slack's own block classes check the lengths.

Layout follows docs.slack.dev/reference/block-kit. The fallback ``text`` says the same as the
blocks, for notifications and screen readers.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from slack_sdk.models.blocks import (
    ActionsBlock,
    Block,
    ButtonElement,
    ContextBlock,
    MarkdownTextObject,
    PlainTextObject,
    SectionBlock,
)

from bot.core.model import Feedback

NUDGE = "reframe_nudge"  # event_type of the metadata that our nudges carry
ACTION = "reframe_answer_"  # + the feedback
RESUME = "reframe_resume"

_BUTTONS = (Feedback.HELPFUL, Feedback.NOT_THIS_TIME, Feedback.WRONG, Feedback.PAUSE)


@dataclass(frozen=True, slots=True)
class Look:
    """What a message looks like: the plain text, and the blocks that say the same."""

    text: str
    blocks: list[dict[str, Any]]


def nudge(body: Mapping[str, str], key: str, voice: Mapping[str, Mapping[str, str]]) -> Look:
    """A nudge in a thread.

    Args:
        body: ``mirror``, ``question`` and ``credit``. key: comes back with each button.
        voice: the fixed words.
    """
    words = voice["nudge"]
    text = f"{body['mirror']} {body['question']}"
    footer = f"{body['credit']} \u00b7 {words['footer']}"
    return Look(
        text,
        _built(
            SectionBlock(text=PlainTextObject(text=text)),
            ActionsBlock(
                block_id="reframe_answers",
                elements=[
                    ButtonElement(
                        action_id=f"{ACTION}{feedback}",
                        text=PlainTextObject(text=words[feedback]),
                        value=key,
                        accessibility_label=words[f"{feedback}_label"],
                    )
                    for feedback in _BUTTONS
                ],
            ),
            ContextBlock(elements=[MarkdownTextObject(text=escaped(footer))]),
        ),
    )


def whisper(body: Mapping[str, str], voice: Mapping[str, Mapping[str, str]]) -> Look:
    """A line for one reader; after a pause, with the way back."""
    section = SectionBlock(text=PlainTextObject(text=body["line"]))
    if body["about"] != Feedback.PAUSE:
        return Look(body["line"], _built(section))
    words = voice["resume"]
    button = ButtonElement(
        action_id=RESUME,
        text=PlainTextObject(text=words["button"]),
        value="resume",
        accessibility_label=words["button_label"],
    )
    return Look(body["line"], _built(section, ActionsBlock(elements=[button])))


def escaped(text: str) -> str:
    """Slack's three control characters as entities, so that no text can call or link anyone."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _built(*blocks: Block) -> list[dict[str, Any]]:
    return [block.to_dict() for block in blocks]
