"""The Home tab: what the bot is, your controls, your last questions, what is kept. Pure."""

from __future__ import annotations

from string import Template
from typing import Any

from slack_sdk.models.blocks import (
    ActionsBlock,
    Block,
    DividerBlock,
    HeaderBlock,
    MarkdownTextObject,
    SectionBlock,
)
from slack_sdk.models.views import View

from bot.core.model import Delivery
from bot.flows.wishes import Standing
from bot.slack.answers import FORGET, sure
from bot.slack.blocks import RESUME, Voice, button, escaped, mention, plain, small
from bot.slack.views import REFLECT_AT

PAUSE = "reframe_home_pause"
SETTINGS = "reframe_home_settings"
ASK = "reframe_home_ask"
DATA = "reframe_home_data"


def home(standing: Standing, voice: Voice, days_kept: float) -> dict[str, Any]:
    """The whole tab for one person.

    Args:
        standing: how things stand. voice: the fixed words. days_kept: how long labels stay.
    """
    words = voice["home"]
    blocks: list[Block] = []
    if standing.first:
        blocks += [SectionBlock(text=plain(words["welcome"])), DividerBlock()]
    blocks += [
        HeaderBlock(text=plain(words["controls"])),
        SectionBlock(text=plain("\n".join(_state(standing, voice)))),
        ActionsBlock(elements=_controls(standing, voice)),
        HeaderBlock(text=plain(words["nudges"])),
        *_nudges(standing, voice),
        HeaderBlock(text=plain(words["kept"])),
        SectionBlock(
            text=plain(
                Template(words["kept_what"]).substitute(days=f"{days_kept:g}", count=standing.kept)
            )
        ),
        ActionsBlock(
            elements=[
                button(DATA, words, "export", "data"),
                button(FORGET, words, "erase", "forget", style="danger", confirm=sure(voice)),
            ]
        ),
        small(words["footer"]),
    ]
    return View(type="home", blocks=blocks).to_dict()


def _state(standing: Standing, voice: Voice) -> list[str]:
    words, wishes = voice["home"], standing.wishes
    if wishes.reflect:
        at = _slot(wishes.reflect_at or REFLECT_AT, voice)
        last = Template(words["reflect_on"]).substitute(at=at)
    else:
        last = words["reflect_off"]
    if standing.until is not None:
        key = "state_paused" if standing.until else "state_paused_open"
        return [Template(words[key]).safe_substitute(until=standing.until), last]
    if standing.only_on_demand:
        return [words["state_demand"], last]
    where = words["private" if wishes.delivery is Delivery.PRIVATE else "thread"]
    return [_when(standing, voice), where, last]


def _when(standing: Standing, voice: Voice) -> str:
    words, wishes, limits = voice["home"], standing.wishes, standing.limits
    hours = limits.quiet_hours
    house = f"{hours.start:%H:%M}-{hours.end:%H:%M}" if hours else words["no_quiet"]
    return Template(words["state_on"]).substitute(
        limit=wishes.daily_limit or limits.daily_cap or voice["settings"]["limit_open"],
        quiet=words["no_quiet"] if wishes.quiet == "off" else wishes.quiet or house,
    )


def _slot(at: str, voice: Voice) -> str:
    day, _, clock = at.partition(" ")
    named = dict(
        zip(
            ("mon", "tue", "wed", "thu", "fri", "sat", "sun"),
            voice["time"]["days"].split(),
            strict=True,
        )
    )
    return f"{named.get(day, day)} {clock}"


def _controls(standing: Standing, voice: Voice) -> list[Any]:
    words = voice["home"]
    if standing.until is None:
        first = button(PAUSE, words, "pause", "pause")
    else:
        first = button(RESUME, voice["pause"], "resume", "home")
    return [
        first,
        button(SETTINGS, words, "settings", "settings"),
        button(ASK, words, "ask", "ask"),
    ]


def _nudges(standing: Standing, voice: Voice) -> list[Block]:
    words = voice["home"]
    if not standing.nudges:
        return [SectionBlock(text=plain(words["no_nudges"]))]
    return [
        SectionBlock(
            text=MarkdownTextObject(
                text=Template(words["nudge"]).substitute(
                    when=escaped(n.when),
                    channel=mention(n.channel),
                    question=escaped(n.question),
                ),
                verbatim=True,
            )
        )
        for n in standing.nudges
    ]
