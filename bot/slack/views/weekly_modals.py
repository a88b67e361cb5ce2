"""The forms of the week: the reflection, and the manager's team."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from slack_sdk.models.blocks import (
    Block,
    ConversationFilter,
    ConversationSelectElement,
    PlainTextInputElement,
    TimePickerElement,
    UserMultiSelectElement,
)
from slack_sdk.models.views import View

from bot.core.weekends import SATURDAY_AND_SUNDAY
from bot.core.weekly_slot import DEFAULT_DIGEST_SLOT, default_digest_slot
from bot.flows.ports.sales_teams import SalesTeam
from bot.slack.views.block_kit import TITLE_LIMIT, Json, Strings, plain, section
from bot.slack.views.inputs import (
    INPUT_LIMIT,
    field_value,
    input_field,
    select_field,
    selected_users,
    text_field,
)
from bot.slack.views.settings_modal import weekday_options
from bot.slack.views.weekly import PLAN_LIMIT, plan_line

REFLECTION = "reframe_reflect"
TEAM = "reframe_team"
MAX_MEMBERS = 100

_BOXES = ("learned", "next", "plan")
_OLD_FIELDS = ("how", "happened", "worked", "if", "then")  # of forms opened before an update


@dataclass(frozen=True, slots=True)
class TeamForm:
    """What a manager chose; ``slot`` is a weekday and a time, ``mon 09:00``."""

    name: str
    member_ids: tuple[str, ...]
    slot: str
    channel_id: str


def reflection_form(strings: Strings, week: str, plan: str, *, response_url: str = "") -> Json:
    """Render the form of a reflection: three boxes, all optional.

    Args:
        strings: the UI strings.
        week: its ISO name.
        plan: of last time; empty if there was none.
        response_url: of the press that opened it; comes back with the form (``read_opened_from``).
    """
    words = strings["reflection"]
    blocks: list[Block] = [section(plan_line(plan, strings))] if plan else []
    hints = ("learned_hint_plan" if plan else "learned_hint", "next_hint", "if_then_hint")
    labels = ("learned", "next", "if_then")
    for name, label, hint in zip(_BOXES, labels, hints, strict=True):
        limit = PLAN_LIMIT if name == "plan" else INPUT_LIMIT
        blocks.append(
            text_field(name, words[label], words[hint], optional=True, multiline=True, limit=limit)
        )
    return View(
        type="modal",
        callback_id=REFLECTION,
        private_metadata=f"{week} {response_url}".strip(),
        title=plain(words["title"], TITLE_LIMIT),
        submit=plain(words["submit"], TITLE_LIMIT),
        close=plain(words["close"], TITLE_LIMIT),
        blocks=blocks,
    ).to_dict()


def read_opened_from(view: Json) -> tuple[str, str]:
    """Return the week that a form is about, and the response URL of the message it was opened from;
    the URL is empty if that isn't known."""
    week, _, response_url = str(view.get("private_metadata") or "").partition(" ")
    return week, response_url


def read_reflection(state: Json) -> dict[str, str]:
    """Return what was written, by field; nothing else of the form."""
    written = {name: field_value(state, name).strip() for name in (*_BOXES, *_OLD_FIELDS)}
    return {name: text for name, text in written.items() if text}


def team_form(
    strings: Strings,
    team: SalesTeam | None,
    member_ids: Sequence[str],
    *,
    weekend: frozenset[int] = SATURDAY_AND_SUNDAY,
) -> Json:
    """Render the form of a sales team, filled in if there is one already.

    Args:
        strings: the UI strings.
        team: as it is; None if there is none yet.
        member_ids: whom the manager named.
        weekend: the manager's, 0 is Monday; a digest opens the week after it.
    """
    words = strings["team"]
    day, _, clock = (team.slot if team else default_digest_slot(weekend)).partition(" ")
    name = PlainTextInputElement(max_length=60, initial_value=team.name if team else None)
    members = UserMultiSelectElement(
        initial_users=list(member_ids) or None, max_selected_items=MAX_MEMBERS
    )
    channel = ConversationSelectElement(
        initial_conversation=(team.channel_id or None) if team else None,
        filter=ConversationFilter(include=["public", "private"], exclude_bot_users=True),
    )
    return View(
        type="modal",
        callback_id=TEAM,
        private_metadata=team.id if team else "",
        title=plain(words["title"], TITLE_LIMIT),
        submit=plain(words["submit"], TITLE_LIMIT),
        close=plain(words["close"], TITLE_LIMIT),
        blocks=[
            input_field("name", words["name"], name),
            input_field("people", words["people"], members),
            select_field("day", words["day"], weekday_options(strings), day),
            input_field("time", words["time"], TimePickerElement(initial_time=clock)),
            input_field("channel", words["channel"], channel, optional=True),
        ],
    ).to_dict()


def read_team(state: Json) -> TeamForm:
    """Return what a manager chose."""
    day, _, clock = DEFAULT_DIGEST_SLOT.partition(" ")
    return TeamForm(
        name=field_value(state, "name").strip(),
        member_ids=tuple(selected_users(state, "people")[:MAX_MEMBERS]),
        slot=f"{field_value(state, 'day') or day} {field_value(state, 'time') or clock}",
        channel_id=field_value(state, "channel"),
    )
