"""The modals of the week: the look back, and the manager's team. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from string import Template
from typing import Any

from slack_sdk.models.blocks import (
    Block,
    ConversationFilter,
    ConversationSelectElement,
    Option,
    PlainTextInputElement,
    SectionBlock,
    StaticSelectElement,
    TimePickerElement,
    UserMultiSelectElement,
)
from slack_sdk.models.views import View

from bot.core.due import DAYS
from bot.flows.digest import SLOT
from bot.flows.week_ports import Group
from bot.slack.blocks import Voice, plain
from bot.slack.views import input_block, text_input, value_of

REFLECT = "reframe_reflect"
TEAM = "reframe_team"
MOST_PEOPLE = 100

Json = dict[str, Any]
_FIELDS = ("how", "happened", "learned", "worked", "next", "if", "then")


@dataclass(frozen=True, slots=True)
class TeamForm:
    """What a manager chose."""

    name: str
    people: tuple[str, ...]
    slot: str
    channel: str


def reflection(voice: Voice, week: str, plan: tuple[str, str]) -> Json:
    """The look back as a form; every field may stay empty."""
    words = voice["reflection"]
    blocks: list[Block] = []
    if all(plan):
        text = Template(words["plan"]).substitute({"if": plan[0], "then": plan[1]})
        blocks += [SectionBlock(text=plain(text)), text_input("how", words["how"], optional=True)]
    for name in ("happened", "learned", "next", "worked"):
        blocks.append(text_input(name, words[name], optional=True, multiline=name == "happened"))
    blocks += [text_input(name, words[name], optional=True) for name in ("if", "then")]
    return View(
        type="modal",
        callback_id=REFLECT,
        private_metadata=week,
        title=plain(words["title"]),
        submit=plain(words["submit"]),
        close=plain(words["close"]),
        blocks=blocks,
    ).to_dict()


def reflected(state: Json) -> dict[str, str]:
    """What was written, by field."""
    values = state.get("values") or {}
    return {name: value_of(values, name).strip() for name in _FIELDS}


def team(voice: Voice, group: Group | None, people: list[str]) -> Json:
    """The form of a team; filled in where there is one."""
    words = voice["team"]
    day, _, clock = (group.slot if group else SLOT).partition(" ")
    named = voice["time"]["days"].split()
    week = [Option(text=plain(named[n]), value=d) for n, d in enumerate(DAYS)]
    shown = next(o for o in week if o.value == day)
    name = PlainTextInputElement(max_length=60, initial_value=group.name if group else None)
    channel = ConversationSelectElement(
        initial_conversation=(group.channel or None) if group else None,
        filter=ConversationFilter(include=["public", "private"], exclude_bot_users=True),
    )
    who = UserMultiSelectElement(initial_users=people or None, max_selected_items=MOST_PEOPLE)
    return View(
        type="modal",
        callback_id=TEAM,
        private_metadata=group.id if group else "",
        title=plain(words["title"]),
        submit=plain(words["submit"]),
        close=plain(words["close"]),
        blocks=[
            input_block("name", words["name"], name),
            input_block("people", words["people"], who),
            input_block(
                "day", words["day"], StaticSelectElement(options=week, initial_option=shown)
            ),
            input_block("time", words["time"], TimePickerElement(initial_time=clock)),
            input_block("channel", words["channel"], channel, optional=True),
        ],
    ).to_dict()


def chosen_team(state: Json) -> TeamForm:
    """What a manager chose."""
    values = state.get("values") or {}
    people = ((values.get("people") or {}).get("people") or {}).get("selected_users") or []
    day, clock = value_of(values, "day") or "mon", value_of(values, "time") or "09:00"
    return TeamForm(
        name=value_of(values, "name").strip(),
        people=tuple(str(p) for p in people[:MOST_PEOPLE]),
        slot=f"{day} {clock}",
        channel=value_of(values, "channel"),
    )
