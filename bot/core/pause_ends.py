"""Read until when a pause should last from the words a person wrote, in their own time zone.

The text is expected as ``bot.core.plain_words.simplified`` returns it: lower case, single blanks,
no punctuation but what belongs to a time or a date.
"""

from __future__ import annotations

import calendar
import re
from collections.abc import Callable
from datetime import date, datetime, time, timedelta, tzinfo

from bot.core.durations import NO_END, parse_duration
from bot.core.weekly_slot import WEEKDAYS

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_DAY = rf"(?P<weekday>{'|'.join(WEEKDAYS)})(?:s|nes|rs|ur|thurs)?(?:day)?"
_MONTH = (
    r"(?P<month>jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?"
    r"|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)"
)
_NUMBER_OF_DAY = r"(?P<number>\d{1,2})(?:st|nd|rd|th)?"
_PERIODS = {"day": 0, "week": 1, "month": 2, "quarter": 3, "year": 4}
_SHORT = {"eod": "day", "eow": "week", "eom": "month", "eoq": "quarter", "eoy": "year"}
_DAY_TIMES = {
    "morning": time(9),
    "noon": time(12),
    "midday": time(12),
    "lunch": time(12),
    "lunchtime": time(12),
    "after lunch": time(14),
    "afternoon": time(13),
    "evening": time(18),
    "night": time(18),
    "close of business": time(17),
    "cob": time(17),
}
_UNTIL_TOLD = re.compile(
    r"(?:i|we)(?:m| am| are)? (?:resume|unpause|unmute|return|back|ready"
    r"|(?:come|get|m|am) back|(?:say|tell|ask|write|call|let|turn|switch|need|want)\b.*)"
    r"|further notice|told otherwise|notified|indefinitely|forever|for ever|for good|always|never"
    r"|open|the end of time|on|eternity|ever|permanently"
)
_CLOCK = re.compile(r"(\d{1,2})(?:[:h](\d{2}))?\s?(am|pm|a m|p m|o ?clock|h|uhr)?")
_LONGEST_DAYS = 3_650


def parse_end(
    text: str, *, now: float, zone: tzinfo, week_start: int = 0, inclusive: bool = False
) -> float | None:
    """Return until when a pause lasts.

    Args:
        text: what is written behind "pause": ``until friday``, ``for the rest of the week``,
            ``3 days``, ``until 3pm``; empty for no end.
        now: Unix seconds.
        zone: the person's time zone.
        week_start: the first day of the person's week, 0 is Monday.
        inclusive: whether a day that is named belongs to the pause, as in ``not on friday``.

    Returns:
        Unix seconds; ``NO_END`` if the text names no end, None if it can't be understood.
    """
    words, lead = _without_lead(text)
    if words == "" or _UNTIL_TOLD.fullmatch(words):
        return NO_END
    if lead in ("through", "after"):
        inclusive = True
    local = datetime.fromtimestamp(now, zone)
    reader = _Reader(local, week_start, inclusive, until=lead in ("until", "after"))
    if lead in ("", "for", "through") and (seconds := parse_duration(words)) is not None:
        return min(now + seconds, NO_END)
    found = reader.read(words)
    if found is None:
        return None
    end = found.replace(tzinfo=zone).timestamp()  # a time that is skipped moves later
    return end if now < end <= now + _LONGEST_DAYS * 86_400 else None


_LEADS = (
    ("until", r"(?:not |again |back )*(?:until|till|til|before|by|up to|to|starting|start|from)"),
    ("through", r"(?:through|thru|throughout|over|during|past|(?:until|till) after(?! lunch))"),
    ("after", r"after"),
    ("for", r"(?:for|within|in|on|at)(?: about| around| at least)?"),
)


def _without_lead(text: str) -> tuple[str, str]:
    """Return the words behind "until", "for" and the like, and which of them it was."""
    words, lead = text.strip(), ""
    for name, pattern in (_LEADS[1], _LEADS[0], *_LEADS[2:]):
        found = re.match(rf"{pattern}(?: |$)", words)
        if found:
            words, lead = words[found.end() :], name
            break
    return re.sub(r"^(?:about|around|at least|like|maybe|on|only) ", "", words).strip(), lead


