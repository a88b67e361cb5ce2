"""The fields for quiet hours and working days, in a person's settings and in a workspace's."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from string import Template

from slack_sdk.models.blocks import Block, Option

from bot.core.limits_in_words import days_in_words
from bot.core.quiet_hours import WEEKDAYS, QuietHours, parse_quiet_hours
from bot.slack.views.block_kit import Json, Strings, option, small
from bot.slack.views.inputs import (
    boxes_field,
    field_value,
    select_field,
    ticked_boxes,
    time_field,
)

THESE, NONE = "these", "none"
CHOICE = "quiet_hours"


def quiet_fields(
    strings: Strings,
    words: Mapping[str, str],
    quiet: QuietHours | None,
    *,
    before: Sequence[Option] = (),
    chosen: str = "",
    usual_week: Sequence[str] = (),
) -> list[Block]:
    """Render the fields: a choice, two times, and the working days.

    Args:
        strings: the UI strings.
        words: the section that has the labels.
        quiet: the hours to show.
        before: further choices, above "between these times" and "none".
        chosen: the value of the one that is chosen; empty for what ``quiet`` says.
        usual_week: the working days to show as checked if ``quiet`` names none; empty where each
            reader has their own.
    """
    times = times_of(quiet)
    start, end = times or ("", "")
    names = day_names(strings)
    choices = [*before, option(words["quiet_these"], THESE), option(words["quiet_no"], NONE)]
    return [
        select_field(CHOICE, words["quiet_label"], choices, chosen or (THESE if times else NONE)),
        time_field("quiet_from", words["quiet_from"], start, optional=True),
        time_field("quiet_until", words["quiet_until"], end, optional=True),
        boxes_field(
            "week",
            words["week_label"],
            [option(name, day) for day, name in names.items()],
            shown_week(quiet, usual_week),
        ),
        small(words["week_hint"]),
    ]


def read_quiet_fields(state: Json, usual_week: Sequence[str] = ()) -> str | None:
    """Return quiet hours and the days off as they are kept; None if a time is missing or none.

    Args:
        state: ``view.state`` of a submission.
        usual_week: the working days that were checked though nobody chose them; empty for none.
            If they still are, the days stay unnamed, and move along with the time zone.
    """
    start, end = field_value(state, "quiet_from"), field_value(state, "quiet_until")
    if field_value(state, CHOICE) == NONE:
        start = end = "00:00"  # covers nothing, so only the days off count
    elif not (start and end and start != end):
        return None
    ticked = set(ticked_boxes(state, "week"))
    if ticked and ticked == set(usual_week):
        return _as_kept(f"{start}-{end}")
    off = [day for day in WEEKDAYS if day not in ticked] if ticked else []
    if start == end and not off:
        return "off"
    days = f",{','.join(off) or 'weekdays'}" if ticked else ""
    return _as_kept(f"{start}-{end}{days}")


def _as_kept(quiet: str) -> str | None:
    try:
        return str(parse_quiet_hours(quiet))
    except ValueError:
        return None


def shown_week(quiet: QuietHours | None, usual_week: Sequence[str]) -> Sequence[str]:
    """Return the working days that a form shows as checked: what holds now.

    Args:
        quiet: the hours that hold; None if nothing is quiet, so every day is a working day.
        usual_week: the working days if ``quiet`` names none.
    """
    if quiet is None:
        return WEEKDAYS
    days = working_days(quiet)
    return usual_week if days is None else days


def times_of(quiet: QuietHours | None) -> tuple[str, str] | None:
    """Return when quiet hours begin and end; None if only whole days are quiet, or nothing is."""
    if quiet is None or quiet.start == quiet.end:
        return None
    return f"{quiet.start:%H:%M}", f"{quiet.end:%H:%M}"


def working_days(quiet: QuietHours | None) -> list[str] | None:
    """Return the working days that were chosen; None if each seller keeps their own."""
    if quiet is None or quiet.days is None:
        return None
    return [day for number, day in enumerate(WEEKDAYS) if number not in quiet.days]


def week_line(quiet: QuietHours | None, strings: Strings) -> str:
    """Return a sentence that names the working days."""
    words, days = strings["workspace"], working_days(quiet)
    if days is None:
        return words["week_own" if quiet is not None else "week_full"]
    if len(days) == len(WEEKDAYS):
        return words["week_full"]
    numbers = [WEEKDAYS.index(day) for day in days]
    return Template(words["week"]).substitute(days=days_in_words(numbers, strings["time"]))


def day_names(strings: Strings) -> dict[str, str]:
    """Return what the days of the week are called, by their ids."""
    return dict(zip(WEEKDAYS, strings["time"]["days"].split(), strict=True))
