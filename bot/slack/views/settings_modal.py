"""The settings: what a person can choose, and how the channel around them is watched."""

from __future__ import annotations

from dataclasses import dataclass
from string import Template
from typing import Any

from slack_sdk.models.blocks import (
    Block,
    DividerBlock,
    Option,
    TimePickerElement,
)
from slack_sdk.models.views import View

from bot.core.limits_in_words import hours_in_words
from bot.core.model import Delivery, Preferences
from bot.core.policy import Limits, with_preferences
from bot.core.quiet_hours import QuietHours
from bot.core.weekends import SATURDAY_AND_SUNDAY
from bot.core.weekly_slot import WEEKDAYS, default_reflection_slot
from bot.flows.channel_settings import ChannelOverview
from bot.slack.views.block_kit import TITLE_LIMIT, Json, Strings, option, plain, section, small
from bot.slack.views.inputs import field_value, input_field, select_field
from bot.slack.views.quiet_fields import CHOICE, quiet_fields, read_quiet_fields

SETTINGS = "reframe_settings"

_AS_CHANNEL = "channel"
_AS_WORKSPACE = "house"
_WRONG = "?"  # stands for quiet hours that can't be understood
_COUNTS_OFFERED = (1, 2, 3, 5)


@dataclass(frozen=True, slots=True)
class ChosenSettings:
    """What came back with the settings.

    Attributes:
        preferences: changes, by the names of ``Preferences``.
        delivery: the channel's; None if it was not shown.
        errors: what can't be understood, by field.
    """

    preferences: dict[str, Any]
    delivery: Delivery | None
    errors: dict[str, str]


def settings_form(
    strings: Strings,
    chosen: Preferences,
    limits: Limits,
    channel: ChannelOverview | None,
    *,
    weekend: frozenset[int] = SATURDAY_AND_SUNDAY,
) -> Json:
    """Render the settings.

    Args:
        strings: the UI strings.
        chosen: by the person.
        limits: of the workspace.
        channel: that it was opened from; None for none.
        weekend: the person's, 0 is Monday.
    """
    words = strings["settings"]
    slot = chosen.reflection_slot or default_reflection_slot(weekend)
    day, _, clock = slot.partition(" ")
    blocks: list[Block] = [
        small(words["you"]),
        _delivery_field(words, chosen),
        _limit_field(words, chosen, limits),
        *_quiet_fields(strings, chosen, limits, weekend),
        select_field(
            "reflect",
            words["reflect"],
            [
                option(words["reflect_on"], "on"),
                option(words["reflect_off"], "off"),
            ],
            "on" if chosen.weekly_reflection else "off",
        ),
        select_field("reflect_day", words["reflect_at"], weekday_options(strings), day),
        input_field("reflect_time", words["reflect_time"], TimePickerElement(initial_time=clock)),
    ]
    if channel is not None:
        blocks += _channel_blocks(words, channel, limits)
    may_choose = channel is not None and channel.may_choose
    return View(
        type="modal",
        callback_id=SETTINGS,
        private_metadata=channel.settings.channel_id if channel and may_choose else "",
        title=plain(words["title"], TITLE_LIMIT),
        submit=plain(words["submit"], TITLE_LIMIT),
        close=plain(words["close"], TITLE_LIMIT),
        blocks=blocks,
    ).to_dict()


def read_settings(
    state: Json,
    strings: Strings,
    before: Preferences,
    limits: Limits,
    *,
    weekend: frozenset[int] = SATURDAY_AND_SUNDAY,
) -> ChosenSettings:
    """Return what was chosen, or which field can't be understood.

    Args:
        state: ``view.state`` of a submission.
        strings: the UI strings.
        before: what the person had chosen.
        limits: of the workspace.
        weekend: the person's, as the form showed it.
    """
    limit, errors = field_value(state, "limit"), {}
    quiet = _read_quiet(state, before, limits, weekend)
    if quiet == _WRONG:
        errors["quiet_from"] = strings["settings"]["quiet_wrong"]
    day, clock = field_value(state, "reflect_day"), field_value(state, "reflect_time")
    is_private = field_value(state, "delivery") == Delivery.PRIVATE
    preferences = {
        "delivery": Delivery.PRIVATE if is_private else None,
        "daily_limit": int(limit) if limit.isdecimal() else None,
        "quiet_hours": quiet,
        "weekly_reflection": field_value(state, "reflect") == "on",
        "reflection_slot": f"{day} {clock}" if day and clock else None,
    }
    delivery = field_value(state, "mode")
    return ChosenSettings(preferences, Delivery(delivery) if delivery else None, errors)


