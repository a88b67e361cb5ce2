"""``reframe detect``: reads messages as JSON lines and writes a verdict for each."""

from __future__ import annotations

import json
from math import isfinite
from typing import Any, BinaryIO, TextIO

from bot.core.model import Verdict
from bot.detect.offline import OfflineDetector
from bot.flow_wiring import build_coach
from bot.playbook import load_playbook
from bot.settings import load


def stream(source: BinaryIO, answers: TextIO, errors: TextIO) -> int:
    """Write the verdict on each line as soon as the line is read.

    Args:
        source: JSON lines with ``id``, ``text`` and optionally ``context`` (a list of texts).
        answers: gets a JSON line for each valid line: ``id``, ``trap``, ``score``, ``speak``,
            ``situations``.
        errors: gets a sentence with the line number for each invalid line.

    Returns:
        The exit code: 0, or 1 if a line was invalid.
    """
    settings = load()
    playbook = load_playbook(settings.prompts_dir, settings.language)
    detector, coach = OfflineDetector.shipped(playbook.cues), build_coach(settings, playbook)
    invalid = 0
    for number, line in enumerate(source, 1):
        if not line.strip():
            continue
        try:
            row = _parse(line)
        except ValueError as error:
            errors.write(f"line {number}: {error}\n")
            errors.flush()
            invalid += 1
            continue
        verdict = detector.quick_verdict(row["text"], row.get("context") or [])
        found = coach.find_situations(row["text"]) if verdict.suspicious else []
        answers.write(json.dumps(_answer(row["id"], verdict, found)) + "\n")
        answers.flush()
    return 1 if invalid else 0


def _parse(line: bytes) -> dict[str, Any]:
    try:
        row = json.loads(line, parse_constant=_reject_constant, parse_float=_finite_float)
    except (ValueError, RecursionError):
        raise ValueError("not JSON") from None
    if not isinstance(row, dict):
        raise ValueError("not a JSON object")
    if "id" not in row or isinstance(row["id"], (dict, list)):
        raise ValueError('"id" is missing')
    if not isinstance(row.get("text"), str):
        raise ValueError('"text" must be a text')
    context = row.get("context")
    if context is not None and not (
        isinstance(context, list) and all(isinstance(c, str) for c in context)
    ):
        raise ValueError('"context" must be a list of texts')
    return row


def _reject_constant(name: str) -> float:
    raise ValueError(f"{name} is no JSON")


def _finite_float(text: str) -> float:
    """Parse a number that JSON can express; ``1e999`` would become infinity."""
    value = float(text)
    return value if isfinite(value) else _reject_constant(text)


def _answer(message_id: Any, verdict: Verdict, situations: list[str]) -> dict[str, Any]:
    """Build the output row: ``trap`` is set for candidates, ``speak`` only if the bot is sure, and
    ``situations`` are those of candidates."""
    return {
        "id": message_id,
        "trap": verdict.trap or "none",
        "score": round(verdict.score, 4),
        "speak": verdict.sure,
        "situations": situations,
    }
