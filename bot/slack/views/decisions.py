"""The latest decisions on a person's messages, as ``/reframe why`` shows them."""

from __future__ import annotations

from collections.abc import Sequence
from string import Template

from bot.flows.decision_log import DecisionLine
from bot.slack.views.block_kit import (
    RenderedMessage,
    Strings,
    as_json,
    channel_link,
    escape,
    line,
    linked_section,
    section,
)


def decisions(lines: Sequence[DecisionLine], strings: Strings) -> RenderedMessage:
    """Render decisions, newest first, silence included."""
    words = strings["record"]
    if not lines:
        return line(words["none"])
    rows = [_row(decision, strings) for decision in lines]
    blocks = as_json(section(words["why"]), *(linked_section(row) for row in rows))
    return RenderedMessage("\n".join([escape(words["why"]), *rows]), blocks)


def _row(decision: DecisionLine, strings: Strings) -> str:
    sentence = strings["record"]["asked" if decision.question else "stayed_quiet"]
    return Template(sentence).substitute(
        when=escape(decision.when),
        channel=channel_link(decision.channel_id),
        question=escape(decision.question),
        reason=escape(decision.reason),
    )
