"""Builds the tables of an evaluation, to be shown in the terminal or as Markdown, HTML or JSON."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from bot.core.model import Trap
from bot.evaluation import metrics
from bot.evaluation.corpus import NO_TRAP
from bot.evaluation.intervals import Interval, wilson
from bot.evaluation.metrics import Scored

WORST_ERRORS = 15
MAX_SLICES = 40
EXCERPT_CHARACTERS = 200
CHARACTERS_PER_TOKEN = 4.0  # of English prose, close enough for a price


@dataclass(frozen=True, slots=True)
class Table:
    """A table of formatted cells."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class Price:
    """The price of a model, and the length of its requests.

    Attributes:
        input, output: dollars per million tokens.
        tokens_in, tokens_out: tokens per request and per answer.
    """

    input: float
    output: float
    tokens_in: float
    tokens_out: float

    @property
    def per_message(self) -> float:
        """Dollars per message."""
        return (self.input * self.tokens_in + self.output * self.tokens_out) / 1e6


def headline(scored: Sequence[Scored], judge_threshold: float) -> Table:
    """Build the table of the figures that decide whether a detector is good enough to run."""
    speaks, likely = metrics.speaks, metrics.scores_at_least(judge_threshold)
    ordinary = metrics.in_group(scored, "ordinary")
    hard = metrics.in_group(scored, "hard")
    traps = metrics.in_group(scored, "trap")
    candidates = [
        _number(metrics.share(group, lambda s: s.verdict.suspicious))
        for group in (traps, hard, ordinary)
    ]
    rows = [
        ("messages: traps, look-alikes, ordinary", f"{len(traps)}, {len(hard)}, {len(ordinary)}"),
        (
            "precision when it speaks, at 5/25/70",
            format_interval(metrics.precision_at_mix(scored, speaks)),
        ),
        ("recall: share of traps it speaks to", format_interval(metrics.recall(scored, speaks))),
        ("right trap named when it speaks to one", _number(_right_trap_share(scored, speaks))),
        ("macro-F1 over the five, when it speaks", _number(metrics.macro_f1(scored, speaks))),
        (
            f"macro-F1 over the five, from score {judge_threshold:.2f}",
            _number(metrics.macro_f1(scored, likely)),
        ),
        (
            "average precision, half traps, half look-alikes",
            format_interval(metrics.average_precision_interval(scored)),
        ),
        (
            "the set as it is: precision, recall, F1",
            ", ".join(map(_number, metrics.unweighted_scores(scored, speaks))),
        ),
        (
            "false alarms per 1,000 ordinary messages",
            format_interval(metrics.false_alarm_rate(ordinary, speaks), 1),
        ),
        (
            "false alarms per 1,000 look-alikes",
            format_interval(metrics.false_alarm_rate(hard, speaks), 1),
        ),
        ("candidates among traps, look-alikes, ordinary", ", ".join(candidates)),
    ]
    return Table("Summary", ("", "value [95 %]"), tuple(rows))


def by_origin(scored: Sequence[Scored]) -> Table:
    """Build the table that shows real people's sentences and invented messages apart.

    Invented text flatters: its authors know what they want to say. Figures are on each part as it
    is. Labels on which two fair coaches would argue (confidence 1) count in neither.
    """
    rows = []
    for name, is_real in (("real people", True), ("invented", False)):
        part = [s for s in scored if s.message.is_real == is_real and s.message.confidence > 1]
        if not part:
            continue
        traps = [s for s in part if s.is_trap]
        spoken = [s for s in part if metrics.speaks(s)]
        rows.append((
            name, str(len(part)), str(len(traps)),
            format_interval(wilson([s.is_trap for s in spoken])) if spoken else "–",
            format_interval(metrics.recall(part, metrics.speaks)) if traps else "–",
            _number(metrics.plain_average_precision(part)) if traps else "–",
            format_interval(metrics.false_alarm_rate(part, metrics.speaks), 1),
        ))  # fmt: skip
    columns = (
        *("written by", "messages", "traps", "precision", "recall", "average precision"),
        "false alarms per 1,000",
    )
    return Table("Real and invented text apart, as they are", columns, tuple(rows))


def cost(scored: Sequence[Scored], price: Price) -> Table:
    """Build the table of how many messages reach the model, and what that costs."""
    share_sent = metrics.share_at_mix(scored, lambda s: s.judge_called)
    tokens = f"{price.tokens_in + price.tokens_out:.0f}, {price.tokens_out:.0f}"
    rates = f"${price.input:g} in and ${price.output:g} out per million tokens"
    dollars = 1_000 * price.per_message
    rows = (
        ("share of messages sent to the model, at 5/25/70", _number(share_sent)),
        ("tokens per request, of these in the answer", tokens),
        (
            f"dollars per 1,000 messages, at {rates}",
            f"{share_sent * dollars:.3f}",
        ),
        ("dollars per 1,000 messages if all were sent", f"{dollars:.3f}"),
    )
    return Table("Language model", ("", "value"), rows)


