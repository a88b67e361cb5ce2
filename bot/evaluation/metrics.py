"""Computes the figures of a detector on labeled messages.

A labeled set holds far more traps than a channel does, so precision and shares are weighted to a
stated mix: 5 % traps, 25 % look-alikes, 70 % ordinary talk.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

from bot.core.model import Trap, Verdict
from bot.evaluation.corpus import NO_TRAP, LabeledMessage
from bot.evaluation.intervals import (
    BOOTSTRAP_SAMPLES,
    UNDEFINED,
    Interval,
    bootstrap_shares,
    percentile_interval,
    seeded_rng,
    wilson,
)

CHANNEL_MIX = {"trap": 0.05, "hard": 0.25, "ordinary": 0.70}
EVEN_MIX = {"trap": 0.5, "hard": 0.5}
_LENGTHS = ((40, "under 40"), (80, "40 to 79"), (160, "80 to 159"), (10**9, "160 and more"))


@dataclass(frozen=True, slots=True)
class Scored:
    """A labeled message with a detector's verdict.

    Attributes:
        judge_called: whether a language model was called for it.
    """

    message: LabeledMessage
    verdict: Verdict
    judge_called: bool = False

    @property
    def is_trap(self) -> bool:
        """Whether the label is a trap."""
        return self.message.trap is not None

    @property
    def trap_is_right(self) -> bool:
        """Whether the verdict names the labeled trap or one of its ``also``."""
        return self.verdict.trap in (self.message.trap, *self.message.also) and self.is_trap


Selector = Callable[[Scored], bool]


def speaks(scored: Scored) -> bool:
    """Select the messages to which the bot would reply."""
    return scored.verdict.sure


def scores_at_least(threshold: float) -> Selector:
    """Return a selector of messages that score at or above a threshold and get no veto."""
    return lambda scored: scored.verdict.score >= threshold and scored.verdict.why is None


def ratio(part: float, whole: float) -> float:
    """Return ``part / whole``, or NaN if ``whole`` is 0."""
    return part / whole if whole else float("nan")


def share(scored: Iterable[Scored], select: Selector) -> float:
    """Return the share of messages that a selector takes."""
    selected = [select(s) for s in scored]
    return ratio(sum(selected), len(selected))


def in_group(scored: Sequence[Scored], group: str) -> list[Scored]:
    """Return the messages of one group of the mix."""
    return [s for s in scored if s.message.group == group]


def unweighted_scores(scored: Sequence[Scored], select: Selector) -> tuple[float, float, float]:
    """Return precision, recall and F1 on the set as it is, without the mix."""
    hits = sum(select(s) for s in scored if s.is_trap)
    selected = sum(map(select, scored))
    traps = sum(s.is_trap for s in scored)
    return ratio(hits, selected), ratio(hits, traps), ratio(2 * hits, selected + traps)


def precision_at_mix(scored: Sequence[Scored], select: Selector) -> Interval:
    """Return the share of traps among the selected messages of a channel with the stated mix.

    A group that the set lacks is left out; the others keep their proportions.
    """
    selected = {g: [select(s) for s in in_group(scored, g)] for g in CHANNEL_MIX}
    return bootstrap_shares(selected, _precision)


def recall(scored: Sequence[Scored], select: Selector) -> Interval:
    """Return the share of traps that are selected."""
    return wilson([select(s) for s in scored if s.is_trap])


def false_alarm_rate(scored: Sequence[Scored], select: Selector) -> Interval:
    """Return how many of 1,000 messages without a trap are selected."""
    rate = wilson([select(s) for s in scored if not s.is_trap])
    return Interval(1_000 * rate.value, 1_000 * rate.low, 1_000 * rate.high)


def share_at_mix(scored: Sequence[Scored], select: Selector) -> float:
    """Return the share of messages that a selector takes in a channel with the stated mix."""
    groups = {g: found for g in CHANNEL_MIX if (found := in_group(scored, g))}
    total = sum(CHANNEL_MIX[g] for g in groups)
    return ratio(sum(CHANNEL_MIX[g] * share(found, select) for g, found in groups.items()), total)


def average_precision(scored: Sequence[Scored], mix: Mapping[str, float] = EVEN_MIX) -> float:
    """Return the average precision of the score at a mix; equal scores count as one step."""
    return weighted_average_precision([(s.verdict.score, s.message.group) for s in scored], mix)


def plain_average_precision(scored: Sequence[Scored]) -> float:
    """Return the average precision on the set as it is, at its own share of traps."""
    traps = sum(s.is_trap for s in scored)
    mix = {"trap": float(traps), "rest": float(len(scored) - traps)}
    pairs = [(s.verdict.score, "trap" if s.is_trap else "rest") for s in scored]
    return weighted_average_precision(pairs, mix)


def average_precision_interval(
    scored: Sequence[Scored], samples: int = BOOTSTRAP_SAMPLES // 5
) -> Interval:
    """Return ``average_precision`` on half traps, half look-alikes, with its interval."""
    groups = {g: [(s.verdict.score, g) for s in in_group(scored, g)] for g in EVEN_MIX}
    if not all(groups.values()):
        return UNDEFINED
    rng = seeded_rng()
    resampled = [
        weighted_average_precision(
            [pair for pairs in groups.values() for pair in rng.choices(pairs, k=len(pairs))],
            EVEN_MIX,
        )
        for _ in range(samples)
    ]
    all_pairs = [pair for pairs in groups.values() for pair in pairs]
    return percentile_interval(weighted_average_precision(all_pairs, EVEN_MIX), resampled)


def f1_by_trap(scored: Sequence[Scored], select: Selector) -> dict[Trap, float]:
    """Return the F1 of each trap; naming an ``also`` of the label counts as right."""
    right: Counter[Trap] = Counter()
    wrong: Counter[Trap] = Counter()
    missed: Counter[Trap] = Counter()
    for s in scored:
        named = s.verdict.trap if select(s) else None
        if named and s.trap_is_right:
            right[named] += 1
            continue
        if named:
            wrong[named] += 1
        if s.message.trap:
            missed[s.message.trap] += 1
    return {t: ratio(2 * right[t], 2 * right[t] + wrong[t] + missed[t]) for t in Trap}


def macro_f1(scored: Sequence[Scored], select: Selector) -> float:
    """Return the mean of ``f1_by_trap`` over the traps that the set contains."""
    present = {t for s in scored for t in (s.message.trap, *s.message.also) if t}
    values = [f1 for t, f1 in f1_by_trap(scored, select).items() if t in present]
    return ratio(sum(values), len(values))


def confusion(scored: Sequence[Scored], select: Selector) -> dict[str, Counter[str]]:
    """Count the verdicts per label. Keys are the five traps and ``none``."""
    table: dict[str, Counter[str]] = {name: Counter() for name in (*Trap, NO_TRAP)}
    for s in scored:
        label = s.message.trap or NO_TRAP
        verdict = (s.verdict.trap or NO_TRAP) if select(s) else NO_TRAP
        table[label][label if s.trap_is_right and select(s) else verdict] += 1
    return table


def threshold_curve(scored: Sequence[Scored]) -> list[tuple[float, float, float]]:
    """Return (threshold, precision at the mix, recall) per score, highest threshold first.

    A message with a veto (``Verdict.why``) counts as never selected.
    """
    count = Counter(s.message.group for s in scored)
    points: list[tuple[float, float, float]] = []
    weight = weighted_hits = hits = 0.0
    ranked = sorted((s for s in scored if s.verdict.why is None), key=lambda s: -s.verdict.score)
    for score, ties in groupby(ranked, key=lambda s: s.verdict.score):
        for s in ties:
            part = CHANNEL_MIX[s.message.group] / count[s.message.group]
            weight += part
            weighted_hits += part * s.is_trap
            hits += s.is_trap
        points.append((score, weighted_hits / weight, ratio(hits, count["trap"])))
    return points


def reliability_curve(scored: Sequence[Scored], bins: int = 10) -> list[tuple[float, float, int]]:
    """Return (mean score, share of traps, number of messages) per bin, weighted to the mix."""
    count = Counter(s.message.group for s in scored)
    by_bin: list[list[Scored]] = [[] for _ in range(bins)]
    for s in scored:
        by_bin[min(int(s.verdict.score * bins), bins - 1)].append(s)
    points = []
    for members in filter(None, by_bin):
        weights = [CHANNEL_MIX[s.message.group] / count[s.message.group] for s in members]
        total = sum(weights)
        weighted = list(zip(weights, members, strict=True))
        mean = sum(w * s.verdict.score for w, s in weighted) / total
        traps = sum(w for w, s in weighted if s.is_trap) / total
        points.append((mean, traps, len(members)))
    return points


def slices() -> dict[str, Callable[[LabeledMessage], str]]:
    """Return the properties by which figures are broken down, by name."""
    return {
        "register": lambda m: m.register or "?",
        "length": lambda m: next(name for top, name in _LENGTHS if len(m.text) < top),
        "hardness": lambda m: m.group,
        "kind": lambda m: m.kind,
        "author": lambda m: m.author,
    }


def slice_by(
    scored: Sequence[Scored], key: Callable[[LabeledMessage], str]
) -> dict[str, list[Scored]]:
    """Group the messages by a property, the largest group first."""
    found: dict[str, list[Scored]] = {}
    for s in scored:
        found.setdefault(key(s.message), []).append(s)
    return dict(sorted(found.items(), key=lambda item: (-len(item[1]), item[0])))


def weighted_average_precision(
    scores: Sequence[tuple[float, str]], mix: Mapping[str, float]
) -> float:
    """Return the average precision of (score, group) pairs, each group weighted to the mix.

    Equal scores are one step, so the order of a file does not matter.
    """
    count = Counter(group for _, group in scores)
    weight = hits = total = 0.0
    for _, ties in groupby(sorted(scores, key=lambda s: -s[0]), key=lambda s: s[0]):
        new_hits = 0.0
        for _, group in ties:
            part = mix.get(group, 0.0) / count[group]
            weight += part
            if group == "trap":
                new_hits += part
        hits += new_hits
        if new_hits:
            total += new_hits * hits / weight
    return ratio(total, mix["trap"]) if count["trap"] else float("nan")


def _precision(shares: Mapping[str, float]) -> float:
    selected = sum(CHANNEL_MIX[g] * s for g, s in shares.items())
    return ratio(CHANNEL_MIX["trap"] * shares.get("trap", 0.0), selected)
