"""Prints the demo: each message with its outcome, then the totals."""

from __future__ import annotations

from datetime import time
from string import Template

from rich.console import Console
from rich.text import Text

from bot import playbook
from bot.cli import block_kit_text
from bot.cli.demo_result import DemoResult, MessageResult
from bot.cli.program import program_here
from bot.core.durations import format_clock
from bot.core.languages import UiStrings
from bot.sandbox.demo_script import DemoScript

_DAYS = {
    "Mon": "Monday",
    "Tue": "Tuesday",
    "Wed": "Wednesday",
    "Thu": "Thursday",
    "Fri": "Friday",
    "Sat": "Saturday",
}
_INCIDENTS = {
    "duplicate": "Slack delivered this message twice",
    "edit": "the author edited it right away",
    "delete": "the author deleted it right away",
    "crash": "the bot crashed right after receiving this and was restarted",
    "retry": "the bot was down; Slack delivered this again after the restart",
}
_EXAMPLE = "After everything we did for them, the least they can do is call back."


class DemoReport:
    """Prints a demo run while it is played.

    Args:
        console: where to print.
    """

    def __init__(self, console: Console) -> None:
        self._console = console
        self._strings = playbook.load_playbook().strings
        self._day = ""

    def print_introduction(self) -> None:
        """Print what is about to be shown."""
        self._print(
            "A week in three deal channels, played by the real bot and a fake Slack on this "
            "computer.\nNo account and no network needed. The bot stored nothing about the "
            "messages in gray."
        )

    def print_message(self, result: MessageResult) -> None:
        """Print one message and what the bot did about it."""
        script = result.posted.script
        if script.day != self._day:
            self._day = script.day
            self._print_heading(_DAYS[self._day])
        ordinary = result.reason == "ordinary"
        line = Text(f"{self._clock(script.time)} #{script.channel} ", style="dim")
        line.append(f"{script.author}: ", style="dim" if ordinary else "bold")
        line.append(result.posted.text, style="dim" if ordinary else "")
        self._print(line)
        if result.question:
            self._print(Text(f"      Reframe: {result.question}", style="green"))
            self._print(Text("      [Helpful] [Not this time] [...]", style="dim"))
        elif result.reason and not ordinary:
            reason = self.why_quiet(self._strings, result.reason, script.author)
            self._print(Text(f"      left alone: {reason}", style="yellow"))
        if incident := _INCIDENTS.get(script.incident):
            self._print(Text(f"      ({incident})", style="dim"))

    @staticmethod
    def why_quiet(strings: UiStrings, reason: str, author: str) -> str:
        """Return why the bot asked nothing, as whoever watches has to be told it.

        Args:
            strings: the words. reason: a ``Reason``. author: of the message.
        """
        for_viewers = strings["cli"].get(f"demo_{reason}")
        if for_viewers is None:
            return strings["quiet"].get(reason, reason)
        return Template(for_viewers).substitute(name=author.title())

    def print_totals(self, result: DemoResult, settle_seconds: float, script: DemoScript) -> None:
        """Print the private answer, the weekly messages, the totals and what to try next.

        Args:
            result: what came of the demo.
            settle_seconds: how long the bot waited for an edit before it decided.
            script: what was played.
        """
        self._print_heading(f"When somebody asks: only {script.ask.author} sees the answer")
        line = Text(f"#{script.ask.channel} ", style="dim")
        line.append(f"{script.ask.author}: ", style="bold").append(f"/reframe {script.ask.text}")
        self._print(line)
        self._print(Text(block_kit_text.render_message(result.answer), style="green"))
        for title, messages in (
            (
                f"Friday, 3:00 PM: weekly reflection, sent to {len(result.reflections)} sellers",
                result.reflections,
            ),
            ("Monday, 9:00 AM: team digest, sent to the manager", result.digests),
        ):
            self._print_heading(title)
            if messages is result.digests:
                count = len(script.teammates)
                left_out = f"It also counts {count} sellers whose channels aren't shown here."
                self._print(Text(left_out, style="dim"))
            for message in messages[:1]:
                self._print(Text(block_kit_text.render_message(message), style="green"))
        self._console.print()
        self._print(
            f"{len(result.messages)} messages: {result.coached} coached, "
            f"{result.left_alone} left alone, {result.lost} lost, "
            f"{result.doubled} coached twice.\n"
            f"Time from message to question: median {result.latency_ms(0.5):,.0f} ms, "
            f"95th percentile {result.latency_ms(0.95):,.0f} ms.\n"
            f"That includes {settle_seconds * 1000:.0f} ms in which the author could still edit; "
            "the slowest ones waited for a restart."
        )
        self._console.print()
        self._print(
            f'Try your own sentence: {program_here()} say "{_EXAMPLE}"\n'
            "Connect your own Slack: see docs/setup.md"
        )

    def _clock(self, at: str) -> str:
        return format_clock(time.fromisoformat(at), self._strings["time"])

    def _print(self, text: str | Text) -> None:
        self._console.print(text, soft_wrap=True)

    def _print_heading(self, title: str) -> None:
        self._console.print()
        self._console.rule(title, align="left", style="dim")
