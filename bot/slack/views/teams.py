"""Messages about a sales team: the invitation, and who manages it."""

from __future__ import annotations

from collections.abc import Sequence
from string import Template

from slack_sdk.models.blocks import (
    ActionsBlock,
    Block,
    ButtonElement,
    UserSelectElement,
)

from bot.flows.ports.sales_teams import SalesTeam
from bot.slack.views.block_kit import (
    PLACEHOLDER_LIMIT,
    RenderedMessage,
    Strings,
    as_json,
    button,
    erasing_button,
    escape,
    line,
    linked_line,
    linked_section,
    plain,
    section,
    user_link,
)

ACCEPT = "reframe_team_yes"
DECLINE = "reframe_team_no"
END = "reframe_team_end"
HAND_OVER = "reframe_team_hand_over"
TAKE_OVER = "reframe_team_take_over"
LEAVE_IT = "reframe_team_leave_it"

_TEAMS_SHOWN = 15  # two blocks each, of the fifty that Slack shows


def invitation(team: SalesTeam, strings: Strings) -> RenderedMessage:
    """Render the invitation that asks a seller to be counted in a sales team."""
    words = strings["team"]
    buttons = [button(ACCEPT, words, "yes", team.id), button(DECLINE, words, "no", team.id)]
    return _with_buttons(_about(team, words["asked"]), buttons)


def manager_gone(team: SalesTeam, strings: Strings) -> RenderedMessage:
    """Render what an admin reads if a team has lost its manager."""
    return line(Template(strings["team"]["manager_gone"]).substitute(team=team.name))


def offer(team: SalesTeam, strings: Strings) -> RenderedMessage:
    """Render what the person is asked who may take a team over."""
    words = strings["team"]
    buttons = [
        button(TAKE_OVER, words, "take_over", team.id),
        button(LEAVE_IT, words, "leave_it", team.id),
    ]
    return _with_buttons(_about(team, words["offer"]), buttons)


def taken_over(team: SalesTeam, strings: Strings) -> RenderedMessage:
    """Render what a member is told if somebody else manages the team."""
    return linked_line(_about(team, strings["team"]["has_changed"]))


def manage(teams: Sequence[SalesTeam], strings: Strings) -> RenderedMessage:
    """Render the teams that a person may end or hand over."""
    words = strings["team"]
    if not teams:
        return line(words["manages_none"])
    blocks: list[Block] = [section(words["manage"])]
    lines = [escape(words["manage"])]
    for team in teams[:_TEAMS_SHOWN]:
        text = _about(team, words["managed"])
        lines.append(text)
        who = UserSelectElement(
            action_id=HAND_OVER, placeholder=plain(words["hand_over"], PLACEHOLDER_LIMIT)
        )
        end = erasing_button(
            END,
            words,
            "end",
            team.id,
            title=words["end_title"],
            text=words["end_confirm"],
            confirm=words["end"],
            deny=words["close"],
        )
        blocks += [linked_section(text), ActionsBlock(block_id=team.id, elements=[who, end])]
    return RenderedMessage("\n".join(lines), as_json(*blocks))


def _about(team: SalesTeam, sentence: str) -> str:
    """Fill in the manager and the team; the team's name can neither mention nor link anyone."""
    return Template(sentence).substitute(manager=user_link(team.manager_id), team=escape(team.name))


def _with_buttons(text: str, buttons: Sequence[ButtonElement]) -> RenderedMessage:
    return RenderedMessage(
        text, as_json(linked_section(text), ActionsBlock(elements=list(buttons)))
    )
