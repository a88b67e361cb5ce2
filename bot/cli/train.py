"""``make train``: the offline detector, learnt again from the corpus."""

from __future__ import annotations

import logging
import sys
import time
from pathlib import Path

from bot import playbook
from bot.detect import corpus, figures
from bot.detect.encoder import ENCODER_FILE, Encoder
from bot.detect.offline import MODEL_FILE, OfflineDetector
from bot.detect.train import compared, learning_curve, train

CORPUS = Path("tests/corpus")
KEPT = Path(".train")


def main() -> None:
    """Trains, writes the model files, and prints what was measured on unseen authors."""
    logging.basicConfig(
        level=logging.INFO, format="%(asctime)s %(message)s", datefmt="%H:%M:%S", stream=sys.stderr
    )
    log = logging.getLogger(__name__)
    started = time.monotonic()
    words = playbook.read()
    messages = [*corpus.read(CORPUS), *corpus.examples(words.traps.values())]
    for size, precision in learning_curve(messages):
        log.info("linear model, learnt from %d messages: average precision %.3f", size, precision)
    held_out = corpus.read(CORPUS / "dev")
    model, unseen = train(messages, held_out, words.cues, ENCODER_FILE.parent, KEPT)
    model.save(MODEL_FILE)
    for name, precision, recall in compared(unseen):
        log.info("%s: average precision %.3f, recall at send %.3f", name, precision, recall)
    detector = OfflineDetector(model, Encoder(), words.cues)
    judged = unseen.judged(detector)
    table = figures.headline(judged, model.doubt)
    for name, value in table.rows:
        log.info("%s: %s", name, value)
    log.info("trained on %d messages in %.0f s", len(messages), time.monotonic() - started)


if __name__ == "__main__":
    main()
