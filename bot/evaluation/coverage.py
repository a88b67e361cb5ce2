"""How much of what people write is looked at, by the way in which messages are chosen."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from bot.core.model import Verdict
from bot.detect.cascade import Cascade, JudgeMode
from bot.detect.offline import OfflineDetector
from bot.flows.errors import JudgeError


@dataclass(frozen=True, slots=True)
class Coverage:
    """Shares of all messages, 0 to 1.

    Attributes:
        mode: a value of ``REFRAME_JUDGE``; ``off`` also stands for no model at all.
        stored: kept for a closer look, sealed and for seconds.
        sent: sent to the model, if the bot could reply to their authors.
    """

    mode: JudgeMode
    stored: float
    sent: float


async def coverage(offline: OfflineDetector, texts: Sequence[str]) -> list[Coverage]:
    """Return the shares for every mode.

    Args:
        offline: the detector in front of the model.
        texts: the messages; at least one.
    """
    detectors = {
        mode: offline if mode is JudgeMode.OFF else Cascade(offline, _NoJudge(), mode)
        for mode in JudgeMode
    }
    stored, sent = Counter[JudgeMode](), Counter[JudgeMode]()
    for text in texts:  # outside: a text is scored once for all modes
        for mode, detector in detectors.items():
            if not detector.is_candidate(text):
                continue
            stored[mode] += 1
            if isinstance(detector, Cascade):
                sent[mode] += detector.needs_judge(await detector.first_look(text))
    return [Coverage(m, stored[m] / len(texts), sent[m] / len(texts)) for m in JudgeMode]


class _NoJudge:
    """Stands where a model would be; nothing is sent to it."""

    name = "none"

    def ready(self) -> bool:
        return False

    async def classify(self, *arguments: object, **options: object) -> Verdict:
        raise JudgeError("there is no model")
