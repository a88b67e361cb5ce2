"""Says what ``/reframe`` would answer to a wish in a channel, without granting it."""

from __future__ import annotations

from datetime import datetime, time, timedelta, timezone
from string import Template

from bot.core import durations
from bot.core.channel_wishes import is_about_channel, read_channel_wish
from bot.core.intents import Intent
from bot.core.model import Person
from bot.core.playbook_model import Playbook
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
    if (on_or_off := read_channel_wish(text, in_channel=True)) is not None:
        where = switch["there" if on_or_off.is_elsewhere else "here"]
        return Template(switch["on" if on_or_off.is_on else "off"]).substitute(where=where)
    offset = datetime.fromtimestamp(now).astimezone().utcoffset() or timedelta()
    zone = timezone(offset)
    wish = read_wish(text, now=now, zone=zone)
    if wish is None and intent in (Intent.STOP, Intent.PAUSE) and is_about_channel(text):
        return switch["which"]
    if wish is None and intent is Intent.RESUME and is_about_channel(text):
        return switch["which_on"]
    if wish is None:
        end = find_pause_end(text, now=now, zone=zone) if intent is Intent.PAUSE else None
        wish = _wish_of(intent, end)
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


def _line_of(wish: Wish, playbook: Playbook, utc_offset: int) -> str:
    words = playbook.strings["command"]
    match wish.kind:
        case WishKind.PAUSE if wish.until >= durations.NO_END:
            return words["paused_open"]
        case WishKind.PAUSE:
            person = Person("", None, utc_offset, is_colleague=True)
            is_midnight = durations.local_time(wish.until, person).time() == time()
            shown = durations.format_day if is_midnight else durations.format_moment
            end = shown(wish.until, person, playbook.strings["time"])
            return Template(words["paused"]).substitute(until=end)
        case WishKind.ASK_WHEN:
            return words["bad_duration"]
        case WishKind.RESUME:
            return words["resumed"]
        case WishKind.PRIVATELY:
            return words["privately"]
        case WishKind.OWN_DATA:
            return words["own_data"]
        case WishKind.HELP:
            return words["help"].strip()
        case WishKind.ASK_HOW | WishKind.CHANNEL:
            return words["how_to_stop"]
