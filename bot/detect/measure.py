"""How good a detector is, in figures that hold where it will live.

A labelled set holds far more traps than a channel does, so precision and false alarms are weighted
to a stated mix (5 % traps, 25 % look-alikes, 70 % ordinary talk). Intervals are 95 % bootstrap
intervals (Efron 1979), drawn within each of the three groups with a fixed seed; those of a plain
share are Wilson's (1927), which say something where nothing was found, too. For the same reason a
group of which none or all was picked is drawn from Jeffreys' distribution of its share.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby
from math import sqrt

from bot.core.model import Trap, Verdict
from bot.detect.corpus import NONE, Labelled

MIX = {"trap": 0.05, "hard": 0.25, "ordinary": 0.70}
HALF = {"trap": 0.5, "hard": 0.5}
DRAWS = 1_000
SEED = 20_261_125
_LENGTHS = ((40, "under 40"), (80, "40 to 79"), (160, "80 to 159"), (10**9, "160 and more"))


@dataclass(frozen=True, slots=True)
class Judged:
    """One labelled message with the verdict on it. ``asked``: a model was asked about it."""

    message: Labelled
    verdict: Verdict
    asked: bool = False

    @property
    def is_trap(self) -> bool:
        """Whether the label says trap."""
        return self.message.trap is not None

    @property
    def named_right(self) -> bool:
        """Whether the verdict's trap is the label or one of its ``also``."""
        return self.verdict.trap in (self.message.trap, *self.message.also) and self.is_trap


@dataclass(frozen=True, slots=True)
class Interval:
    """A figure with its 95 % interval. NaN where it can't be had (nothing was spoken to)."""

    value: float
    low: float
    high: float


Picks = Callable[[Judged], bool]


def speaks(judged: Judged) -> bool:
    """What the bot would answer."""
    return judged.verdict.sure


def likely(doubt: float) -> Picks:
    """What a detector would call a trap at its balanced threshold ``doubt`` (a probability)."""
    return lambda judged: judged.verdict.score >= doubt and judged.verdict.why is None


def ratio(part: float, whole: float) -> float:
    """``part / whole``; NaN for nothing of nothing."""
    return part / whole if whole else float("nan")


def share(judged: Iterable[Judged], holds: Picks) -> float:
    """The share of messages for which something holds."""
    found = [holds(j) for j in judged]
    return ratio(sum(found), len(found))


def of_group(judged: Sequence[Judged], group: str) -> list[Judged]:
    """The messages of one group of the mix."""
    return [j for j in judged if j.message.group == group]


def plain(judged: Sequence[Judged], picks: Picks) -> tuple[float, float, float]:
    """Precision, recall and F1 on the set as it is, without any weighting."""
    hits = sum(picks(j) for j in judged if j.is_trap)
    picked = sum(map(picks, judged))
    traps = sum(j.is_trap for j in judged)
    precision, recall = ratio(hits, picked), ratio(hits, traps)
    return precision, recall, ratio(2 * hits, picked + traps)


def precision_at_mix(judged: Sequence[Judged], picks: Picks) -> Interval:
    """The share of what is picked that would be traps in a channel of the stated mix.

    A group that the set holds nothing of leaves the mix, the others keep their proportion.
    """
    rates = {g: [picks(j) for j in of_group(judged, g)] for g in MIX}
    return _drawn(rates, _precision)


def recall(judged: Sequence[Judged], picks: Picks) -> Interval:
    """The share of traps that is picked."""
    return _wilson([picks(j) for j in judged if j.is_trap])


def alarms(judged: Sequence[Judged], picks: Picks) -> Interval:
    """Of 1,000 messages without a trap, how many are picked."""
    found = _wilson([picks(j) for j in judged if not j.is_trap])
    return Interval(1_000 * found.value, 1_000 * found.low, 1_000 * found.high)


