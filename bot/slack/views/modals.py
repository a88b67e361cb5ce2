"""The modals for asking, for a reply, and for what was wrong with a nudge.

Slack shows at most 100 blocks and 24 characters of a title (docs.slack.dev/surfaces/modals).
"""

from __future__ import annotations

from collections.abc import Mapping

from slack_sdk.models.blocks import Block, StaticSelectElement
from slack_sdk.models.views import View

from bot.slack.views.block_kit import (
    TITLE_LIMIT,
    Json,
    RenderedMessage,
    Strings,
    line,
    option,
    plain,
    small,
)
from bot.slack.views.inputs import field_value, input_field, text_field

ASK = "reframe_ask"
MESSAGE = "reframe_answer"
WRONG = "reframe_wrong"

ASK_FIRST_FIELD = "situation"  # where an error of the form is shown
_ASK_FIELDS = (ASK_FIRST_FIELD, "customer", "wanted")
_WRONG_REASONS = ("fact", "other_side", "turned", "moment")


def ask_form(strings: Strings) -> Json:
    """Render the form behind ``/reframe`` alone."""
    words = strings["ask"]
    first, *others = _ASK_FIELDS
    fields = [text_field(first, words[first], words[f"{first}_hint"], multiline=True, focus=True)]
    fields += [
        text_field(name, words[name], words[f"{name}_hint"], optional=True) for name in others
    ]
    return View(
        type="modal",
        callback_id=ASK,
        title=plain(words["title"], TITLE_LIMIT),
        submit=plain(words["submit"], TITLE_LIMIT),
        close=plain(words["close"], TITLE_LIMIT),
        blocks=fields,
    ).to_dict()


def read_ask(state: Json) -> str:
    """Return what was written into the form, one line per field; empty for nothing."""
    lines = [field_value(state, name).strip() for name in _ASK_FIELDS]
    return "\n".join(line for line in lines if line)


def message_modal(message: RenderedMessage, strings: Strings) -> Json:
    """Render a modal that shows a message."""
    words = strings["ask"]
    return View(
        type="modal",
        callback_id=MESSAGE,
        title=plain(words["title"], TITLE_LIMIT),
        close=plain(words["close"], TITLE_LIMIT),
        blocks=message.blocks,
    ).to_dict()


def line_modal(text: str, strings: Strings) -> Json:
    """Render a modal that shows one line."""
    return message_modal(line(text), strings)


def thinking_modal(strings: Strings) -> Json:
    """Render the modal that stands while an ask is being answered."""
    return line_modal(strings["advice"]["thinking"], strings)


def wrong_form(key: str, strings: Strings, *, keeps_words: bool) -> Json:
    """Render the form that asks what was wrong with a nudge; every field is optional.

    Args:
        key: of the nudge.
        strings: the UI strings.
        keeps_words: whether there is anything to keep words with; if not, none are asked for.
    """
    words = strings["wrong"]
    reasons = [option(words[name], name) for name in _WRONG_REASONS]
    return View(
        type="modal",
        callback_id=WRONG,
        private_metadata=key,
        title=plain(words["title"], TITLE_LIMIT),
        submit=plain(words["submit"], TITLE_LIMIT),
        close=plain(words["close"], TITLE_LIMIT),
        blocks=[
            input_field(
                "reason", words["reason"], StaticSelectElement(options=reasons), optional=True
            ),
            *(_example_fields(words) if keeps_words else ()),
        ],
    ).to_dict()


def _example_fields(words: Mapping[str, str]) -> list[Block]:
    return [
        text_field("words", words["words"], optional=True, multiline=True),
        small(words["words_hint"]),
    ]


def read_wrong(state: Json) -> tuple[str, str]:
    """Return the reason that was chosen and the words that were written; empty for none."""
    return field_value(state, "reason"), field_value(state, "words").strip()
