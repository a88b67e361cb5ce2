"""The written week that the demo plays: who says what, when and where, and what goes wrong."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

_SCRIPT = Path(__file__).with_name("week.toml")
_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


@dataclass(frozen=True)
class Line:
    """One thing that someone says.

    Attributes:
        at: Unix seconds. day, hour: as the sellers see it.
        do: what goes wrong: duplicate, edit, delete, crash, retry, or nothing.
        becomes: the new wording of an edit. then: what the author says right after.
        in_thread_of: id of the line that it answers.
    """

    id: str
    at: float
    day: str
    hour: str
    who: str
    where: str
    text: str
    do: str = ""
    becomes: str = ""
    then: str = ""
    in_thread_of: str = ""


@dataclass(frozen=True)
class Week:
    """The cast and the lines, in the order of time."""

    zone: str
    sellers: tuple[str, ...]
    bots: tuple[str, ...]
    guests: tuple[str, ...]
    channels: tuple[str, ...]
    shared: tuple[str, ...]
    lines: tuple[Line, ...]


def written_week() -> Week:
    """The week that ships."""
    data = tomllib.loads(_SCRIPT.read_text(encoding="utf-8"))
    start = datetime.fromisoformat(data["start"]).replace(tzinfo=ZoneInfo(data["zone"]))
    lines = []
    for number, said in enumerate(data["say"], 1):
        day, hour = said.pop("at").split()
        hours, minutes = (int(part) for part in hour.split(":"))
        moment = start + timedelta(days=_DAYS.index(day), hours=hours, minutes=minutes)
        name = said.pop("id", f"line-{number:02}")
        lines.append(Line(id=name, at=moment.timestamp(), day=day, hour=hour, **said))
    return Week(
        zone=data["zone"],
        sellers=tuple(data["sellers"]),
        bots=tuple(data["bots"]),
        guests=tuple(data["guests"]),
        channels=tuple(data["channels"]),
        shared=tuple(data["shared"]),
        lines=tuple(lines),
    )
