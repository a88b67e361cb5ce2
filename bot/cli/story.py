"""The demo's week as it is told: each line with its ending, the counts, the printing."""

from __future__ import annotations

import json
import statistics
from dataclasses import dataclass, field

from rich.console import Console
from rich.text import Text

from bot import playbook as words
from bot.sandbox import screen
from bot.sandbox.week import Line
from bot.sandbox.workspace import Json

_DAYS = {
    "Mon": "Monday",
    "Tue": "Tuesday",
    "Wed": "Wednesday",
    "Thu": "Thursday",
    "Fri": "Friday",
    "Sat": "Saturday",
}


@dataclass
class Told:
    """What became of one line of the week."""

    line: Line
    id: str
    text: str
    ts: str
    channel: str
    trap: str | None = None
    reason: str | None = None
    question: str | None = None
    posts: int = 0
    wanted: bool = False
    acknowledged: bool = True
    seconds: float | None = None


@dataclass
class Ending:
    """The counts at the end of the week."""

    settling: float
    told: list[Told] = field(default_factory=list)
    reflections: list[Json] = field(default_factory=list)
    digests: list[Json] = field(default_factory=list)

    @property
    def coached(self) -> int:
        """Messages that got their question."""
        return sum(t.posts > 0 for t in self.told)

    @property
    def left_alone(self) -> int:
        """Messages that got none, on purpose."""
        return sum(t.posts == 0 and not t.wanted for t in self.told)

    @property
    def lost(self) -> int:
        """Messages never taken, and questions decided on but never said."""
        return sum(not t.acknowledged or (t.wanted and t.posts == 0) for t in self.told)

    @property
    def doubled(self) -> int:
        """Questions said more than once, or said though nobody decided on them."""
        return sum(max(0, t.posts - (1 if t.wanted else 0)) for t in self.told)

    def milliseconds(self, share: float) -> float:
        """That share of the replies came within so many milliseconds of their message."""
        waits = sorted(t.seconds for t in self.told if t.seconds is not None)
        if not waits:
            return 0.0
        if len(waits) == 1:
            return round(waits[0] * 1_000, 1)
        at = statistics.quantiles(waits, n=100, method="inclusive")[round(share * 100) - 1]
        return round(at * 1_000, 1)

    def as_json(self) -> str:
        """The object that ``--json`` prints."""
        return json.dumps(
            {
                "coached": self.coached,
                "left_alone": self.left_alone,
                "lost": self.lost,
                "doubled": self.doubled,
                "reflections": len(self.reflections),
                "digests": len(self.digests),
                "p50_ms": self.milliseconds(0.50),
                "p95_ms": self.milliseconds(0.95),
                "messages": [
                    {
                        "id": t.id,
                        "channel": t.line.where,
                        "trap": t.trap or "none",
                        "outcome": "coached" if t.posts else "left_alone",
                        "reason": t.reason,
                    }
                    for t in self.told
                ],
            }
        )


class Story:
    """Prints the week for a person to read."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._quiet = words.read().voice["quiet"]
        self._day = ""

    def open(self) -> None:
        """What is about to be seen."""
        self._console.print(
            "Reframe plays a week in three deal channels: the real bot, a pretend Slack on this "
            "computer.\nNo account, no network. Grey lines were never written down.",
            soft_wrap=True,
        )

    def show(self, told: Told) -> None:
        """One line of the week and what became of it."""
        if told.line.day != self._day:
            self._day = told.line.day
            self._console.print()
            self._console.rule(_DAYS[self._day], align="left", style="dim")
        ordinary = told.reason == "ordinary"
        head = Text(f"{told.line.hour} #{told.line.where} ", style="dim")
        head.append(f"{told.line.who}: ", style="dim" if ordinary else "bold")
        head.append(told.text, style="dim" if ordinary else "")
        self._console.print(head, soft_wrap=True)
        if told.question:
            self._console.print(
                Text(f"      reframe > {told.question}", style="green"), soft_wrap=True
            )
            self._console.print(Text("      [Helpful] [Not this time] [...]", style="dim"))
        elif not ordinary and told.reason:
            words_of = self._quiet.get(told.reason, told.reason)
            self._console.print(
                Text(f"      left alone: {words_of}", style="yellow"), soft_wrap=True
            )
        if happened := _HAPPENED.get(told.line.do):
            self._console.print(Text(f"      ({happened})", style="dim"), soft_wrap=True)

    def close(self, ending: Ending) -> None:
        """What came on Friday and on Monday, and the line that counts."""
        for title, messages in (
            (f"Friday, 15:00, to each of {len(ending.reflections)} sellers", ending.reflections),
            ("Monday, 09:00, to the manager", ending.digests),
        ):
            self._console.print()
            self._console.rule(title, align="left", style="dim")
            for message in messages[:1]:
                self._console.print(Text(screen.message(message), style="green"), soft_wrap=True)
        self._console.print()
        self._console.print(
            f"{len(ending.told)} messages: {ending.coached} coached, "
            f"{ending.left_alone} left alone, {ending.lost} lost, {ending.doubled} doubled. "
            f"From message to reply: {ending.milliseconds(0.5):.0f} ms (median), "
            f"{ending.milliseconds(0.95):.0f} ms (95 %), "
            f"{ending.settling * 1000:.0f} ms of it settling; the slowest: the bot killed or down.",
            soft_wrap=True,
        )
        self._console.print(
            'Next: reframe say "After all that work they owe us a call back"\n'
            "README.md tells how to connect your own Slack",
            soft_wrap=True,
        )


_HAPPENED = {
    "duplicate": "Slack delivered this one twice at the same time",
    "edit": "rewritten by its author a moment later",
    "delete": "deleted by its author a moment later",
    "crash": "the bot was killed with -9 right after taking this one, and started again",
    "retry": "the bot was down when this was written; Slack tried again",
}
