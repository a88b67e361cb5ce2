"""Messages about a channel, for the person who invited the bot or for an admin."""

from __future__ import annotations

from string import Template

from slack_sdk.models.blocks import ActionsBlock, Option, StaticSelectElement

from bot.core.model import Delivery, Trap
from bot.core.policy import Limits
from bot.slack.views import nudge
from bot.slack.views.block_kit import (
    PLACEHOLDER_LIMIT,
    RenderedMessage,
    Strings,
    as_json,
    button,
    channel_link,
    escape,
    linked_line,
    linked_section,
    option,
    plain,
    section,
    small,
)

DELIVERY = "reframe_mode"
CLEAR_PROBATION = "reframe_clear"
EXAMPLE = "reframe_example"


def hello(
    channel_id: str,
    strings: Strings,
    *,
    may_speak: bool,
    may_choose: bool,
    delivery: Delivery,
    is_off: bool = False,
) -> RenderedMessage:
    """Render the hello to whoever invited the bot, with the choice of where questions go.

    Args:
        channel_id: the channel. strings: the fixed sentences.
        may_speak: whether no outsider reads the channel.
        may_choose: whether whoever reads it chooses; else an admin does.
        delivery: where questions go until somebody chooses.
        is_off: whether the bot stays turned off in the channel.
    """
    words = strings["channel"]
    kind = "hello_outsiders"
    if may_speak:
        kind = "hello_off" if is_off else "hello" if may_choose else "hello_told"
    text = Template(words[kind]).safe_substitute(
        channel=channel_link(channel_id), mode=strings["settings"][delivery]
    )
    if is_off or not may_speak:
        return linked_line(text)
    sample = button(EXAMPLE, words, "example", channel_id)
    if not may_choose:
        return RenderedMessage(text, as_json(linked_section(text), ActionsBlock(elements=[sample])))
    options = {d: _option(d, channel_id, strings) for d in Delivery}
    select = StaticSelectElement(
        action_id=DELIVERY,
        placeholder=plain(words["choose"], PLACEHOLDER_LIMIT),
        options=list(options.values()),
        initial_option=options[delivery],
    )
    blocks = as_json(
        linked_section(text), ActionsBlock(elements=[select, sample]), small(words["try_out"])
    )
    return RenderedMessage(text, blocks)


def example(strings: Strings, limits: Limits) -> RenderedMessage:
    """Render what a question looks like, below the sentence that it would follow. Its buttons
    belong to no question that is stored, and say so.

    Args:
        strings: the fixed sentences. limits: how long a pause is.
    """
    words = strings["channel"]
    content = {"mirror": "", "question": words["example_question"]}
    shown = nudge.nudge(content, "example", strings, limits, private=True)
    blocks = [*as_json(section(words["example_intro"])), *shown.blocks]
    return RenderedMessage(escape(words["example_intro"]), blocks)


def delivery_chosen(channel_id: str, delivery: Delivery, strings: Strings) -> RenderedMessage:
    """Render that a channel's questions go somewhere else from now on."""
    text = Template(strings["channel"]["chosen"]).substitute(
        mode=strings["settings"][delivery], channel=channel_link(channel_id)
    )
    return linked_line(text)


def read_delivery(value: str) -> tuple[Delivery, str]:
    """Return the delivery and the channel that an option of ``hello`` carries."""
    name, _, channel_id = value.partition("|")
    return Delivery(name), channel_id


def probation(
    trap: Trap, title: str, strings: Strings, *, not_useful: int, rated: int
) -> RenderedMessage:
    """Render what an admin reads if a trap's questions are stopped.

    Args:
        trap: which one.
        title: its name in plain words.
        strings: the UI strings.
        not_useful, rated: ratings that said so, and all ratings.
    """
    words = strings["channel"]
    share = round(100 * not_useful / max(1, rated))
    text = Template(words["probation"]).substitute(kind=title, share=share, rated=rated)
    again = button(CLEAR_PROBATION, words, "again", trap)
    return RenderedMessage(escape(text), as_json(section(text), ActionsBlock(elements=[again])))


def _option(delivery: Delivery, channel_id: str, strings: Strings) -> Option:
    return option(strings["settings"][delivery], f"{delivery}|{channel_id}")
