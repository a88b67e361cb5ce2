"""Nudges, and the private lines that follow them."""

from __future__ import annotations

from collections.abc import Mapping
from string import Template
from typing import Any

from slack_sdk.models.blocks import (
    ActionsBlock,
    InteractiveElement,
    OverflowMenuElement,
)

from bot.core.durations import format_span
from bot.core.model import Feedback, More
from bot.core.policy import Limits
from bot.slack.views.block_kit import (
    RenderedMessage,
    Strings,
    as_json,
    button,
    escape,
    fill,
    line,
    option,
    section,
    small,
)

FEEDBACK = "reframe_answer_"  # + the feedback
MORE = "reframe_more"
TO_THREAD = "reframe_to_thread"
PAUSE_LONGER = "reframe_pause_longer"
PAUSE_OPEN = "reframe_pause_open"
RESUME = "reframe_resume"
TELL_WHY = "reframe_tell_why"
REFLECT_ON = "reframe_reflect_on"

BUTTONS = (Feedback.HELPFUL, Feedback.NOT_THIS_TIME)
_MENU = (Feedback.WRONG, More.ANOTHER, More.WHY, Feedback.PAUSE, More.PRIVATELY)
_REFLECTION = "reflection"  # what a line may offer


def nudge(
    content: Mapping[str, Any],
    key: str,
    strings: Strings,
    limits: Limits,
    *,
    private: bool = False,
    note: str = "",
    chosen: Feedback | None = None,
) -> RenderedMessage:
    """Render a nudge in a thread, or for its author's eyes only.

    Args:
        content: ``mirror``, perhaps empty, and ``question``. The article's title could name the
            trap, so its credit is shown on "Why this?" only.
        key: of the nudge; comes back with each press.
        strings: the UI strings. limits: how long a pause is.
        private: whether only its author sees it.
        note: what became of it after its author wanted it in the thread; empty if they didn't.
        chosen: the button that its author pressed. Never in a thread, where others would see it.
    """
    span = format_span(limits.pause_days, strings["time"])
    words = fill(strings["nudge"], span=span)
    text = f"{content['mirror']} {content['question']}".strip()
    elements: list[InteractiveElement] = [
        button(f"{FEEDBACK}{feedback}", words, feedback, key) for feedback in BUTTONS
    ]
    can_share = private and not note
    if chosen is not None:
        pressed = Template(strings["feedback"]["chosen"]).substitute(button=words[chosen])
        note = f"{note}\n{pressed}".strip()
    if can_share:
        elements.append(button(TO_THREAD, words, More.TO_THREAD, key))
    choices = [choice for choice in _MENU if not (private and choice is More.PRIVATELY)]
    elements.append(
        OverflowMenuElement(
            action_id=MORE,
            options=[option(words[choice], f"{choice}|{key}") for choice in choices],
        )
    )
    blocks = as_json(
        section(text),
        ActionsBlock(block_id="reframe_answers", elements=elements),
        *([section(note)] if note else []),
        small(words["private_footer" if private else "footer"]),
    )
    return RenderedMessage(escape(f"{text}\n{note}".strip()), blocks)


def ephemeral_line(content: Mapping[str, Any], strings: Strings, limits: Limits) -> RenderedMessage:
    """Render a line about a nudge for one reader, with the buttons that its topic needs.

    Args:
        content: ``line``, ``topic`` (what it follows), ``key`` (of the nudge) and ``offer``.
        strings: the UI strings. limits: how long a longer pause is.
    """
    text, topic, key = content["line"], content["topic"], content.get("key", "")
    if topic == Feedback.PAUSE:
        return paused(text, key, strings, limits)
    if topic == Feedback.HELPFUL and content.get("offer") == _REFLECTION:
        words = strings["reflection"]
        accept = button(REFLECT_ON, words, "accept", "on")
        blocks = as_json(section(text), section(words["offer"]), ActionsBlock(elements=[accept]))
        return RenderedMessage(escape(f"{text} {words['offer']}"), blocks)
    if topic == Feedback.WRONG:
        why = button(TELL_WHY, strings["wrong"], "button", key)
        return RenderedMessage(escape(text), as_json(section(text), ActionsBlock(elements=[why])))
    return line(text)


def paused(
    text: str, key: str, strings: Strings, limits: Limits, *, longer: bool = True
) -> RenderedMessage:
    """Render that questions are paused, with a button that resumes them.

    Args:
        text: the line.
        key: of the nudge that it follows; empty for none.
        strings: the UI strings. limits: how long a longer pause is.
        longer: whether longer pauses are offered.
    """
    span = format_span(limits.longer_pause_days, strings["time"])
    words, value = fill(strings["pause"], span=span), key or "pause"
    elements: list[InteractiveElement] = []
    if longer:
        elements.append(button(PAUSE_LONGER, words, "longer", value))
        elements.append(button(PAUSE_OPEN, words, "open", value))
    elements.append(button(RESUME, words, "resume", value))
    return RenderedMessage(escape(text), as_json(section(text), ActionsBlock(elements=elements)))
