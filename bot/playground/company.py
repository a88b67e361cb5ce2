"""The company that a visitor plays in: people, channels, sample messages."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from datetime import datetime
from importlib.resources import files
from zoneinfo import ZoneInfo


@dataclass(frozen=True, slots=True)
class Colleague:
    """Somebody who works there. ``is_played``: whether the visitor can be them."""

    name: str
    role: str
    is_played: bool
    is_new: bool  # has chosen nothing yet, so the bot still makes its offers


@dataclass(frozen=True, slots=True)
class DealChannel:
    """A channel in which everybody is."""

    name: str
    topic: str


@dataclass(frozen=True, slots=True)
class Sample:
    """A message to click. ``kind``: ``coached``, or ``quiet`` for one that gets no question."""

    text: str
    kind: str


@dataclass(frozen=True, slots=True)
class Company:
    """Everything that is there when the page opens.

    Attributes:
        start: when it begins, Unix seconds; a weekday in working hours.
        zone: everybody's time zone.
        team: the name of the manager's sales team.
    """

    start: float
    zone: ZoneInfo
    team: str
    people: tuple[Colleague, ...]
    channels: tuple[DealChannel, ...]
    samples: tuple[Sample, ...]


def load_company() -> Company:
    """Read the company that ships with the bot."""
    file = files("bot.playground").joinpath("company.toml")
    raw = tomllib.loads(file.read_text(encoding="utf-8"))
    zone = ZoneInfo(raw["zone"])
    return Company(
        start=datetime.fromisoformat(raw["start"]).replace(tzinfo=zone).timestamp(),
        zone=zone,
        team=raw["team"],
        people=tuple(
            Colleague(each["name"], each["role"], each.get("played", True), each.get("new", False))
            for each in raw["person"]
        ),
        channels=tuple(DealChannel(**each) for each in raw["channel"]),
        samples=tuple(Sample(**each) for each in raw["sample"]),
    )
