"""The weekend where somebody is, from the name of their time zone.

Source: the week data of Unicode CLDR 48 (`weekendStart` and `weekendEnd` per territory,
unicode.org/reports/tr35/tr35-dates.html#Week_Data), here by time zone. Two countries differ on
purpose: India and Uganda, of which CLDR says that only Sunday is free. Offices there mostly rest on
Saturday too, and a question that doesn't come annoys nobody.
"""

from __future__ import annotations

from datetime import tzinfo

SATURDAY_AND_SUNDAY = frozenset({5, 6})
_FRIDAY_AND_SATURDAY = frozenset({4, 5})
_THURSDAY_AND_FRIDAY = frozenset({3, 4})
_FRIDAY = frozenset({4})

_ZONES = {
    _FRIDAY_AND_SATURDAY: (
        "Africa/Algiers",
        "Africa/Cairo",
        "Africa/Khartoum",
        "Africa/Tripoli",
        "Asia/Aden",
        "Asia/Amman",
        "Asia/Baghdad",
        "Asia/Bahrain",
        "Asia/Damascus",
        "Asia/Jerusalem",
        "Asia/Kuwait",
        "Asia/Muscat",
        "Asia/Qatar",
        "Asia/Riyadh",
        "Asia/Tel_Aviv",
        "Egypt",
        "Israel",
        "Libya",
    ),
    _THURSDAY_AND_FRIDAY: ("Asia/Kabul",),
    _FRIDAY: ("Asia/Tehran", "Iran"),
}
_WEEKENDS = {name: days for days, names in _ZONES.items() for name in names}


def weekend_in(zone: tzinfo | None) -> frozenset[int]:
    """Return the days of the weekend in a time zone, 0 is Monday.

    A zone without a name (a plain offset) doesn't say where somebody is: Saturday and Sunday.
    """
    return _WEEKENDS.get(getattr(zone, "key", ""), SATURDAY_AND_SUNDAY)
