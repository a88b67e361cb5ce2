"""The Home tab: what the bot is, the controls, the latest questions, and what is kept."""

from __future__ import annotations

from datetime import time
from string import Template

from slack_sdk.models.blocks import (
    ActionsBlock,
    Block,
    ButtonElement,
    DividerBlock,
)
from slack_sdk.models.views import View

from bot.core.durations import format_clock, format_span
from bot.core.limits_in_words import (
    caps_in_words,
    days_in_words,
    hours_in_words,
    quiet_days,
)
from bot.core.model import Delivery
from bot.core.policy import with_preferences
from bot.core.weekly_slot import default_reflection_slot
from bot.flows.preferences import HomeState
from bot.flows.workspace_settings import WorkspaceOverview
from bot.slack.views.block_kit import (
    Json,
    Strings,
    button,
    channel_link,
    escape,
    fill,
    header,
    linked_section,
    section,
    small,
)
from bot.slack.views.erasure import erase_button
from bot.slack.views.nudge import RESUME
from bot.slack.views.quiet_fields import day_names
from bot.slack.views.workspace_settings import workspace_section

PAUSE = "reframe_home_pause"
SETTINGS = "reframe_home_settings"
ASK = "reframe_home_ask"
DATA = "reframe_home_data"
_USUAL_PLACE = {
    Delivery.PRIVATE: "private_usual",
    Delivery.THREAD: "thread",
    Delivery.OBSERVE: "counts",
}
"""Where questions appear until someone chooses for a channel: the key of its sentence."""


def home(
    state: HomeState,
    strings: Strings,
    retention_days: float,
    workspace: WorkspaceOverview | None = None,
) -> Json:
    """Render the whole tab for one person.

    Args:
        state: how things stand.
        strings: the UI strings.
        retention_days: how long decisions are kept.
        workspace: what holds in the workspace, for its admins; None for everybody else.
    """
    words = strings["home"]
    blocks: list[Block] = []
    if state.first_visit:
        blocks += [section(words["welcome"]), DividerBlock()]
    kept = Template(words["kept_what"]).substitute(
        span=format_span(retention_days, strings["time"]), count=state.decisions_kept
    )
    blocks += [
        header(words["controls"]),
        section("\n".join(_status_lines(state, strings))),
        ActionsBlock(elements=_controls(state, strings)),
        header(words["nudges"]),
        *_nudges(state, strings),
        header(words["kept"]),
        section(kept),
        _own_data(strings),
        *(workspace_section(workspace, strings) if workspace else ()),
        small(words["footer"]),
    ]
    return View(type="home", blocks=blocks).to_dict()


def closed_home(sentence: str, strings: Strings) -> Json:
    """Render the tab for somebody who may not use the bot: why, and what they can do about their
    data."""
    blocks: list[Block] = [
        section(sentence),
        header(strings["people"]["own_data"]),
        _own_data(strings),
    ]
    return View(type="home", blocks=blocks).to_dict()


def _own_data(strings: Strings) -> ActionsBlock:
    export = button(DATA, strings["home"], "export", "data")
    return ActionsBlock(elements=[export, erase_button(strings, "home", "erase", "forget_short")])


def _status_lines(state: HomeState, strings: Strings) -> list[str]:
    words, chosen = strings["home"], state.preferences
    reflection = words["reflect_off"]
    if chosen.weekly_reflection:
        slot = _slot(chosen.reflection_slot or default_reflection_slot(state.weekend), strings)
        reflection = Template(words["reflect_on"]).substitute(at=slot)
    if state.paused_until is not None:
        key = "state_paused" if state.paused_until else "state_paused_open"
        return [Template(words[key]).safe_substitute(until=state.paused_until), reflection]
    if state.only_on_demand:
        return [words["state_demand"], reflection]
    return [_limits_line(state, strings), words[_place_key(state)], reflection]


def _place_key(state: HomeState) -> str:
    """Return the key of the sentence that says where a person's questions appear."""
    if state.preferences.delivery is Delivery.PRIVATE:
        return "private"
    return _USUAL_PLACE[state.limits.delivery]


def _limits_line(state: HomeState, strings: Strings) -> str:
    words, chosen, limits = strings["home"], state.preferences, state.limits
    hours = with_preferences(limits, chosen).quiet_hours
    days = quiet_days(hours, state.weekend)
    return Template(words["state_on"]).substitute(
        caps=caps_in_words(with_preferences(limits, chosen), strings["caps"]),
        quiet=hours_in_words(hours, strings["time"]) or words["no_quiet"],
        days=days_in_words(days, strings["time"]) or words["days_none"],
    )


def _slot(slot: str, strings: Strings) -> str:
    day, _, clock = slot.partition(" ")
    at = format_clock(time.fromisoformat(clock), strings["time"])
    return Template(strings["time"]["slot"]).substitute(
        weekday=day_names(strings).get(day, day), clock=at
    )


def _controls(state: HomeState, strings: Strings) -> list[ButtonElement]:
    words = strings["home"]
    if state.paused_until is None:
        span = format_span(state.limits.pause_days, strings["time"])
        first = button(PAUSE, fill(words, span=span), "pause", "pause")
    else:
        first = button(RESUME, strings["pause"], "resume", "home")
    return [
        first,
        button(SETTINGS, words, "settings", "settings"),
        button(ASK, words, "ask", "ask"),
    ]


def _nudges(state: HomeState, strings: Strings) -> list[Block]:
    words = strings["home"]
    if not state.nudges:
        return [section(words["no_nudges"])]
    return [
        linked_section(
            Template(words["nudge"]).substitute(
                when=escape(nudge.when),
                channel=channel_link(nudge.channel_id),
                question=escape(nudge.question),
            )
        )
        for nudge in state.nudges
    ]