class _Reader:
    """Reads one end.

    Args:
        local: now, in the person's time zone.
        week_start: the first day of the person's week.
        inclusive: whether a named day belongs to the pause.
        until: whether "next week" is when the pause ends, not how long it lasts.
    """

    def __init__(self, local: datetime, week_start: int, inclusive: bool, *, until: bool) -> None:
        self._local = local
        self._today = local.date()
        self._week_start = week_start
        self._inclusive = inclusive
        self._until = until

    def read(self, words: str) -> datetime | None:
        """Return the local end without a zone, or None."""
        readers: tuple[Callable[[str], datetime | None], ...] = (
            self._period,
            self._day_time,
            self._date,
            self._clock_time,
        )
        for reader in readers:
            if (found := reader(words)) is not None:
                return found.replace(tzinfo=None)
        return None

    def _period(self, words: str) -> datetime | None:
        """Read "the rest of the week", "end of month", "this quarter", "next year", "today"."""
        words = re.sub(
            r"^(?:all|the whole|whole|the entire) |^the (?=week$|month$|quarter$|year$)",
            "this ",
            words,
        )
        if words in ("today", "now", "the day", "this day"):
            return self._end_of("day")
        if words in _SHORT:
            return self._end_of(_SHORT[words])
        if found := re.fullmatch(r"(?:the |this |next )*weekend", words):
            return self._weekend()
        names = "|".join(_PERIODS)
        rest = rf"(?:the )?(?:rest|remainder|end|balance) of (?:the |this |my )?({names})"
        if found := re.fullmatch(rf"{rest}|(?:this|the current) ({names})", words):
            return self._end_of(found.group(1) or found.group(2))
        if found := re.fullmatch(rf"(?:the )?end of next ({names})", words):
            return self._end_of(found.group(1), ahead=1)
        if found := re.fullmatch(rf"(?:the )?(?:next|following) ({names})", words):
            return self._end_of(found.group(1), ahead=0 if self._until else 1)
        if found := re.fullmatch(r"q([1-4])(?: (\d{4}))?", words):
            return self._quarter(int(found.group(1)), found.group(2))
        return None

    def _weekend(self) -> datetime:
        return self._end_of("week")

    def _end_of(self, period: str, ahead: int = 0) -> datetime:
        """Return when this period ends, or the one that comes ``ahead`` periods later."""
        day = self._today
        if period == "day":
            return _start(day + timedelta(days=1 + ahead))
        if period == "week":
            left = (self._week_start - day.weekday()) % 7 or 7
            return _start(day + timedelta(days=left + 7 * ahead))
        months = {"month": 1, "quarter": 3, "year": 12}[period]
        first = day.month - 1 - (day.month - 1) % months + months * (1 + ahead)
        return _start(date(day.year + first // 12, first % 12 + 1, 1))

    def _quarter(self, number: int, year: str | None) -> datetime:
        month = 3 * number - 2
        start = date(int(year) if year else self._today.year, month, 1)
        if not year and start <= self._today:
            start = start.replace(year=start.year + 1)
        return _start(start)

    def _day_time(self, words: str) -> datetime | None:
        """Read a day, a time of that day, or both."""
        for pattern, day_of in self._days():
            found = re.match(rf"{pattern}(?: |$)", words)
            if found is None:
                continue
            day = day_of(found)
            rest = re.sub(r"^(?:at|the|in the|around) ", "", words[found.end() :].strip())
            if day is None:
                return None
            if not rest:
                return _start(day + timedelta(days=1) if self._inclusive else day)
            at = _DAY_TIMES.get(rest) or _clock_of(rest)
            return None if at is None else datetime.combine(day, at)
        return None

    def _days(self) -> tuple[tuple[str, Callable[[re.Match[str]], date | None]], ...]:
        tomorrow = self._today + timedelta(days=1)
        return (
            (r"(?:the )?day after tomorrow", lambda _: tomorrow + timedelta(days=1)),
            (r"tomorrow", lambda _: tomorrow),
            (r"(?:later )?today", lambda _: self._today),
            (rf"(?P<next>next |this |coming |the )?{_DAY}", self._weekday),
            (rf"(?:the )?{_NUMBER_OF_DAY}(?: of)? {_MONTH}(?: (?P<year>\d{{4}}))?", self._in_month),
            (rf"{_MONTH} (?:the )?{_NUMBER_OF_DAY}(?: (?P<year>\d{{4}}))?", self._in_month),
        )

    def _weekday(self, found: re.Match[str]) -> date:
        ahead = (WEEKDAYS.index(found["weekday"]) - self._today.weekday()) % 7 or 7
        if (found["next"] or "").strip() == "next":
            # "Next Friday" said on a Wednesday: the later one, which leaves people alone longer.
            monday = self._today + timedelta(days=7 - self._today.weekday())
            return max(monday + timedelta(days=WEEKDAYS.index(found["weekday"])), self._today)
        return self._today + timedelta(days=ahead)

    def _in_month(self, found: re.Match[str]) -> date | None:
        month = _MONTHS.index(found["month"][:3]) + 1
        return self._next_date(month, int(found["number"]), found["year"])

    def _next_date(self, month: int, number: int, year: str | None) -> date | None:
        try:
            day = date(int(year) if year else self._today.year, month, number)
            if not year and day <= self._today:
                day = day.replace(year=day.year + 1)
        except ValueError:
            return None  # there is no such day
        return day

    def _date(self, words: str) -> datetime | None:
        """Read a date in figures, a month, a year, a day of the month, or a feast."""
        day: date | None = None
        feasts = {"christmas": (12, 25), "xmas": (12, 25), "new years eve": (12, 31)}
        if found := re.fullmatch(r"(\d{4})-(\d{1,2})-(\d{1,2})", words):
            day = self._next_date(int(found[2]), int(found[3]), found[1])
        elif found := re.fullmatch(r"(\d{1,2})[/.](\d{1,2})[/.]?(\d{4})?", words):
            first, second = int(found[1]), int(found[2])
            european = "." in words or first > 12
            month, number = (second, first) if european else (first, second)
            day = self._next_date(month, number, found[3])
        elif found := re.fullmatch(
            rf"(?:next |in |early |the end of )?{_MONTH}(?: (\d{{4}}))?", words
        ):
            month = _MONTHS.index(found["month"][:3]) + 1
            day = self._next_date(month, 1, found[found.re.groups])
            if day and (self._inclusive or words.startswith("the end of")):
                last = calendar.monthrange(day.year, day.month)[1]
                return _start(day.replace(day=last) + timedelta(days=1))
            return _start(day) if day else None
        elif found := re.fullmatch(r"(?:the )?(?:new year|new years|new years day)", words):
            day = self._next_date(1, 1, None)
        elif words in feasts:
            day = self._next_date(*feasts[words], None)
        elif found := re.fullmatch(r"(20\d\d)", words):
            day = self._next_date(1, 1, found[1])
        elif found := re.fullmatch(r"the (?:(\d{1,2})(?:st|nd|rd|th)?|(first))", words):
            day = self._next_of_month(int(found[1] or 1))
        if day is None:
            return None
        return _start(day + timedelta(days=1) if self._inclusive else day)

    def _next_of_month(self, number: int) -> date | None:
        year, month = self._today.year, self._today.month
        for _ in range(12):
            if 0 < number <= calendar.monthrange(year, month)[1]:
                day = date(year, month, number)
                if day > self._today:
                    return day
            year, month = year + month // 12, month % 12 + 1
        return None

    def _clock_time(self, words: str) -> datetime | None:
        """Read a time of day: the next time that it is so late."""
        if words in ("tonight", "the evening", "tonight night"):
            words = "evening"
        words = re.sub(r"^(?:this|the|later this|later) ", "", words)
        if words == "midnight":
            return self._end_of("day")
        at = _DAY_TIMES.get(words) or _clock_of(words)
        if at is None:
            return None
        found = datetime.combine(self._today, at)
        naive = self._local.replace(tzinfo=None)
        half_days = re.fullmatch(r"\d{1,2}(?: o ?clock)?", words) and at.hour <= 12
        while found <= naive:
            found += timedelta(hours=12) if half_days else timedelta(days=1)
        return found


def _clock_of(words: str) -> time | None:
    found = _CLOCK.fullmatch(words)
    if found is None:
        return None
    hour, minute, half = int(found[1]), int(found[2] or 0), (found[3] or "").replace(" ", "")
    if half in ("am", "pm"):
        if not 1 <= hour <= 12:
            return None
        hour = hour % 12 + (12 if half == "pm" else 0)
    return time(hour, minute) if hour < 24 and minute < 60 else None


def _start(day: date) -> datetime:
    return datetime.combine(day, time())
