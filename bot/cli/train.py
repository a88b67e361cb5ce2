"""``make train``: the offline detector, learnt again from the corpus."""

from __future__ import annotations

import logging
import sys
from pathlib import Path

from bot import playbook
from bot.detect import corpus
from bot.detect.corpus import Labelled
from bot.detect.offline import MODEL_FILE, OfflineDetector
from bot.detect.train import report, train

CORPUS = Path("tests/corpus")


def on_new_hand(detector: OfflineDetector, messages: list[Labelled]) -> str:
    """What the finished detector does with messages that took no part in its making."""
    spoken = [(m, v) for m in messages if (v := detector.verdict(m.text, m.context)).sure]
    right = sum(m.trap is not None for m, _ in spoken)
    named = sum(v.trap in (m.trap, *m.also) for m, v in spoken)
    traps = sum(m.trap is not None for m in messages)
    passed = sum(detector.suspects(m.text) for m in messages if m.trap)
    return (
        f"a new hand: {traps} traps of {len(messages)} messages; spoken to: {len(spoken)}, "
        f"of them traps {right}, rightly named {named}; gate let {passed} traps pass"
    )


def main() -> None:
    """Trains, writes the model file, and prints what was measured on unseen authors."""
    logging.basicConfig(level=logging.INFO, format="%(message)s", stream=sys.stderr)
    log = logging.getLogger(__name__)
    words = playbook.read()
    cues = words.cues
    model, unseen = train([*corpus.read(CORPUS), *corpus.examples(words.traps.values())], cues)
    model.save(MODEL_FILE)
    for line in report(model, unseen, cues):
        log.info("%s", line)
    log.info("%s", on_new_hand(OfflineDetector(model, cues), corpus.read(CORPUS / "unseen")))
    log.info("wrote %s (%d KB)", MODEL_FILE.name, MODEL_FILE.stat().st_size // 1024)


if __name__ == "__main__":
    main()
