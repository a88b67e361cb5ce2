"""``python -m tests.bench.language``: measures the language rule on the corpus.

Shows the share of English messages that pass, the share of foreign ones that do, and its cost.
"""

from __future__ import annotations

import json
import statistics
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from bot.detect.language import is_english, load_language_model
from bot.detect.preprocess import CleanText, clean_text

CORPUS = Path("tests/corpus")
LANGUAGES = CORPUS / "languages" / "six.jsonl"
_NOT_MESSAGES = ("answers", "asks", "guard", "intents", "situations", "words")


@dataclass(frozen=True, slots=True)
class LanguageFigures:
    """How many messages of the corpus count as English.

    Attributes:
        load_seconds: time to load the language model (0 if it was loaded before).
        median_ms: milliseconds per check.
    """

    english_messages: int
    english_passed: int
    foreign_messages: int
    foreign_passed: int
    load_seconds: float
    median_ms: float


def measure() -> LanguageFigures:
    """Check every message of the corpus."""
    started = time.perf_counter()
    load_language_model()
    load_seconds = time.perf_counter() - started
    times: list[float] = []
    english = [_timed_check(clean, times) for clean in _english_messages()]
    foreign = [_timed_check(clean, times) for clean in _read(LANGUAGES)]
    return LanguageFigures(
        english_messages=len(english),
        english_passed=sum(english),
        foreign_messages=len(foreign),
        foreign_passed=sum(foreign),
        load_seconds=load_seconds,
        median_ms=1_000 * statistics.median(times),
    )


def _english_messages() -> Iterator[CleanText]:
    for path in sorted(CORPUS.rglob("*.jsonl")):
        if path != LANGUAGES and path.relative_to(CORPUS).parts[0] not in _NOT_MESSAGES:
            yield from _read(path)


def _read(path: Path) -> Iterator[CleanText]:
    for line in path.read_text(encoding="utf-8").splitlines():
        if line.strip():
            yield clean_text(json.loads(line)["text"])


def _timed_check(clean: CleanText, times: list[float]) -> bool:
    started = time.perf_counter()
    passed = is_english(clean.author_text, clean.tokens)
    times.append(time.perf_counter() - started)
    return passed


def _share(part: int, whole: int) -> str:
    return f"{part} of {whole} ({100 * part / whole:.2f} %)"


if __name__ == "__main__":
    figures = measure()
    print(f"English messages that pass: {_share(figures.english_passed, figures.english_messages)}")
    print(f"foreign messages that pass: {_share(figures.foreign_passed, figures.foreign_messages)}")
    print(f"median per check: {figures.median_ms:.3f} ms; load: {figures.load_seconds:.2f} s")
