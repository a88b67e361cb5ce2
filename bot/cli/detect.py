"""``reframe detect``: a stream of messages in, a stream of verdicts out."""

from __future__ import annotations

import json
from math import isfinite
from typing import Any, BinaryIO, TextIO

from bot import playbook
from bot.core.model import Verdict
from bot.detect.offline import OfflineDetector


def stream(source: BinaryIO, answers: TextIO, errors: TextIO) -> int:
    """Answers each line as it comes.

    Args:
        source: JSON lines with ``id``, ``text`` and, if wanted, ``context`` (a list of texts).
        answers: gets one JSON line for each good one: ``id``, ``trap``, ``score``, ``speak``.
        errors: gets a sentence with the line number for each bad one.

    Returns:
        0, or 1 if there was a bad line.
    """
    detector = OfflineDetector.shipped(playbook.read().cues)
    bad = 0
    for number, line in enumerate(source, 1):
        if not line.strip():
            continue
        try:
            asked = _question(line)
        except ValueError as why:
            errors.write(f"line {number}: {why}\n")
            errors.flush()
            bad += 1
            continue
        verdict = detector.glance(asked["text"], asked.get("context") or [])
        answers.write(json.dumps(_answer(asked["id"], verdict)) + "\n")
        answers.flush()
    return 1 if bad else 0


def _question(line: bytes) -> dict[str, Any]:
    try:
        asked = json.loads(line, parse_constant=_no_number, parse_float=_number)
    except (ValueError, RecursionError):
        raise ValueError("not JSON") from None
    if not isinstance(asked, dict):
        raise ValueError("not a JSON object")
    if "id" not in asked or isinstance(asked["id"], (dict, list)):
        raise ValueError('"id" is missing')
    if not isinstance(asked.get("text"), str):
        raise ValueError('"text" must be a text')
    context = asked.get("context")
    if context is not None and not (
        isinstance(context, list) and all(isinstance(c, str) for c in context)
    ):
        raise ValueError('"context" must be a list of texts')
    return asked


def _no_number(name: str) -> float:
    raise ValueError(f"{name} is no JSON")


def _number(text: str) -> float:
    """A number that can be written back; ``1e999`` can't."""
    value = float(text)
    return value if isfinite(value) else _no_number(text)


def _answer(name: Any, verdict: Verdict) -> dict[str, Any]:
    """``trap`` is named where the message is suspicious at all; ``speak`` only where it is sure."""
    return {
        "id": name,
        "trap": verdict.trap or "none",
        "score": round(verdict.score, 4),
        "speak": verdict.sure,
    }
