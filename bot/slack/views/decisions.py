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
    rows = [_row(group, strings) for group in _groups(lines)]
    heading = f"{quiet_here} {words['why']}".strip()
    blocks = as_json(section(heading), *(linked_section(row) for row in rows))
    return RenderedMessage("\n".join([escape(heading), *rows]), blocks)


def _groups(lines: Sequence[DecisionLine]) -> list[list[DecisionLine]]:
    """Return the lines with those together that say the same of the same channel."""
    groups: dict[tuple[str, str, str], list[DecisionLine]] = {}
    for number, each in enumerate(lines):
        is_alone = str(number) if each.question else ""
        groups.setdefault((each.channel_id, each.reason, is_alone), []).append(each)
    return list(groups.values())


def _row(group: Sequence[DecisionLine], strings: Strings) -> str:
    decision, is_one = group[0], len(group) == 1
    kind = "asked" if decision.question else "stayed_quiet" if is_one else "stayed_quiet_often"
    sentence = Template(strings["record"][kind]).substitute(
        when=escape(decision.when),
        channel=channel_link(decision.channel_id),
        question=escape(decision.question),
        reason=escape(decision.reason),
    )
    times = [] if is_one else [f"\u2022 {escape(each.when)}" for each in group]
    return "\n".join([sentence, *times])