def baselines(named: Sequence[tuple[str, Sequence[Scored] | None]]) -> Table:
    """Build the table of the detector's average precision beside that of simpler means."""
    rows = []
    for name, scored in named:
        if scored is None:
            rows.append((name, "not installed", ""))
            continue
        at_mix = metrics.average_precision(scored, metrics.CHANNEL_MIX)
        rows.append((name, _number(metrics.average_precision(scored)), _number(at_mix)))
    rows.append(("chance", "0.500", _number(metrics.CHANNEL_MIX["trap"])))
    columns = ("average precision", "half traps, half look-alikes", "at 5/25/70")
    return Table("Compared with baselines", columns, tuple(rows))


def by_trap(scored: Sequence[Scored], judge_threshold: float) -> Table:
    """Build the table of the figures per trap."""
    speaks, likely = metrics.speaks, metrics.scores_at_least(judge_threshold)
    f1_spoken, f1_likely = metrics.f1_by_trap(scored, speaks), metrics.f1_by_trap(scored, likely)
    rows = []
    for trap in Trap:
        labeled = [s for s in scored if s.message.trap is trap]
        named = [s for s in scored if speaks(s) and s.verdict.trap is trap]
        right = metrics.share(named, lambda s: s.trap_is_right)
        spoken_to = metrics.share(labeled, speaks)
        rows.append((
            trap.value, str(len(labeled)), _number(right), _number(spoken_to),
            _number(f1_spoken[trap]), _number(f1_likely[trap]),
        ))  # fmt: skip
    columns = (
        *("trap", "messages", "right, of spoken", "spoken to", "F1"),
        f"F1 from {judge_threshold:.2f}",
    )
    return Table("The five traps", columns, tuple(rows))


def confusion(scored: Sequence[Scored], judge_threshold: float) -> Table:
    """Build the confusion matrix at the judge threshold; rows are labels."""
    names = (*(t.value for t in Trap), NO_TRAP)
    counts = metrics.confusion(scored, metrics.scores_at_least(judge_threshold))
    rows = tuple((name, *(str(counts[name][n]) for n in names)) for name in names)
    return Table(f"Confusion matrix from score {judge_threshold:.2f}", ("label", *names), rows)


def breakdown(scored: Sequence[Scored], name: str) -> Table:
    """Build the table of precision, recall and false alarms per value of one of the slices."""
    rows = []
    slices = metrics.slice_by(scored, metrics.slices()[name])
    for value, members in list(slices.items())[:MAX_SLICES]:
        traps = sum(s.is_trap for s in members)
        precision, recall, _ = metrics.unweighted_scores(members, metrics.speaks)
        no_trap = [s for s in members if not s.is_trap]
        false_alarms = metrics.false_alarm_rate(no_trap, metrics.speaks)
        rows.append((
            value, str(len(members)), str(traps), _number(precision), _number(recall),
            _number(metrics.average_precision(members)) if traps and no_trap else "",
            format_interval(false_alarms, 1) if no_trap else "",
        ))  # fmt: skip
    columns = (
        *(name, "messages", "traps", "precision", "recall", "average precision"),
        "false alarms per 1,000",
    )
    return Table(f"By {name}", columns, tuple(rows))


def worst_errors(scored: Sequence[Scored]) -> tuple[Table, Table]:
    """Build the tables of the errors worth reading: highest scores without a trap, and missed
    traps with the lowest scores."""
    no_trap = sorted((s for s in scored if not s.is_trap), key=lambda s: -s.verdict.score)
    missed = sorted(
        (s for s in scored if s.is_trap and not s.verdict.sure), key=lambda s: s.verdict.score
    )
    return (
        excerpts("No trap, highest scores", no_trap[:WORST_ERRORS]),
        excerpts("Missed traps, lowest scores", missed[:WORST_ERRORS]),
    )


def excerpts(title: str, scored: Sequence[Scored]) -> Table:
    """Build a table of messages to read, with score, label and verdict."""
    rows = tuple(
        (
            score_mark(s),
            s.message.trap or NO_TRAP,
            s.verdict.trap or NO_TRAP,
            s.message.kind,
            excerpt(s.message.text),
        )
        for s in scored
    )
    return Table(title, ("score (! = spoken to)", "label", "verdict", "kind", "message"), rows)


def score_mark(scored: Scored) -> str:
    """Format a score; ``!`` marks what the bot would reply to."""
    return f"{scored.verdict.score:.2f}" + ("!" if scored.verdict.sure else "")


def excerpt(text: str) -> str:
    """Return the beginning of a text on one line."""
    return " ".join(text.split())[:EXCERPT_CHARACTERS]


def format_interval(interval: Interval, digits: int = 3) -> str:
    """Format an interval as ``0.912 [0.880, 0.941]``."""
    value, low, high = (_number(x, digits) for x in (interval.value, interval.low, interval.high))
    return f"{value} [{low}, {high}]"


def to_markdown(tables: Sequence[Table]) -> str:
    """Format tables as Markdown."""
    parts = []
    for table in tables:
        lines = [table.columns, ("---",) * len(table.columns), *table.rows]
        parts.append("\n".join("| " + " | ".join(line) + " |" for line in lines))
    return "\n\n".join(parts)


def _right_trap_share(scored: Sequence[Scored], select: Callable[[Scored], bool]) -> float:
    return metrics.share((s for s in scored if s.is_trap and select(s)), lambda s: s.trap_is_right)


def _number(value: float, digits: int = 3) -> str:
    return "–" if value != value else f"{value:.{digits}f}"
