"""``make train``: retrains the offline detector from the corpus."""

from __future__ import annotations

import logging
import sys
import time
from pathlib import Path

from bot.detect.encoder import ENCODER_FILE, Encoder
from bot.detect.linear import MODEL_FILE
from bot.detect.offline import OfflineDetector
from bot.evaluation import tables
from bot.evaluation.corpus import playbook_examples, read_messages
from bot.playbook import load_playbook
from bot.training.diagnostics import compare_models, learning_curve
from bot.training.train import train

CORPUS = Path("tests/corpus")
CACHE_FOLDER = Path(".train")


def main() -> None:
    """Train, write the model files, and log the figures on unseen authors."""
    logging.basicConfig(
        level=logging.INFO, format="%(asctime)s %(message)s", datefmt="%H:%M:%S", stream=sys.stderr
    )
    log = logging.getLogger(__name__)
    started = time.monotonic()
    words = load_playbook()
    messages = [*read_messages(CORPUS), *playbook_examples(words.traps.values())]
    for size, precision in learning_curve(messages):
        log.info("linear model, trained on %d messages: average precision %.3f", size, precision)
    held_out = read_messages(CORPUS / "dev")
    model, unseen = train(messages, held_out, words.cues, ENCODER_FILE.parent, CACHE_FOLDER)
    model.save(MODEL_FILE)
    for name, precision, recall in compare_models(unseen):
        log.info("%s: average precision %.3f, recall when precise %.3f", name, precision, recall)
    detector = OfflineDetector(model, Encoder(), words.cues)
    for name, value in tables.headline(unseen.decide(detector), model.judge_threshold).rows:
        log.info("%s: %s", name, value)
    log.info("trained on %d messages in %.0f s", len(messages), time.monotonic() - started)


if __name__ == "__main__":
    main()
