"""What readers found certain in messages, and how much of it the bot finds."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from bot.core.situations import GENERAL, LOST, PROJECT, SEVERAL
from bot.evaluation.corpus import LabeledMessage
from bot.evaluation.tables import Table
from bot.flows.errors import CorpusError

FRAMES = {"over": LOST, "project": PROJECT, "several": SEVERAL, "general": GENERAL}
"""What the readers called the frame of a message, and the situation that it is here."""


@dataclass(frozen=True, slots=True)
class SituationLabels:
    """A message with what readers found certain in it: the ids of its situations."""

    message: LabeledMessage
    situations: frozenset[str]


def read_situations(path: Path, messages: Iterable[LabeledMessage]) -> list[SituationLabels]:
    """Read a file of labels.

    Args:
        path: JSON lines with ``id``, ``frame`` and ``tags``.
        messages: those that the ids are of.

    Raises:
        CorpusError: a line is invalid, or of no message.
    """
    by_id = {m.id: m for m in messages}
    labels = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        try:
            row = json.loads(line)
            frames = [FRAMES[row["frame"]]] if row["frame"] in FRAMES else []
            found = frozenset((*row["tags"], *frames))
            labels.append(SituationLabels(by_id[row["id"]], found))
        except (ValueError, TypeError, KeyError) as error:
            raise CorpusError(f"{path.name}, line {number}: {error}") from None
    return labels


def situation_table(
    labels: Sequence[SituationLabels], finders: Sequence[Callable[[str], Collection[str]]]
) -> Table:
    """Build the table of right finds, finds, and recall per situation.

    Args:
        labels: what readers found.
        finders: how the bot finds situations: by phrases alone, then as it does it now.
    """
    found = [[set(find(x.message.text)) for x in labels] for find in finders]
    rows = []
    for name in sorted({s for x in labels for s in x.situations}):
        shows = [name in x.situations for x in labels]
        cells = []
        for per_message in found:
            finds = [name in f for f in per_message]
            right = sum(a and b for a, b in zip(finds, shows, strict=True))
            cells += [f"{right} of {sum(finds)}", f"{right / sum(shows):.2f}"]
        rows.append((name, str(sum(shows)), *cells))
    columns = ("", "messages", "phrases: right", "recall", "now: right", "recall")
    return Table("Situations that readers found certain", columns, tuple(rows))
