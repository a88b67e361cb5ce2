"""The script of the demo: who writes what, when and where, and which incidents happen."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

_SCRIPT = Path(__file__).with_name("demo_script.toml")
_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


@dataclass(frozen=True)
class ScriptMessage:
    """A message in the script.

    Attributes:
        at: Unix seconds. day, time: the same in the sellers' time zone.
        author, channel: names, not ids.
        incident: duplicate, edit, delete, crash, retry, or empty.
        edited_text: the new text of an edit.
        follow_up: what the author posts right after it.
        reply_to: id of the message whose thread it belongs to.
    """

    id: str
    at: float
    day: str
    time: str
    author: str
    channel: str
    text: str
    incident: str = ""
    edited_text: str = ""
    follow_up: str = ""
    reply_to: str = ""


@dataclass(frozen=True)
class Teammate:
    """A seller whose week isn't shown: who, and what they write in a channel of their own."""

    name: str
    text: str

    @property
    def channel(self) -> str:
        """The name of that channel."""
        return f"deal-of-{self.name}"


@dataclass(frozen=True)
class ScriptAsk:
    """What somebody asks the bot in private. ``author``, ``channel``: names, not ids."""

    author: str
    channel: str
    text: str


@dataclass(frozen=True)
class DemoScript:
    """The people, the channels, and the messages in the order of time.

    Attributes:
        ask: a request with ``/reframe``.
        teammates: sellers who are counted in the digest, and not shown.
        zone: time zone of everyone, as an IANA name.
        channels: internal channels. guest_channels: internal channels with the guests in them.
        shared_channels: Slack Connect channels.
    """

    zone: str
    manager: str
    sellers: tuple[str, ...]
    ask: ScriptAsk
    teammates: tuple[Teammate, ...]
    bots: tuple[str, ...]
    guests: tuple[str, ...]
    channels: tuple[str, ...]
    guest_channels: tuple[str, ...]
    shared_channels: tuple[str, ...]
    messages: tuple[ScriptMessage, ...]


def load_demo_script() -> DemoScript:
    """Load the script that ships with Reframe."""
    data = tomllib.loads(_SCRIPT.read_text(encoding="utf-8"))
    start = datetime.fromisoformat(data["start"]).replace(tzinfo=ZoneInfo(data["zone"]))
    messages = []
    for number, row in enumerate(data["message"], 1):
        day, time = row.pop("at").split()
        hours, minutes = (int(part) for part in time.split(":"))
        at = start + timedelta(days=_DAYS.index(day), hours=hours, minutes=minutes)
        message_id = row.pop("id", f"line-{number:02}")
        messages.append(ScriptMessage(id=message_id, at=at.timestamp(), day=day, time=time, **row))
    return DemoScript(
        zone=data["zone"],
        manager=data["manager"],
        sellers=tuple(data["sellers"]),
        ask=ScriptAsk(**data["ask"]),
        teammates=tuple(Teammate(**row) for row in data["teammate"]),
        bots=tuple(data["bots"]),
        guests=tuple(data["guests"]),
        channels=tuple(data["channels"]),
        guest_channels=tuple(data["guest_channels"]),
        shared_channels=tuple(data["shared_channels"]),
        messages=tuple(messages),
    )