def weekday_options(strings: Strings) -> list[Option]:
    """Return the days of the week to choose from."""
    names = strings["time"]["days"].split()
    return [option(name, day) for name, day in zip(names, WEEKDAYS, strict=True)]


def _delivery_field(words: Any, chosen: Preferences) -> Block:
    options = [
        option(words["delivery_channel"], _AS_CHANNEL),
        option(words["delivery_private"], Delivery.PRIVATE),
    ]
    is_private = chosen.delivery is Delivery.PRIVATE
    return select_field(
        "delivery", words["delivery"], options, Delivery.PRIVATE if is_private else _AS_CHANNEL
    )


def _quiet_fields(
    strings: Strings, chosen: Preferences, limits: Limits, weekend: frozenset[int]
) -> list[Block]:
    words = strings["settings"]
    usual = hours_in_words(limits.quiet_hours, strings["time"]) or strings["home"]["no_quiet"]
    as_usual = option(Template(words["quiet_usual"]).substitute(quiet=usual), _AS_WORKSPACE)
    shown = with_preferences(limits, chosen).quiet_hours
    value = _AS_WORKSPACE if chosen.quiet_hours is None else ""
    return quiet_fields(
        strings,
        words,
        shown,
        before=[as_usual],
        chosen=value,
        usual_week=_usual_week(shown, weekend),
    )


def _usual_week(quiet: QuietHours | None, weekend: frozenset[int]) -> list[str]:
    """Return the working days that nobody chose; empty if they are chosen, or no day is quiet."""
    if quiet is None or quiet.days is not None:
        return []
    return [day for number, day in enumerate(WEEKDAYS) if number not in weekend]


def _read_quiet(
    state: Json, before: Preferences, limits: Limits, weekend: frozenset[int]
) -> str | None:
    """Return quiet hours as they are kept, None for the workspace's, or ``_WRONG``.

    Whoever changes a time or a day and leaves "as in this workspace" above it means what they
    changed.
    """
    shown = with_preferences(limits, before).quiet_hours
    choice = field_value(state, CHOICE)
    written = read_quiet_fields(state, _usual_week(shown, weekend))
    house, as_before = str(limits.quiet_hours or "off"), str(shown or "off")
    if not choice:
        return before.quiet_hours  # from a form of before, which had no such field
    if choice != _AS_WORKSPACE:
        is_same = before.quiet_hours is not None and written == as_before
        return before.quiet_hours if is_same else written or _WRONG
    is_empty = not (field_value(state, "quiet_from") or field_value(state, "quiet_until"))
    return None if is_empty or written in (house, as_before) else written or _WRONG


def _limit_field(words: Any, chosen: Preferences, limits: Limits) -> Block:
    usual = Template(words["limit_house"]).substitute(count=limits.daily_cap or words["limit_open"])
    options = [
        option(usual, _AS_WORKSPACE),
        option(words["limit_none"], "0"),
    ]
    for count in sorted({*_COUNTS_OFFERED, *([chosen.daily_limit] if chosen.daily_limit else [])}):
        text = Template(words["limit_some"]).substitute(count=count)
        options.append(option(text, str(count)))
    initial = _AS_WORKSPACE if chosen.daily_limit is None else str(chosen.daily_limit)
    return select_field("limit", words["limit"], options, initial)


def _channel_blocks(words: Any, channel: ChannelOverview, limits: Limits) -> list[Block]:
    delivery, figures = channel.settings.delivery or limits.delivery, channel.figures
    if channel.may_choose:
        options = [option(words[d], d) for d in Delivery]
        choice: Block = select_field("mode", words["mode"], options, delivery)
    else:
        choice = section(Template(words["mode_theirs"]).substitute(mode=words[delivery]))
    line = Template(words["mode_counts"]).substitute(
        said=_at_least(words, figures.asked), observed=_at_least(words, figures.observed)
    )
    off = [section(words["off_here"])] if channel.is_off else []
    return [DividerBlock(), small(words["here"]), *off, choice, small(line)]


def _at_least(words: Any, sellers: int) -> str:
    return (
        Template(words["mode_sellers"]).substitute(count=sellers) if sellers else words["mode_few"]
    )
