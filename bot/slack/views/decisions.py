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


def decisions(
    lines: Sequence[DecisionLine], strings: Strings, *, quiet_here: str = ""
) -> RenderedMessage:
    """Render decisions, newest first, silence included.

    Args:
        lines: the decisions. strings: the UI strings.
        quiet_here: why the bot asks nothing in this channel at all; empty if it does.
    """
    words = strings["record"]
    if not lines:
        return line(f"{quiet_here} {words['none']}".strip())
    rows = [_row(decision, strings) for decision in lines]
    heading = f"{quiet_here} {words['why']}".strip()
    blocks = as_json(section(heading), *(linked_section(row) for row in rows))
    return RenderedMessage("\n".join([escape(heading), *rows]), blocks)


def _row(decision: DecisionLine, strings: Strings) -> str:
    sentence = strings["record"]["asked" if decision.question else "stayed_quiet"]
    return Template(sentence).substitute(
        when=escape(decision.when),
        channel=channel_link(decision.channel_id),
        question=escape(decision.question),
        reason=escape(decision.reason),
    )
