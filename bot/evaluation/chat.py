"""Counts the false alarms on chat that nobody labeled, because it holds no talk with customers."""

from __future__ import annotations

from collections.abc import Sequence

from bot.evaluation import metrics
from bot.evaluation.metrics import Scored
from bot.evaluation.tables import Table, excerpt, format_interval, score_mark

WORST_LINES = 40


def chat_tables(scored: Sequence[Scored]) -> tuple[Table, Table]:
    """Build the table of how often a detector would speak in such chat, and the lines to read.

    Args:
        scored: verdicts on the lines; at least one. Every line counts as one without a trap, so a
            line that does hold one counts as a false alarm too: read the list.
    """
    candidates = [s for s in scored if s.verdict.suspicious]
    rows = [
        ("lines", f"{len(scored):,}"),
        (
            "false alarms per 1,000 lines",
            format_interval(metrics.false_alarm_rate(scored, metrics.speaks), 1),
        ),
        ("candidates per 1,000 lines", f"{1_000 * len(candidates) / len(scored):.0f}"),
    ]
    ranked = sorted(scored, key=lambda s: -s.verdict.score)
    spoken = [s for s in ranked if s.verdict.sure]
    quiet = [s for s in ranked if not s.verdict.sure]
    worst = [*spoken, *quiet][:WORST_LINES]
    shown = [(score_mark(s), s.verdict.trap or "", excerpt(s.message.text)) for s in worst]
    return (
        Table("Chat without customers", ("", "value [95 %]"), tuple(rows)),
        Table(
            "Highest scores: read them, some may be traps after all",
            ("score (! = spoken to)", "verdict", "line"),
            tuple(shown),
        ),
    )
