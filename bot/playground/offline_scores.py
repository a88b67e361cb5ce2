"""What the offline detector makes of a text, for messages about which the bot stored nothing."""

from __future__ import annotations

import asyncio

from bot.core.model import Verdict
from bot.core.playbook_model import Playbook
from bot.detect.linear import load_shipped_linear_model
from bot.detect.offline import OfflineDetector


class OfflineScores:
    """Computes verdicts in the background, once per text; the detector is loaded when needed.

    The bot keeps no score of a message that it didn't store, so the page asks the same detector
    again.

    Args:
        playbook: its phrase lists.
    """

    def __init__(self, playbook: Playbook) -> None:
        self._playbook = playbook
        self._detector: OfflineDetector | None = None
        self._verdicts: dict[str, Verdict] = {}
        self._under_way: dict[str, asyncio.Task[None]] = {}
        self._one_at_a_time = asyncio.Lock()

    def verdict(self, text: str) -> Verdict | None:
        """Return the verdict on a text; None while it is being computed."""
        if text not in self._verdicts and text not in self._under_way:
            self._under_way[text] = asyncio.create_task(self._compute(text))
        return self._verdicts.get(text)

    def threshold(self, detector: str) -> float | None:
        """Return the score from which a detector lets the bot ask; None for one that isn't the
        offline detector.

        Args:
            detector: its name, as in a finding.
        """
        model = load_shipped_linear_model()
        return model.speak_threshold if model.name == detector else None

    async def close(self) -> None:
        """Wait for what is being computed: a thread can't be cancelled."""
        await asyncio.gather(*self._under_way.values())

    async def _compute(self, text: str) -> None:
        async with self._one_at_a_time:
            self._verdicts[text] = await asyncio.to_thread(self._judge, text)
        del self._under_way[text]

    def _judge(self, text: str) -> Verdict:
        if self._detector is None:
            self._detector = OfflineDetector.shipped(self._playbook.cues)
        return self._detector.quick_verdict(text)
