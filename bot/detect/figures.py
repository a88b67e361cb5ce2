"""The tables of an evaluation, made once and shown in the terminal, as Markdown, HTML or JSON."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from bot.core.model import Trap
from bot.detect import measure
from bot.detect.corpus import NONE
from bot.detect.measure import Interval, Judged

WORST = 15
CHARACTERS_PER_TOKEN = 4.0  # of English prose, near enough for a price


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of cells, ready to be shown."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class Price:
    """What a model costs, in dollars a million tokens, and how long its requests are.

    Attributes:
        tokens_in: tokens of one request. tokens_out: tokens of one answer.
    """

    input: float
    output: float
    tokens_in: float
    tokens_out: float

    @property
    def of_one(self) -> float:
        """Dollars for one message."""
        return (self.input * self.tokens_in + self.output * self.tokens_out) / 1e6


def headline(judged: Sequence[Judged], doubt: float) -> Table:
    """The figures that decide whether a detector may live in a channel."""
    speaks, likely = measure.speaks, measure.likely(doubt)
    ordinary = measure.of_group(judged, "ordinary")
    hard = measure.of_group(judged, "hard")
    traps = measure.of_group(judged, "trap")
    passes = [
        _number(measure.share(some, lambda j: j.verdict.suspicious))
        for some in (traps, hard, ordinary)
    ]
    at_doubt = _number(measure.macro_f1(judged, likely))
    rows = [
        ("messages: traps, look-alikes, ordinary", f"{len(traps)}, {len(hard)}, {len(ordinary)}"),
        ("precision when it speaks, at 5/25/70", shown(measure.precision_at_mix(judged, speaks))),
        ("recall: share of traps it speaks to", shown(measure.recall(judged, speaks))),
        ("right trap named, where it speaks to one", _number(_named(judged, speaks))),
        ("macro-F1 over the five, where it speaks", _number(measure.macro_f1(judged, speaks))),
        (f"macro-F1 over the five, from score {doubt:.2f}", at_doubt),
        (
            "average precision, half traps, half look-alikes",
            shown(measure.average_precision_interval(judged)),
        ),
        (
            "the set as it is: precision, recall, F1",
            ", ".join(map(_number, measure.plain(judged, speaks))),
        ),
        ("false alarms per 1,000 ordinary messages", shown(measure.alarms(ordinary, speaks), 1)),
        ("false alarms per 1,000 look-alikes", shown(measure.alarms(hard, speaks), 1)),
        ("pass the gate: traps, look-alikes, ordinary", ", ".join(passes)),
    ]
    return Table("The figures", ("", "value [95 %]"), tuple(rows))


def cost(judged: Sequence[Judged], price: Price) -> Table:
    """How much of a channel reaches the model, and what that costs."""
    asked = measure.share_at_mix(judged, lambda j: j.asked)
    tokens = f"{price.tokens_in + price.tokens_out:.0f}, {price.tokens_out:.0f}"
    stated = f"{price.input:g} in and {price.output:g} out a million tokens"
    rows = (
        ("share of messages sent to the model, at 5/25/70", _number(asked)),
        ("tokens a request, of them in the answer", tokens),
        (f"dollars per 1,000 messages, at {stated}", f"{1_000 * asked * price.of_one:.3f}"),
        ("the same where every message were sent", f"{1_000 * price.of_one:.3f}"),
    )
    return Table("The model", ("", "value"), rows)


def baselines(named: Sequence[tuple[str, Sequence[Judged] | None]]) -> Table:
    """Average precision of the detector and of simpler means, on the same messages."""
    rows = []
    for name, judged in named:
        if judged is None:
            rows.append((name, "not installed", ""))
            continue
        stated = measure.average_precision(judged, measure.MIX)
        rows.append((name, _number(measure.average_precision(judged)), _number(stated)))
    rows.append(("chance", "0.500", _number(measure.MIX["trap"])))
    columns = ("average precision", "half traps, half look-alikes", "at 5/25/70")
    return Table("Beside simpler means", columns, tuple(rows))


def by_trap(judged: Sequence[Judged], doubt: float) -> Table:
    """What becomes of each trap."""
    speaks, likely = measure.speaks, measure.likely(doubt)
    at_send, at_doubt = measure.f1_by_trap(judged, speaks), measure.f1_by_trap(judged, likely)
    rows = []
    for trap in Trap:
        some = [j for j in judged if j.message.trap is trap]
        named = [j for j in judged if speaks(j) and j.verdict.trap is trap]
        right = measure.share(named, lambda j: j.named_right)
        spoken = measure.share(some, speaks)
        rows.append((
            trap.value, str(len(some)), _number(right), _number(spoken),
            _number(at_send[trap]), _number(at_doubt[trap]),
        ))  # fmt: skip
    columns = ("trap", "messages", "right, of spoken", "spoken to", "F1", f"F1 from {doubt:.2f}")
    return Table("The five traps", columns, tuple(rows))


def confusion(judged: Sequence[Judged], doubt: float) -> Table:
    """What each label is taken for at the balanced threshold (rows: label)."""
    names = (*(t.value for t in Trap), NONE)
    table = measure.confusion(judged, measure.likely(doubt))
    rows = tuple((name, *(str(table[name][n]) for n in names)) for name in names)
    return Table(f"Taken for, from score {doubt:.2f}", ("label", *names), rows)


def breakdown(judged: Sequence[Judged], title: str, at_most: int = 40) -> Table:
    """Precision, recall and alarms of one cut (``measure.cuts``)."""
    rows = []
    for name, some in list(measure.cut(judged, measure.cuts()[title]).items())[:at_most]:
        traps = sum(j.is_trap for j in some)
        precision, recall, _ = measure.plain(some, measure.speaks)
        none = [j for j in some if not j.is_trap]
        rows.append((
            name, str(len(some)), str(traps), _number(precision), _number(recall),
            _number(measure.average_precision(some)) if traps and none else "",
            shown(measure.alarms(none, measure.speaks), 1) if none else "",
        ))  # fmt: skip
    columns = (
        title,
        "messages",
        "traps",
        "precision",
        "recall",
        "average precision",
        "alarms per 1,000",
    )
    return Table(f"By {title}", columns, tuple(rows))


def worst(judged: Sequence[Judged]) -> tuple[Table, Table]:
    """The errors worth reading: spoken to without a trap, or likeliest of those; surest misses."""
    no_trap = sorted((j for j in judged if not j.is_trap), key=lambda j: -j.verdict.score)
    missed = sorted(
        (j for j in judged if j.is_trap and not j.verdict.sure), key=lambda j: j.verdict.score
    )
    return (
        _read("No trap, and the highest scores", no_trap[:WORST]),
        _read("Traps, and the lowest scores", missed[:WORST]),
    )


def shown(interval: Interval, digits: int = 3) -> str:
    """``0.912 [0.880, 0.941]``."""
    value, low, high = (_number(x, digits) for x in (interval.value, interval.low, interval.high))
    return f"{value} [{low}, {high}]"


def markdown(tables: Sequence[Table]) -> str:
    """Tables for a README."""
    parts = []
    for table in tables:
        lines = [table.columns, ("---",) * len(table.columns), *table.rows]
        parts.append("\n".join("| " + " | ".join(line) + " |" for line in lines))
    return "\n\n".join(parts)


def _named(judged: Sequence[Judged], picks: Callable[[Judged], bool]) -> float:
    return measure.share((j for j in judged if j.is_trap and picks(j)), lambda j: j.named_right)


def _read(title: str, some: Sequence[Judged]) -> Table:
    rows = tuple(
        (
            f"{j.verdict.score:.2f}" + ("!" if j.verdict.sure else ""),
            j.message.trap or NONE,
            j.verdict.trap or NONE,
            j.message.kind,
            " ".join(j.message.text.split())[:200],
        )
        for j in some
    )
    return Table(title, ("score (! = spoken to)", "label", "taken for", "kind", "message"), rows)


def _number(value: float, digits: int = 3) -> str:
    return "–" if value != value else f"{value:.{digits}f}"