def share_at_mix(judged: Sequence[Judged], holds: Picks) -> float:
    """How much of a channel of the stated mix something holds for."""
    groups = {g: of_group(judged, g) for g in MIX}
    whole = sum(MIX[g] for g, some in groups.items() if some)
    return ratio(sum(MIX[g] * share(some, holds) for g, some in groups.items() if some), whole)


def average_precision(judged: Sequence[Judged], mix: dict[str, float] | None = None) -> float:
    """Average precision of the score (ties as one step), weighted to a mix; half traps and half
    look-alikes if none is named."""
    return weighted_average_precision(
        [(j.verdict.score, j.message.group) for j in judged], mix or HALF
    )


def average_precision_interval(judged: Sequence[Judged], draws: int = DRAWS // 5) -> Interval:
    """``average_precision`` on half traps, half look-alikes, with its interval."""
    groups = {g: [(j.verdict.score, g) for j in of_group(judged, g)] for g in HALF}
    if not all(groups.values()):
        return Interval(float("nan"), float("nan"), float("nan"))
    chance = random.Random(SEED)  # noqa: S311 - draws for an interval, no secret
    found = sorted(
        weighted_average_precision(
            [s for some in groups.values() for s in chance.choices(some, k=len(some))], HALF
        )
        for _ in range(draws)
    )
    whole = weighted_average_precision([s for some in groups.values() for s in some], HALF)
    return Interval(whole, found[int(0.025 * draws)], found[int(0.975 * draws)])


def f1_by_trap(judged: Sequence[Judged], picks: Picks) -> dict[Trap, float]:
    """F1 of each trap; a pick that names an ``also`` of the label counts as right."""
    right: Counter[Trap] = Counter()
    wrong: Counter[Trap] = Counter()
    missed: Counter[Trap] = Counter()
    for j in judged:
        named = j.verdict.trap if picks(j) else None
        if named and j.named_right:
            right[named] += 1
            continue
        if named:
            wrong[named] += 1
        if j.message.trap:
            missed[j.message.trap] += 1
    return {t: ratio(2 * right[t], 2 * right[t] + wrong[t] + missed[t]) for t in Trap}


def macro_f1(judged: Sequence[Judged], picks: Picks) -> float:
    """The mean of ``f1_by_trap`` over the traps that the set holds."""
    there = {t for j in judged for t in (j.message.trap, *j.message.also) if t}
    found = [f for t, f in f1_by_trap(judged, picks).items() if t in there]
    return ratio(sum(found), len(found))


def confusion(judged: Sequence[Judged], picks: Picks) -> dict[str, Counter[str]]:
    """What each label was taken for. Keys are the five traps and ``none``."""
    table: dict[str, Counter[str]] = {name: Counter() for name in (*Trap, NONE)}
    for j in judged:
        taken = (j.verdict.trap or NONE) if picks(j) else NONE
        if j.named_right and picks(j):
            taken = j.message.trap or NONE
        table[j.message.trap or NONE][taken] += 1
    return table


def curve(judged: Sequence[Judged]) -> list[tuple[float, float, float]]:
    """(threshold, precision at the mix, recall) for every score, the highest threshold first.

    What something else than the score keeps quiet counts as never picked.
    """
    count = Counter(j.message.group for j in judged)
    traps = count["trap"]
    points: list[tuple[float, float, float]] = []
    weight = hits = found = 0.0
    ranked = sorted((j for j in judged if j.verdict.why is None), key=lambda j: -j.verdict.score)
    for score, tied in groupby(ranked, key=lambda j: j.verdict.score):
        for j in tied:
            part = MIX[j.message.group] / count[j.message.group]
            weight += part
            hits += part * j.is_trap
            found += j.is_trap
        points.append((score, hits / weight, ratio(found, traps)))
    return points


def reliability(judged: Sequence[Judged], bins: int = 10) -> list[tuple[float, float, int]]:
    """(mean score, share of traps, number of messages) by score, both shares at the mix."""
    count = Counter(j.message.group for j in judged)
    boxes: list[list[Judged]] = [[] for _ in range(bins)]
    for j in judged:
        boxes[min(int(j.verdict.score * bins), bins - 1)].append(j)
    points = []
    for box in filter(None, boxes):
        weights = [MIX[j.message.group] / count[j.message.group] for j in box]
        whole = sum(weights)
        mean = sum(w * j.verdict.score for w, j in zip(weights, box, strict=True)) / whole
        traps = sum(w for w, j in zip(weights, box, strict=True) if j.is_trap) / whole
        points.append((mean, traps, len(box)))
    return points


def cuts() -> dict[str, Callable[[Labelled], str]]:
    """The ways in which figures are broken down."""
    return {
        "register": lambda m: m.register or "?",
        "length": lambda m: next(name for top, name in _LENGTHS if len(m.text) < top),
        "hardness": lambda m: m.group,
        "kind": lambda m: m.kind,
        "author": lambda m: m.author,
    }


def cut(judged: Sequence[Judged], by: Callable[[Labelled], str]) -> dict[str, list[Judged]]:
    """The messages, parted, the largest part first."""
    parts: dict[str, list[Judged]] = {}
    for j in judged:
        parts.setdefault(by(j.message), []).append(j)
    return dict(sorted(parts.items(), key=lambda part: (-len(part[1]), part[0])))


def weighted_average_precision(scores: Sequence[tuple[float, str]], mix: dict[str, float]) -> float:
    """Average precision of scores with their groups, each group weighing what the mix says; equal
    scores are one step, so that their order in a file tells nothing."""
    count = Counter(group for _, group in scores)
    weight = hits = total = 0.0
    for _, tied in groupby(sorted(scores, key=lambda s: -s[0]), key=lambda s: s[0]):
        gained = 0.0
        for _, group in tied:
            part = mix.get(group, 0.0) / count[group]
            weight += part
            if group == "trap":
                gained += part
        hits += gained
        if gained:
            total += gained * hits / weight
    return ratio(total, mix["trap"]) if count["trap"] else float("nan")


def _precision(shares: dict[str, float]) -> float:
    picked = sum(MIX[g] * s for g, s in shares.items())
    return ratio(MIX["trap"] * shares.get("trap", 0.0), picked)


def _wilson(picked: list[bool]) -> Interval:
    size = len(picked)
    if not size:
        return Interval(float("nan"), float("nan"), float("nan"))
    rate, z = sum(picked) / size, 1.96
    middle = (rate + z * z / (2 * size)) / (1 + z * z / size)
    half = z * sqrt(rate * (1 - rate) / size + z * z / (4 * size * size)) / (1 + z * z / size)
    return Interval(rate, max(0.0, middle - half), min(1.0, middle + half))


def _drawn(picked: dict[str, list[bool]], figure: Callable[[dict[str, float]], float]) -> Interval:
    """A figure of shares, and what it becomes on sets drawn from the set with replacement."""
    groups = {g: some for g, some in picked.items() if some}
    value = figure({g: sum(some) / len(some) for g, some in groups.items()})
    chance = random.Random(SEED)  # noqa: S311 - draws for an interval, no secret
    found = []
    for _ in range(DRAWS):
        shares = {g: _redrawn(some, chance) for g, some in groups.items()}
        found.append(figure(shares))
    known = sorted(f for f in found if f == f)
    if not known:
        return Interval(value, float("nan"), float("nan"))
    return Interval(value, known[int(0.025 * len(known))], known[int(0.975 * len(known))])


def _redrawn(some: list[bool], chance: random.Random) -> float:
    picked, size = sum(some), len(some)
    if picked in (0, size):  # drawing again would say that none or all is certain
        return chance.betavariate(picked + 0.5, size - picked + 0.5)
    return sum(chance.random() * size < picked for _ in range(size)) / size
