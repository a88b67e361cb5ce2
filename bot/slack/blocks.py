"""Nudges and private lines become (text, blocks). Pure; Slack's own classes check the lengths.

Layout follows docs.slack.dev/reference/block-kit. The fallback ``text`` says the same as the
blocks, for notifications and screen readers. Words stand in plain text, so none can call or link.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from slack_sdk.models.blocks import (
    ActionsBlock,
    Block,
    ButtonElement,
    ConfirmObject,
    ContextBlock,
    InteractiveElement,
    MarkdownTextObject,
    Option,
    OverflowMenuElement,
    PlainTextObject,
    SectionBlock,
    StaticSelectElement,
)

from bot.core.model import Delivery, Feedback, More, Trap

NUDGE = "reframe_nudge"  # event_type of the metadata that our nudges carry
SAID = "reframe_said"  # and what else we post
ACTION = "reframe_answer_"  # + the feedback
MORE = "reframe_more"
TO_THREAD = "reframe_to_thread"
PAUSE_LONGER = "reframe_pause_longer"
PAUSE_OPEN = "reframe_pause_open"
RESUME = "reframe_resume"
TELL_WHY = "reframe_tell_why"
MODE = "reframe_mode"
CLEAR = "reframe_clear"
REFLECT_ON = "reframe_reflect_on"

Voice = Mapping[str, Mapping[str, str]]
_SHOWN = (Feedback.HELPFUL, Feedback.NOT_THIS_TIME)
_IN_MENU = (Feedback.WRONG, More.ANOTHER, More.WHY, Feedback.PAUSE, More.PRIVATELY)


@dataclass(frozen=True, slots=True)
class Look:
    """What a message looks like: the plain text, and the blocks that say the same."""

    text: str
    blocks: list[dict[str, Any]]

    @classmethod
    def of(cls, body: Mapping[str, str]) -> Look:
        """A look as the outbox kept it, without what not every workspace shows."""
        return cls(body["text"], json.loads(body.get("plain") or body["blocks"]))

    @property
    def body(self) -> dict[str, str]:
        """As the outbox keeps it."""
        return {"text": self.text, "blocks": json.dumps(self.blocks, ensure_ascii=False)}


def nudge(body: Mapping[str, str], key: str, voice: Voice, *, private: bool = False) -> Look:
    """A nudge in a thread, or for its author's eyes only.

    Args:
        body: ``mirror``, ``question`` and ``credit``. key: comes back with each button.
        voice: the fixed words.
    """
    words = voice["nudge"]
    text = f"{body['mirror']} {body['question']}"
    footer = f"{body['credit']} \u00b7 {words['private_footer' if private else 'footer']}"
    elements: list[InteractiveElement] = [
        button(f"{ACTION}{feedback}", words, feedback, key) for feedback in _SHOWN
    ]
    if private:
        elements.append(button(TO_THREAD, words, More.TO_THREAD, key))
    menu = [what for what in _IN_MENU if not (private and what is More.PRIVATELY)]
    elements.append(
        OverflowMenuElement(
            action_id=MORE,
            options=[Option(text=plain(words[what]), value=f"{what}|{key}") for what in menu],
        )
    )
    return Look(
        text,
        built(
            SectionBlock(text=plain(text)),
            ActionsBlock(block_id="reframe_answers", elements=elements),
            small(footer),
        ),
    )


def whisper(body: Mapping[str, str], voice: Voice) -> Look:
    """A line for one reader; after a pause with longer ones and the way back, after That's wrong
    with the way to say why."""
    key = body.get("key", "")
    if body["about"] == Feedback.PAUSE:
        return paused(body["line"], key, voice)
    section = SectionBlock(text=plain(body["line"]))
    if body["about"] == Feedback.HELPFUL and body.get("offer"):
        words = voice["reflection"]
        offer = SectionBlock(text=plain(words["offer"]))
        accept = button(REFLECT_ON, words, "accept", "on")
        text = f"{body['line']} {words['offer']}"
        return Look(text, built(section, offer, ActionsBlock(elements=[accept])))
    if body["about"] != Feedback.WRONG:
        return Look(body["line"], built(section))
    why = button(TELL_WHY, voice["wrong"], "button", key)
    return Look(body["line"], built(section, ActionsBlock(elements=[why])))


def paused(line: str, key: str, voice: Voice, *, longer: bool = True) -> Look:
    """That it is paused, with longer pauses and the way back."""
    words = voice["pause"]
    elements: list[InteractiveElement] = []
    if longer:
        elements.append(button(PAUSE_LONGER, words, "longer", key or "pause"))
        elements.append(button(PAUSE_OPEN, words, "open", key or "pause"))
    elements.append(button(RESUME, words, "resume", key or "pause"))
    return Look(line, built(SectionBlock(text=plain(line)), ActionsBlock(elements=elements)))


def line(text: str) -> Look:
    """One plain line."""
    return Look(text, built(SectionBlock(text=plain(text))))


def linked(text: str) -> Look:
    """One of our own sentences in which a channel or a bold word is marked up."""
    section = SectionBlock(text=MarkdownTextObject(text=text, verbatim=True))
    return Look(text, built(section))


def hello(channel: str, may_speak: bool, voice: Voice) -> Look:
    """What the person who invited the bot is told, with the choice of a mode."""
    words = voice["channel"]
    said = words["hello" if may_speak else "hello_outsiders"]
    text = said.replace("$channel", mention(channel))
    section = SectionBlock(text=MarkdownTextObject(text=text, verbatim=True))
    if not may_speak:
        return Look(text, built(section))
    modes = StaticSelectElement(
        action_id=MODE,
        placeholder=plain(words["choose"]),
        options=[mode(delivery, voice, f"{delivery}|{channel}") for delivery in Delivery],
        initial_option=mode(Delivery.THREAD, voice, f"{Delivery.THREAD}|{channel}"),
    )
    return Look(text, built(section, ActionsBlock(elements=[modes])))


def probation(trap: Trap, title: str, bad: int, rated: int, voice: Voice) -> Look:
    """What an admin is told when a kind of question keeps still by itself."""
    words = voice["channel"]
    text = (
        words["probation"]
        .replace("$kind", title)
        .replace("$share", str(round(100 * bad / max(1, rated))))
        .replace("$rated", str(rated))
    )
    again = button(CLEAR, words, "again", trap)
    return Look(text, built(SectionBlock(text=plain(text)), ActionsBlock(elements=[again])))


def mode(delivery: Delivery, voice: Voice, value: str) -> Option:
    """One way of watching a channel, to choose from."""
    return Option(text=plain(voice["settings"][delivery]), value=value)


def button(
    action_id: str,
    words: Mapping[str, str],
    key: str,
    value: str,
    *,
    confirm: ConfirmObject | None = None,
    style: str | None = None,
) -> ButtonElement:
    """A button with the label that screen readers read: ``words[key]``, ``words[key_label]``."""
    return ButtonElement(
        action_id=action_id,
        text=plain(words[key]),
        value=value,
        accessibility_label=words.get(f"{key}_label"),
        confirm=confirm,
        style=style,
    )


def small(text: str) -> ContextBlock:
    """A line in small print."""
    return ContextBlock(elements=[MarkdownTextObject(text=escaped(text), verbatim=True)])


def plain(text: str) -> PlainTextObject:
    """Words in which nothing is markup."""
    return PlainTextObject(text=text, emoji=False)


def mention(channel: str) -> str:
    """A channel by its id, as Slack shows it by name to those who may know it."""
    return f"<#{channel}>" if channel.isalnum() else escaped(channel)


def escaped(text: str) -> str:
    """Slack's three control characters as entities, so that no text can call or link anyone."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def built(*blocks: Block) -> list[dict[str, Any]]:
    """Blocks as Slack takes them."""
    return [block.to_dict() for block in blocks]
