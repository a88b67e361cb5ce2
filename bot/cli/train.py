"""``make train``: the offline detector, learnt again from the corpus."""

from __future__ import annotations

import logging
import sys
from pathlib import Path

from bot import playbook
from bot.detect import corpus
from bot.detect.offline import MODEL_FILE
from bot.detect.train import report, train

CORPUS = Path("tests/corpus")


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
    log.info("wrote %s (%d KB)", MODEL_FILE.name, MODEL_FILE.stat().st_size // 1024)


if __name__ == "__main__":
    main()
