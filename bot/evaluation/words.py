"""Reruns the bot's questions on messages of which readers scored replies.

A change of the playbook or of the reading of situations changes which question a message gets. What
readers have scored once need not be read again: the rest is listed.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

from bot.core.coach import Coach
from bot.core.playbook_model import Question
from bot.core.situations import no_deal_to_ask_about
from bot.evaluation.corpus import LabeledMessage
from bot.evaluation.tables import Table, excerpt
from bot.flows.errors import CorpusError


@dataclass(frozen=True, slots=True)
class AskedQuestion:
    """A message that holds a trap, and the question that the bot asks first; None: it is quiet."""

    message: LabeledMessage
    situations: Sequence[str]
    question: Question | None


def read_scores(folder: Path) -> dict[tuple[str, str], bool]:
    """Read which replies fit their messages, by the ids of message and question.

    If a reply was scored more than once, it fits only if all readers said so.

    Args:
        folder: JSON lines with ``message_id``, ``question_id`` and ``fits``.

    Raises:
        CorpusError: a line is invalid; the message says which and where.
    """
    scores: dict[tuple[str, str], bool] = {}
    for file in sorted(folder.glob("*.jsonl")):
        for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), 1):
            try:
                row = json.loads(line)
                key, fits = (row["message_id"], row["question_id"]), row["fits"]
                if not isinstance(fits, bool):
                    raise TypeError('"fits" must be true or false')
            except (ValueError, TypeError, KeyError) as error:
                raise CorpusError(f"{file.name}, line {number}: {error}") from None
            scores[key] = scores.get(key, True) and fits
    return scores


def ask_all(messages: Iterable[LabeledMessage], coach: Coach) -> list[AskedQuestion]:
    """Return what each message with a trap would be asked if it were its author's first."""
    questions = coach.questions
    asked = []
    for m in messages:
        if m.trap is None:
            continue
        situations = coach.find_situations(m.text)
        reply = None
        if no_deal_to_ask_about(m.text, situations) is None:
            reply = coach.choose_reply(m.trap, situations, asked={}, now=0.0, key=m.id)
        asked.append(AskedQuestion(m, situations, questions[reply.question_id] if reply else None))
    return asked


def words_tables(
    asked: Sequence[AskedQuestion], scores: dict[tuple[str, str], bool]
) -> tuple[Table, Table]:
    """Build the table of how many replies readers scored as fitting, and the replies to read.

    Args:
        asked: from ``ask_all``.
        scores: from ``read_scores``.
    """
    spoken = [(a.message, a.question) for a in asked if a.question is not None]
    verdicts = [scores.get((m.id, q.id)) for m, q in spoken]
    counts = [
        ("fits", verdicts.count(True)),
        ("doesn't fit", verdicts.count(False)),
        ("not scored yet", verdicts.count(None)),
    ]
    whole = max(1, len(spoken))
    rows = [(name, str(count), f"{count / whole:.2f}") for name, count in counts]
    unread = [
        (m.id, q.id, excerpt(m.text), q.text)
        for (m, q), fits in zip(spoken, verdicts, strict=True)
        if fits is not True
    ]
    return (
        Table(
            "Replies to messages with a trap",
            ("", "replies", "share"),
            (*rows, ("stays quiet", str(len(asked) - len(spoken)), "")),
        ),
        Table(
            "Replies that don't fit, or that nobody has read",
            ("message", "question", "text", "reply"),
            tuple(unread),
        ),
    )


def reading_sheet(asked: Sequence[AskedQuestion], count: int, seed: int) -> list[dict[str, Any]]:
    """Draw replies for a reader to score, as rows of a JSON lines file.

    Args:
        asked: from ``ask_all``.
        count: how many to draw. seed: draws the same ones again.
    """
    spoken = [a for a in asked if a.question is not None]
    drawn = Random(seed).sample(spoken, min(count, len(spoken)))  # noqa: S311 - a sample, no secret
    return [
        {
            "message_id": a.message.id,
            "context": list(a.message.context[-3:]),
            "text": a.message.text,
            "question_id": a.question.id,
            "reply": a.question.text,
        }
        for a in drawn
        if a.question is not None
    ]
