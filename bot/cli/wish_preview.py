"""Says what ``/reframe`` would answer to a wish in a channel, without granting it."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from string import Template

from bot.core import durations
from bot.core.channel_wishes import is_about_channel, read_channel_wish, wants_none_here
from bot.core.intents import Intent
from bot.core.model import Person
from bot.core.pause_ends import parse_end
from bot.core.playbook_model import Playbook
from bot.core.rhythm_wishes import read_rhythm_wish
from bot.core.wishes import Wish, WishKind, find_pause_end, read_wish


def preview_wish(text: str, intent: Intent, playbook: Playbook, *, now: float) -> str | None:
    """Return the line that whoever writes this behind the command would get.

    Args:
        text: as typed.
        intent: what the router finds in it, for wishes in words of somebody's own.
        playbook: the words.
        now: Unix seconds. Days begin in the time zone of this machine.

    Returns:
        None if it is no wish.
    """
    switch = playbook.strings["switch"]
    if wants_none_here(text, in_channel=True):
        who = switch["deciders"]
        return Template(switch["not_for_one"]).substitute(who=who)
    offset = datetime.fromtimestamp(now).astimezone().utcoffset() or timedelta()
    zone = timezone(offset)
    if (on_or_off := read_channel_wish(text, in_channel=True)) is not None:
        where = switch["there" if on_or_off.is_elsewhere else "here"]
        until = parse_end(on_or_off.end, now=now, zone=zone)
        if until is None:
            return switch["bad_end"]
        if until < durations.NO_END:
            end = _shown(until, int(offset.total_seconds()), playbook)
            return Template(switch["off_until"]).substitute(where=where, until=end)
        return Template(switch["on" if on_or_off.is_on else "off"]).substitute(where=where)
    if (rhythm := read_rhythm_wish(text)) is not None:
        return playbook.text("command", rhythm)
    wish = read_wish(text, now=now, zone=zone)
    if wish is None and intent in (Intent.STOP, Intent.PAUSE) and is_about_channel(text):
        return switch["which"]
    if wish is None and intent is Intent.RESUME and is_about_channel(text):
        return switch["which_on"]
    if wish is None:
        until = find_pause_end(text, now=now, zone=zone) if intent is Intent.PAUSE else None
        wish = _wish_of(intent, until)
    return None if wish is None else _line_of(wish, playbook, int(offset.total_seconds()))


def _wish_of(intent: Intent, end: float | None) -> Wish | None:
    match intent:
        case Intent.STOP:
            return Wish(WishKind.PAUSE, durations.NO_END)
        case Intent.PAUSE:
            return Wish(WishKind.PAUSE, end) if end else Wish(WishKind.ASK_WHEN)
        case Intent.RESUME:
            return Wish(WishKind.RESUME)
        case Intent.HELP:
            return Wish(WishKind.HELP)
    return None


def _shown(until: float, utc_offset: int, playbook: Playbook) -> str:
    person = Person("", None, utc_offset, is_colleague=True)
    return durations.format_end(until, person, playbook.strings["time"])


def _line_of(wish: Wish, playbook: Playbook, utc_offset: int) -> str:
    words = playbook.strings["command"]
    match wish.kind:
        case WishKind.PAUSE if wish.until >= durations.NO_END:
            return words["paused_open"]
        case WishKind.PAUSE:
            end = _shown(wish.until, utc_offset, playbook)
            return Template(words["paused"]).substitute(until=end)
        case WishKind.ASK_WHEN:
            return words["bad_duration"]
        case WishKind.RESUME:
            return words["resumed"]
        case WishKind.PRIVATELY:
            return words["privately"]
        case WishKind.OWN_DATA:
            return words["own_data"]
        case WishKind.ERASE:
            return words["erase"]
        case WishKind.WHO:
            return words["who"]
        case WishKind.HELP:
            return words["help"].strip()
        case WishKind.ASK_HOW | WishKind.HOW_OFTEN | WishKind.CHANNEL:
            return words["how_to_stop"]
